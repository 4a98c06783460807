"""`video-mcp approve`: decide about the videos that wait for a user's yes."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import anyio
import typer
from anyio import to_thread

from video_mcp.cli.exit_codes import ExitCode, run_command
from video_mcp.cli.options import command_app
from video_mcp.cli.output import print_stderr, printable
from video_mcp.cli.service import command_settings
from video_mcp.errors import ConfirmationDeclined
from video_mcp.jobs.approvals import Approvals
from video_mcp.jobs.job import LOCAL_PRINCIPAL, Job
from video_mcp.jobs.store.clock import DatabaseClock
from video_mcp.jobs.store.ledger import Ledger, open_ledger

app = command_app()


@app.command()
def approve() -> None:
    """Take a yes or a no for each video that waits. Nothing of it is sent or charged before."""
    run_command(_approve)


def _approve() -> ExitCode:
    return anyio.run(_decide_all)


async def _decide_all() -> ExitCode:
    settings = command_settings()
    async with open_ledger(settings.ledger_url, settings.ledger_path) as ledger:
        approvals = Approvals(ledger, now=await _time_of(ledger))
        pending = await approvals.pending()
        if not pending:
            print_stderr("Nothing waits for your yes.")
            return ExitCode.DONE
        if not sys.stdin.isatty():
            for job in pending:
                print_stderr(printable(f"{job.id}: {_question(job)}"))
            raise ConfirmationDeclined("Only a person may decide.", advice="Run video-mcp approve in a terminal.")
        approved = 0
        for job in pending:
            agrees = await to_thread.run_sync(_agrees, job)
            decided = await approvals.decide(job, "yes" if agrees else "no")
            approved += agrees
            if decided.status != ("queued" if agrees else "failed"):
                print_stderr(f"{job.id} was decided elsewhere meanwhile; it is {decided.status}.")
    if approved:
        print_stderr("Done. A running video-mcp sends what you approved within seconds, or the next one that starts.")
    else:
        print_stderr("Done. Nothing is sent.")
    return ExitCode.DONE


async def _time_of(ledger: Ledger) -> Callable[[], float]:
    """Return the time by which the replicas of a shared database go, however wrong this machine's clock is."""
    if ledger.database.is_sqlite:
        return time.time
    clock = DatabaseClock(ledger.database)
    await clock.compare()
    return clock.now


def _agrees(job: Job) -> bool:
    return typer.confirm(printable(_question(job)), err=True)


def _question(job: Job) -> str:
    whose = "" if job.principal == LOCAL_PRINCIPAL else f"For {job.principal}: "
    return f"{whose}{job.approval_question} ({job.prompt[:200]})"
