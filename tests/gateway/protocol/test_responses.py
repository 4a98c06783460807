from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from video_mcp.errors import GatewayError, GatewayProtocolError, GatewayRejected
from video_mcp.gateway.protocol import gateway_time, link_in, read_created, read_models, read_polled, read_prices
from video_mcp.gateway.upstream import HTTPResponse, UpstreamError

PAGE = "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


def answer(body: JsonValue, status_code: int = 200, headers: Mapping[str, str] | None = None) -> HTTPResponse:
    return raw(json.dumps(body).encode(), status_code, headers)


def raw(body: str | bytes, status_code: int = 200, headers: Mapping[str, str] | None = None) -> HTTPResponse:
    content = body.encode() if isinstance(body, str) else body
    return HTTPResponse(status_code=status_code, headers=headers or {}, body=content)


LINK = "https://cdn.example/v.mp4?sig=1"


@pytest.mark.parametrize(
    ("body", "upstream_id"),
    [
        pytest.param({"id": "task_a", "task_id": "task_a", "status": "queued"}, "task_a", id="new-api"),
        pytest.param({"id": "task_a", "task_id": "up_b", "status": "processing"}, "task_a", id="first wins"),
        pytest.param({"task_id": "t"}, "t", id="task_id only"),
        pytest.param({"video_id": "v"}, "v", id="video_id only"),
        pytest.param({"request_id": "r"}, "r", id="xAI"),
        pytest.param({"requestId": "r"}, "r", id="SiliconFlow"),
        pytest.param({"code": "success", "data": "d"}, "d", id="data is the id"),
        pytest.param({"code": 0, "data": {"id": "d"}}, "d", id="data.id"),
        pytest.param({"code": 200, "data": [{"status": "submitted", "task_id": "d"}]}, "d", id="list of one"),
        pytest.param(
            {"code": 0, "message": "SUCCEED", "request_id": "trace", "data": {"task_id": "d"}},
            "d",
            id="Kling",
        ),
        pytest.param({"output": {"task_id": "o", "task_status": "PENDING"}}, "o", id="Ali"),
        pytest.param({"id": 4711}, "4711", id="a number"),
        pytest.param({"id": "sora-2:task/01k+=", "status": "queued"}, "sora-2:task/01k+=", id="odd letters"),
        pytest.param({"id": "", "task_id": "t"}, "t", id="empty id beside task_id"),
        pytest.param({"code": "fail_to_parse", "data": {"task_id": "t"}}, "t", id="trouble after the start"),
        pytest.param({"error": None, "id": "t", "code": None}, "t", id="nulls"),
    ],
)
@pytest.mark.parametrize("status_code", [200, 201, 202])
def test_a_create_yields_the_id_in_any_of_its_forms(body: JsonValue, upstream_id: str, status_code: int) -> None:
    assert read_created(answer(body, status_code)).id == upstream_id


def test_a_create_without_a_status_is_queued() -> None:
    assert read_created(answer({"task_id": "t"})).status == "queued"


NO_CHANNEL = "No available channel for model x under group default (distributor) (request id: 2026)"


@pytest.mark.parametrize(
    ("created", "code"),
    [
        pytest.param(
            answer({"error": {"message": "Invalid token", "type": "new_api_error", "code": ""}}, 401),
            None,
            id="shape A",
        ),
        pytest.param(
            answer({"code": "invalid_size", "message": "bad", "data": None}, 400),
            "invalid_size",
            id="shape B",
        ),
        pytest.param(answer({"error": {"message": "no", "code": 40001}}, 400), "40001", id="a number as code"),
        pytest.param(answer({"detail": [{"msg": "field required"}]}, 422), None, id="FastAPI"),
        pytest.param(raw(b"", 429), None, id="empty 429"),
        pytest.param(raw(PAGE, 403), None, id="a page with 403"),
        pytest.param(
            answer({"error": {"message": NO_CHANNEL, "code": "model_not_found"}}, 503),
            "model_not_found",
            id="model_not_found",
        ),
        pytest.param(answer({"error": {"message": NO_CHANNEL}}, 503), None, id="no channel, no code"),
        pytest.param(
            answer({"error": {"message": "busy", "code": "system_cpu_overloaded"}}, 503),
            "system_cpu_overloaded",
            id="overload",
        ),
        pytest.param(answer({"success": False, "message": "no group"}), None, id="success false with 200"),
        pytest.param(answer({"success": False, "message": "no", "id": "req_1"}), None, id="success false with an id"),
        pytest.param(
            answer({"code": "insufficient_user_quota", "message": "poor", "data": None}),
            "insufficient_user_quota",
            id="code of trouble with 200",
        ),
        pytest.param(answer({"code": 1102, "message": "poor", "request_id": "trace"}), "1102", id="Kling's refusal"),
        pytest.param(
            answer({"code": "invalid_request", "message": "no", "data": "why not"}),
            "invalid_request",
            id="data is a text",
        ),
    ],
)
def test_a_refusal_that_the_gateway_states_itself_is_a_rejection(created: HTTPResponse, code: str | None) -> None:
    with pytest.raises(GatewayRejected) as caught:
        read_created(created)
    assert (caught.value.status_code, caught.value.upstream_code) == (created.status_code, code)


