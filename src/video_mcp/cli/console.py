"""Where output goes: answers to stdout, everything else to stderr."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import typer
from pydantic import BaseModel

from video_mcp.types import JsonObject

if TYPE_CHECKING:
    from rich.console import Console

_WIDTH_OF_A_PIPE = 200


def print_json(answer: JsonObject | BaseModel) -> None:
    """Print an answer for a program; nothing else goes to stdout with it."""
    plain = answer.model_dump(mode="json", exclude_none=True) if isinstance(answer, BaseModel) else answer
    typer.echo(json.dumps(plain, indent=2))


def tell(text: str) -> None:
    """Tell a person something beside the answer."""
    typer.echo(text, err=True)


def open_console(*, stderr: bool = False) -> Console:
    """Return a console that neither colours words of its own nor folds what goes into a pipe."""
    from rich.console import Console  # noqa: PLC0415 - only commands with rich output pay for it

    console = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if console.is_terminal:
        return console
    return Console(stderr=stderr, highlight=False, markup=False, emoji=False, width=_WIDTH_OF_A_PIPE)
