from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace

import anyio
import httpx2
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.gateway.servers import KEY, Pauses, answering, gateway_client, in_pieces, sent
from tests.simulator.visits import SMALL, Visit, visiting
from video_mcp.errors import (
    ConfigurationError,
    GatewayError,
    GatewayProtocolError,
    GatewayRejected,
    GatewayTimeout,
    GatewayUnreachable,
)
from video_mcp.gateway.dialects import profile_of
from video_mcp.gateway.transport import translated_errors
from video_mcp.gateway.upstream import FormPart, WireBody
from video_mcp.simulator import Fault, FaultKind, IdStyle
from video_mcp.simulator.listener import bound_socket
from video_mcp.types import JsonObject

pytestmark = pytest.mark.anyio

BODY = WireBody(json={"model": "sora-2", "prompt": "a cat, 一只猫", "seconds": "4"})
FORM = WireBody(
    form=(
        FormPart(name="model", text="sora-2"),
        FormPart(name="prompt", text="a cat, 一只猫\nand a dog"),
        FormPart(name="seconds", text="4"),
        FormPart(name="input_reference", file=b"\x89PNG" * 1000, filename="猫.png", media_type="image/png"),
    )
)
CREATED = json.dumps({"id": "task_1", "status": "queued"}).encode()


@pytest.fixture
async def visit() -> AsyncGenerator[Visit]:
    async with visiting() as visit:
        yield visit


async def test_a_create_arrives_as_json_with_the_key(visit: Visit) -> None:
    async with gateway_client(visit.simulator.base_url) as client:
        video = await client.submit(BODY)

    (request,) = visit.simulator.requests
    assert (request.method, request.path, request.authorization) == ("POST", "/v1/videos", "gateway_key")
    assert request.fields == BODY.json
    assert request.headers["user-agent"] == "video-mcp/test"
    assert (video.id, video.status) == (visit.simulator.jobs[0].id, "queued")


async def test_a_form_arrives_with_its_fields_and_files(visit: Visit) -> None:
    async with gateway_client(visit.simulator.base_url) as client:
        await client.submit(FORM)

    (request,) = visit.simulator.requests
    assert request.fields == {"model": "sora-2", "prompt": "a cat, 一只猫\nand a dog", "seconds": "4"}
    (upload,) = request.uploads
    assert (upload.name, upload.filename, upload.content_type, upload.size) == (
        "input_reference",
        "猫.png",
        "image/png",
        4000,
    )


@pytest.mark.parametrize("style", ["task", "colon", "base64", "long"])
async def test_a_poll_finds_the_video_whatever_its_id_looks_like(style: IdStyle) -> None:
    async with visiting(replace(SMALL, id_style=style)) as visit, gateway_client(visit.simulator.base_url) as client:
        created = await client.submit(BODY)
        visit.clock.advance()

        video = await client.poll(created.id or "")

    assert (video.id, video.status) == (created.id, "completed")
    assert video.video_url is not None


async def test_the_models_of_the_key_are_listed(visit: Visit) -> None:
    async with gateway_client(visit.simulator.base_url) as client:
        assert "sora-2" in await client.models()


@pytest.mark.parametrize(
    ("kind", "error", "accepted"),
    [
        pytest.param("drop_request", GatewayUnreachable, False, id="closed before it was taken"),
        pytest.param("drop_answer", GatewayUnreachable, True, id="closed after it was taken"),
        pytest.param("reset_request", GatewayUnreachable, False, id="reset before it was taken"),
        pytest.param("reset_answer", GatewayUnreachable, True, id="reset after it was taken"),
        pytest.param("html_200", GatewayProtocolError, True, id="page with 200"),
        pytest.param("html_502", GatewayProtocolError, False, id="page with 502"),
        pytest.param("no_id", GatewayProtocolError, True, id="no id"),
        pytest.param("server_error", GatewayProtocolError, False, id="odd 500"),
        pytest.param("model_not_found", GatewayRejected, False, id="503 that no retry heals"),
        pytest.param("overloaded", GatewayRejected, False, id="overloaded"),
        pytest.param("unauthorized", GatewayRejected, False, id="wrong key"),
        pytest.param("quota_exhausted", GatewayRejected, False, id="no credit"),
    ],
)
async def test_a_create_that_may_have_arrived_is_sent_once(
    visit: Visit, kind: FaultKind, error: type[GatewayError], accepted: bool
) -> None:
    pauses = Pauses()
    visit.simulator.faults.arm(Fault(on="create", kind=kind))

    async with gateway_client(visit.simulator.base_url, pauses=pauses) as client:
        with pytest.raises(error) as caught:
            await client.submit(BODY)

    assert len(visit.simulator.requests.matching("POST")) == 1
    assert len(visit.simulator.jobs) == accepted
    assert pauses.seconds == []
    assert KEY not in str(caught.value)
    if isinstance(caught.value, GatewayUnreachable):
        assert caught.value.delivered