@pytest.mark.parametrize(
    "created",
    [
        pytest.param(raw(PAGE), id="HTML with 200"),
        pytest.param(raw(PAGE, 502), id="HTML with 502"),
        pytest.param(raw(b""), id="empty 200"),
        pytest.param(raw(b'{"id": "task_'), id="cut JSON"),
        pytest.param(raw("[" * 100_000), id="bottomless JSON"),
        pytest.param(raw(b"\xff\xfe\x00"), id="bytes"),
        pytest.param(answer({"status": "queued"}), id="no id"),
        pytest.param(answer({"id": "", "task_id": None}), id="empty id"),
        pytest.param(answer({"id": ".."}), id="an id that is a path"),
        pytest.param(answer({"id": "a\nb"}), id="an id of two lines"),
        pytest.param(raw(rb'{"id": "\ud800"}'), id="an id of half a letter"),
        pytest.param(answer([]), id="empty list"),
        pytest.param(answer(None), id="null"),
        pytest.param(answer({"error": {"message": "odd"}}), id="error with 200 and no id"),
        pytest.param(answer({"error": {"message": "boom"}}, 500), id="a 500 that names no refusal"),
        pytest.param(answer({"error": {"message": "later"}}, 503), id="a 503 that names no refusal"),
        pytest.param(
            answer({"code": "unmarshal_response_body_failed", "message": "x", "data": None}, 500),
            id="the gateway could not read the vendor",
        ),
        pytest.param(
            answer({"code": "invalid_response", "message": "task_id is empty", "data": None}),
            id="the same with 200",
        ),
        pytest.param(answer({"code": "fail_to_fetch_task", "message": "EOF", "data": None}, 502), id="vendor's 502"),
        pytest.param(
            answer({"code": "unmarshal_response_body_failed", "message": "x"}, 400), id="the same with the vendor's 400"
        ),
        pytest.param(
            answer({"error": {"message": NO_CHANNEL, "code": "model_not_found"}}, 502),
            id="another gateway's no, as 502",
        ),
        pytest.param(answer({"error": {"message": "x", "code": "overloaded"}}, 500), id="overload that is no 503"),
        pytest.param(raw(b"", 302), id="redirect"),
    ],
)
def test_any_other_answer_to_a_create_leaves_open_whether_a_video_exists(created: HTTPResponse) -> None:
    with pytest.raises(GatewayProtocolError) as caught:
        read_created(created)
    assert caught.value.status_code == created.status_code


@pytest.mark.parametrize("status_code", [400, 422, 500, 503])
def test_a_failed_video_inside_an_http_error_is_a_failed_video(status_code: int) -> None:
    body: JsonValue = {
        "id": "video_gen_1",
        "status": "failed",
        "error": {"code": 500, "message": "out of memory"},
    }
    video = read_polled(answer(body, status_code))
    assert (video.status, video.error) == ("failed", UpstreamError(message="out of memory", code="500"))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({"openai-poll-after-ms": "250"}, 0.25, id="milliseconds"),
        pytest.param({"openai-poll-after-ms": "250", "retry-after": "9"}, 0.25, id="OpenAI's first"),
        pytest.param({"openai-poll-after-ms": "soon", "retry-after": "9"}, 9.0, id="Retry-After"),
        pytest.param(
            {"date": "Sun, 22 Nov 2026 10:00:00 GMT", "retry-after": "Sun, 22 Nov 2026 10:00:30 GMT"},
            30.0,
            id="a date",
        ),
        pytest.param(
            {"date": "Sun, 22 Nov 2026 10:00:00 GMT", "retry-after": "Sun, 22 Nov 2026 09:00:00 GMT"},
            0.0,
            id="a date gone by",
        ),
        pytest.param({"retry-after": "Sun, 22 Nov 2026 10:00:30 GMT"}, None, id="a date without Date"),
        pytest.param(
            {"date": "Sun, 22 Nov 2026 10:00:00 -0000", "retry-after": "Sun, 22 Nov 2026 10:00:30 GMT"},
            None,
            id="dates that do not compare",
        ),
        pytest.param({"retry-after": "-5"}, 0.0, id="negative"),
        pytest.param({"date": "now", "retry-after": "later"}, None, id="words"),
        pytest.param({}, None, id="none"),
    ],
)
def test_the_gateway_says_when_to_ask_again(headers: dict[str, str], seconds: float | None) -> None:
    polled = answer({"id": "t", "status": "queued"}, headers=headers)
    assert read_polled(polled).poll_after_seconds == seconds
    with pytest.raises(GatewayRejected) as caught:
        read_polled(answer({"error": "slow down"}, 429, headers))
    assert caught.value.retry_after_seconds == seconds


