"""Users with a gateway's key of their own: their jobs are sent, polled and downloaded with it, and with no other."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.server.http.serving import BOAT, QUICK, SLOW, a_replica, until
from tests.server.http.test_principals import ALICE, BOB, a_team, made
from video_mcp.errors import ConfigurationError
from video_mcp.settings import load_settings, read_settings

pytestmark = pytest.mark.anyio

HERS = "sk-alice-0123456789"


def a_table(folder: Path, text: str = f'"token:alice" = "{HERS}"\n', mode: int = 0o600) -> Path:
    path = folder / "keys.toml"
    path.write_text(text)
    path.chmod(mode)
    return path


async def test_each_users_jobs_go_by_their_key_from_the_create_to_the_download(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    config = replace(QUICK, further_keys=(HERS,), media_origin="same")
    async with (
        a_team(tmp_path, config, gateway_keys=a_table(tmp_path)) as site,
        site.connect(token=ALICE) as alice,
        site.connect(token=BOB) as bob,
    ):
        hers, _ = await made(alice), await made(bob)
        accounts = site.simulator.gateway.accounts
        assert [accounts[job.id] for job in site.simulator.jobs] == [HERS, site.simulator.api_key]
        for path in (tmp_path / "videos").glob("*.mp4"):
            path.unlink()
        again = await alice.call_tool("fetch_video", {"video_id": hers})
        assert not again.is_error, again
    assert HERS not in caplog.text
    with closing(sqlite3.connect(tmp_path / "home" / "ledger.sqlite3")) as ledger:
        assert HERS not in "\n".join(ledger.iterdump())
        assert [row[0] for row in ledger.execute("SELECT account FROM jobs ORDER BY created_at")] == [
            "token:alice",
            None,
        ]


async def test_a_key_that_is_added_exchanged_or_revoked_counts_without_a_restart(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    newer = "sk-alice-9876543210"
    config = replace(QUICK, further_keys=(HERS, newer))
    table = a_table(tmp_path, '"token:bob" = "sk-bob-0123456789"\n')
    async with a_team(tmp_path, config, gateway_keys=table) as site, site.connect(token=ALICE) as alice:
        keys = site.settings.key_table
        assert keys is not None

        async def key_of_next(text: str, known: dict[str, str]) -> str:
            a_table(tmp_path, text)
            await until(lambda: {name: key.get_secret_value() for name, key in keys.items()} == known)
            return await key_of_create()

        async def key_of_create() -> str:
            await made(alice, prompt=f"Boat {len(site.simulator.jobs)}")
            return site.simulator.gateway.accounts[site.simulator.jobs[-1].id]

        shared = site.simulator.api_key
        assert await key_of_create() == shared
        assert await key_of_next(f'"token:alice" = "{HERS}"\n', {"token:alice": HERS}) == HERS
        assert await key_of_next(f'"token:alice" = "{newer}"\n', {"token:alice": newer}) == newer
        a_table(tmp_path, '"token:alice" = "sk-secret')
        await until(lambda: "the keys from before stay in use" in caplog.text)
        assert await key_of_create() == newer
        assert await key_of_next("", {}) == shared
        assert {HERS, newer, "sk-bob-0123456789"} < {*site.settings.secrets}
    assert not [secret for secret in (*site.settings.secrets, "sk-secret") if secret in caplog.text]


async def test_a_replica_without_the_key_leaves_the_job_to_one_that_has_it(tmp_path: Path) -> None:
    config = replace(SLOW, further_keys=(HERS,))
    async with a_team(tmp_path, config, gateway_keys=a_table(tmp_path)) as site, site.connect(token=ALICE) as alice:
        begun = await alice.call_tool("create_video", {**BOAT, "wait_seconds": 0})
        assert begun.structured_content is not None
        video_id = begun.structured_content["video_id"]
        assert site.simulator.jobs
        ledger = tmp_path / "home" / "ledger.sqlite3"
    with closing(sqlite3.connect(ledger)) as opened:
        opened.execute("UPDATE jobs SET due_at = 0, lease_owner = NULL")
        opened.commit()
    without = load_settings(**{**site.settings.model_dump(), "gateway_keys": None})
    before = len(site.simulator.requests)

    def is_looked_at() -> bool:
        with closing(sqlite3.connect(ledger)) as opened:
            return opened.execute("SELECT due_at > 0 AND lease_owner IS NULL FROM jobs").fetchone()[0] == 1

    async with a_replica(without, site.simulator) as other:
        await until(is_looked_at)
        job = await (await other.opened.context.service()).lookup.get_anyones(video_id)
    assert job.is_open
    assert len(site.simulator.requests) == before


@pytest.mark.parametrize(
    ("text", "mode", "says"),
    [
        ('"token:alice" = "sk-secret-1"', 0o644, "everybody on this machine"),
        ('"token:alice" = "sk-secret-1"', 0o640, "its group"),
        ("token:alice = sk-secret-1", 0o600, "is not TOML"),
        ('"token:alice" = 7', 0o600, "token:alice"),
        ('"token:alice" = "sk secret 1"', 0o600, "token:alice"),
    ],
)
def test_a_table_that_cannot_work_is_told_without_a_key(tmp_path: Path, text: str, mode: int, says: str) -> None:
    if os.name != "posix" and mode != 0o600:
        pytest.skip("permissions are POSIX's")
    with pytest.raises(ConfigurationError) as caught:
        load_settings(gateway_keys=a_table(tmp_path, text, mode))
    assert says in str(caught.value)
    assert "secret" not in str(caught.value)


def test_every_key_is_taken_out_of_the_log_and_none_is_shown(tmp_path: Path) -> None:
    settings = read_settings(api_key="sk-own", gateway_keys=a_table(tmp_path))
    assert settings.secrets == ("sk-own", HERS)
    assert HERS not in repr(settings)
    assert read_settings(gateway_keys=tmp_path / "nowhere").invalid


async def test_an_address_at_the_gateway_is_fetched_for_a_user_without_the_key_that_all_share(tmp_path: Path) -> None:
    still = {"model": "sora-2", "prompt": "A paper boat", "seconds": 4}
    async with (
        a_team(tmp_path, dialect="openai") as site,
        site.connect(token=ALICE) as alice,
        site.connect(token=BOB) as bob,
    ):
        await made(alice, **still)
        path = f"/v1/videos/{site.simulator.jobs[0].id}/content"
        before = len(site.simulator.requests.matching("GET", path))
        stolen = {**still, "image": f"{site.simulator.base_url}{path}", "dry_run": True}
        refused = await bob.call_tool("create_video", stolen)
        assert refused.is_error
        fetches = site.simulator.requests.matching("GET", path)[before:]
        assert {fetch.authorization for fetch in fetches} == {"absent"}
