"""Videos inside JSON, of any size: found by the poll, decoded on their way to disk."""

from __future__ import annotations

import base64
import hashlib
import json
import tracemalloc
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from urllib.parse import quote

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue
from starlette.requests import Request
from starlette.responses import Response

from tests.gateway.servers import MP4, answering, downloading, gateway_client, in_pieces, part_in, sent
from video_mcp.errors import GatewayProtocolError, OutputRefused
from video_mcp.gateway.download import Downloaded
from video_mcp.gateway.protocol.json_stream import Base64Decoder, JsonShortener, JsonWithVideo

pytestmark = pytest.mark.anyio

WHOLE = Downloaded(bytes=len(MP4), sha256=hashlib.sha256(MP4).hexdigest())
STANDARD = base64.b64encode(MP4).decode()
POSTER = base64.b64encode(b"\xff\xd8\xff\xe0" + bytes(3000)).decode()

SHAPES: dict[str, JsonValue] = {
    "metadata.url": {"metadata": {"url": f"data:video/mp4;base64,{STANDARD}"}},
    "video_url": {"video_url": f"data:video/mp4;base64,{STANDARD}"},
    "octet-stream": {"url": f"data:application/octet-stream;base64,{STANDARD}"},
    "b64_json": {"data": [{"b64_json": STANDARD}]},
    "bare field": {"video_base64": STANDARD},
    "Google": {"videos": [{"bytesBase64Encoded": STANDARD, "mimeType": "video/mp4"}]},
    "URL alphabet, no padding": {"video": {"data": base64.urlsafe_b64encode(MP4).decode().rstrip("=")}},
    "percent-encoded": {"url": f"data:video/mp4;base64,{quote(STANDARD, safe='')}"},
    "in lines": {"video": "\n".join(STANDARD[i : i + 76] for i in range(0, len(STANDARD), 76))},
    "behind a poster": {
        "thumbnail": f"data:image/jpeg;base64,{POSTER}",
        "video_url": f"data:video/mp4;base64,{STANDARD}",
    },
}


def written(shape: str) -> bytes:
    return json.dumps({"id": "t", "object": "video", **SHAPES[shape], "status": "completed"}).encode()  # type: ignore[dict-item]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("slashes", ["/", "\\/"])
async def test_a_video_inside_the_status_is_linked_to_and_decoded(tmp_path: Path, shape: str, slashes: str) -> None:
    body = written(shape).replace(b"/", slashes.encode())
    async with answering(sent(body, content_type="application/json")) as server:
        async with gateway_client(server.url) as client:
            video = await client.poll("t")
        assert (video.status, video.is_inline) == ("completed", True)
        assert video.video_url == f"{server.url}/v1/videos/t"
        async with downloading(server.url) as downloader:
            assert await downloader.fetch(video.video_url or "", part_in(tmp_path)) == WHOLE
    assert server.seen[-1].headers["authorization"].startswith("Bearer ")


@pytest.mark.parametrize("shape", SHAPES)
async def test_json_in_the_contents_place_is_decoded_too(tmp_path: Path, shape: str) -> None:
    async with answering(sent(written(shape))) as server, downloading(server.url) as downloader:
        assert await downloader.fetch(downloader.content_url("t"), part_in(tmp_path)) == WHOLE


def large(before: bytes, after: bytes, blocks: int) -> Callable[[Request], Response]:
    async def pieces() -> AsyncIterator[bytes]:
        yield before + STANDARD[:12_000].encode()
        for _ in range(blocks):
            yield b"A" * 65_536
        yield after

    return lambda _request: in_pieces(pieces(), content_type="application/json")


async def test_a_status_over_any_cap_yields_its_status_and_its_video_in_constant_memory(tmp_path: Path) -> None:
    answer = large(
        b'{"id":"t","metadata":{"url":"data:video/mp4;base64,', b'"},"status":"completed","progress":100}', 400
    )
    async with answering(answer) as server, gateway_client(server.url) as client, downloading(server.url) as downloader:
        tracemalloc.start()
        try:
            with anyio.fail_after(300):
                video = await client.poll("t")
                found = await downloader.fetch(video.video_url or "", part_in(tmp_path))
            peak_bytes = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert (video.status, video.progress) == ("completed", 100)
    assert found.bytes == (12_000 + 400 * 65_536) * 3 // 4
    assert peak_bytes < 12 * 1024 * 1024
    await part_in(tmp_path).discard()


