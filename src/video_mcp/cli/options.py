"""The options that several commands share, and what a shell completes."""

from __future__ import annotations

from typing import Annotated

import typer

UNTIL_DONE = float("inf")


def complete_model(incomplete: str) -> list[str]:
    """Return the model ids that begin so."""
    from video_mcp.cli.commands.models import model_ids  # noqa: PLC0415 - only a shell that completes needs it
    from video_mcp.families.catalog import default_catalog  # noqa: PLC0415 - the same

    return model_ids(default_catalog(), incomplete)


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
Model = Annotated[str, typer.Option("--model", "-m", autocompletion=complete_model, help="Its id; see models.")]
ModelName = Annotated[str | None, typer.Argument(metavar="[MODEL]", autocompletion=complete_model)]
SaveAs = Annotated[str | None, typer.Option("--save-as", metavar="PATH", help="Also put the video there.")]
