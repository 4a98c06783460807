"""Fail when something in `src` is used nowhere in `src`: a function, class, method, attribute or unreachable line.

Tests do not count as a use, except of the simulator. Fields of models that pydantic reads are left out; what another
framework uses by its name stands in `USED_BY_NAME`, with the framework.
"""

from __future__ import annotations

import sys
from pathlib import Path

from vulture import Vulture
from vulture.core import Item

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "video_mcp"
SIMULATOR = SOURCE / "simulator"
"""Tests are what the simulator is for, so its uses there count."""
READ_BY_PYDANTIC = (SOURCE / "families", SOURCE / "server")
"""Here a class's fields are read by pydantic, which writes them to the wire or to an answer."""

USED_BY_NAME = {
    "model_config": "pydantic reads it",
    "render": "rich calls it for each column",
    "max_refresh": "rich reads it",
    "thread_type": "PyAV reads it",
    "exc_text": "logging reads it",
    "pix_fmt": "PyAV reads it",
    "skip_frame": "PyAV reads it",
    "layout": "PyAV reads it",
    "sample_rate": "PyAV reads it",
    "access_log": "uvicorn reads it",
    "force_exit": "uvicorn reads it",
    "capture_signals": "uvicorn calls it",
    "isolation_level": "sqlite3 reads it",
    "down_revision": "Alembic reads it",
    "commands": "click reads it",
    "list_commands": "click calls it",
    "__getattr__": "Python calls it for a name of the public API",
    "__call__": "Python calls it for a call; a protocol names it",
    "intercept_tool_call": "the SDK calls it",
    "CodecContext": "a name in a cast",
    "ServerSession": "a name in a cast",
    "trace": "a context manager's third argument",
    "cls": "a validator's first argument",
}
DECORATED = ["@app.*", "@field_validator", "@model_validator", "@field_serializer", "@event.listens_for"]


def unused() -> list[str]:
    """Return one line for each unused piece of code."""
    found = _unused_in(SOURCE, ROOT / "manifests")
    in_product = [item for item in found if item.filename.is_relative_to(SOURCE)]
    product = [item for item in in_product if not item.filename.is_relative_to(SIMULATOR)]
    simulator = [item for item in _unused_in(SOURCE, ROOT / "tests") if item.filename.is_relative_to(SIMULATOR)]
    return [item.get_report().replace(f"{ROOT}/", "") for item in [*product, *simulator] if not _is_model_field(item)]


def _unused_in(*folders: Path) -> list[Item]:
    vulture = Vulture(ignore_names=[*USED_BY_NAME], ignore_decorators=DECORATED)
    vulture.scavenge([str(folder) for folder in folders])
    return vulture.get_unused_code(min_confidence=60)


def _is_model_field(item: Item) -> bool:
    return item.typ == "variable" and any(item.filename.is_relative_to(folder) for folder in READ_BY_PYDANTIC)


if __name__ == "__main__":
    lines = unused()
    sys.stdout.writelines(f"{line}\n" for line in lines)
    raise SystemExit(1 if lines else 0)
