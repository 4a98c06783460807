"""Every sentence of the source that tells a reader what to do next."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "video_mcp"
SERVER_ROOMS = ("gateway", "jobs", "media", "server", "errors.py", "families/validation", "families/messages.py")
COMMAND_ROOMS = ("cli",)
# Texts for before a call: they describe what there is, and answer to nothing that went wrong.
_DESCRIPTIONS = {
    "prompt_texts.py",
    "prompts.py",
    "schema.py",
    "tools.py",
    "elicitation.py",
    "capabilities.py",
}
_VERBS = (
    "Add|Allow|Ask|Call|Change|Check|Choose|Continue|Copy|Correct|Create|Did you mean|Extend|Fetch|Free|Give|Install|"
    "Leave|Look|Make|Move|Name|Nearest|Put|Raise|Remove|Restart|Run|Send|Set|Start|Submit|Take|Tell|Top up|Try|Turn|"
    "Update|Use|Wait|Write"
)
_SENTENCE = re.compile(rf"(?:^|(?<=[.!?;:] ))(?:{_VERBS})\b[^.!?;]*(?:\.(?=\S)[^.!?;]*)*")


def advice_in_source(rooms: Iterable[str]) -> set[str]:
    """Return each piece of advice of some rooms once; what a format fills in is `{}`."""
    found: set[str] = set()
    for room in rooms:
        place = SOURCE / room
        paths = [place] if place.is_file() else sorted(place.rglob("*.py"))
        found |= {
            piece for path in paths if not _DESCRIPTIONS & {path.name, path.parent.name} for piece in _advice_in(path)
        }
    return found


def _advice_in(path: Path) -> Iterator[str]:
    for text in _texts(ast.parse(path.read_text(encoding="utf-8"))):
        for sentence in _SENTENCE.findall(text):
            if " " in sentence.strip():
                yield sentence.strip()


def _texts(tree: ast.AST) -> Iterator[str]:
    """Yield each string that is neither docstring nor help; of an f-string the fixed parts, with `{}` between them."""
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    docstrings |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == "help"}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside | docstrings:
            yield node.value
