"""`video-mcp serve`: the MCP server on stdio, with a gateway or with the simulator inside."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

import anyio
import typer
from pydantic import SecretStr

from video_mcp.cli.exit_codes import ExitCode, run_command
from video_mcp.cli.options import command_app
from video_mcp.server.app import serve as serve_from_environment
from video_mcp.server.app import serve_stdio
from video_mcp.server.logs import configure_logging
from video_mcp.settings import load_settings
from video_mcp.simulator import run_simulator

app = command_app()


@app.command()
def serve(
    simulate: Annotated[
        bool, typer.Option("--simulate", help="Use the built-in simulator: no key, no cost, made-up videos.")
    ] = False,
) -> None:
    """Serve MCP on stdio, as a client starts it."""
    if simulate:
        run_command(_serve_simulated)
    raise SystemExit(serve_from_environment())


def _serve_simulated() -> ExitCode:
    """Serve with the simulator as the gateway, and a ledger apart from that of real videos."""
    settings = load_settings(base_url="http://127.0.0.1", api_key=SecretStr("sk-simulator"))
    configure_logging(settings.log_level, None)

    async def serve_both() -> None:
        async with run_simulator() as simulator:
            own = {"base_url": simulator.base_url, "home": settings.home / "simulated", "database_url": None}
            await serve_stdio(settings.model_copy(update=own))

    with suppress(KeyboardInterrupt):
        anyio.run(serve_both)
    return ExitCode.DONE
