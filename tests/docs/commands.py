"""Is a line that a page tells people to type a command that exists? Nothing is run here."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import typer
from typer.core import TyperGroup

from tests.docs.pages import ROOT, Block
from video_mcp.cli.app import app

_ASSIGNMENT = re.compile(r"[A-Z_][A-Z0-9_]*=.*", re.DOTALL)
_TARGET = re.compile(r"^([a-z][a-z-]*):", re.MULTILINE)

OWN_COMMANDS = ("video-mcp", "video-mcp-gateway")

FLAGS: Mapping[str, frozenset[str]] = {
    "pip install": frozenset({"--editable", "--upgrade"}),
    "pip wheel": frozenset({"--no-deps", "--wheel-dir"}),
    "pipx install": frozenset(),
    "uv tool": frozenset(),
    "uv run": frozenset(),
    "uvx": frozenset({"--from"}),
    "git clone": frozenset(),
    "cd": frozenset(),
    "claude mcp": frozenset({"--transport", "--env", "--scope", "--header"}),
    "python -m pytest": frozenset({"--update-snapshots"}),
    "python -m manifests.generate": frozenset({"--check"}),
}
"""Commands of others that pages may name, with the flags that were looked up; nothing else is taken."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A command of a block, and what the block says that it answers."""

    line: str
    answer: str

    @property
    def words(self) -> list[str]:
        """The command without variables set before it and without a comment behind it."""
        words = shlex.split(self.line, comments=True)
        while words and _ASSIGNMENT.fullmatch(words[0]):
            words = words[1:]
        return words


def typed_in(block: Block) -> Iterator[Typed]:
    """Yield the commands of a console block; a line without `$ ` belongs to the answer of the one before."""
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        command, _, answer = part.replace("\\\n", " ").partition("\n")
        yield Typed(command, answer.strip())


def objection(words: Sequence[str]) -> str | None:
    """Return what is wrong with a command, or None."""
    if not words:
        return "it is empty"
    if words[0] in OWN_COMMANDS:
        return own_objection(words[1:])
    if words[0] == "make":
        targets = _TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8"))
        unknown = [word for word in words[1:] if word not in targets]
        return f"there is no target {unknown[0]}" if unknown else None
    return _foreign_objection(words)


def own_objection(words: Sequence[str]) -> str | None:
    """Parse the words as `video-mcp` does, and run nothing."""
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    if not words or words[0] in {"--help", "--version"}:
        return None
    if words[0] not in group.commands:
        return f"there is no command {words[0]}"
    try:
        group.commands[words[0]].make_context(words[0], list(words[1:]))
    except Exception as error:  # the parser's own errors, whichever click they come from
        return str(getattr(error, "message", error))
    return None


def _foreign_objection(words: Sequence[str]) -> str | None:
    known = next((name for name in FLAGS if shlex.split(name) == list(words[: len(name.split())])), None)
    if known is None:
        return f"nobody looked up {' '.join(words[:3])}"
    rest = list(words[len(known.split()) :])
    own, after = (rest, []) if "--" not in rest else (rest[: rest.index("--")], rest[rest.index("--") + 1 :])
    flags = {word.partition("=")[0] for word in own if word.startswith("-")}
    if flags - FLAGS[known]:
        return f"nobody looked up {', '.join(sorted(flags - FLAGS[known]))} of {known}"
    return objection(after) if after else None
