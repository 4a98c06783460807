"""The agent skill: instructions that a client loads when its user wants a video. Pure, apart from its own template."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from video_mcp.families.catalog import Catalog
from video_mcp.families.spec import Choices, ModelSpec

SKILL_NAME = "video-mcp"
_TEMPLATE = Path(__file__).with_name("skill.md")
_MODELS_HEAD = (
    "# Models",
    "",
    "Generated from the server's catalog. `list_models` with `model` returns the exact schema and an example.",
    "",
    "| model | family | modes | seconds |",
    "|---|---|---|---|",
)


def skill_files(catalog: Catalog) -> dict[str, str]:
    """Return the skill's files by their path below the skill's folder."""
    return {"SKILL.md": _TEMPLATE.read_text(encoding="utf-8"), "references/models.md": models_reference(catalog)}


def models_reference(catalog: Catalog) -> str:
    """Return a table of the models that can be recommended, for an agent that reads the skill."""
    current = [spec for spec in catalog.models() if spec.lifecycle.state in {"current", "ending"}]
    return "\n".join([*_MODELS_HEAD, *(_row(spec) for spec in current)]) + "\n"


def _row(spec: ModelSpec) -> str:
    lengths = {choice for mode in spec.modes.values() for choice in _seconds(mode.seconds)}
    seconds = f"{min(lengths)} to {max(lengths)}" if len(lengths) > 1 else str(next(iter(lengths), ""))
    return f"| `{spec.id}` | {spec.family} | {', '.join(spec.modes)} | {seconds} |"


def _seconds(choices: Choices | None) -> Iterable[int]:
    allowed = choices.allowed if choices is not None else ()
    return (choice for choice in allowed if isinstance(choice, int) and choice > 0)