async def test_a_create_without_an_answer_in_time_is_sent_once(visit: Visit) -> None:
    visit.simulator.faults.arm(Fault(on="create", kind="stall", seconds=30))

    async with gateway_client(visit.simulator.base_url, timeout_seconds=0.1) as client:
        with pytest.raises(GatewayTimeout) as caught:
            await client.submit(BODY)

    assert caught.value.delivered
    assert len(visit.simulator.jobs) == 1


async def test_a_create_that_found_nobody_is_sent_again_until_somebody_listens() -> None:
    with bound_socket("127.0.0.1", 0) as free:
        port = int(free.getsockname()[1])
    pauses = Pauses()
    async with AsyncExitStack() as stack:

        async def start_in_the_second_pause(seconds: float) -> None:
            await pauses(seconds)
            if len(pauses.seconds) == 2:
                await stack.enter_async_context(answering(sent(CREATED), port=port))

        base_url = f"http://127.0.0.1:{port}"
        async with gateway_client(base_url, pauses=start_in_the_second_pause) as client:
            assert (await client.submit(BODY)).id == "task_1"
    assert pauses.seconds == [0.75, 1.5]


async def test_a_create_that_finds_nobody_gives_up_and_says_that_nothing_was_sent() -> None:
    with bound_socket("127.0.0.1", 0) as free:
        base_url = f"http://127.0.0.1:{free.getsockname()[1]}"
    pauses = Pauses()

    async with gateway_client(base_url, pauses=pauses) as client:
        with pytest.raises(GatewayUnreachable, match="VIDEO_MCP_BASE_URL") as caught:
            await client.submit(BODY)

    assert not caught.value.delivered
    assert len(pauses.seconds) == 2


@pytest.mark.parametrize(
    ("retry_after", "paused"),
    [
        pytest.param("3", [3.0], id="as long as asked"),
        pytest.param("0", [0.75], id="never at once"),
        pytest.param(None, [0.75], id="not asked"),
    ],
)
async def test_a_create_is_sent_again_after_429(visit: Visit, retry_after: str | None, paused: list[float]) -> None:
    pauses = Pauses()
    visit.simulator.faults.arm(Fault(on="create", kind="rate_limit", retry_after=retry_after))

    async with gateway_client(visit.simulator.base_url, pauses=pauses) as client:
        await client.submit(BODY)

    assert pauses.seconds == paused
    assert len(visit.simulator.jobs) == 1


async def test_a_long_pause_is_left_to_the_caller(visit: Visit) -> None:
    pauses = Pauses()
    visit.simulator.faults.arm(Fault(on="create", kind="rate_limit", retry_after="3600"))

    async with gateway_client(visit.simulator.base_url, pauses=pauses) as client:
        with pytest.raises(GatewayRejected) as caught:
            await client.submit(BODY)

    assert (caught.value.status_code, caught.value.retry_after_seconds) == (429, 3600)
    assert pauses.seconds == []


@pytest.mark.parametrize("kind", ["rate_limit", "rate_limit_empty"])
async def test_a_create_is_sent_three_times_at_most(visit: Visit, kind: FaultKind) -> None:
    visit.simulator.faults.arm(Fault(on="create", kind=kind, times=None))

    async with gateway_client(visit.simulator.base_url) as client:
        with pytest.raises(GatewayRejected, match="429"):
            await client.submit(BODY)

    assert len(visit.simulator.requests.matching("POST")) == 3
    assert visit.simulator.jobs == ()


async def test_every_create_opens_a_connection_and_polls_share_one() -> None:
    async with answering(sent(CREATED)) as server, gateway_client(server.url) as client:
        for _ in range(2):
            await client.submit(BODY)
        for _ in range(2):
            await client.poll("task_1")

    ports = [one.client_port for one in server.seen]
    assert ports[0] != ports[1]
    assert ports[1] != ports[2] == ports[3]


@pytest.mark.parametrize("status_code", [301, 302, 303, 307, 308])
async def test_a_redirected_create_is_refused_and_the_key_stays_here(status_code: int) -> None:
    async with answering(sent(CREATED)) as other:
        location = f"{other.url}/api/v1/videos/?token=secret"
        async with answering(sent(b"", status_code, location=location)) as server, gateway_client(server.url) as client:
            with pytest.raises(GatewayRejected, match=f"Set VIDEO_MCP_BASE_URL to {other.url}/api, ") as caught:
                await client.submit(BODY)

    assert caught.value.status_code == status_code
    assert "secret" not in str(caught.value)
    assert len(server.seen) == 1
    assert other.seen == []


@pytest.mark.parametrize(
    "location",
    [
        "/login?next=/v1/videos",
        "/v1/videos/",
        "https://user:secret@other.example/v1/videos",
        "http://[bad/v1/videos",
        "",
    ],
)
async def test_a_redirect_without_a_usable_address_tells_to_check_ours(location: str) -> None:
    async with answering(sent(b"", 302, location=location)) as server, gateway_client(server.url) as client:
        with pytest.raises(GatewayRejected, match="address of the API") as caught:
            await client.submit(BODY)
    assert "secret" not in str(caught.value)