async def test_a_long_text_of_any_kind_hides_no_status() -> None:
    answer = large(b'{"id":"t","error":null,"log":"', b'","status":"failed","fail_reason":"no luck"}', 300)
    async with answering(answer) as server, gateway_client(server.url) as client:
        video = await client.poll("t")
    assert (video.status, video.error and video.error.message) == ("failed", "no luck")


async def test_a_body_that_is_cut_off_yields_the_status_that_came_before() -> None:
    async def numbers() -> AsyncIterator[bytes]:
        yield b'{"id":"t","status":"completed","video_url":"https://cdn.example/v.mp4","frames":[0'
        for _ in range(300):
            yield b",0" * 32_768

    async with answering(lambda _: in_pieces(numbers())) as server, gateway_client(server.url) as client:
        video = await client.poll("t")
    assert (video.status, video.video_url) == ("completed", "https://cdn.example/v.mp4")


async def test_a_video_inside_that_was_cut_is_tried_again(tmp_path: Path) -> None:
    body = written("metadata.url")[:-40_000]
    async with answering(sent(body)) as server, downloading(server.url) as downloader:
        with pytest.raises(GatewayProtocolError, match="was cut"):
            await downloader.fetch(downloader.content_url("t"), part_in(tmp_path))
    assert not await anyio.Path(part_in(tmp_path).path).exists()


async def test_a_video_inside_is_held_against_the_limit(tmp_path: Path) -> None:
    async with answering(sent(written("b64_json"))) as server, downloading(server.url, max_bytes=1000) as downloader:
        with pytest.raises(OutputRefused):
            await downloader.fetch(downloader.content_url("t"), part_in(tmp_path))


def pieces_of(data: bytes, sizes: list[int]) -> list[bytes]:
    pieces: list[bytes] = []
    for size in sizes:
        pieces.append(data[:size])
        data = data[size:]
    return [*pieces, data]


TEXTS = st.text(st.characters(codec="utf-8"), max_size=200)


@given(st.dictionaries(TEXTS, TEXTS | st.integers() | st.lists(TEXTS)), st.lists(st.integers(1, 40)), st.booleans())
def test_short_json_comes_through_unchanged_however_it_is_torn(
    body: dict[str, JsonValue], sizes: list[int], escaped: bool
) -> None:
    shortener = JsonShortener(10**6)
    for piece in pieces_of(json.dumps(body, ensure_ascii=escaped).encode(), sizes):
        shortener.feed(piece)
    assert json.loads(bytes(shortener.content)) == body


@pytest.mark.parametrize("escaped", [True, False])
@pytest.mark.parametrize("letter", ["a", "\\", '"', "é", "雨", "\U0001f3ac", "\n"])
def test_a_long_text_is_cut_and_stays_json(letter: str, escaped: bool) -> None:
    shortener = JsonShortener(10**6)
    body = json.dumps({"log": letter * 70_001, "status": "done"}, ensure_ascii=escaped).encode()
    for start in range(0, len(body), 997):
        shortener.feed(body[start : start + 997])
    found = json.loads(bytes(shortener.content))
    assert found["status"] == "done"
    assert 1000 < len(found["log"]) < 70_001
    assert set(found["log"][:-1]) == {letter}


@given(st.binary(max_size=2000), st.lists(st.integers(1, 90)), st.booleans())
def test_base64_is_decoded_however_it_is_torn(content: bytes, sizes: list[int], url_safe: bool) -> None:
    encoded = base64.urlsafe_b64encode(content) if url_safe else base64.b64encode(content)
    decoder = Base64Decoder()
    assert b"".join(decoder.feed(piece) for piece in pieces_of(encoded, sizes)) + decoder.finish() == content


@given(content=st.binary(max_size=200), sizes=st.lists(st.integers(1, 5)))
def test_escapes_of_a_uri_are_decoded_however_they_are_torn(content: bytes, sizes: list[int]) -> None:
    encoded = "".join(f"%{ord(letter):02x}" for letter in base64.b64encode(content).decode()).encode()
    decoder = Base64Decoder()
    assert b"".join(decoder.feed(piece) for piece in pieces_of(encoded, sizes)) + decoder.finish() == content


def test_an_escape_that_is_cut_is_no_base64() -> None:
    decoder = Base64Decoder()
    decoder.feed(b"AAAA%2")
    with pytest.raises(ValueError, match="no base64"):
        decoder.finish()


@given(st.lists(st.integers(1, 5000)))
def test_an_inline_video_is_found_however_the_json_is_torn(sizes: list[int]) -> None:
    reader = JsonWithVideo(10**6)
    found = b"".join(reader.feed(piece) for piece in pieces_of(written("behind a poster"), sizes))
    assert (found, reader.is_done) == (MP4, True)
