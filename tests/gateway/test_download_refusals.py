from __future__ import annotations

import gzip
import hashlib
import shutil
import ssl
import subprocess
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import anyio
import pytest
from anyio.streams.tls import TLSListener
from starlette.requests import Request
from starlette.responses import Response

from tests.gateway.servers import MP4, answering, downloading, in_pieces, names, part_in, sent
from tests.simulator.visits import Visit, visiting
from video_mcp.errors import (
    GatewayRejected,
    GatewayUnreachable,
    NotAVideo,
    OutputRefused,
    StorageFull,
)
from video_mcp.gateway.download import Downloaded, Downloader
from video_mcp.gateway.part_file import PartFile
from video_mcp.simulator.listener import bound_socket

pytestmark = pytest.mark.anyio

WHOLE = Downloaded(bytes=len(MP4), sha256=hashlib.sha256(MP4).hexdigest())


@pytest.fixture
async def visit() -> AsyncGenerator[Visit]:
    async with visiting() as visit:
        yield visit


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        pytest.param(b"<!DOCTYPE html><html>Please wait</html>", "video/mp4", id="page that says it is a video"),
        pytest.param(b'{"error": {"message": "no"}}' + b" " * 1000, "video/mp4", id="JSON that says it is a video"),
        pytest.param(b'{"video_url": ""}', "application/json", id="JSON with an empty link"),
        pytest.param(b'{"url": "data:video/mp4;base64,PGh0bWw+PC9odG1sPg=="}', "application/json", id="page inside"),
        pytest.param(b'{"url": "data:video/mp4;base64,AAAA!AAAA"}', "application/json", id="no base64"),
        pytest.param(b'{"b64_json": "AAAAGGZ0eXBtcDQyAAAAAG1wNDJpc29t*"}', "application/json", id="broken base64"),
        pytest.param(b"", "video/mp4", id="nothing"),
    ],
)
async def test_what_is_no_video_is_never_kept(tmp_path: Path, content: bytes, content_type: str) -> None:
    async with answering(sent(content, content_type=content_type)) as server, downloading(server.url) as downloader:
        with pytest.raises(NotAVideo):
            await downloader.fetch(f"{server.url}/a.mp4", part_in(tmp_path))
    assert await names(tmp_path) == []


@pytest.mark.parametrize("encoding", ["gzip", "br", "Deflate", "zstd", "gzip, identity"])
async def test_a_compressed_body_is_refused_before_it_is_unpacked(tmp_path: Path, encoding: str) -> None:
    answer = sent(gzip.compress(b"<html>" + b" " * 10**7), content_encoding=encoding)
    async with answering(answer) as server, downloading(server.url) as downloader:
        with pytest.raises(NotAVideo, match="compressed"):
            await downloader.fetch(f"{server.url}/a.mp4", part_in(tmp_path))
    assert await names(tmp_path) == []


@pytest.mark.parametrize(
    ("status_code", "content"),
    [(202, b""), (204, b""), (202, MP4), (200, b'{"status": "processing"}'), (200, b'{"id": "t", "status": "queued"}')],
)
async def test_a_host_that_is_not_ready_is_told_from_one_that_has_no_video(
    tmp_path: Path, status_code: int, content: bytes
) -> None:
    async with answering(sent(content, status_code)) as server, downloading(server.url) as downloader:
        with pytest.raises(GatewayRejected, match="not ready") as caught:
            await downloader.fetch(f"{server.url}/a.mp4", part_in(tmp_path))
    assert caught.value.status_code == status_code
    assert await names(tmp_path) == []


async def endless() -> AsyncIterator[bytes]:
    yield MP4
    while True:
        yield b"\0" * 65_536
        await anyio.lowlevel.checkpoint()


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"content_length": str(10**12)}, id="announced"),
        pytest.param({}, id="found out"),
        pytest.param({"content_encoding": "identity"}, id="found out although encoded"),
    ],
)
async def test_a_video_that_is_too_large_is_refused_and_leaves_nothing(tmp_path: Path, headers: dict[str, str]) -> None:
    async with (
        answering(lambda _: in_pieces(endless(), **headers)) as server,
        downloading(server.url, max_bytes=1_000_000) as downloader,
    ):
        with anyio.fail_after(60), pytest.raises(OutputRefused, match="VIDEO_MCP_MAX_DOWNLOAD_BYTES"):
            await downloader.fetch(f"{server.url}/a.mp4", part_in(tmp_path))
    assert await names(tmp_path) == []


