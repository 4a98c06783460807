"""The table of clients that the nightly runs have driven, from the results that they keep."""

from __future__ import annotations

import json
from typing import cast

from manifests.generator.pages import cell


def tested_clients_table(results: str) -> str:
    """Return each client with its version, the day of the run and what it did; `results` is `docs/clients.json`."""
    known = cast("dict[str, dict[str, object]]", json.loads(results))
    rows = ["| client | package | run on | what it did |", "|---|---|---|---|"]
    for client, found in known.items():
        checks = ", ".join(cast("list[str]", found["checks"]))
        rows.append(f"| {cell(client)} | `{found['version']}` | {found['date']} | {cell(checks)} |")
    return "\n".join(rows)
