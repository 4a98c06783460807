"""What an agent did, as a page shows it: calls and answers, without what differs from run to run."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from tests.interaction.agent import Call

PAGE = Path(__file__).parents[2] / "docs" / "agents.md"
_ID = re.compile(r"video_[0-9a-z]{8,}")
_SHORT_IDS = "ABCDEFGH"


def transcript(calls: Sequence[Call], *, folder: Path, prompt: str, shown_prompt: str, most_bytes: int) -> str:
    """Return each call with its arguments and the text of its answer, and the most bytes of all answers."""
    ids = {found: None for call in calls for found in _ID.findall(f"{call.arguments} {call.text}")}
    names = dict(zip(ids, _SHORT_IDS, strict=False))
    steps: list[str] = []
    for number, call in enumerate(calls, start=1):
        arguments = ", ".join(f"`{name}: {json.dumps(value)}`" for name, value in call.arguments.items())
        steps.append(f"{number}. `{call.tool}` with {arguments}:\n\n   ```text\n{_indented(call.text)}\n   ```\n")
    text = "\n".join(steps).replace(prompt, shown_prompt)
    for video_id, name in names.items():
        text = text.replace(video_id, f"video_{name}")
    text = re.sub(
        rf"{re.escape(str(folder))}/\S+?(video_[A-H])(\S*)", r"/home/you/Videos/2026-01-31-paper-boat-\1\2", text
    )
    text = text.replace(str(folder), "/home/you/Videos")
    text = re.sub(r"\d+ s elapsed(, about [^.]* left)?", "0 s elapsed", text)
    text = re.sub(r"[\d.]+ MB", "0.1 MB", text)
    text = re.sub(r"film-[0-9a-f]{16}", "film-1", re.sub(r"task_\w+", "task_1", text))
    plural = "call" if len(calls) == 1 else "calls"
    return f"{text}\n{len(calls)} {plural}, at most {most_bytes:,} bytes of answers (text and structure)."


def _indented(text: str) -> str:
    return "\n".join(f"   {line}".rstrip() for line in text.splitlines())


def shown(page: str, name: str) -> str:
    """Return what the page shows of a journey."""
    found = _region(name).search(page)
    assert found is not None, name
    return found[2].strip()


def replaced(page: str, name: str, text: str) -> str:
    """Return the page with another transcript of a journey."""
    return _region(name).sub(lambda found: f"{found[1]}\n\n{text}\n\n{found[3]}", page)


def _region(name: str) -> re.Pattern[str]:
    return re.compile(rf"(<!-- journey: {re.escape(name)} -->)(.*?)(<!-- end journey -->)", re.DOTALL)