@pytest.mark.parametrize(("max_bytes", "fits"), [(len(MP4), True), (len(MP4) - 1, False)])
@pytest.mark.parametrize("announced", [True, False])
async def test_the_limit_is_met_to_the_byte(tmp_path: Path, max_bytes: int, fits: bool, announced: bool) -> None:
    async def unmeasured() -> AsyncIterator[bytes]:
        yield MP4

    def answer(_request: Request) -> Response:
        return Response(MP4) if announced else in_pieces(unmeasured())

    async with answering(answer) as server, downloading(server.url, max_bytes=max_bytes) as downloader:
        if fits:
            assert await downloader.fetch(f"{server.url}/a.mp4", part_in(tmp_path)) == WHOLE
        else:
            with pytest.raises(OutputRefused):
                await downloader.fetch(f"{server.url}/a.mp4", part_in(tmp_path))


async def test_a_video_for_which_the_disk_has_no_room_is_not_begun(tmp_path: Path) -> None:
    part = PartFile(tmp_path / "clip.mp4.part", free_bytes=lambda _folder: 1000)
    async with answering(sent()) as server, downloading(server.url) as downloader:
        with pytest.raises(StorageFull):
            await downloader.fetch(f"{server.url}/a.mp4", part)
    assert await names(tmp_path) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
async def test_a_disk_that_runs_full_in_the_middle_says_so(tmp_path: Path) -> None:
    await anyio.Path(tmp_path / "clip.mp4.part").symlink_to("/dev/full")
    async with answering(sent()) as server, downloading(server.url) as downloader:
        with pytest.raises(StorageFull, match="fetch_video"):
            await downloader.fetch(f"{server.url}/a.mp4", part_in(tmp_path))


@pytest.mark.parametrize("location", ["/again", ""])
async def test_redirects_in_circles_come_to_an_end(tmp_path: Path, location: str) -> None:
    async with answering(sent(b"", 302, location=location)) as server, downloading(server.url) as downloader:
        with pytest.raises(NotAVideo, match="circles"):
            await downloader.fetch(f"{server.url}/a.mp4", part_in(tmp_path))
    assert len(server.seen) == 6


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://[fe80::1]/",
        "http://2130706433/",
        "file:///etc/passwd",
        "ftp://cdn.example/",
        "http://user@cdn.example/",
        "http://[bad/",
    ],
)
@pytest.mark.parametrize("way", ["redirect", "json"])
async def test_no_hop_leads_to_a_refused_address(tmp_path: Path, location: str, way: str) -> None:
    redirect = sent(b"", 302, location=location)
    answer = redirect if way == "redirect" else sent(b'{"video_url": "%s"}' % location.encode())
    async with answering(answer) as server, downloading(server.url) as downloader:
        with anyio.fail_after(60), pytest.raises(NotAVideo) as caught:
            await downloader.fetch(f"{server.url}/v1/videos/1/content", part_in(tmp_path))
    assert location not in str(caught.value)


async def test_a_public_gateways_link_into_this_machine_is_not_asked(visit: Visit, tmp_path: Path) -> None:
    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return ["93.184.215.14"]

    link = await visit.link(await visit.finished())
    async with downloading("https://gateway.example", resolve=resolve) as downloader:
        with pytest.raises(NotAVideo, match="private"):
            await downloader.fetch(link, part_in(tmp_path))
    assert visit.simulator.requests.matching("GET", "/media/") == ()


