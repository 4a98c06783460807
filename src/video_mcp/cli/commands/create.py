"""`video-mcp create`: ask for a video, watch it, say where it is."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import anyio
import typer

from video_mcp.cli.commands.fetch import finish
from video_mcp.cli.console import print_json, tell
from video_mcp.cli.exit_codes import ExitCode, in_commands
from video_mcp.cli.request_arguments import with_inputs_readable
from video_mcp.cli.start import started_settings
from video_mcp.cli.watch import Saving, Watch, wait_for, with_service
from video_mcp.errors import ConfirmationDeclined, ConfirmationNeeded, OutputRefused
from video_mcp.jobs.job import Job
from video_mcp.jobs.request import PreparedVideo
from video_mcp.jobs.service import VideoService
from video_mcp.jobs.wait import ReportProgress
from video_mcp.server.arguments import CreateArguments, parse_create
from video_mcp.settings import Settings
from video_mcp.types import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateOrder:
    """What a person typed after `create`."""

    arguments: JsonObject
    wait_seconds: float
    allow_duplicate: bool
    agreed: bool
    dry_run: bool
    save_as: str | None
    as_json: bool


def create(order: CreateOrder) -> ExitCode:
    """Make a video, or with `dry_run` say what would be sent.

    Raises:
        VideoMCPError: The request was refused, here or by the gateway.
    """
    arguments = parse_create(order.arguments)
    settings = with_inputs_readable(started_settings(), order.arguments, Path.cwd())
    settings = _agreeing(settings) if order.agreed else settings
    if order.dry_run:
        return _dry_run(settings, arguments, as_json=order.as_json)
    if order.save_as is not None:
        refuse_taken(order.save_as)
    saving = Saving(destination=order.save_as, overwrite=False) if order.save_as is not None else None
    watch = Watch(title=f"{order.arguments.get('model')}: submitting", saving=saving)
    creation = _Creation(order=order, arguments=arguments, watch=watch)
    try:
        wait_for(settings, watch, creation.run)
    except ConfirmationNeeded as needed:
        _ask_the_person(needed)
        wait_for(_agreeing(settings), watch, creation.run)
    if watch.answer is None:
        tell("Stopped before anything was sent.")
        return ExitCode.FAILED
    return finish(watch.answer, as_json=order.as_json)


@dataclass(slots=True, kw_only=True)
class _Creation:
    """One create; what was prepared is kept for when the person has agreed."""

    order: CreateOrder
    arguments: CreateArguments
    watch: Watch
    prepared: PreparedVideo | None = None

    async def run(self, service: VideoService, report: ReportProgress) -> Job:
        """Submit the video and wait for it."""
        self.prepared = self.prepared or await service.prepare(self.arguments.request)
        submitted = await service.submit(self.prepared, allow_duplicate=self.order.allow_duplicate)
        self.watch.follow(submitted.job)
        self.watch.is_duplicate = submitted.is_duplicate
        if submitted.is_duplicate:
            tell("An equal video was there already, so nothing new was sent; --allow-duplicate makes another one.")
        return await service.wait(
            submitted.job.id, wait_seconds=self.order.wait_seconds, report=report, until_accepted=True
        )


def _agreeing(settings: Settings) -> Settings:
    """Return settings that ask nobody: the person has said yes at the command line."""
    return settings.model_copy(update={"confirm": None})


def _ask_the_person(needed: ConfirmationNeeded) -> None:
    """Return if the person agrees.

    Raises:
        ConfirmationDeclined: They do not, or nobody is there to be asked.
    """
    if not sys.stdin.isatty():
        raise ConfirmationDeclined(f"{needed.message} Nobody can be asked here.", advice="Add --yes to agree.")
    if not typer.confirm(needed.message, err=True):
        raise ConfirmationDeclined("Nothing was sent.")


def refuse_taken(destination: str) -> None:
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

    _tell_prepared(anyio.run(with_service, settings, prepare), as_json=as_json)
    return ExitCode.DONE


def _tell_prepared(prepared: PreparedVideo, *, as_json: bool) -> None:
    request = prepared.request
    warnings = [in_commands(finding.message) for finding in request.warnings]
    if not as_json:
        tell(f"Nothing was sent. {request.spec.id}, {request.mode}, would be asked for like this:")
        print_json(prepared.would_send())
        if prepared.cost is not None:
            tell(f"It costs about {prepared.cost}.")
        for warning in warnings:
            tell(f"Note: {warning}")
        return
    facts: JsonObject = {"model": request.spec.id, "mode": request.mode, "would_send": prepared.would_send()}
    print_json({**facts, "warnings": [*warnings]})
