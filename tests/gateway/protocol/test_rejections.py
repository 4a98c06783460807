from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from pydantic import JsonValue

from video_mcp.errors import GatewayProtocolError, GatewayRejected
from video_mcp.gateway.protocol import read_created, read_polled
from video_mcp.gateway.upstream import HTTPResponse

PAGE = "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


def answer(body: JsonValue, status_code: int = 200, headers: Mapping[str, str] | None = None) -> HTTPResponse:
    return raw(json.dumps(body).encode(), status_code, headers)


def raw(body: str | bytes, status_code: int = 200, headers: Mapping[str, str] | None = None) -> HTTPResponse:
    content = body.encode() if isinstance(body, str) else body
    return HTTPResponse(status_code=status_code, headers=headers or {}, body=content)


def rejection_of(status_code: int, body: JsonValue) -> GatewayRejected:
    with pytest.raises(GatewayRejected) as caught:
        read_created(answer(body, status_code))
    return caught.value


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param({"error": {"message": "bad size"}}, "bad size.", id="error.message"),
        pytest.param({"error": "bad size"}, "bad size.", id="error text"),
        pytest.param({"message": "bad size", "data": None}, "bad size.", id="message"),
        pytest.param({"detail": "bad size"}, "bad size.", id="detail"),
        pytest.param({"detail": [{"msg": "bad size", "loc": ["size"]}]}, "bad size.", id="detail list"),
        pytest.param({"code": "bad_size", "message": ""}, "bad_size.", id="code only"),
        pytest.param({"message": '{"error":{"message":"bad size!"}}'}, "bad size!", id="JSON in a text"),
        pytest.param({"error": {"message": "<p>bad&nbsp;size</p>"}}, "bad size.", id="tags"),
        pytest.param({}, "Bad Request.", id="nothing"),
    ],
)
def test_an_error_body_of_any_shape_becomes_a_sentence(body: JsonValue, message: str) -> None:
    quotation = message if message == "Bad Request." else f'"{message}"'
    assert rejection_of(400, body).message == f"The gateway answered 400: {quotation}"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("key sk-AbC_12-3 is bad", "key sk-*** is bad"),
        ("Authorization: Bearer abc.def.123", "Authorization: Bearer ***"),
        ("Bearer token missing", "Bearer token missing"),
        ("get https://h/v.mp4?X-Sig=s&k=v failed", "get https://h/v.mp4?*** failed"),
        ('{"url":"https:\\/\\/h\\/v.mp4?X-Sig=s"}', "{'url':'https:\\/\\/h\\/v.mp4?***'}"),
        ("https://user:pass@h/v", "https://h/v"),
        ("image data:image/png;base64,AAAA== refused", "image data:*** refused"),
        ("the task-force asks for disk-space", "the task-force asks for disk-space"),
    ],
)
def test_no_secret_enters_a_message(said: str, shown: str) -> None:
    assert shown in rejection_of(400, {"error": {"message": said}}).message


def test_a_long_message_is_cut() -> None:
    assert len(rejection_of(400, {"message": "word " * 1000}).message) <= 340


@pytest.mark.parametrize(
    ("headers", "request_id"),
    [
        pytest.param({}, "outer", id="from the message"),
        pytest.param({"x-oneapi-request-id": "header"}, "header", id="from the header"),
    ],
)
def test_the_request_id_leaves_the_message(headers: dict[str, str], request_id: str) -> None:
    message = "Invalid token (request id: inner) (request id: outer)"
    with pytest.raises(GatewayRejected) as caught:
        read_created(answer({"error": {"message": message}}, 401, headers))
    assert caught.value.request_id == request_id
    assert caught.value.message == 'The gateway answered 401: "Invalid token."'


@pytest.mark.parametrize(
    ("status_code", "body", "advice"),
    [
        pytest.param(401, {"error": {"message": "Invalid token"}}, "VIDEO_MCP_API_KEY", id="key"),
        pytest.param(403, {"code": "insufficient_user_quota", "message": "x"}, "Top up", id="quota"),
        pytest.param(403, {"error": {"message": "no access to model X"}}, "which models", id="model not allowed"),
        pytest.param(404, {"error": {"message": "Invalid URL"}}, "VIDEO_MCP_BASE_URL", id="404"),
        pytest.param(429, {}, "Wait", id="429"),
        pytest.param(503, {"error": {"message": "x", "code": "model_not_found"}}, "list_models", id="model"),
        pytest.param(503, {"error": {"message": "分组 a 无可用渠道"}}, "list_models", id="model, old gateway"),
        pytest.param(503, {"error": {"message": "x", "code": "system_disk_overloaded"}}, "Wait", id="overload"),
    ],
)
def test_a_common_refusal_comes_with_the_next_step(status_code: int, body: JsonValue, advice: str) -> None:
    assert advice in str(rejection_of(status_code, body))


