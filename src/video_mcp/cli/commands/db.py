"""`video-mcp db upgrade`: change the tables of a shared database, which replicas never do by themselves."""

from __future__ import annotations

import anyio

from video_mcp.cli.exit_codes import ExitCode, run_command
from video_mcp.cli.options import Json, command_app
from video_mcp.cli.output import print_json, print_stdout
from video_mcp.cli.service import command_settings
from video_mcp.jobs.store.versions import NEWEST, upgrade_database

app = command_app()


@app.callback()
def db() -> None:
    """Look after the database that replicas share."""


@app.command()
def upgrade(as_json: Json = False) -> None:
    """Make the database's tables, or change them to what this version needs; safe to run twice, and several at once."""
    run_command(lambda: _upgrade(as_json=as_json), as_json=as_json)


def _upgrade(*, as_json: bool) -> ExitCode:
    settings = command_settings()
    before = anyio.run(upgrade_database, settings.ledger_url, settings.ledger_path)
    if as_json:
        print_json({"before": before, "now": NEWEST})
    else:
        print_stdout(_sentence(before))
    return ExitCode.DONE


def _sentence(before: str | None) -> str:
    if before is None:
        return f"The database's tables were made, in shape {NEWEST}."
    if before == NEWEST:
        return f"The database's tables are up to date, in shape {NEWEST}."
    return f"The database's tables were changed from shape {before} to {NEWEST}."
