"""What the nightly runs found, as `docs/clients.json` keeps it for the page about clients."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.docs.pages import ROOT

RESULTS = ROOT / "docs" / "clients.json"


@dataclass(frozen=True, slots=True)
class Recorder:
    """Writes what a run has shown of a client; without a file, nothing."""

    path: Path | None

    def add(self, client: str, version: str, checks: Sequence[str]) -> None:
        """Keep one client's result in place of its earlier one."""
        if self.path is None:
            return
        known: dict[str, object] = json.loads(self.path.read_text(encoding="utf-8")) if self.path.exists() else {}
        known[client] = {"version": version, "date": datetime.now(UTC).date().isoformat(), "checks": list(checks)}
        ordered = {name: known[name] for name in sorted(known, key=str.lower)}
        self.path.write_text(json.dumps(ordered, indent=2) + "\n", encoding="utf-8")
