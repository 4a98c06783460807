"""`video-mcp batch`: one request a line, so many at once; run again, it makes only what is missing."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, cast

import anyio
import typer

from video_mcp.cli.batch_table import BatchTable, Row
from video_mcp.cli.exit_codes import ExitCode, exit_code_of_error, run_command
from video_mcp.cli.options import UNTIL_DONE, LogFile, ProgressOption, ProgressStyle, command_app
from video_mcp.cli.output import json_in_commands, open_console, print_stderr, print_stdout
from video_mcp.cli.progress_json import ProgressJSON
from video_mcp.cli.service import command_settings, use_service
from video_mcp.errors import ConfirmationNeeded, InputRefused, VideoMCPError
from video_mcp.jobs.job import Job
from video_mcp.jobs.service import VideoService
from video_mcp.jobs.wait import ReportProgress
from video_mcp.server.arguments import parse_create
from video_mcp.server.error_results import error_result
from video_mcp.server.results import job_answer, short
from video_mcp.settings import Settings
from video_mcp.types import JsonObject

_MOST_PROMPT_CHARACTERS = 40

app = command_app()


@app.command()
def batch(
    file: Annotated[Path, typer.Argument(help="JSON lines: the arguments of create_video, one video a line.")],
    at_once: Annotated[int, typer.Option(min=1, max=50, help="How many are made at the same time.")] = 4,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Agree to the cost without a prompt.")] = False,
    progress: ProgressOption = "auto",
    log_file: LogFile = None,
) -> None:
    """Make many videos; run again, it pays only for what is missing. Answers one JSON line a video."""

    def run() -> ExitCode:
        settings = command_settings(log_file)
        settings = settings.model_copy(update={"confirm": None}) if yes else settings
        return _batch(settings, _requests(file), at_once=at_once, progress=progress)

    run_command(run)


@dataclass(slots=True)
class Summary:
    """How a batch went."""

    ends: Counter[str] = field(default_factory=Counter[str])
    refused_with: set[ExitCode] = field(default_factory=set[ExitCode])
    charged: int = 0
    cost_usd: float = 0.0
    unpriced: int = 0

    def add_cost(self, job: Job) -> None:
        """Count what a new video costs, or that its price is unknown."""
        if job.charged == "no":
            return
        self.charged += 1
        self.cost_usd += job.counted_usd or 0.0
        self.unpriced += job.counted_usd is None

    def exit_code(self) -> ExitCode:
        """Return the worst end: not to be repeated, failed, refused as it stands, still running, done."""
        if self.ends["unknown"]:
            return ExitCode.CHARGE_UNKNOWN
        if self.ends["failed"] or ExitCode.FAILED in self.refused_with:
            return ExitCode.FAILED
        if self.refused_with:
            return ExitCode.WRONG_USE
        return ExitCode.STILL_RUNNING if self.ends["in_progress"] or self.ends["queued"] else ExitCode.DONE

    def line(self) -> str:
        """Return the summary for a user."""
        parts = ", ".join(f"{count} {end}" for end, count in sorted(self.ends.items())) or "nothing to do"
        if not self.charged:
            return f"{parts}; no new video was charged."
        unknown = f", and the price of {self.unpriced} is unknown" if self.unpriced else ""
        return f"{parts}; new videos cost about {self.cost_usd:.2f} USD{unknown}."


@dataclass(frozen=True, slots=True)
class Batch:
    """What the videos of one batch share; `as_json` is how their progress is told."""

    summary: Summary
    table: BatchTable
    limit: anyio.CapacityLimiter
    as_json: bool


def _requests(file: Path) -> list[tuple[int, JsonObject]]:
    """Return the requests of a file, each with the number of its line.

    Raises:
        InputRefused: The file cannot be read, or a line is not a JSON object or names a field twice.
    """
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputRefused(f"{file} cannot be read.", advice="Give a file of JSON lines.") from error
    requests: list[tuple[int, JsonObject]] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line, object_pairs_hook=_without_repeats)
        except _FieldTwiceError as error:
            raise InputRefused(f"Line {number} of {file} names {error} twice; nothing was sent.") from error
        except ValueError as error:
            raise InputRefused(f"Line {number} of {file} is not JSON; nothing was sent.") from error
        if not isinstance(value, dict):
            raise InputRefused(f"Line {number} of {file} is not a JSON object; nothing was sent.")
        requests.append((number, cast("JsonObject", value)))
    return requests


class _FieldTwiceError(Exception):
    """An object names a field twice, and one of the values would be lost."""


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise _FieldTwiceError(next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1))
    return fields


def _batch(
    settings: Settings, requests: Sequence[tuple[int, JsonObject]], *, at_once: int, progress: ProgressStyle
) -> ExitCode:
    run = Batch(Summary(), BatchTable(len(requests)), anyio.CapacityLimiter(at_once), as_json=progress == "json")

    async def make_all(service: VideoService) -> None:
        service.changes.listen(run.table.job_changed)
        async with anyio.create_task_group() as tasks:
            for number, request in requests:
                tasks.start_soon(_make, service, run, number, request)

    with nullcontext() if run.as_json else run.table.shown_on(open_console(stderr=True)):
        use_service(settings, make_all)
    print_stderr(run.summary.line())
    return run.summary.exit_code()


async def _make(service: VideoService, run: Batch, number: int, request: JsonObject) -> None:
    summary = run.summary
    async with run.limit:
        row = run.table.begin(number, short(str(request.get("prompt", "")), _MOST_PROMPT_CHARACTERS))
        report = ProgressJSON(lambda: row.job, line=number).report if run.as_json else row.report
        try:
            answer, job, is_new = await _made(service, request, row, report)
        except VideoMCPError as error:
            if isinstance(error, ConfirmationNeeded):
                error.advice = "Add --yes to agree to the cost of the whole batch."
            summary.ends["refused"] += 1
            summary.refused_with.add(exit_code_of_error(error))
            answer = cast("JsonObject", json_in_commands(error_result(error, may_have_submitted=True).as_json()))
        else:
            summary.ends[job.status] += 1
            if is_new:
                summary.add_cost(job)
        run.table.end(number)
    print_stdout(json.dumps({"line": number, **answer}, ensure_ascii=False))


async def _made(
    service: VideoService, request: JsonObject, row: Row, report: ReportProgress
) -> tuple[JsonObject, Job, bool]:
    """Return the answer and the job of one request, and whether it is new."""
    arguments = parse_create(request)
    prepared = await service.prepare(arguments.request)
    known = await service.find_made(prepared)
    if known is not None:
        row.job = known
        job, is_new = await service.fetch(known.id, wait_seconds=UNTIL_DONE, report=report), False
    else:
        submitted = await service.submit(prepared, max_cost_usd=arguments.max_cost_usd)
        row.job = submitted.job
        job = await service.wait(submitted.job.id, wait_seconds=UNTIL_DONE, report=report, until_accepted=True)
        is_new = not submitted.is_duplicate
    answer = job_answer(
        job, path=service.files.path_of(job), now=time.time(), file_state=await service.files.state(job)
    )
    return cast("JsonObject", json_in_commands(answer.as_json())), job, is_new
