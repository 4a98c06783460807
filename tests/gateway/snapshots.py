"""Whole bodies in files: a change of the wire shows in review."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import JsonValue

WIRE = Path(__file__).parent.parent / "snapshots" / "wire"


def assert_snapshot(name: str, value: JsonValue, *, update: bool) -> None:
    """Compare a value with the snapshot of that name; `update` writes it anew first."""
    path = WIRE / f"{name}.json"
    if update:
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False)
        path.write_text(f"{text}\n", encoding="utf-8")
    assert path.exists(), f"{path.name} is missing; run pytest --update-snapshots and look at it"
    assert value == json.loads(path.read_text(encoding="utf-8"))
