"""Compare a value with the file that review sees; `pytest --update-snapshots` writes it anew."""

from __future__ import annotations

import json
from pathlib import Path

SNAPSHOTS = Path(__file__).parent / "snapshots"


def assert_matches_snapshot(name: str, value: object, *, update: bool) -> None:
    """Fail when `value` differs from `tests/snapshots/NAME`, or when there is no such file."""
    path = SNAPSHOTS / name
    text = value if isinstance(value, str) else json.dumps(value, indent=1, ensure_ascii=False) + "\n"
    if update:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"no snapshot {name}; run pytest --update-snapshots and look at what it writes"
    assert text == path.read_text(encoding="utf-8"), f"{name} changed; run pytest --update-snapshots if that is meant"
