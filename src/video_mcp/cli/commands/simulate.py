"""`video-mcp simulate`: the simulated gateway as a server of its own."""

from __future__ import annotations

import errno
import sys
from typing import Annotated

import anyio
import typer

from video_mcp.cli.exit_codes import ExitCode, run_command
from video_mcp.cli.options import command_app
from video_mcp.cli.output import print_stderr
from video_mcp.errors import ConfigurationError
from video_mcp.simulator import PAGE, SimulatorConfig, run_simulator, server_names

app = command_app()


@app.command()
def simulate(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8117,
    render_seconds: Annotated[float, typer.Option(help="How long a video takes.", min=0.0)] = 6.0,
    kind: Annotated[
        str, typer.Option("--as", help="The kind of server to simulate, such as sglang or new-api.")
    ] = PAGE,
) -> None:
    """Run the simulated gateway on this machine until Ctrl-C."""
    run_command(lambda: _simulate(port, SimulatorConfig(render_seconds=render_seconds, server=kind)))


def usage(base_url: str, api_key: str, platform: str) -> str:
    """Return what to type in another terminal."""
    values = {"VIDEO_MCP_BASE_URL": base_url, "VIDEO_MCP_API_KEY": api_key}
    windows = platform == "win32"
    lines = [f'  $env:{name} = "{value}"' if windows else f"  export {name}={value}" for name, value in values.items()]
    return "\n".join([f"Simulated gateway at {base_url}. In another terminal:", *lines, "Ctrl-C ends it."])


def _simulate(port: int, config: SimulatorConfig) -> ExitCode:
    if config.server not in (PAGE, *server_names()):
        kinds = ", ".join((PAGE, *server_names()))
        raise ConfigurationError([f"--as {config.server} is not a kind of server; take {kinds}"])
    try:
        anyio.run(_run_gateway, port, config)
    except KeyboardInterrupt:
        print_stderr("Ended.")
    except OSError as error:
        taken = "is taken" if error.errno == errno.EADDRINUSE else "cannot be used"
        raise ConfigurationError([f"port {port} {taken}; --port 0 finds a free one"]) from error
    return ExitCode.DONE


async def _run_gateway(port: int, config: SimulatorConfig) -> None:
    async with run_simulator(config, port=port) as simulator:
        print_stderr(usage(simulator.base_url, simulator.api_key, sys.platform))
        await anyio.sleep_forever()
