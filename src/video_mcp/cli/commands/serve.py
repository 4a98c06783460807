"""The simulator as a gateway of its own, and the server with the simulator inside."""

from __future__ import annotations

import errno
import sys
from contextlib import suppress

import anyio
from pydantic import SecretStr

from video_mcp.cli.console import tell
from video_mcp.cli.exit_codes import ExitCode
from video_mcp.errors import ConfigurationError
from video_mcp.server.app import serve_stdio
from video_mcp.server.logs import configure_logging
from video_mcp.settings import load_settings
from video_mcp.simulator import SimulatorConfig, run_simulator


def serve_simulated() -> ExitCode:
    """Serve MCP on stdio with the simulator as its gateway, and a ledger apart from that of real videos.

    Raises:
        ConfigurationError: Naming every variable that cannot work.
    """
    settings = load_settings(base_url="http://127.0.0.1", api_key=SecretStr("sk-simulator"))
    configure_logging(settings.log_level, None)

    async def both() -> None:
        async with run_simulator() as simulator:
            own = {"base_url": simulator.base_url, "home": settings.home / "simulated", "database_url": None}
            await serve_stdio(settings.model_copy(update=own))

    with suppress(KeyboardInterrupt):
        anyio.run(both)
    return ExitCode.DONE


def simulate(port: int, render_seconds: float) -> ExitCode:
    """Run the simulated gateway until Ctrl-C.

    Raises:
        ConfigurationError: The port is taken.
    """
    try:
        anyio.run(_run_gateway, port, render_seconds)
    except KeyboardInterrupt:
        tell("Ended.")
    except OSError as error:
        taken = "is taken" if error.errno == errno.EADDRINUSE else "cannot be used"
        raise ConfigurationError([f"port {port} {taken}; --port 0 finds a free one"]) from error
    return ExitCode.DONE


def how_to_use(base_url: str, api_key: str, platform: str) -> str:
    """Return what to type in another terminal."""
    values = {"VIDEO_MCP_BASE_URL": base_url, "VIDEO_MCP_API_KEY": api_key}
    windows = platform == "win32"
    lines = [f'  $env:{name} = "{value}"' if windows else f"  export {name}={value}" for name, value in values.items()]
    return "\n".join([f"Simulated gateway at {base_url}. In another terminal:", *lines, "Ctrl-C ends it."])


async def _run_gateway(port: int, render_seconds: float) -> None:
    config = SimulatorConfig(render_seconds=render_seconds)
    async with run_simulator(config, port=port) as simulator:
        tell(how_to_use(simulator.base_url, simulator.api_key, sys.platform))
        await anyio.sleep_forever()