async def test_a_host_is_looked_up_once_and_asked_by_its_name(tmp_path: Path) -> None:
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])

    async def rebinding(_host: str, _port: int) -> Sequence[str]:
        return next(answers)

    async with answering(sent()) as server, downloading("http://127.0.0.1:9", resolve=rebinding) as downloader:
        port = server.url.rpartition(":")[2]
        await downloader.fetch(f"http://cdn.example:{port}/a%2Fb.mp4?signature=x%3D%2B&y=z", part_in(tmp_path))

    (seen,) = server.seen
    assert seen.headers["host"] == f"cdn.example:{port}"
    assert seen.target == "/a%2Fb.mp4?signature=x%3D%2B&y=z"
    assert next(answers) == ["169.254.169.254"]


@pytest.mark.skipif(sys.platform == "darwin", reason="only one loopback address there")
async def test_the_next_address_is_asked_when_nobody_is_at_the_first(tmp_path: Path) -> None:
    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return ["127.0.0.2", "127.0.0.1"]

    async with answering(sent()) as server, downloading("http://127.0.0.1:9", resolve=resolve) as downloader:
        url = server.url.replace("127.0.0.1", "cdn.example")
        assert await downloader.fetch(f"{url}/a.mp4", part_in(tmp_path)) == WHOLE


async def test_a_host_where_nobody_listens_is_unreachable(tmp_path: Path) -> None:
    with bound_socket("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    async with downloading("http://127.0.0.1:9") as downloader:
        with pytest.raises(GatewayUnreachable, match="The video's host cannot be reached") as caught:
            await downloader.fetch(f"http://127.0.0.1:{port}/a.mp4?signature=secret", part_in(tmp_path))
    assert "secret" not in str(caught.value)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for cdn.example in one file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl makes the certificate")
    folder = tmp_path_factory.mktemp("certificate")
    key, signed, both = folder / "key.pem", folder / "signed.pem", folder / "both.pem"
    request = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=cdn.example"
    command = [openssl, *request.split(), "-addext", "subjectAltName=DNS:cdn.example"]
    subprocess.run([*command, "-keyout", str(key), "-out", str(signed)], check=True, capture_output=True)
    both.write_bytes(key.read_bytes() + signed.read_bytes())
    return both


@asynccontextmanager
async def answering_encrypted(certificate: Path, answer: bytes) -> AsyncGenerator[tuple[int, list[str | None]]]:
    """Answer every encrypted request with the same bytes; yield the port and the names that were asked for."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    asked: list[str | None] = []

    def remember(_socket: ssl.SSLSocket | ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
        asked.append(name)

    context.sni_callback = remember

    async def serve(stream: anyio.abc.ByteStream) -> None:
        async with stream:
            await stream.receive()
            await stream.send(answer)

    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = int(listener.extra(anyio.abc.SocketAttribute.local_port))
    async with (
        TLSListener(listener, context, standard_compatible=False) as encrypted,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(encrypted.serve, serve)
        yield port, asked
        tasks.cancel_scope.cancel()


def trusting(certificate: Path) -> AbstractAsyncContextManager[Downloader]:
    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    context = ssl.create_default_context(cafile=str(certificate))
    return downloading("http://127.0.0.1:9", resolve=resolve, certificates=context)


async def test_a_pinned_host_still_proves_its_name(certificate: Path, tmp_path: Path) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(MP4), MP4)
    async with answering_encrypted(certificate, answer) as (port, asked), trusting(certificate) as downloader:
        assert await downloader.fetch(f"https://cdn.example:{port}/a.mp4", part_in(tmp_path)) == WHOLE
        with pytest.raises(GatewayUnreachable, match="cannot be reached"):
            await downloader.fetch(f"https://other.example:{port}/a.mp4", PartFile(tmp_path / "other"))

    assert asked == ["cdn.example", "other.example"]


async def test_an_encrypted_link_is_not_followed_into_the_open(certificate: Path, tmp_path: Path) -> None:
    async with answering(sent()) as server:
        answer = f"HTTP/1.1 302 Found\r\nLocation: {server.url}/a.mp4\r\nContent-Length: 0\r\n\r\n".encode()
        async with answering_encrypted(certificate, answer) as (port, _), trusting(certificate) as downloader:
            with pytest.raises(NotAVideo, match="encrypted"):
                await downloader.fetch(f"https://cdn.example:{port}/a.mp4", part_in(tmp_path))
    assert server.seen == []
