"""The command line: what can be typed. Each command loads its own parts when it runs."""
# ruff: noqa: PLC0415

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from video_mcp.cli.clients.locations import ClientName
from video_mcp.cli.ending import end
from video_mcp.cli.exit_codes import ExitCode
from video_mcp.cli.options import UNTIL_DONE, Json, Model, ModelName, SaveAs, Wait
from video_mcp.types import JsonObject

app = typer.Typer(
    name="video-mcp",
    help="MCP server for AI video. Without a command it serves MCP on stdio.",
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def run() -> None:
    """Run the command line."""
    app()


def _print_version(wanted: bool) -> None:
    if wanted:
        from video_mcp import version

        typer.echo(version())
        raise typer.Exit


@app.callback(invoke_without_command=True)
def main(
    context: typer.Context,
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Serve MCP on stdio when no command is given."""
    if context.invoked_subcommand is None:
        serve(simulate=False)


@app.command()
def create(
    model: Model,
    prompt: Annotated[str | None, typer.Argument(help="What the video shows.")] = None,
    mode: Annotated[str | None, typer.Option(help="t2v, i2v, ...; follows from the media given.")] = None,
    seconds: Annotated[int | None, typer.Option(help="Length of the video.")] = None,
    aspect_ratio: Annotated[str | None, typer.Option(help="Such as 16:9.")] = None,
    resolution: Annotated[str | None, typer.Option(help="Such as 720p.")] = None,
    size: Annotated[str | None, typer.Option(help="Pixels, such as 1280x720.")] = None,
    image: Annotated[str | None, typer.Option(help="First frame: a path, an https: address or video://ID.")] = None,
    end_image: Annotated[str | None, typer.Option(help="Last frame.")] = None,
    reference_image: Annotated[list[str] | None, typer.Option(help="May be repeated.")] = None,
    reference_video: Annotated[list[str] | None, typer.Option(help="May be repeated.")] = None,
    reference_audio: Annotated[list[str] | None, typer.Option(help="May be repeated.")] = None,
    source_video: Annotated[str | None, typer.Option(help="The video to edit.")] = None,
    negative_prompt: Annotated[str | None, typer.Option(help="What must not appear.")] = None,
    seed: Annotated[int | None, typer.Option(help="Makes some models repeatable.")] = None,
    audio: Annotated[bool | None, typer.Option("--audio/--no-audio", help="With sound or silent.")] = None,
    option: Annotated[
        list[str] | None, typer.Option("--option", "-o", metavar="KEY=VALUE", help="Whatever else the model takes.")
    ] = None,
    wait: Wait = UNTIL_DONE,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be sent; send nothing.")] = False,
    allow_duplicate: Annotated[bool, typer.Option("--allow-duplicate", help="Pay for an equal video again.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Agree to the cost without being asked.")] = False,
    save_as: SaveAs = None,
    as_json: Json = False,
) -> None:
    """Make a video and wait for it. Costs money, once; Ctrl-C ends the waiting, not the video."""
    from video_mcp.cli.commands.create import CreateOrder
    from video_mcp.cli.commands.create import create as run_create
    from video_mcp.cli.request_arguments import request_arguments

    given: JsonObject = {
        "model": model,
        "prompt": prompt,
        "mode": mode,
        "seconds": seconds,
        "aspect_ratio": aspect_ratio,
        "resolution": resolution,
        "size": size,
        "image": image,
        "end_image": end_image,
        "reference_images": [*(reference_image or ())],
        "reference_videos": [*(reference_video or ())],
        "reference_audios": [*(reference_audio or ())],
        "source_video": source_video,
        "negative_prompt": negative_prompt,
        "seed": seed,
        "audio": audio,
    }

    def order() -> CreateOrder:
        return CreateOrder(
            arguments=request_arguments(given, option or ()),
            wait_seconds=wait,
            allow_duplicate=allow_duplicate,
            agreed=yes,
            dry_run=dry_run,
            save_as=save_as,
            as_json=as_json,
        )

    end(lambda: run_create(order()), as_json=as_json)


@app.command()
def status(
    video_id: Annotated[str | None, typer.Argument(help="Leave it out to list the newest.")] = None,
    wait: Wait = 2.0,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many to list.")] = 10,
    as_json: Json = False,
) -> None:
    """Say how a video is doing, or list the newest ones."""
    from video_mcp.cli.commands.status import list_newest, show_one

    def answer() -> ExitCode:
        if video_id is None:
            return list_newest(limit=limit, as_json=as_json)
        return show_one(video_id, wait_seconds=wait, as_json=as_json)

    end(answer, as_json=as_json)


@app.command()
def fetch(
    video_id: Annotated[str, typer.Argument(help="From create or status; a gateway's own id works too.")],
    save_as: SaveAs = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there already.")] = False,
    wait: Wait = UNTIL_DONE,
    as_json: Json = False,
) -> None:
    """Wait for a video and say where its file is, downloading it again if it is gone."""
    from video_mcp.cli.commands.fetch import FetchOrder
    from video_mcp.cli.commands.fetch import fetch as run_fetch

    order = FetchOrder(video_id=video_id, save_as=save_as, overwrite=overwrite, wait_seconds=wait, as_json=as_json)
    end(lambda: run_fetch(order), as_json=as_json)


@app.command()
def models(
    model: ModelName = None,
    family: Annotated[str | None, typer.Option(help="Only this family, such as kling.")] = None,
    mode: Annotated[str | None, typer.Option(help="Only models that know this mode, such as i2v.")] = None,
    as_json: Json = False,
) -> None:
    """List what can be asked for, or one model in detail."""
    from video_mcp.cli.commands.models import show_models

    end(lambda: show_models(model=model, family=family, mode=mode, as_json=as_json), as_json=as_json)


@app.command()
def doctor(as_json: Json = False) -> None:
    """Check the settings, the gateway, the folders and the ledger, and say what to do."""
    from video_mcp.cli.commands.doctor import doctor as run_doctor

    end(lambda: run_doctor(as_json=as_json), as_json=as_json)


@app.command()
def install(
    client: Annotated[ClientName, typer.Argument(help="The MCP client.", show_default=False)],
    name: Annotated[str, typer.Option(help="What the server is called there.")] = "video",
    base_url: Annotated[str | None, typer.Option(help="The gateway's address; default: what is set here.")] = None,
    api_key: Annotated[
        str | None, typer.Option(help="The gateway's key; - asks for it unseen. Default: what is set here.")
    ] = None,
    key_env: Annotated[
        str | None, typer.Option(metavar="NAME", help="Refer to this variable instead of writing the key down.")
    ] = None,
    simulate: Annotated[bool, typer.Option("--simulate", help="Use the built-in simulator: no key, no cost.")] = False,
    project: Annotated[bool, typer.Option("--project", help="Only for the project in this folder.")] = False,
    file: Annotated[Path | None, typer.Option(help="The client's configuration, if it is in another place.")] = None,
    print_only: Annotated[bool, typer.Option("--print", help="Show what to paste; write nothing.")] = False,
) -> None:
    """Put this server into a client's configuration; what is there stays, with a backup beside it."""
    from video_mcp.cli.commands.install import InstallOrder, wish
    from video_mcp.cli.commands.install import install as run_install

    def order() -> InstallOrder:
        wished = wish(
            name=name, base_url=base_url, api_key=api_key, key_variable=key_env, simulate=simulate, project=project
        )
        return InstallOrder(client=client, wish=wished, file=file, print_only=print_only)

    end(lambda: run_install(order()))


@app.command()
def serve(
    simulate: Annotated[
        bool, typer.Option("--simulate", help="Use the built-in simulator: no key, no cost, made-up videos.")
    ] = False,
) -> None:
    """Serve MCP on stdio, as a client starts it."""
    if simulate:
        from video_mcp.cli.commands.serve import serve_simulated

        end(serve_simulated)
    from video_mcp.server.app import serve as serve_stdio

    raise SystemExit(serve_stdio())


@app.command()
def simulate(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8117,
    render_seconds: Annotated[float, typer.Option(help="How long a video takes.", min=0.0)] = 6.0,
) -> None:
    """Run the simulated gateway on this machine until Ctrl-C."""
    from video_mcp.cli.commands.serve import simulate as run_simulate

    end(lambda: run_simulate(port, render_seconds))


@app.command()
def demo(
    output: Annotated[Path, typer.Option(help="Where the video is written.")] = Path("demo-output"),
    prompt: Annotated[str, typer.Option(help="What is drawn on the video.")] = "A paper boat sails down a rainy street",
    render_seconds: Annotated[float, typer.Option(help="How long the simulator renders.", min=0.0)] = 6.0,
) -> None:
    """Make one video on the simulator through the real server, and say where it is."""
    from video_mcp.cli.commands.demo import demo as run_demo

    end(lambda: run_demo(output, prompt, render_seconds))
