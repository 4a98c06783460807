"""The options that several commands share, and what a shell completes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

UNTIL_DONE = float("inf")


def command_app() -> typer.Typer:
    """Return what one command is registered on, so that every command is spelled alike."""
    return typer.Typer(
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def complete_model(incomplete: str) -> list[str]:
    """Return the model ids that begin so."""
    from video_mcp.families.catalog import default_catalog  # noqa: PLC0415 - only a shell that completes needs it

    return [model for model in default_catalog().ids() if model.startswith(incomplete.lower())]


ProgressStyle = Literal["auto", "json"]
ProgressOption = Annotated[
    ProgressStyle, typer.Option("--progress", help="json: progress as JSON lines on standard error.")
]
LogFile = Annotated[
    Path | None, typer.Option("--log-file", metavar="PATH", dir_okay=False, help="Write the log to this file.")
]
Json = Annotated[bool, typer.Option("--json", help="Answer as JSON, and nothing else, on stdout.")]
Wait = Annotated[
    float,
    typer.Option(
        "--wait",
        min=0.0,
        metavar="SECONDS",
        show_default=False,
        help="At most this long; create and fetch wait until it is done.",
    ),
]
ModelId = Annotated[str | None, typer.Argument(metavar="[MODEL]", autocompletion=complete_model)]
SaveAsOption = Annotated[str | None, typer.Option("--save-as", metavar="PATH", help="Also put the video there.")]
