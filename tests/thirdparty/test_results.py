"""What the page about clients shows is what the runs check today."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from tests.thirdparty import test_agents, test_journeys
from tests.thirdparty.results import RESULTS, Recorder


def test_the_results_are_of_the_clients_and_checks_of_today() -> None:
    known = json.loads(RESULTS.read_text(encoding="utf-8"))
    wanted = {journey.client: list(journey.checks) for journey in test_journeys.JOURNEYS}
    wanted |= {agent.client: list(test_agents.CHECKS) for agent in test_agents.AGENTS}
    # A row that is missing or stale: pytest tests/thirdparty --third-party --record-clients
    assert {client: found["checks"] for client, found in known.items()} == wanted
    for found in known.values():
        assert found["version"].rpartition(" ")[2][0].isdigit()
        assert date.fromisoformat(found["date"])


def test_a_result_takes_the_place_of_the_earlier_one(tmp_path: Path) -> None:
    path = tmp_path / "clients.json"
    recorder = Recorder(path)
    recorder.add("b", "b 1.0", ["lists"])
    recorder.add("a", "a 1.0", ["lists"])
    recorder.add("b", "b 2.0", ["lists", "makes"])
    known = json.loads(path.read_text(encoding="utf-8"))
    assert list(known) == ["a", "b"]
    assert (known["b"]["version"], known["b"]["checks"]) == ("b 2.0", ["lists", "makes"])


def test_without_a_file_nothing_is_kept(tmp_path: Path) -> None:
    Recorder(None).add("a", "a 1.0", [])
    assert list(tmp_path.iterdir()) == []
