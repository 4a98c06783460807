"""`video-mcp serve`: the MCP server on stdio or over HTTP, with a gateway or with the simulator inside."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Annotated

import anyio
import typer
from pydantic import SecretStr

from video_mcp.cli.exit_codes import ExitCode, run_command
from video_mcp.cli.options import command_app
from video_mcp.cli.output import print_stderr
from video_mcp.errors import ConfigurationError
from video_mcp.server.app import serve as serve_from_environment
from video_mcp.server.app import serve_stdio
from video_mcp.server.logs import configure_logging
from video_mcp.settings import Settings, load_settings, read_settings
from video_mcp.simulator import run_simulator

app = command_app()

_DEFAULT_HOST, _DEFAULT_PORT = "127.0.0.1", 8000

Serve = Callable[[Settings], Awaitable[None]]


@app.command()
def serve(
    simulate: Annotated[
        bool, typer.Option("--simulate", help="Use the built-in simulator: no key, no cost, made-up videos.")
    ] = False,
    http: Annotated[bool, typer.Option("--http", help="Serve streamable HTTP instead of stdio.")] = False,
    host: Annotated[
        str | None, typer.Option("--host", help=f"With --http: the address to listen on; {_DEFAULT_HOST} without.")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help=f"With --http: {_DEFAULT_PORT} without, 0 takes a free one."),
    ] = None,
) -> None:
    """Serve MCP on stdio, as a client starts it; with --http for many clients at once."""
    if http:
        run_command(partial(_serve_http, host or _DEFAULT_HOST, port if port is not None else _DEFAULT_PORT, simulate))
    if host is not None or port is not None:
        run_command(_refuse_address)
    if simulate:
        run_command(_serve_simulated_stdio)
    raise SystemExit(serve_from_environment())


def _refuse_address() -> ExitCode:
    raise ConfigurationError(["--host and --port are for --http; stdio has no address"])


def _serve_http(host: str, port: int, simulate: bool) -> ExitCode:
    from video_mcp.server.http.serve import serve_http  # noqa: PLC0415 - stdio must not pay for it

    serve_settings = partial(serve_http, host=host, port=port, announce=_announce)
    if simulate:
        return _serve_simulated(serve_settings)
    settings = read_settings()
    sys.stderr.write("".join(f"video-mcp: {problem}\n" for problem in settings.problems()))
    configure_logging(settings.log_level, settings.api_key.get_secret_value() if settings.api_key else None)
    anyio.run(serve_settings, settings)
    return ExitCode.DONE


def _announce(url: str) -> None:
    print_stderr(f"MCP over HTTP at {url}. Ctrl-C ends it.")


def _serve_simulated_stdio() -> ExitCode:
    return _serve_simulated(serve_stdio)


def _serve_simulated(serve_settings: Serve) -> ExitCode:
    """Serve with the simulator as the gateway, and a ledger apart from that of real videos."""
    settings = load_settings(base_url="http://127.0.0.1", api_key=SecretStr("sk-simulator"))
    configure_logging(settings.log_level, None)

    async def serve_both() -> None:
        async with run_simulator() as simulator:
            own = {"base_url": simulator.base_url, "home": settings.home / "simulated", "database_url": None}
            await serve_settings(settings.model_copy(update=own))

    with suppress(KeyboardInterrupt):
        anyio.run(serve_both)
    return ExitCode.DONE
