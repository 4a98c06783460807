"""The main job in one command: simulator, real server over stdio, real client, one finished video."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, cast

import anyio
import mcp_types as types
import typer
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Column

from video_mcp.cli.exit_codes import ExitCode, run_command
from video_mcp.cli.options import command_app
from video_mcp.cli.output import open_console
from video_mcp.errors import VideoMCPError
from video_mcp.server.answer_models import VideoJob
from video_mcp.simulator import Simulator, SimulatorConfig, run_simulator

_WAIT_SECONDS = 45
_MOST_CALLS = 10


app = command_app()


@app.command()
def demo(
    output: Annotated[Path, typer.Option(help="Where the video is written.")] = Path("demo-output"),
    prompt: Annotated[str, typer.Option(help="What is drawn on the video.")] = "A paper boat sails down a rainy street",
    render_seconds: Annotated[float, typer.Option(help="How long the simulator renders.", min=0.0)] = 6.0,
) -> None:
    """Make one video on the simulator. It goes through the real server; nothing is paid."""
    run_command(lambda: _demo(output, prompt, render_seconds))


def _demo(output: Path, prompt: str, render_seconds: float) -> ExitCode:
    console = open_console()
    console.print("video-mcp demo: a simulated gateway, the real MCP server, one video.\n", style="bold")
    job, submitted = anyio.run(_make, output.expanduser().absolute(), prompt, render_seconds, console)
    return _print_result(job, submitted, console)


async def _make(output_dir: Path, prompt: str, render_seconds: float, console: Console) -> tuple[VideoJob, int]:
    async with run_simulator(SimulatorConfig(render_seconds=render_seconds)) as simulator:
        console.print(f"1. Simulated gateway at {simulator.base_url}")
        async with Client(stdio_client(_server(simulator, output_dir))) as client:
            tools = (await client.list_tools()).tools
            console.print(f"2. MCP server on stdio, {len(tools)} tools:")
            console.print(Padding(", ".join(tool.name for tool in tools), (0, 0, 0, 3)))
            job = await _make_video(client, prompt, console)
            if job.status == "completed":
                job = _job_in(
                    await client.call_tool("fetch_video", {"video_id": job.video_id, "preview": "storyboard"})
                )
    return job, len(simulator.jobs)


def _server(simulator: Simulator, output_dir: Path) -> StdioServerParameters:
    return StdioServerParameters(
        command=sys.executable,
        args=["-m", "video_mcp"],
        env={
            "VIDEO_MCP_BASE_URL": simulator.base_url,
            "VIDEO_MCP_API_KEY": simulator.api_key,
            "VIDEO_MCP_HOME": str(output_dir / ".video-mcp"),
            "VIDEO_MCP_OUTPUT_DIR": str(output_dir),
        },
    )


async def _make_video(client: Client, prompt: str, console: Console) -> VideoJob:
    words = TextColumn("3. {task.description}", table_column=Column(no_wrap=True, overflow="ellipsis"))
    with Progress(words, BarColumn(bar_width=20), TimeElapsedColumn(), console=console) as bar:
        task = bar.add_task("create_video", total=100)
        request: dict[str, object] = {"model": "kling-v3", "prompt": prompt, "seconds": 5}
        anew: dict[str, object] = {"allow_duplicate": True, "wait_seconds": _WAIT_SECONDS}
        result = await _call(client, bar, task, "create_video", {**request, **anew})
        for _again in range(_MOST_CALLS):
            job = _job_in(result)
            if job.status not in {"queued", "in_progress"}:
                break
            again: dict[str, object] = {"video_id": job.video_id, "wait_seconds": _WAIT_SECONDS}
            result = await _call(client, bar, task, "get_video_status", again)
    return _job_in(result)


async def _call(
    client: Client, bar: Progress, task: TaskID, tool: str, arguments: dict[str, object]
) -> types.CallToolResult:
    async def show(progress: float, total: float | None, message: str | None) -> None:
        said = (message or tool).split(" (")[0].split(", ")[0]
        bar.update(task, completed=progress, total=total, description=said)

    return await client.call_tool(tool, arguments, progress_callback=show)


def _job_in(result: types.CallToolResult) -> VideoJob:
    structured = cast("dict[str, object]", result.structured_content or {})
    if "video_id" not in structured:
        text = " ".join(block.text for block in result.content if isinstance(block, types.TextContent))
        raise VideoMCPError(f"The server refused the demo's request: {text}")
    return VideoJob.model_validate(structured)


def _print_result(job: VideoJob, submitted: int, console: Console) -> ExitCode:
    if job.file is None:
        reason = job.error.message if job.error else "no reason given"
        console.print(f"\nThe video ended as {job.status}: {reason}", soft_wrap=True)
        return ExitCode.FAILED
    file = job.file
    paid = "1 video at the gateway, exactly one" if submitted == 1 else f"{submitted} videos at the gateway, not one"
    sound = "sound" if file.has_audio else "silent"
    console.print("\nFinished. Open it in any player:", style="bold green")
    for name, value in {
        "path": file.path,
        "size": f"{file.bytes:,} bytes",
        "duration": f"{file.seconds or 0:g} s",
        "resolution": f"{file.width}x{file.height}, {file.fps or 0:g} fps, {sound}",
        "storyboard": str(Path(file.path or "").with_suffix(".storyboard.jpg")),
        "resource": job.resource_uri,
        "charged": paid,
    }.items():
        console.print(f"  {name:<12}{value}", soft_wrap=True)
    return ExitCode.DONE if submitted == 1 else ExitCode.FAILED
