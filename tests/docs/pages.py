"""The pages that people read, and the blocks of code in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = tuple(
    path
    for path in (
        ROOT / "README.md",
        ROOT / "SECURITY.md",
        ROOT / "CONTRIBUTING.md",
        ROOT / "CHANGELOG.md",
        ROOT / "llms-install.md",
        *sorted((ROOT / "docs").glob("*.md")),
    )
    if path.exists()
)

_FENCE = re.compile(r"^(?P<indent> *)(?P<marks>`{3,}|~{3,})(?P<language>\S*)[^\n]*$")
_RUN = re.compile(r"^<!-- run(?:: (?P<variables>.*))? -->$")
_PACKAGES = re.compile(r"^<!-- third-party: (?P<packages>.+) -->$")
_FILE = re.compile(r"^<!-- file: (?P<name>[\w.-]+) -->$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One fenced block: to be run under these variables unless `run` is None, or the content of a `file`.

    A block that needs packages of others names them.
    """

    page: str
    line: int
    language: str
    text: str
    run: str | None = None
    file: str | None = None
    packages: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.page}:{self.line}:{self.language or 'none'}"


def blocks_of(page: str, text: str) -> Iterator[Block]:
    """Yield a page's blocks; one that a page forgot to close reaches to its end."""
    lines = iter(enumerate(text.splitlines(), 1))
    before = ""
    for number, line in lines:
        opening = _FENCE.match(line)
        if opening is None:
            before = line.strip() or before
            continue
        run, file, packages = _RUN.match(before), _FILE.match(before), _PACKAGES.match(before)
        before = ""
        inside = list(_until_closed(lines, opening["marks"], len(opening["indent"])))
        yield Block(
            page=page,
            line=number,
            language=opening["language"],
            text="\n".join(inside) + "\n",
            run=None if run is None else run["variables"] or "",
            file=None if file is None else file["name"],
            packages=() if packages is None else tuple(packages["packages"].split()),
        )


def _until_closed(lines: Iterator[tuple[int, str]], marks: str, indent: int) -> Iterator[str]:
    for _number, line in lines:
        if line.strip() == marks:
            return
        yield line[indent:]


BLOCKS = tuple(
    block for path in PAGES for block in blocks_of(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
)


def written_in(*languages: str) -> list[Block]:
    """Return the blocks in these languages."""
    return [block for block in BLOCKS if block.language in languages]
