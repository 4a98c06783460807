"""A ledger whose disk is full takes no new video: the answer could not be recorded."""

from __future__ import annotations

from pathlib import Path

import pytest

from video_mcp.errors import LedgerUnavailable
from video_mcp.jobs.store.ledger_file import LedgerFile

MIB = 1024**2


@pytest.mark.parametrize("free_bytes", [0, 16 * MIB - 1])
def test_a_full_disk_is_told_before_anything_is_sent(tmp_path: Path, free_bytes: int) -> None:
    file = LedgerFile(tmp_path / "ledger.sqlite3", free_bytes=lambda _folder: free_bytes)
    with pytest.raises(LedgerUnavailable, match=r"is full .* nothing was sent\. Make room"):
        file.require_room()


def test_a_disk_with_room_is_fine_and_one_that_cannot_be_measured_is_left_to_the_write(tmp_path: Path) -> None:
    LedgerFile(tmp_path / "ledger.sqlite3", free_bytes=lambda _folder: 16 * MIB).require_room()
    LedgerFile(tmp_path / "gone" / "ledger.sqlite3").require_room()
