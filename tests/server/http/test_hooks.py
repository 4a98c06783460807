"""A gateway that calls back: what it posts is not believed, and makes its job due now on any replica."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import anyio
import pytest

from tests.server.http.serving import BOAT, SLOW, Site, a_replica, a_site, until
from tests.server.http.test_principals import ALICE, a_team, code_of
from video_mcp.simulator import SimulatorConfig

pytestmark = pytest.mark.anyio

PUBLIC = "https://videos.example"
CALLING = SimulatorConfig(render_seconds=1.5, max_side=64, poll_after_ms=60_000, calls_back=True)


def hook_of(site: Site, number: int = 0) -> str:
    """Return the path of the address that the gateway was given for a job."""
    return urlsplit(site.simulator.gateway.callback_urls[site.simulator.jobs[number].id]).path


def polls(site: Site) -> int:
    return sum(one.method == "GET" and one.path.startswith("/v1/videos/task") for one in site.simulator.requests)


async def begun(site: Site, **changes: object) -> str:
    async with site.connect() as client:
        made = await client.call_tool("create_video", {**BOAT, "wait_seconds": 0, **changes})
    assert made.structured_content is not None, made
    return str(made.structured_content["video_id"])


async def test_a_finished_video_is_known_by_the_call_and_not_by_a_poll(tmp_path: Path) -> None:
    async with a_site(tmp_path, CALLING, public_url=PUBLIC) as site, site.connect() as client:
        site.simulator.callbacks.via = site.origin
        with anyio.fail_after(120):
            made = await client.call_tool("create_video", {**BOAT, "wait_seconds": 600})
        assert made.structured_content is not None
        assert made.structured_content["status"] == "completed"
        words = [sent.word for sent in site.simulator.callbacks.sent]
        assert words[-1] == "succeed"
        assert {sent.status_code for sent in site.simulator.callbacks.sent} == {200}
        # The gateway wants to be polled once a minute: after the first look, each poll followed a call of its own.
        assert polls(site) <= len(words) + 1


async def test_only_the_address_counts_and_no_word_of_what_is_posted(tmp_path: Path) -> None:
    config = replace(SLOW, poll_after_ms=60_000)
    async with a_site(tmp_path, config, public_url=PUBLIC) as site, site.http() as http:
        video_id = await begun(site)
        path = hook_of(site)
        assert path.startswith(f"/hooks/{video_id}/")
        host = {"Host": "videos.example"}
        before = polls(site)
        lies = '{"task_status": "succeed", "task_result": {"videos": [{"url": "http://evil.example/a.mp4"}]}}'
        for body in (lies, "", "x" * 100_000, "[" * 50_000):
            answer = await http.post(path, content=body, headers=host)
            assert (answer.status_code, answer.json()) == (200, {})
        await until(lambda: polls(site) > before)
        tried = await http.post(path, json={"challenge": "word", "other": 1}, headers=host)
        assert tried.json() == {"challenge": "word"}
        job = await (await site.opened.context.service()).get(video_id)
        assert job.status in {"queued", "in_progress"}
        for wrong in (path[:-1], f"{path[:-1]}g", "/hooks/video_0/00", path.replace("/hooks/video_", "/hooks/video_f")):
            assert (await http.post(wrong, headers=host)).status_code == 404
        assert (await http.get(path, headers=host)).status_code == 405
        assert (await http.post(path)).status_code == 200  # loopback is a name of this server as well
        assert (await http.post(path, headers={"Host": "evil.example"})).status_code == 421


async def test_calls_again_and_again_poll_at_most_once_a_second(tmp_path: Path) -> None:
    async with a_site(tmp_path, replace(SLOW, poll_after_ms=60_000), public_url=PUBLIC) as site, site.http() as http:
        await begun(site)
        before, began_at = polls(site), anyio.current_time()
        for _ in range(40):
            assert (await http.post(hook_of(site), headers={"Host": "videos.example"})).status_code == 200
        assert polls(site) - before <= 2 + (anyio.current_time() - began_at)


async def test_a_replica_that_did_not_make_the_job_knows_its_address(tmp_path: Path) -> None:
    async with (
        a_site(tmp_path, CALLING, public_url=PUBLIC) as site,
        a_replica(site.settings, site.simulator) as other,
    ):
        site.simulator.callbacks.via = other.origin
        await begun(site)
        await until(lambda: any(sent.word == "succeed" for sent in site.simulator.callbacks.sent))
        assert {sent.status_code for sent in site.simulator.callbacks.sent} == {200}


@pytest.mark.parametrize(
    ("settings", "changes", "expected"),
    [
        ({}, {}, ""),
        ({"public_url": "http://localhost:1"}, {}, ""),
        ({"public_url": PUBLIC}, {"options": {"callback_url": "https://mine.example/a"}}, "https://mine.example/a"),
        ({"public_url": PUBLIC, "dialect": "openai"}, {}, ""),
    ],
    ids=["no public address", "not encrypted", "the user's own", "a dialect without the field"],
)
async def test_where_no_address_of_ours_is_sent(
    tmp_path: Path, settings: dict[str, object], changes: dict[str, object], expected: str
) -> None:
    model = {"model": "sora-2", "seconds": 4} if settings.get("dialect") == "openai" else {}
    async with a_site(tmp_path, SLOW, **settings) as site:
        await begun(site, **model, **changes)
        (sent,) = site.simulator.jobs
        assert site.simulator.gateway.callback_urls.get(sent.id, "") == expected


async def test_an_equal_request_is_a_duplicate_whatever_address_went_out(tmp_path: Path) -> None:
    async with a_site(tmp_path, SLOW, public_url=PUBLIC) as site:
        assert await begun(site) == await begun(site)
        assert len(site.simulator.jobs) == 1


async def test_all_users_together_may_spend_so_much(tmp_path: Path) -> None:
    prices = tmp_path / "prices.toml"
    prices.write_text('[models."kling-v2-6"]\nper_second = 0.1\n', encoding="utf-8")
    async with a_team(tmp_path, max_cost_per_day_all=0.4, prices=prices) as site, site.connect(token=ALICE) as alice:
        refused = await alice.call_tool("create_video", BOAT)
        assert code_of(refused) == "budget_exceeded"
        assert "MAX_COST_PER_DAY_ALL" in refused.model_dump_json()
    assert site.simulator.jobs == ()