@pytest.mark.parametrize(
    "error",
    [
        {"code": "InputImageSensitiveContentDetected.PrivacyInformation", "message": "It is refused."},
        {"code": "invalid_request", "message": "The request failed because the input image may contain real person."},
        {"code": "", "message": "输入图片可能包含真人"},
    ],
)
def test_a_picture_of_a_real_person_has_advice_of_its_own(error: JsonValue) -> None:
    said = rejection_of(400, {"error": error}).advice
    assert said is not None
    assert "asset:// ids" in said


def test_a_web_page_where_the_api_should_be_points_to_the_address() -> None:
    with pytest.raises(GatewayProtocolError, match=r"web page instead of JSON: .*VIDEO_MCP_BASE_URL"):
        read_polled(raw(PAGE))


@pytest.mark.parametrize(
    ("headers", "body", "seconds", "spelled"),
    [
        ({"retry-after": "3600"}, {}, 3600.0, "60 minutes"),
        ({"retry-after": "1"}, {}, 1.0, "1 second"),
        ({"retry-after": "90"}, {}, 90.0, "90 seconds"),
        ({"retry-after": "86400"}, {}, 86400.0, "24 hours"),
        ({"retry-after-ms": "2500"}, {}, 2.5, "3 seconds"),
        ({"llm_provider-retry-after": "7"}, {}, 7.0, "7 seconds"),
        ({"x-ratelimit-reset-after": "61"}, {}, 61.0, "61 seconds"),
        (
            {"date": "Mon, 23 Nov 2026 19:00:00 GMT", "retry-after": "Mon, 23 Nov 2026 20:00:00 GMT"},
            {},
            3600.0,
            "60 min",
        ),
        ({}, {"error": {"message": "slow", "details": [{"retryDelay": "34s"}]}}, 34.0, "34 seconds"),
        ({}, {"error": {"message": "slow", "retry_after": 120}}, 120.0, "2 minutes"),
        ({}, {"message": "slow", "retry_after": "30"}, 30.0, "30 seconds"),
    ],
)
def test_a_wait_that_is_known_is_told(headers: dict[str, str], body: JsonValue, seconds: float, spelled: str) -> None:
    with pytest.raises(GatewayRejected) as caught:
        read_created(answer(body, 429, headers))
    assert caught.value.retry_after_seconds == seconds
    assert spelled in (caught.value.advice or "")


@pytest.mark.parametrize(
    ("status_code", "body", "headers"),
    [
        (403, "<html><title>Just a moment...</title><script src=/cdn-cgi/challenge-platform/x></script>", {}),
        (503, "<!doctype html><p>Checking your browser before accessing", {}),
        (200, "<html>Please enable JavaScript and cookies to continue</html>", {}),
        (403, "<html>no", {"cf-mitigated": "challenge"}),
        (405, "<html><script src=https://x.awswaf.com/challenge.js>", {}),
    ],
)
def test_a_challenge_page_is_named_as_that(status_code: int, body: str, headers: dict[str, str]) -> None:
    for read in (read_created, read_polled):
        with pytest.raises((GatewayRejected, GatewayProtocolError), match="challenge page") as caught:
            read(raw(body, status_code, headers))
        assert "VIDEO_MCP_BASE_URL" in (caught.value.advice or "")


@pytest.mark.parametrize(
    ("message", "shown", "code"),
    [
        (
            'litellm.BadRequestError: OpenAIException - {"error": {"message": "bad size", "code": "invalid_size"}} X',
            "bad size",
            "invalid_size",
        ),
        ("OpenAIException - {'error': {'message': 'bad size', 'type': None}}", "bad size", None),
        ('upstream said: {"detail":"bad size"}', "bad size", None),
        ("bad size {width}", "bad size {width}", None),
    ],
)
def test_json_inside_a_message_is_unpacked(message: str, shown: str, code: str | None) -> None:
    error = rejection_of(400, {"error": {"message": message, "code": "400"}})
    assert error.message == f'The gateway answered 400: "{shown}."'
    assert error.upstream_code == (code or "400")


@pytest.mark.parametrize("code", ["contentFilter", "content_policy_violation", "moderation_blocked"])
def test_a_filters_refusal_advises_another_prompt(code: str) -> None:
    assert "Change the prompt" in (rejection_of(400, {"error": {"code": code, "message": "no"}}).advice or "")


def test_quota_inside_a_wrapped_message_advises_to_top_up() -> None:
    wrapped = 'litellm.PermissionDenied: {"code":"insufficient_user_quota","message":"no quota"}'
    assert "Top up" in (rejection_of(403, {"error": {"message": wrapped}}).advice or "")
