from __future__ import annotations

import hashlib
import tracemalloc
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace
from pathlib import Path

import anyio
import pytest
from starlette.requests import Request
from starlette.responses import Response

from tests.gateway.servers import KEY, MP4, Answer, answering, downloading, in_pieces, names, part_in, sent
from tests.simulator.visits import SMALL, Visit, visiting
from video_mcp.errors import (
    GatewayProtocolError,
    GatewayRejected,
    GatewayTimeout,
    GatewayUnreachable,
    NotAVideo,
    VideoMCPError,
)
from video_mcp.gateway.download import Downloaded, Downloader
from video_mcp.gateway.part_file import PartFile
from video_mcp.media.sniff import may_be_media
from video_mcp.simulator import Fault, FaultKind, FaultPoint, RecordedRequest

pytestmark = pytest.mark.anyio

ETAG = '"v1"'
WHOLE = Downloaded(bytes=len(MP4), sha256=hashlib.sha256(MP4).hexdigest())
LARGE_BYTES = 200 * 1024 * 1024


@pytest.fixture
async def visit() -> AsyncGenerator[Visit]:
    async with visiting() as visit:
        yield visit


async def source(visit: Visit, downloader: Downloader, point: FaultPoint) -> str:
    """Return the address of a finished video: a signed link or the gateway's own."""
    video_id = await visit.finished()
    return await visit.link(video_id) if point == "link" else downloader.content_url(video_id)


async def kept(folder: Path) -> bytes:
    return await anyio.Path(part_in(folder).path).read_bytes()


def downloads(visit: Visit) -> list[RecordedRequest]:
    return [one for one in visit.simulator.requests if "/media/" in one.path or one.path.endswith("/content")]


def ranged(request: Request, content: bytes = MP4) -> Response:
    """Serve a file with ranges, as storages do."""
    headers = {"etag": ETAG, "accept-ranges": "bytes"}
    asked = request.headers.get("range")
    if asked is None or request.headers.get("if-range") != ETAG:
        return Response(content, headers=headers)
    start = int(asked.removeprefix("bytes=").removesuffix("-"))
    if start >= len(content):
        return Response(status_code=416, headers={"content-range": f"bytes */{len(content)}"})
    told = f"bytes {start}-{len(content) - 1}/{len(content)}"
    return Response(content[start:], 206, headers={**headers, "content-range": told})


