from __future__ import annotations

import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import pytest
from anyio.abc import SocketStream
from anyio.streams.buffered import BufferedByteReceiveStream

from tests.gateway.servers import KEY, Pauses
from video_mcp.errors import ConfigurationError, GatewayUnreachable
from video_mcp.gateway.client import GatewayClient
from video_mcp.gateway.network import open_network
from video_mcp.gateway.transport import open_clients

pytestmark = pytest.mark.anyio

MODELS = b'{"data":[{"id":"sora-2"}]}'
GATEWAY = "http://gateway.corp.test:8000"


@dataclass(slots=True)
class Proxy:
    """A proxy that answers for every host itself; `hosts` are those that it was asked for."""

    port: int = 0
    status_line: bytes = b"HTTP/1.1 200 OK"
    hosts: list[str] = field(default_factory=list[str])
    credentials: list[str] = field(default_factory=list[str])

    async def serve_http(self, stream: SocketStream) -> None:
        async with stream:
            head = (await BufferedByteReceiveStream(stream).receive_until(b"\r\n\r\n", 65_536)).decode()
            lines = head.split("\r\n")
            self.hosts.append(lines[0].split(" ")[1])
            self.credentials += [line for line in lines if line.lower().startswith("proxy-authorization")]
            await stream.send(self.status_line + b"\r\nContent-Length: %d\r\n\r\n" % len(MODELS) + MODELS)

    async def serve_socks(self, stream: SocketStream) -> None:
        async with stream:
            buffered = BufferedByteReceiveStream(stream)
            _version, methods = await buffered.receive_exactly(2)
            await buffered.receive_exactly(methods)
            await stream.send(b"\x05\x00")
            *_, kind, length = await buffered.receive_exactly(5)
            assert kind == 3, "the name is looked up by the proxy"
            self.hosts.append((await buffered.receive_exactly(length)).decode())
            await buffered.receive_exactly(2)
            await stream.send(b"\x05\x00\x00\x01" + bytes(6))
            await buffered.receive_until(b"\r\n\r\n", 65_536)
            await stream.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(MODELS) + MODELS)


@asynccontextmanager
async def proxy_at(proxy: Proxy, *, socks: bool = False) -> AsyncGenerator[Proxy]:
    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener, anyio.create_task_group() as tasks:
        proxy.port = listener.extra(anyio.abc.SocketAttribute.local_port)
        tasks.start_soon(listener.serve, proxy.serve_socks if socks else proxy.serve_http)
        yield proxy
        tasks.cancel_scope.cancel()


async def models(base_url: str, **variables: str) -> tuple[str, ...]:
    network = open_network(variables)
    async with open_clients(timeout_seconds=20, user_agent="video-mcp/test", network=network) as clients:
        client = GatewayClient(clients, base_url=base_url, api_key=KEY, jitter=lambda: 0.5, sleep=Pauses())
        return await client.models()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def test_a_proxy_reaches_a_gateway_that_only_it_can_look_up() -> None:
    async with proxy_at(Proxy()) as proxy:
        assert await models(GATEWAY, HTTP_PROXY=f"http://me:p@ss@127.0.0.1:{proxy.port}") == ("sora-2",)
    assert proxy.hosts == [f"{GATEWAY}/v1/models"]
    assert len(proxy.credentials) == 1


@pytest.mark.parametrize("scheme", ["socks", "socks5", "socks5h"])
async def test_a_socks_proxy_looks_the_gateway_up(scheme: str) -> None:
    async with proxy_at(Proxy(), socks=True) as proxy:
        assert await models(GATEWAY, ALL_PROXY=f"{scheme}://127.0.0.1:{proxy.port}") == ("sora-2",)
    assert proxy.hosts == ["gateway.corp.test"]


@pytest.mark.parametrize("proxy_url", ["socks4://127.0.0.1:9", "http://127.0.0.1:99999", "socks5://127.0.0.1:9"])
async def test_a_proxy_that_cannot_be_used_harms_nobody_who_goes_without(proxy_url: str) -> None:
    async with proxy_at(Proxy()) as gateway:
        url = f"http://127.0.0.1:{gateway.port}"
        assert await models(url, ALL_PROXY=proxy_url, NO_PROXY="127.0.0.1") == ("sora-2",)


@pytest.mark.parametrize(
    ("proxy_url", "problem"),
    [("socks4://p:1", "HTTP_PROXY names a proxy of the kind socks4"), ("http://p:99999", "HTTP_PROXY has a port")],
)
async def test_a_proxy_that_cannot_be_used_is_named(proxy_url: str, problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        await models(GATEWAY, HTTP_PROXY=proxy_url)


@pytest.mark.parametrize("kind", ["http", "socks5"])
async def test_a_proxy_that_is_not_there_is_named_and_nothing_was_delivered(kind: str) -> None:
    with pytest.raises(GatewayUnreachable, match="The proxy cannot be reached") as caught:
        await models(GATEWAY, http_proxy=f"{kind}://127.0.0.1:{free_port()}")
    assert not caught.value.delivered
    assert "http_proxy" in (caught.value.advice or "")


async def test_a_proxy_that_wants_a_password_is_named() -> None:
    async with proxy_at(Proxy(status_line=b"HTTP/1.1 407 Proxy Authentication Required")) as proxy:
        with pytest.raises(GatewayUnreachable, match="The proxy answered 407") as caught:
            await models("https://gateway.corp.test", HTTPS_PROXY=f"http://127.0.0.1:{proxy.port}")
    assert "HTTPS_PROXY" in (caught.value.advice or "")
    assert not caught.value.delivered


@pytest.mark.parametrize("written", ["missing.pem", "empty.pem", "folder", "garbage.pem"])
@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
async def test_certificates_that_cannot_be_read_matter_to_encrypted_connections_only(
    tmp_path: Path, variable: str, written: str
) -> None:
    (tmp_path / "empty.pem").touch()
    (tmp_path / "garbage.pem").write_text("no certificate")
    if variable == "SSL_CERT_FILE":
        (tmp_path / "folder").mkdir()
    async with proxy_at(Proxy()) as gateway:
        unreadable = {variable: str(tmp_path / written)}
        assert await models(f"http://127.0.0.1:{gateway.port}", **unreadable) == ("sora-2",)
        with pytest.raises(ConfigurationError, match=variable):
            await models(f"https://127.0.0.1:{gateway.port}", **unreadable)