@pytest.mark.parametrize(
    ("polled", "kind"),
    [
        pytest.param(answer({"code": "task_not_exist", "message": "task_not_exist"}, 400), GatewayRejected, id="B"),
        pytest.param(answer({"code": "task_not_exist", "message": "x"}), GatewayRejected, id="B with 200"),
        pytest.param(answer({"status": "error", "message": "no token"}, 401), GatewayRejected, id="no video"),
        pytest.param(answer({"success": False, "message": "no"}), GatewayRejected, id="success false"),
        pytest.param(answer({"code": "denied", "status": "failed"}), GatewayRejected, id="a call that failed"),
        pytest.param(answer({"id": "t", "status": "in_progress"}, 500), GatewayRejected, id="500 beside a video"),
        pytest.param(answer({"error": {"message": "x"}}, 500), GatewayRejected, id="500"),
        pytest.param(raw(b"", 500), GatewayRejected, id="empty 500"),
        pytest.param(raw(b"404 page not found", 404), GatewayRejected, id="plain text"),
        pytest.param(raw(PAGE), GatewayProtocolError, id="HTML with 200"),
        pytest.param(raw(PAGE, 404), GatewayProtocolError, id="HTML with 404"),
        pytest.param(raw("Bad gateway", 502, {"content-type": "text/html"}), GatewayProtocolError, id="html by name"),
        pytest.param(raw(b"{", 500), GatewayProtocolError, id="cut 500"),
        pytest.param(raw(b"{"), GatewayProtocolError, id="cut 200"),
        pytest.param(answer({}), GatewayProtocolError, id="empty object"),
        pytest.param(answer("task_1"), GatewayProtocolError, id="a text"),
        pytest.param(raw(b"", 302), GatewayProtocolError, id="redirect"),
    ],
)
def test_an_answer_without_a_video_is_an_error_of_its_kind(polled: HTTPResponse, kind: type[GatewayError]) -> None:
    with pytest.raises(kind):
        read_polled(polled)


@pytest.mark.parametrize(
    ("body", "models"),
    [
        pytest.param({"success": True, "data": [{"id": "a"}, {"id": "b"}, {"id": "a"}]}, ("a", "b"), id="new-api"),
        pytest.param({"data": None}, (), id="null data"),
        pytest.param(None, (), id="null"),
        pytest.param(["a", {"id": "b"}, {"name": "c"}, None, {"id": ""}], ("a", "b"), id="bare list"),
    ],
)
def test_models_are_listed_once_and_in_order(body: JsonValue, models: tuple[str, ...]) -> None:
    assert read_models(answer(body)) == models


@pytest.mark.parametrize(
    ("listed", "kind"),
    [
        pytest.param(answer({"success": False, "message": "no group"}), GatewayRejected, id="failure with 200"),
        pytest.param(answer({"error": {"message": "Invalid token"}}, 401), GatewayRejected, id="401"),
        pytest.param(raw(PAGE), GatewayProtocolError, id="HTML"),
        pytest.param(answer({"error": "odd"}), GatewayProtocolError, id="no list"),
    ],
)
def test_a_failed_listing_is_an_error(listed: HTTPResponse, kind: type[GatewayError]) -> None:
    with pytest.raises(kind):
        read_models(listed)


@pytest.mark.parametrize(
    ("content", "link"),
    [
        pytest.param(answer({"url": LINK, "video_url": ""}), LINK, id="JSON instead of bytes"),
        pytest.param(answer({"url": "data:video/mp4;base64,AA"}), None, id="data URL"),
        pytest.param(answer({"error": "x"}), None, id="an error"),
        pytest.param(raw(PAGE), None, id="HTML"),
    ],
)
def test_a_link_in_place_of_bytes_is_found(content: HTTPResponse, link: str | None) -> None:
    assert link_in(content) == link