def half_then(answer: Answer) -> Answer:
    """Announce everything and send half at the first request; answer as told at the next ones."""
    asked: list[Request] = []

    async def half() -> AsyncIterator[bytes]:
        yield MP4[: len(MP4) // 2]
        raise ConnectionAbortedError

    def answered(request: Request) -> Response:
        asked.append(request)
        if len(asked) == 1:
            return in_pieces(half(), content_length=str(len(MP4)), etag=ETAG)
        response = answer(request)
        assert isinstance(response, Response)
        return response

    return answered


@pytest.mark.parametrize("point", ["link", "content"])
async def test_a_video_comes_whole_and_is_measured(visit: Visit, tmp_path: Path, point: FaultPoint) -> None:
    async with downloading(visit.simulator.base_url) as downloader:
        url = await source(visit, downloader, point)
        found = await downloader.fetch(url, part_in(tmp_path))

    content = await kept(tmp_path)
    assert content == (await visit.client.get(url)).content
    assert found == Downloaded(bytes=len(content), sha256=hashlib.sha256(content).hexdigest())


@pytest.mark.parametrize("origin", ["same", "other_port", "other_host"])
async def test_the_key_goes_to_the_gateways_api_alone(tmp_path: Path, origin: str) -> None:
    async with (
        visiting(replace(SMALL, media_origin=origin)) as visit,
        downloading(visit.simulator.base_url) as downloader,
    ):
        video_id = await visit.finished()
        for number, url in enumerate([await visit.link(video_id), downloader.content_url(video_id)]):
            await downloader.fetch(url, PartFile(tmp_path / str(number)))

    assert [one.authorization for one in downloads(visit)] == ["absent", "gateway_key"]
    assert visit.simulator.leaked_keys == 0


async def test_a_redirect_to_another_host_is_followed_without_the_key(visit: Visit, tmp_path: Path) -> None:
    visit.simulator.faults.arm(Fault(on="content", kind="redirect"))
    async with downloading(visit.simulator.base_url) as downloader:
        await downloader.fetch(await source(visit, downloader, "content"), part_in(tmp_path))

    assert [(one.origin, one.authorization) for one in downloads(visit)] == [
        ("gateway", "gateway_key"),
        ("media", "absent"),
    ]


async def test_json_that_holds_a_link_is_followed(visit: Visit, tmp_path: Path) -> None:
    visit.simulator.faults.arm(Fault(on="content", kind="json_200"))
    async with downloading(visit.simulator.base_url) as downloader:
        await downloader.fetch(await source(visit, downloader, "content"), part_in(tmp_path))

    assert [(one.origin, one.authorization) for one in downloads(visit)] == [
        ("gateway", "gateway_key"),
        ("media", "absent"),
    ]
    assert may_be_media(await kept(tmp_path))


@pytest.mark.parametrize("point", ["link", "content"])
async def test_a_cut_video_is_gone_on_with_by_another_process(visit: Visit, tmp_path: Path, point: FaultPoint) -> None:
    visit.simulator.faults.arm(Fault(on=point, kind="cut_body", times=2))
    async with downloading(visit.simulator.base_url) as downloader:
        url = await source(visit, downloader, point)
    sizes: list[int] = []
    for _ in range(2):
        async with downloading(visit.simulator.base_url) as downloader:
            with pytest.raises(GatewayUnreachable) as caught:
                await downloader.fetch(url, part_in(tmp_path))
        assert caught.value.delivered
        sizes.append(await part_in(tmp_path).size())
    async with downloading(visit.simulator.base_url) as downloader:
        found = await downloader.fetch(url, part_in(tmp_path))

    requests = downloads(visit)
    assert [one.headers.get("range") for one in requests] == [None, f"bytes={sizes[0]}-", f"bytes={sizes[1]}-"]
    assert 0 < sizes[0] < sizes[1] < found.bytes
    assert requests[1].headers["if-range"] == requests[2].headers["if-range"] != ""
    assert await kept(tmp_path) == (await visit.client.get(url)).content


async def test_a_stalled_video_is_gone_on_with(visit: Visit, tmp_path: Path) -> None:
    async with downloading(visit.simulator.base_url) as patient:
        url = await source(visit, patient, "link")
        content = (await visit.client.get(url)).content  # encoded now, or the first half might come late
        visit.simulator.faults.arm(Fault(on="link", kind="stall_body", seconds=600))
        async with downloading(visit.simulator.base_url, timeout_seconds=4.0) as impatient:
            with pytest.raises(GatewayTimeout):
                await impatient.fetch(url, part_in(tmp_path))
        await patient.fetch(url, part_in(tmp_path))

    assert downloads(visit)[-1].headers["range"].startswith("bytes=")
    assert await kept(tmp_path) == content


async def test_a_server_that_ignores_ranges_begins_anew(visit: Visit, tmp_path: Path) -> None:
    visit.simulator.faults.arm(Fault(on="link", kind="cut_body"), Fault(on="link", kind="ignore_range"))
    async with downloading(visit.simulator.base_url) as downloader:
        url = await source(visit, downloader, "link")
        with pytest.raises(GatewayUnreachable):
            await downloader.fetch(url, part_in(tmp_path))
        await downloader.fetch(url, part_in(tmp_path))

    assert await kept(tmp_path) == (await visit.client.get(url)).content


async def test_a_video_of_unknown_length_is_taken(visit: Visit, tmp_path: Path) -> None:
    visit.simulator.faults.arm(Fault(on="link", kind="no_length"))
    async with downloading(visit.simulator.base_url) as downloader:
        url = await source(visit, downloader, "link")
        found = await downloader.fetch(url, part_in(tmp_path))
    assert found.bytes == len((await visit.client.get(url)).content)


@pytest.mark.parametrize(
    ("point", "kind", "error"),
    [
        pytest.param("link", "link_refused", GatewayRejected, id="link refused"),
        pytest.param("link", "html_502", GatewayRejected, id="page with 502"),
        pytest.param("link", "html_200", NotAVideo, id="page with 200"),
        pytest.param("link", "cut_body", GatewayUnreachable, id="cut"),
        pytest.param("link", "reset_request", GatewayUnreachable, id="reset"),
        pytest.param("link", "rate_limit", GatewayRejected, id="429"),
        pytest.param("content", "task_not_found", GatewayRejected, id="content not found"),
        pytest.param("content", "html_200", NotAVideo, id="content is a page"),
        pytest.param("content", "unauthorized", GatewayRejected, id="content wants another key"),
    ],
)
async def test_an_error_holds_neither_the_key_nor_a_signature(
    visit: Visit, tmp_path: Path, point: FaultPoint, kind: FaultKind, error: type[VideoMCPError]
) -> None:
    visit.simulator.faults.arm(Fault(on=point, kind=kind))
    async with downloading(visit.simulator.base_url) as downloader:
        url = await source(visit, downloader, point)
        with pytest.raises(error) as caught:
            await downloader.fetch(url, part_in(tmp_path))

    assert not {"signature", "expires", "127.0.0.1", KEY} & set(str(caught.value).replace("=", " ").split())
    assert "?" not in str(caught.value)


async def test_a_storages_own_words_are_not_repeated(tmp_path: Path) -> None:
    said = b"<Error><Code>SignatureDoesNotMatch</Code><SignatureProvided>abc123</SignatureProvided></Error>"
    async with answering(sent(said, 403, retry_after="7")) as storage, downloading("http://127.0.0.1:9") as downloader:
        with pytest.raises(GatewayRejected) as caught:
            await downloader.fetch(f"{storage.url}/a.mp4", part_in(tmp_path))

    assert (str(caught.value), caught.value.status_code) == ("The video's host answered 403.", 403)
    assert caught.value.retry_after_seconds == 7


@pytest.mark.parametrize("content_type", ["application/json", "text/html", "text/plain", "application/octet-stream"])
async def test_a_video_is_kept_whatever_it_says_it_is(tmp_path: Path, content_type: str) -> None:
    answer = sent(MP4, content_type=content_type)
    async with answering(answer) as server, downloading(server.url) as downloader:
        assert await downloader.fetch(f"{server.url}/a.mp4", part_in(tmp_path)) == WHOLE


@pytest.mark.parametrize("length", [{}, {"content_length": str(len(MP4))}])
async def test_a_video_that_begins_byte_by_byte_is_judged_late_enough(tmp_path: Path, length: dict[str, str]) -> None:
    async def dripping() -> AsyncIterator[bytes]:
        for at in range(20):
            yield MP4[at : at + 1]
        yield MP4[20:]

    async with answering(lambda _: in_pieces(dripping(), **length)) as server, downloading(server.url) as downloader:
        assert await downloader.fetch(f"{server.url}/a.mp4", part_in(tmp_path)) == WHOLE


async def test_text_in_place_of_the_rest_does_not_cost_the_bytes_so_far(tmp_path: Path) -> None:
    answers = half_then(sent(b"<html>Please wait</html>"))
    async with answering(answers) as server, downloading(server.url) as downloader:
        with pytest.raises(GatewayUnreachable):
            await downloader.fetch(f"{server.url}/a.mp4", part_in(tmp_path))
        with pytest.raises(NotAVideo):
            await downloader.fetch(f"{server.url}/a.mp4", part_in(tmp_path))
    assert await kept(tmp_path) == MP4[: len(MP4) // 2]


@pytest.mark.parametrize(
    ("status_code", "headers"),
    [
        pytest.param(206, {"content_range": f"bytes 0-{len(MP4) - 1}/{len(MP4)}"}, id="the beginning"),
        pytest.param(206, {"content_range": f"bytes {len(MP4) // 2}-{len(MP4)}/{len(MP4) + 1}"}, id="another length"),
        pytest.param(206, {"etag": '"v2"', "content_range": f"bytes {len(MP4) // 2}-9/*"}, id="another file"),
        pytest.param(206, {}, id="some piece"),
        pytest.param(206, {"content_range": f"bytes {len(MP4) // 2}-9/{len(MP4)}"}, id="more than is missing"),
        pytest.param(416, {"content_range": "bytes */7"}, id="a shorter file"),
        pytest.param(416, {}, id="nothing there"),
    ],
)
async def test_a_piece_that_does_not_fit_is_thrown_away_with_the_rest(
    tmp_path: Path, status_code: int, headers: dict[str, str]
) -> None:
    answers = half_then(sent(b"x" * len(MP4), status_code, **headers))
    async with answering(answers) as server, downloading(server.url) as downloader:
        with pytest.raises(GatewayUnreachable):
            await downloader.fetch(f"{server.url}/a.mp4", part_in(tmp_path))
        with pytest.raises(GatewayProtocolError):
            await downloader.fetch(f"{server.url}/a.mp4", part_in(tmp_path))
    assert await names(tmp_path) == []


async def test_a_piece_that_is_not_the_whole_rest_is_gone_on_with(tmp_path: Path) -> None:
    async def some(request: Request) -> Response:
        start = int(request.headers.get("range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))
        told = f"bytes {start}-{start + 49_999}/{len(MP4)}"
        return Response(MP4[start : start + 50_000], 206, headers={"etag": ETAG, "content-range": told})

    async with answering(some) as server, downloading(server.url) as downloader:
        for _ in range(2):
            with pytest.raises(GatewayProtocolError, match="cut"):
                await downloader.fetch(f"{server.url}/a.mp4", part_in(tmp_path))
        assert await downloader.fetch(f"{server.url}/a.mp4", part_in(tmp_path)) == WHOLE


@pytest.mark.parametrize("known", ["length known", "length unknown"])
async def test_a_file_that_was_whole_before_a_crash_is_not_fetched_again(tmp_path: Path, known: str) -> None:
    async def unmeasured() -> AsyncIterator[bytes]:
        yield MP4

    def answer(request: Request) -> Response:
        if known == "length known" or "range" in request.headers:
            return ranged(request)
        return in_pieces(unmeasured(), etag=ETAG)

    async with answering(answer) as server, downloading(server.url) as downloader:
        for _ in range(2):
            assert await downloader.fetch(f"{server.url}/a.mp4", part_in(tmp_path)) == WHOLE

    bodies = [one for one in server.seen if "range" not in one.headers]
    assert len(bodies) == 1
    assert len(server.seen) == (1 if known == "length known" else 2)


async def test_a_file_that_somebody_else_wrote_into_is_thrown_away(tmp_path: Path) -> None:
    async def interfered() -> AsyncIterator[bytes]:
        yield MP4[:-1]
        while not await part_in(tmp_path).size():  # noqa: ASYNC110 - another process has no event to wait for
            await anyio.sleep(0.001)
        await anyio.Path(part_in(tmp_path).path).write_bytes(MP4 + b"and more")
        yield MP4[-1:]

    async with answering(lambda _: in_pieces(interfered())) as server, downloading(server.url) as downloader:
        with anyio.fail_after(600), pytest.raises(GatewayProtocolError, match="The disk holds"):
            await downloader.fetch(f"{server.url}/a.mp4", part_in(tmp_path))
    assert await names(tmp_path) == []


async def test_a_file_that_changed_meanwhile_comes_anew(tmp_path: Path) -> None:
    answers = half_then(sent(MP4, etag='"v2"'))
    async with answering(answers) as server, downloading(server.url) as downloader:
        with pytest.raises(GatewayUnreachable):
            await downloader.fetch(f"{server.url}/a.mp4", part_in(tmp_path))
        assert await downloader.fetch(f"{server.url}/a.mp4", part_in(tmp_path)) == WHOLE
    assert server.seen[1].headers["if-range"] == ETAG


async def test_nothing_compressed_is_requested(tmp_path: Path) -> None:
    async with answering(sent(MP4, content_encoding="identity")) as server, downloading(server.url) as downloader:
        assert await downloader.fetch(f"{server.url}/a.mp4", part_in(tmp_path)) == WHOLE
    assert server.seen[0].headers["accept-encoding"] == "identity"


async def test_memory_stays_constant_while_a_large_video_comes(tmp_path: Path) -> None:
    async def large() -> AsyncIterator[bytes]:
        block = b"\0" * 65_536
        yield MP4[:24].ljust(len(block), b"\0")
        for _ in range(LARGE_BYTES // len(block) - 1):
            yield block

    def answer(_request: Request) -> Response:
        return in_pieces(large(), content_length=str(LARGE_BYTES))

    async with answering(answer) as server, downloading(server.url) as downloader:
        tracemalloc.start()
        try:
            with anyio.fail_after(600):
                found = await downloader.fetch(f"{server.url}/a.mp4", part_in(tmp_path))
            peak_bytes = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert found.bytes == LARGE_BYTES
    assert peak_bytes < 8 * 1024 * 1024
    await part_in(tmp_path).discard()
