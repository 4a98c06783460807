"""`video-mcp approve`: decide about the videos that wait for a user's yes."""

from __future__ import annotations

import sys
import time

import anyio
import typer

from video_mcp.cli.exit_codes import ExitCode, run_command
from video_mcp.cli.options import command_app
from video_mcp.cli.output import print_stderr
from video_mcp.cli.service import command_settings
from video_mcp.errors import ConfirmationDeclined
from video_mcp.jobs.approvals import Approval, Approvals
from video_mcp.plain_text import printable

app = command_app()


@app.command()
def approve() -> None:
    """List the videos that wait for your yes, and take a yes or a no for each."""
    run_command(_approve)


def _approve() -> ExitCode:
    approvals = Approvals(command_settings().home / "approvals", now=time.time)
    pending = anyio.run(approvals.pending)
    if not pending:
        print_stderr("Nothing waits for your yes.")
        return ExitCode.DONE
    if not sys.stdin.isatty():
        raise ConfirmationDeclined("Nobody can be asked here.", advice="Run video-mcp approve in a terminal.")
    for approval in pending:
        decision = "yes" if _agrees(approval) else "no"
        anyio.run(approvals.decide, approval, decision)
    print_stderr("Done. Tell the agent to call create_video again with the same arguments.")
    return ExitCode.DONE


def _agrees(approval: Approval) -> bool:
    return typer.confirm(printable(f"{approval.question} ({approval.prompt[:200]})"), err=True)
