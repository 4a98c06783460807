"""The home folder and what is written in it are for their owner alone."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from tests.faults.harness import Bench
from video_mcp.errors import ConfigurationError
from video_mcp.jobs.home import prepare_home

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")


def rights(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("before", [0o755, 0o777, 0o750, 0o700])
def test_a_home_with_wider_rights_is_tightened_and_so_are_our_files(tmp_path: Path, before: int) -> None:
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(before)
    for name in ("ledger.sqlite3", "models.json", "own.txt"):
        (home / name).write_text("x")
        (home / name).chmod(0o644)
    prepare_home(home)
    assert rights(home) == 0o700
    assert [rights(home / name) for name in ("ledger.sqlite3", "models.json", "own.txt")] == [0o600, 0o600, 0o644]


def test_a_missing_home_is_made_private(tmp_path: Path) -> None:
    prepare_home(tmp_path / "a" / "home")
    assert rights(tmp_path / "a" / "home") == 0o700


@pytest.mark.parametrize("is_there", [True, False])
def test_a_link_is_followed_also_to_a_folder_that_is_not_there_yet(tmp_path: Path, is_there: bool) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    if is_there:
        target.mkdir(mode=0o755)
    link.symlink_to(target)
    prepare_home(link)
    assert rights(target) == 0o700
    assert link.is_symlink()


def test_a_link_in_the_place_of_a_file_of_ours_is_left_alone(tmp_path: Path) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere.json"
    home.mkdir()
    elsewhere.write_text("x")
    elsewhere.chmod(0o644)
    (home / "models.json").symlink_to(elsewhere)
    prepare_home(home)
    assert rights(elsewhere) == 0o644


@pytest.mark.parametrize("mode", [0o1777, 0o1755])
def test_a_shared_folder_keeps_its_rights_and_the_log_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, mode: int
) -> None:
    tmp_path.chmod(mode)
    prepare_home(tmp_path)
    assert rights(tmp_path) == mode
    assert "a folder of its own" in caplog.text


def test_the_users_own_folder_keeps_its_rights(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "me").mkdir()
    tmp_path.chmod(0o755)
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    prepare_home(tmp_path)
    assert rights(tmp_path) == 0o755
    assert "a folder of its own" in caplog.text


def test_another_users_home_keeps_its_rights_and_the_log_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(0o755)
    prepare_home(home, user_id=os.geteuid() + 1)
    assert rights(home) == 0o755
    assert "belongs to another user" in caplog.text


def test_a_file_in_the_place_of_the_home_is_told(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("x")
    with pytest.raises(ConfigurationError, match=r"VIDEO_MCP_HOME .* cannot be written"):
        prepare_home(tmp_path / "home")


@pytest.mark.anyio
@pytest.mark.sqlite
async def test_a_service_leaves_nothing_in_its_home_that_others_can_read(bench: Bench) -> None:
    home = bench.place.path.parent
    home.mkdir()
    home.chmod(0o777)
    old = os.umask(0)
    try:
        async with bench.service() as one:
            await one.create()
            await one.service.catalog()
            assert rights(home) == 0o700
            assert {path.name: rights(path) & 0o077 for path in home.iterdir() if rights(path) & 0o077} == {}
    finally:
        os.umask(old)
