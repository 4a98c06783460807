"""`video-mcp serve`: the MCP server on stdio or over HTTP, with a gateway or with the simulator inside."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import anyio
import typer
from pydantic import SecretStr

from video_mcp.cli.exit_codes import ExitCode, run_command
from video_mcp.cli.options import LogFile, command_app
from video_mcp.cli.output import print_stderr
from video_mcp.errors import ConfigurationError
from video_mcp.server.app import serve as serve_from_environment
from video_mcp.server.app import serve_stdio
from video_mcp.server.logs import configure_logging
from video_mcp.setting_values import unfilled
from video_mcp.settings import Settings, load_settings, read_settings
from video_mcp.simulator import run_simulator

app = command_app()

_DEFAULT_HOST, _DEFAULT_PORT = "127.0.0.1", 8000

Serve = Callable[[Settings], Awaitable[None]]


@app.command()
def serve(
    input_dirs: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FOLDER]...", help="Folders that inputs may be read from, instead of VIDEO_MCP_INPUT_DIRS."
        ),
    ] = None,
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
    log_file: LogFile = None,
) -> None:
    """Serve MCP on stdio, or with --http over HTTP. Clients start the one on stdio themselves."""
    folders = _folders(input_dirs or ())
    options = _Options(input_dirs=tuple(folders), log_file=log_file)

    def run() -> ExitCode:
        if http and folders:
            problem = f"{folders[0].name} cannot be read over HTTP, whose callers do not share this disk"
            raise ConfigurationError([f"{problem}: leave folders out; --host and --port say where to listen"])
        if http:
            return _serve_http(host or _DEFAULT_HOST, port if port is not None else _DEFAULT_PORT, simulate, options)
        if host is not None or port is not None:
            raise ConfigurationError(["--host and --port are for --http; stdio has no address"])
        if simulate:
            return _serve_simulated(serve_stdio, options)
        raise SystemExit(serve_from_environment(input_dirs=folders, log_file=log_file))

    run_command(run)


def _folders(named: Sequence[Path]) -> list[Path]:
    """Return the folders that were named; a host of bundles hands a proposed `${HOME}` on as it stands."""
    at_home = [Path(str(folder).replace("${HOME}", "~")) for folder in named]
    return [folder.expanduser().absolute() for folder in at_home if not unfilled(str(folder))]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Options:
    """What is given beside the settings."""

    input_dirs: tuple[Path, ...]
    log_file: Path | None

    def applied_to(self, settings: Settings) -> Settings:
        """Return the settings with the input folders that were named, the log set up."""
        configure_logging(settings, self.log_file)
        return settings.model_copy(update={"input_dirs": self.input_dirs}) if self.input_dirs else settings


def _serve_http(host: str, port: int, simulate: bool, options: _Options) -> ExitCode:
    from video_mcp.server.http.serve import serve_http  # noqa: PLC0415 - stdio must not pay for it

    serve_settings = partial(serve_http, host=host, port=port, announce=_announce)
    if simulate:
        return _serve_simulated(serve_settings, options)
    settings = options.applied_to(read_settings())
    for problem in settings.problems():
        print_stderr(f"video-mcp: {problem}")
    anyio.run(serve_settings, settings)
    return ExitCode.DONE


def _announce(url: str) -> None:
    print_stderr(f"MCP over HTTP at {url}. Ctrl-C ends it.")


def _serve_simulated(serve_settings: Serve, options: _Options) -> ExitCode:
    """Serve with the simulator as the gateway, and a ledger apart from that of real videos."""
    settings = options.applied_to(load_settings(base_url="http://127.0.0.1", api_key=SecretStr("sk-simulator")))

    async def serve_both() -> None:
        async with run_simulator() as simulator:
            own = {"base_url": simulator.base_url, "home": settings.home / "simulated", "database_url": None}
            await serve_settings(settings.model_copy(update=own))

    with suppress(KeyboardInterrupt):
        anyio.run(serve_both)
    return ExitCode.DONE
