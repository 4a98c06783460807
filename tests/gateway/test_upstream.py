from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from video_mcp.errors import GatewayError, GatewayProtocolError, GatewayRejected
from video_mcp.gateway.protocol import create_request, get_request, models_request
from video_mcp.gateway.upstream import HTTPRequest, HTTPResponse, Paths, WireBody, is_not_found

LONG_ID = ("task_+/=:" + "x" * 512)[:512]


@pytest.mark.parametrize(
    ("upstream_id", "path"),
    [
        pytest.param("task_abc", "/v1/videos/task_abc", id="plain"),
        pytest.param("sora-2:task/01k", "/v1/videos/sora-2%3Atask%2F01k", id="colon and slash"),
        pytest.param("eyJh+b/c==", "/v1/videos/eyJh%2Bb%2Fc%3D%3D", id="base64"),
        pytest.param("a b?c#d%2F", "/v1/videos/a%20b%3Fc%23d%252F", id="query, fragment and percent"),
        pytest.param("影片", "/v1/videos/%E5%BD%B1%E7%89%87", id="not ascii"),
        pytest.param(LONG_ID, "/v1/videos/task_%2B%2F%3D%3A" + "x" * 503, id="512 characters"),
    ],
)
def test_an_id_is_one_path_segment_whatever_it_holds(upstream_id: str, path: str) -> None:
    assert get_request(upstream_id, Paths()) == HTTPRequest(method="GET", path=path)
    assert Paths().of_content(upstream_id) == f"{path}/content"


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_an_id_can_be_read_back_from_its_path(upstream_id: str) -> None:
    segment = get_request(upstream_id, Paths()).path.removeprefix("/v1/videos/")
    assert "/" not in segment
    assert unquote(segment) == upstream_id


def test_a_create_posts_the_body_to_the_collection() -> None:
    body = WireBody(json={"model": "kling-video"})
    assert create_request(body, Paths()) == HTTPRequest(method="POST", path="/v1/videos", body=body)


def test_the_models_are_asked_for_without_a_body() -> None:
    assert models_request(Paths()) == HTTPRequest(method="GET", path="/v1/models")


@pytest.mark.parametrize(
    ("headers", "request_id"),
    [
        pytest.param({"x-oneapi-request-id": "2026a"}, "2026a", id="new-api"),
        pytest.param({"x-request-id": "req_b"}, "req_b", id="others"),
        pytest.param({"x-oneapi-request-id": "2026a", "x-request-id": "req_b"}, "2026a", id="both"),
        pytest.param({}, None, id="none"),
    ],
)
def test_an_answer_knows_its_request_id(headers: dict[str, str], request_id: str | None) -> None:
    assert HTTPResponse(status_code=200, headers=headers, body=b"").request_id == request_id


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        pytest.param(GatewayRejected("no", status_code=404), True, id="404"),
        pytest.param(GatewayRejected("no", status_code=400, upstream_code="task_not_exist"), True, id="task_not_exist"),
        pytest.param(GatewayRejected("no", status_code=200, upstream_code="task_not_exist"), True, id="with 200"),
        pytest.param(GatewayRejected("no", status_code=400, upstream_code="invalid_request"), False, id="other 400"),
        pytest.param(GatewayProtocolError("page", status_code=404), False, id="a proxy's page"),
    ],
)
def test_not_found_is_what_the_gateway_itself_says(error: GatewayError, expected: bool) -> None:
    assert is_not_found(error) is expected
