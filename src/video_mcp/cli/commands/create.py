"""`video-mcp create`: submit a video, watch it, say where it is."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from video_mcp.cli.exit_codes import ExitCode, run_command
from video_mcp.cli.options import (
    UNTIL_DONE,
    Json,
    LogFile,
    ProgressOption,
    ProgressStyle,
    SaveAsOption,
    Wait,
    command_app,
    complete_model,
)
from video_mcp.cli.output import in_commands, print_json, print_stderr
from video_mcp.cli.request_arguments import request_arguments, with_inputs_readable
from video_mcp.cli.service import command_settings, use_service
from video_mcp.cli.watch import SaveAs, Watch, finish, wait_for
from video_mcp.errors import ConfirmationDeclined, ConfirmationNeeded, InvalidRequest, OutputRefused
from video_mcp.families.catalog import Catalog, default_catalog
from video_mcp.families.messages import listed, refusal
from video_mcp.jobs.job import Job
from video_mcp.jobs.request import PreparedVideo
from video_mcp.jobs.service import VideoService
from video_mcp.jobs.wait import ReportProgress
from video_mcp.server.arguments import CreateArguments, parse_create
from video_mcp.settings import Settings
from video_mcp.types import JsonObject

app = command_app()


@app.command()
def create(
    prompt: Annotated[str | None, typer.Argument(help="What the video shows; - reads it from standard input.")] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model", "-m", autocompletion=complete_model, help="Its id; see models. Default: VIDEO_MCP_DEFAULT_MODEL."
        ),
    ] = None,
    mode: Annotated[str | None, typer.Option(help="t2v, i2v, ...; follows from the media given.")] = None,
    seconds: Annotated[int | None, typer.Option(help="Length of the video.")] = None,
    aspect_ratio: Annotated[str | None, typer.Option(help="Such as 16:9.")] = None,
    resolution: Annotated[str | None, typer.Option(help="Such as 720p.")] = None,
    size: Annotated[str | None, typer.Option(help="Pixels, such as 1280x720.")] = None,
    image: Annotated[
        str | None, typer.Option(help="First frame: a path, an https: address or video://ID/last-frame.")
    ] = None,
    end_image: Annotated[str | None, typer.Option(help="Last frame.")] = None,
    reference_image: Annotated[list[str] | None, typer.Option(help="May be repeated.")] = None,
    reference_video: Annotated[list[str] | None, typer.Option(help="May be repeated.")] = None,
    reference_audio: Annotated[list[str] | None, typer.Option(help="May be repeated.")] = None,
    source_video: Annotated[str | None, typer.Option(help="The video to edit or extend.")] = None,
    negative_prompt: Annotated[str | None, typer.Option(help="What must not appear.")] = None,
    seed: Annotated[int | None, typer.Option(help="Makes some models repeatable.")] = None,
    audio: Annotated[bool | None, typer.Option("--audio/--no-audio", help="With sound or silent.")] = None,
    option: Annotated[
        list[str] | None, typer.Option("--option", "-o", metavar="KEY=VALUE", help="Whatever else the model takes.")
    ] = None,
    wait: Wait = UNTIL_DONE,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be sent; send nothing.")] = False,
    allow_duplicate: Annotated[bool, typer.Option("--allow-duplicate", help="Pay for an equal video again.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Agree to the cost without a prompt.")] = False,
    save_as: SaveAsOption = None,
    progress: ProgressOption = "auto",
    log_file: LogFile = None,
    as_json: Json = False,
) -> None:
    """Make a video and wait for it. Costs money, once; Ctrl-C ends the waiting, not the video."""
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
        "allow_duplicate": allow_duplicate,
        "dry_run": dry_run,
    }

    def run() -> ExitCode:
        settings = command_settings(log_file)
        read = sys.stdin.read().strip() if prompt == "-" else prompt
        chosen = model or settings.default_model or _no_model(default_catalog(settings.extra_models))
        arguments = request_arguments({**given, "model": chosen, "prompt": read}, option or ())
        options = _Options(wait_seconds=wait, has_agreed=yes, save_as=save_as, progress=progress, as_json=as_json)
        settings = with_inputs_readable(settings, arguments, Path.cwd())
        return _create(settings, parse_create(arguments), options)

    run_command(run, as_json=as_json)


def _no_model(catalog: Catalog) -> NoReturn:
    """Refuse a create without a model, naming some that make a video of a prompt alone."""
    some = listed(catalog.supporting("t2v")[:3])
    message = f"No model is named: add --model with {some}, or set VIDEO_MCP_DEFAULT_MODEL; list_models has them all."
    raise InvalidRequest([refusal("model", message)])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Options:
    """How a create is to go, beside what it is to make."""

    wait_seconds: float
    has_agreed: bool
    save_as: str | None
    progress: ProgressStyle
    as_json: bool


@dataclass(slots=True, kw_only=True)
class _Creation:
    """One create; what was prepared is kept for when the user has agreed."""

    arguments: CreateArguments
    wait_seconds: float
    watch: Watch
    prepared: PreparedVideo | None = None

    async def run(self, service: VideoService, report: ReportProgress) -> Job:
        """Submit the video and wait for it."""
        self.prepared = self.prepared or await service.prepare(self.arguments.request)
        submitted = await service.submit(
            self.prepared, allow_duplicate=self.arguments.allow_duplicate, max_cost_usd=self.arguments.max_cost_usd
        )
        self.watch.follow(submitted.job)
        self.watch.is_duplicate = submitted.is_duplicate
        if submitted.is_duplicate:
            print_stderr("An equal video exists, so nothing new was sent; --allow-duplicate makes another one.")
        return await service.wait(submitted.job.id, wait_seconds=self.wait_seconds, report=report, until_accepted=True)


def _create(settings: Settings, arguments: CreateArguments, options: _Options) -> ExitCode:
    if arguments.dry_run:
        return _dry_run(settings, arguments, as_json=options.as_json)
    if options.save_as is not None:
        _require_free(options.save_as)
    settings = _without_confirmation(settings) if options.has_agreed else settings
    save_as = SaveAs(destination=options.save_as, overwrite=False) if options.save_as is not None else None
    watch = Watch(
        title=f"{arguments.request.fields.get('model')}: checking", save_as=save_as, progress=options.progress
    )
    creation = _Creation(arguments=arguments, wait_seconds=options.wait_seconds, watch=watch)
    try:
        wait_for(settings, watch, creation.run)
    except ConfirmationNeeded as needed:
        _confirm(needed)
        wait_for(_without_confirmation(settings), watch, creation.run)
    if watch.answer is None:
        print_stderr("Stopped before anything was sent.")
        return ExitCode.FAILED
    return finish(watch.answer, as_json=options.as_json)


def _without_confirmation(settings: Settings) -> Settings:
    """Return settings without a confirmation: the user has agreed at the command line."""
    return settings.model_copy(update={"confirm": None})


def _confirm(needed: ConfirmationNeeded) -> None:
    """Return if the user agrees.

    Raises:
        ConfirmationDeclined: They do not, or there is no terminal to ask in.
    """
    if not sys.stdin.isatty():
        raise ConfirmationDeclined(f"{needed.message} There is no terminal to ask in.", advice="Add --yes to agree.")
    if not typer.confirm(needed.message, err=True):
        raise ConfirmationDeclined("Nothing was sent.")


def _require_free(destination: str) -> None:
    """Refuse a place that cannot take the video, before the video is paid.

    Raises:
        OutputRefused: There is a file already, or its ending is not that of a video.
    """
    path = Path(destination).expanduser()
    if path.is_file():
        raise OutputRefused(f"{path} exists already; nothing was sent.", advice="Choose another name.")
    if path.suffix not in {"", ".mp4"} and not path.is_dir():
        raise OutputRefused(f"{path.name} does not end in .mp4; nothing was sent.", advice="Choose another name.")


def _dry_run(settings: Settings, arguments: CreateArguments, *, as_json: bool) -> ExitCode:
    async def prepare(service: VideoService) -> PreparedVideo:
        return await service.prepare(arguments.request)

    _print_prepared(use_service(settings, prepare), as_json=as_json)
    return ExitCode.DONE


def _print_prepared(prepared: PreparedVideo, *, as_json: bool) -> None:
    request = prepared.request
    warnings = [in_commands(finding.message) for finding in request.warnings]
    if as_json:
        facts: JsonObject = {"model": request.spec.id, "mode": request.mode, "would_send": prepared.would_send()}
        print_json({**facts, "warnings": [*warnings]})
        return
    print_stderr(f"Nothing was sent. {request.spec.id}, {request.mode}; the request would be:")
    print_json(prepared.would_send())
    if prepared.cost is not None:
        print_stderr(f"It costs about {prepared.cost}.")
    for warning in warnings:
        print_stderr(f"Note: {warning}")
