"""Whole bodies in files: a change of the wire shows in review."""

from __future__ import annotations

import json

from pydantic import JsonValue

from tests.snapshot import SNAPSHOTS, assert_matches_snapshot

WIRE = SNAPSHOTS / "wire"


def assert_snapshot(name: str, value: JsonValue, *, update: bool) -> None:
    """Compare a body with its snapshot; keys are sorted, so that only a change of the wire shows."""
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False)
    assert_matches_snapshot(f"wire/{name}.json", f"{text}\n", update=update)
