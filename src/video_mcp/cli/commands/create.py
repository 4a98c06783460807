"""`video-mcp create`: ask for a video, watch it, say where it is."""

from __future__ import annotations

import sys
import time
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
from video_mcp.jobs.service import Plan, VideoService
from video_mcp.jobs.wait import ReportProgress
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
    settings = with_inputs_readable(started_settings(), order.arguments, Path.cwd())
    settings = _agreeing(settings) if order.agreed else settings
    if order.dry_run:
        return _rehearse(settings, order)
    if order.save_as is not None:
        refuse_taken(order.save_as)
    watch = _watch(order)
    try:
        wait_for(settings, watch, lambda service, report: _ask(service, order, watch, report))
    except ConfirmationNeeded as needed:
        _ask_the_person(needed)
        wait_for(_agreeing(settings), watch, lambda service, report: _ask(service, order, watch, report))
    if watch.answer is None:
        tell("Stopped before anything was sent.")
        return ExitCode.FAILED
    return finish(watch.answer, as_json=order.as_json)


async def _ask(service: VideoService, order: CreateOrder, watch: Watch, report: ReportProgress) -> Job:
    """Call the service: the one place that knows how it is asked."""
    ordered = await service.create(
        order.arguments, wait_seconds=order.wait_seconds, report=report, allow_duplicate=order.allow_duplicate
    )
    watch.is_duplicate = ordered.is_duplicate
    if ordered.is_duplicate:
        tell("An equal video was there already, so nothing new was sent; --allow-duplicate makes another one.")
    return ordered.job


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


def _watch(order: CreateOrder) -> Watch:
    """Recognise the job that this call makes, before its id is known here."""
    began, prompt = time.time(), order.arguments.get("prompt", "")

    def likeness(job: Job) -> int:
        if job.prompt != prompt:
            return 0
        return 2 if job.created_at >= began else int(job.is_open)

    saving = Saving(destination=order.save_as, overwrite=False) if order.save_as is not None else None
    return Watch(
        title=f"{order.arguments.get('model')}: submitting",
        likeness=likeness,
        saving=saving,
    )


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


def _rehearse(settings: Settings, order: CreateOrder) -> ExitCode:
    async def plan(service: VideoService) -> Plan:
        return await service.plan(order.arguments)

    _tell_plan(anyio.run(with_service, settings, plan), as_json=order.as_json)
    return ExitCode.DONE


def _tell_plan(plan: Plan, *, as_json: bool) -> None:
    request = plan.request
    warnings = [in_commands(finding.message) for finding in request.warnings]
    if not as_json:
        tell(f"Nothing was sent. {request.spec.id}, {request.mode}, would be asked for like this:")
        print_json(plan.body)
        if plan.cost is not None:
            tell(f"It costs about {plan.cost}.")
        for warning in warnings:
            tell(f"Note: {warning}")
        return
    facts: JsonObject = {"model": request.spec.id, "mode": request.mode, "would_send": plan.body}
    print_json({**facts, "warnings": [*warnings]})
