"""Servers' answers to a list of models and an OpenAPI description, and the kind of server that they show."""

from __future__ import annotations

import json

import pytest
from pydantic import JsonValue

from video_mcp.gateway.dialects import recognize
from video_mcp.gateway.protocol import read_signs
from video_mcp.gateway.upstream import HTTPResponse

ONE_API = {"x-oneapi-request-id": "2026112500"}
NEW_API = {**ONE_API, "x-new-api-version": "v1.0.0-rc.25"}
SORA: JsonValue = {"id": "sora-2", "object": "model", "owned_by": "openai"}
OF_SGLANG: JsonValue = {"id": "Wan-AI/Wan2.2", "object": "model", "owned_by": "sglang", "pipeline_name": "WanPipeline"}
OF_OPENROUTER: JsonValue = {"id": "google/veo-3.1", "canonical_slug": "google/veo-3.1", "name": "Veo 3.1"}
INVALID_TOKEN: JsonValue = {"error": {"message": "Invalid token", "type": "new_api_error", "code": ""}}


def listed(*models: JsonValue, **headers: str) -> HTTPResponse:
    body = json.dumps({"object": "list", "data": [*models]}).encode()
    return HTTPResponse(
        status_code=200, headers={name.replace("_", "-"): text for name, text in headers.items()}, body=body
    )


def answered(status_code: int, body: JsonValue, headers: dict[str, str] | None = None) -> HTTPResponse:
    return HTTPResponse(status_code=status_code, headers=headers or {}, body=json.dumps(body).encode())


def described(title: str, *paths: str) -> HTTPResponse:
    return answered(200, {"openapi": "3.1.0", "info": {"title": title}, "paths": {path: {} for path in paths}})


PLAIN = described("FastAPI", "/v1/videos")
LITELLM = described("LiteLLM API", "/v1/videos")
OMNI = described("FastAPI", "/v1/videos", "/v1/videos/sync")
CUT = HTTPResponse(status_code=200, headers={}, body=LITELLM.body[:70], is_truncated=True)
PAGE = HTTPResponse(status_code=200, headers={}, body=b"<html><title>New API</title></html>")


@pytest.mark.parametrize(
    ("models", "schema", "dialect", "said"),
    [
        (answered(200, {"data": [SORA]}, NEW_API), PAGE, "new-api", "X-New-Api-Version"),
        (answered(401, INVALID_TOKEN, NEW_API), None, "new-api", "X-New-Api-Version"),
        (answered(200, {"data": [SORA]}, ONE_API), None, "gateway", "X-Oneapi-Request-Id"),
        (answered(401, INVALID_TOKEN), None, "gateway", "new_api_error"),
        (listed(SORA), LITELLM, "openai", "LiteLLM"),
        (listed(SORA), CUT, "openai", "LiteLLM"),
        (answered(401, {"error": {"type": "auth_error"}}), LITELLM, "openai", "LiteLLM"),
        (listed(SORA, **{"x-litellm-version": "1.108.7"}), None, "openai", "X-LiteLLM-Version"),
        (listed(OF_SGLANG), PLAIN, "sglang", "owned by sglang"),
        (listed(OF_SGLANG), None, "sglang", "owned by sglang"),
        (listed({"id": "Wan-AI/Wan2.2", "owned_by": "vllm"}), OMNI, "vllm-omni", "/v1/videos/sync"),
        (listed(), OMNI, "vllm-omni", "/v1/videos/sync"),
        (listed(OF_OPENROUTER, OF_OPENROUTER), None, "openrouter", "canonical_slug"),
    ],
)
def test_a_server_is_recognized_by_its_own_sign(
    models: HTTPResponse, schema: HTTPResponse | None, dialect: str, said: str
) -> None:
    found = recognize(read_signs(models, schema))
    assert found is not None
    assert found.dialect == dialect
    assert said in found.sign


@pytest.mark.parametrize(
    ("models", "schema"),
    [
        (listed(), None),
        (listed(SORA), PLAIN),
        (listed(SORA, OF_SGLANG), PLAIN),
        (listed(OF_OPENROUTER, SORA), None),
        (listed("sora-2"), None),
        (answered(200, {"data": [OF_SGLANG]}, NEW_API), None),
        (listed(OF_SGLANG), LITELLM),
        (listed(SORA), described("My company's API", "/v1/videos")),
        (listed(SORA), PAGE),
        (listed(SORA), answered(404, {"info": {"title": "LiteLLM API"}})),
        (listed(SORA), answered(200, ["LiteLLM API"])),
        (PAGE, PAGE),
        (answered(404, {"detail": "Not Found"}), None),
        (answered(200, None), answered(200, None)),
        (answered(200, {"data": None, "error": "no"}), answered(200, {"info": "LiteLLM API", "paths": []})),
    ],
)
def test_without_one_sure_sign_nothing_is_recognized(models: HTTPResponse, schema: HTTPResponse | None) -> None:
    assert recognize(read_signs(models, schema)) is None