KEYS = (
    st.sampled_from(
        [
            "id",
            "task_id",
            "video_id",
            "request_id",
            "status",
            "task_status",
            "state",
            "data",
            "output",
            "code",
            "success",
            "message",
            "error",
            "detail",
            "progress",
            "video_url",
            "url",
            "metadata",
            "video",
            "videos",
            "urls",
            "content",
            "result",
            "fail_reason",
            "seconds",
            "duration",
            "created_at",
            "task_result",
            "creations",
            "respect_moderation",
        ]
    )
    | st.text()
)
SCALARS = st.one_of(
    *(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    st.sampled_from(["completed", "failed", "success", "30%", LINK, "http://[", "1e999", "(request id: x)"]),
)
BODIES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=25,
)
STATUS_CODES = st.integers(100, 999)
HEADERS = st.dictionaries(
    st.sampled_from(["content-type", "retry-after", "date", "openai-poll-after-ms", "x-request-id"]),
    st.text(),
)


@settings(deadline=None)
@given(body=BODIES.map(json.dumps).map(str.encode) | st.binary(), status_code=STATUS_CODES, headers=HEADERS)
@example(body=b'{"id": 1e999, "seconds": NaN, "progress": Infinity}', status_code=200, headers={})
@example(body=rb'{"error": {"message": "\ud800", "code": "\udfff"}}', status_code=400, headers={})
@example(body=b'{"status": "failed", "id": "a"' + b"[" * 50_000, status_code=500, headers={})
def test_no_answer_whatsoever_raises_anything_but_a_gateway_error(
    body: bytes, status_code: int, headers: dict[str, str]
) -> None:
    whatever = HTTPResponse(status_code=status_code, headers=headers, body=body)
    for read in (read_created, read_polled, read_models):
        try:
            read(whatever)
        except GatewayError as error:
            str(error).encode()


@settings(deadline=None)
@given(BODIES)
def test_a_created_video_always_has_an_id_that_fits_a_path(body: JsonValue) -> None:
    try:
        video = read_created(answer(body))
    except GatewayError:
        return
    assert video.id
    assert video.id.isprintable()


BY_CALL: JsonValue = {"model_name": "veo3", "quota_type": 1, "model_price": 0.4}


@pytest.mark.parametrize(
    ("body", "prices"),
    [
        ({"data": [BY_CALL]}, {"veo3": 0.4}),
        ({"data": [BY_CALL], "group_ratio": {"default": 0.5}}, {"veo3": 0.2}),
        ({"data": [BY_CALL], "group_ratio": {"default": 0}}, {"veo3": 0.4}),
        ({"data": [BY_CALL], "group_ratio": {"vip": 0.5}}, {"veo3": 0.4}),
        ({"data": [{**BY_CALL, "model_price": -0.4}]}, {}),
        ({"data": [{**BY_CALL, "model_price": 0}]}, {}),
        ({"data": [{**BY_CALL, "model_price": "Infinity"}]}, {}),
        ({"data": [BY_CALL], "group_ratio": {"default": -1}}, {"veo3": 0.4}),
        ({"data": [{"model_name": "gpt", "quota_type": 0, "model_ratio": 2}]}, {}),
        ({"data": [{"quota_type": 1, "model_price": 1}, None, "x", {"model_name": "m", "quota_type": 1}]}, {}),
    ],
)
def test_a_price_list_gives_the_price_of_a_call(body: JsonValue, prices: dict[str, float]) -> None:
    assert read_prices(answer(body)) == prices


@pytest.mark.parametrize("given", [answer({"error": {"message": "no"}}, 404), answer({"data": None}), answer([1])])
def test_what_is_no_price_list_is_told(given: HTTPResponse) -> None:
    with pytest.raises(GatewayError):
        read_prices(given)


@pytest.mark.parametrize(
    ("headers", "time"),
    [
        ({"date": "Mon, 23 Nov 2026 19:00:00 GMT"}, 1795460400.0),
        ({"date": "yesterday"}, None),
        ({"date": "Mon, 99 Nov 2026 19:00:00 GMT"}, None),
        ({}, None),
    ],
)
def test_the_gateways_clock_is_read_from_its_answers(headers: dict[str, str], time: float | None) -> None:
    assert gateway_time(raw(b"", headers=headers)) == time
