"""Serving HTTP in a process of its own: bound, announced, and ended by a signal without a cut answer."""

from __future__ import annotations

import errno
import signal
import socket
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from importlib.util import find_spec
from urllib.parse import urlsplit

import anyio
from starlette.types import ASGIApp
from uvicorn import Config, Server

from video_mcp.errors import ConfigurationError
from video_mcp.server.http.addresses import is_loopback
from video_mcp.server.http.app import MCP_PATH, HTTPServer, open_http_server
from video_mcp.settings import Settings

# Together they leave time to give the leases back within the ten seconds that an orchestrator waits.
_ANSWER_SECONDS = 6.0
_CLOSE_SECONDS = 2


async def serve_http(settings: Settings, *, host: str, port: int, announce: Callable[[str], None]) -> None:
    """Serve until a signal ends it; `announce` hears the address once requests are taken.

    Raises:
        ConfigurationError: The address cannot be bound, or others could reach a server that lets everybody in.
    """
    require_extra(settings)
    require_access_control(settings, host)
    with bound_socket(host, port) as bound:
        async with open_http_server(settings, bind_host=host) as opened, anyio.create_task_group() as tasks:
            server = uvicorn_server(opened.app)
            if sys.platform != "win32":  # its loop takes no handlers; Ctrl-C ends the process there
                tasks.start_soon(_finish_on_signal, opened, server)
            announce(_url(host, bound))
            await server.serve(sockets=[bound])
            tasks.cancel_scope.cancel()


def _is_installed(module: str) -> bool:
    return find_spec(module) is not None


def require_extra(settings: Settings, *, is_installed: Callable[[str], bool] = _is_installed) -> None:
    """Return when what the settings need is installed.

    Raises:
        ConfigurationError: Naming the extra: a replica that starts without it would refuse every call.
    """
    needed = {"VIDEO_MCP_STORAGE_URL": "obstore"} if settings.storage_url is not None else {}
    if settings.ledger_url.startswith("postgres"):
        needed["VIDEO_MCP_DATABASE_URL"] = "psycopg"
    install = "pip install 'video-mcp-gateway[team]'"
    problems = [f"{name} needs an extra: {install}" for name, module in needed.items() if not is_installed(module)]
    if problems:
        raise ConfigurationError(problems)


def require_access_control(settings: Settings, host: str) -> None:
    """Return when callers have to say who they are, or only this machine reaches the server.

    Raises:
        ConfigurationError: Anybody could spend the gateway's money.
    """
    if settings.requires_identity:
        return
    public_host = urlsplit(settings.public_url).hostname if settings.public_url is not None else None
    for what, name in (("--host", host), ("VIDEO_MCP_PUBLIC_URL", public_host)):
        if name is not None and not is_loopback(name):
            problem = f"{what} names {name}, where anybody could spend the gateway's money"
            raise ConfigurationError([f"{problem}; set VIDEO_MCP_TOKENS or VIDEO_MCP_OAUTH_ISSUER"])


@contextmanager
def bound_socket(host: str, port: int) -> Generator[socket.socket]:
    """Listen while the block runs; port 0 takes a free one.

    Raises:
        ConfigurationError: The address is taken or none of this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        bound = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        why = "is taken" if error.errno == errno.EADDRINUSE else "cannot be used"
        raise ConfigurationError([f"port {port} of {host} {why}; --port 0 finds a free one"]) from error
    with bound:
        yield bound


class _Server(Server):
    """Uvicorn without handlers of its own: a signal first lets every answer out."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave the signals to whoever runs the server."""
        yield


def uvicorn_server(app: ASGIApp) -> Server:
    """Return the server that runs an application on sockets until `should_exit`."""
    config = Config(
        app,
        http="h11",
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=_CLOSE_SECONDS,
    )
    return _Server(config)


async def _finish_on_signal(opened: HTTPServer, server: Server) -> None:
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for _received in signals:
            if server.should_exit:
                server.force_exit = True
                continue
            await opened.finish(at_most_seconds=_ANSWER_SECONDS)
            server.should_exit = True


def _url(host: str, bound: socket.socket) -> str:
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{bound.getsockname()[1]}{MCP_PATH}"