async def test_a_redirected_poll_is_no_answer_either() -> None:
    elsewhere = sent(b"", 302, location="https://other.example/")
    async with answering(elsewhere) as server, gateway_client(server.url) as client:
        with pytest.raises(GatewayRejected) as caught:
            await client.poll("task_1")
    assert caught.value.status_code == 302


async def test_a_redirect_to_nowhere_leaves_a_create_unknown() -> None:
    async with answering(sent(b"", 304)) as server, gateway_client(server.url) as client:
        with pytest.raises(GatewayProtocolError):
            await client.submit(BODY)


async def test_an_endless_answer_is_cut_and_is_none() -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 65_536
            await anyio.lowlevel.checkpoint()

    def answer(_request: Request) -> Response:
        return in_pieces(endless())

    async with answering(answer) as server, gateway_client(server.url) as client:
        with anyio.fail_after(60), pytest.raises(GatewayProtocolError):
            await client.poll("task_1")


async def test_an_answer_of_one_megabyte_is_read() -> None:
    padded = json.dumps({"id": "task_1", "status": "queued", "padding": "x" * 2**20}).encode()
    async with answering(sent(padded)) as server, gateway_client(server.url) as client:
        assert (await client.poll("task_1")).id == "task_1"


async def test_nothing_is_remembered_from_one_request_to_the_next() -> None:
    async with answering(sent(CREATED, set_cookie="session=1; Path=/")) as server, gateway_client(server.url) as client:
        for _ in range(2):
            await client.poll("task_1")
    assert all("cookie" not in one.headers for one in server.seen)


@pytest.mark.parametrize(
    ("raised", "kind", "delivered"),
    [
        pytest.param(httpx2.ConnectTimeout("x"), GatewayTimeout, False, id="connect timeout"),
        pytest.param(httpx2.PoolTimeout("x"), GatewayTimeout, False, id="pool timeout"),
        pytest.param(httpx2.ConnectError("x"), GatewayUnreachable, False, id="connect"),
        pytest.param(httpx2.ProxyError("x"), GatewayUnreachable, False, id="proxy"),
        pytest.param(httpx2.ReadTimeout("x"), GatewayTimeout, True, id="read timeout"),
        pytest.param(httpx2.WriteTimeout("x"), GatewayTimeout, True, id="write timeout"),
        pytest.param(TimeoutError(), GatewayTimeout, True, id="too slow as a whole"),
        pytest.param(httpx2.ReadError("x"), GatewayUnreachable, True, id="read"),
        pytest.param(httpx2.WriteError("x"), GatewayUnreachable, True, id="write"),
        pytest.param(httpx2.RemoteProtocolError("x"), GatewayUnreachable, True, id="closed in the middle"),
        pytest.param(httpx2.DecodingError("x"), GatewayUnreachable, True, id="undecodable"),
    ],
)
def test_only_a_connection_that_never_stood_counts_as_not_delivered(
    raised: Exception, kind: type[GatewayUnreachable], delivered: bool
) -> None:
    with pytest.raises(GatewayUnreachable) as caught, translated_errors():
        raise raised
    assert (type(caught.value), caught.value.delivered) == (kind, delivered)


def test_an_untrusted_certificate_is_named() -> None:
    with pytest.raises(GatewayUnreachable, match="certificate is not trusted"), translated_errors():
        raise httpx2.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed")


async def test_an_address_that_cannot_be_asked_is_a_matter_of_settings() -> None:
    async with gateway_client("ftp://example.com") as client:
        with pytest.raises(ConfigurationError, match="VIDEO_MCP_BASE_URL"):
            await client.submit(BODY)


@pytest.mark.parametrize(
    ("status", "usd"),
    [
        pytest.param({"success": True, "data": {"quota_per_unit": 1_000_000}}, 0.25, id="its operator's units"),
        pytest.param({"success": True, "data": {"quota_per_unit": 0}}, None, id="units that cannot be"),
        pytest.param({"success": True, "data": {}}, None, id="units that it does not state"),
        pytest.param(None, None, id="no such path"),
    ],
)
async def test_a_charge_in_units_of_the_operators_is_read_by_what_the_server_states(
    status: JsonObject | None, usd: float | None
) -> None:
    def answer(request: Request) -> Response:
        if request.url.path == "/api/status":
            return JSONResponse(status, status_code=404 if status is None else 200)
        return JSONResponse({"id": "task_1", "status": "completed", "url": "https://x.example/v.mp4", "quota": 250_000})

    charges = profile_of("new-api").charges
    async with answering(answer) as server, gateway_client(server.url, charges=charges) as client:
        assert (await client.poll("task_1")).charged_usd == usd
