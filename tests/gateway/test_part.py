from __future__ import annotations

import hashlib
import os
from pathlib import Path

import anyio
import pytest

from tests.gateway.servers import part_in
from video_mcp.errors import OutputRefused, StorageFull
from video_mcp.gateway.part_file import PartFile, Piece, Progress, is_whole_by, piece_in

pytestmark = pytest.mark.anyio

ETAG = '"v1"'
HALFWAY = Progress(size=50, validator=ETAG, total=100)
FULL_DEVICE = Path("/dev/full")


def whole(total: int | None = None, validator: str | None = ETAG) -> Piece:
    return Piece(start=0, total=total, validator=validator)


async def written(part: PartFile, piece: Piece, content: bytes) -> None:
    async with part.opened(piece, anyio.Lock()) as writes:
        await writes.add(content)


@pytest.mark.parametrize(
    ("status_code", "headers", "piece"),
    [
        pytest.param(200, {"content-length": "100", "etag": ETAG}, whole(100), id="whole"),
        pytest.param(200, {"etag": ETAG}, whole(), id="no length"),
        pytest.param(200, {"content-length": "many", "etag": ETAG}, whole(), id="length in words"),
        pytest.param(200, {"content-length": "100"}, whole(100, None), id="nothing to prove it by"),
        pytest.param(200, {"content-length": "100", "etag": 'W/"v1"'}, whole(100, None), id="weak tag"),
        pytest.param(
            200, {"content-length": "90", "etag": ETAG, "content-encoding": "gzip"}, whole(None, None), id="encoded"
        ),
        pytest.param(206, {"content-range": "bytes 0-99/100", "etag": ETAG}, whole(100), id="whole as a piece"),
        pytest.param(206, {"content-range": "bytes 0-49/100", "etag": ETAG}, whole(100), id="first half unasked"),
        pytest.param(206, {"content-range": "bytes 50-99/100", "etag": ETAG}, None, id="second half unasked"),
        pytest.param(206, {"content-length": "100"}, None, id="piece of nothing"),
    ],
)
def test_a_first_answer_brings_a_piece_from_the_beginning(
    status_code: int, headers: dict[str, str], piece: Piece | None
) -> None:
    assert piece_in(status_code, headers, None) == piece


@pytest.mark.parametrize(
    ("status_code", "headers", "piece"),
    [
        pytest.param(206, {"content-range": "bytes 50-99/100"}, Piece(start=50, total=100, validator=ETAG), id="rest"),
        pytest.param(
            206, {"content-range": "bytes 50-59/100"}, Piece(start=50, total=100, validator=ETAG), id="some of it"
        ),
        pytest.param(
            206, {"content-range": "bytes 50-99/*"}, Piece(start=50, total=100, validator=ETAG), id="total untold"
        ),
        pytest.param(200, {"content-length": "100", "etag": '"v2"'}, whole(100, '"v2"'), id="changed: all of it"),
        pytest.param(206, {"content-range": "bytes 49-99/100"}, None, id="other start"),
        pytest.param(206, {"content-range": "bytes 0-99/100"}, None, id="beginning instead"),
        pytest.param(206, {"content-range": "bytes 50-149/150"}, None, id="other total"),
        pytest.param(206, {"content-range": "bytes 50-99/100", "etag": '"v2"'}, None, id="other tag"),
        pytest.param(206, {"content-range": "bytes 50-99/100", "content-encoding": "gzip"}, None, id="encoded"),
        pytest.param(206, {"content-range": "items 50-99/100"}, None, id="other unit"),
        pytest.param(206, {}, None, id="no range"),
    ],
)
def test_a_later_answer_must_fit_what_is_there(status_code: int, headers: dict[str, str], piece: Piece | None) -> None:
    assert piece_in(status_code, headers, HALFWAY) == piece


@pytest.mark.parametrize(
    ("modified", "date", "usable"),
    [
        pytest.param("Sun, 22 Nov 2026 10:00:00 GMT", "Sun, 22 Nov 2026 10:00:01 GMT", True, id="a second old"),
        pytest.param("Sun, 22 Nov 2026 10:00:00 GMT", "Sun, 22 Nov 2026 10:00:00 GMT", False, id="may change yet"),
        pytest.param("yesterday", "Sun, 22 Nov 2026 10:00:00 GMT", False, id="no date"),
    ],
)
def test_a_date_proves_a_file_only_when_it_is_surely_older(modified: str, date: str, usable: bool) -> None:
    piece = piece_in(200, {"last-modified": modified, "date": date}, None)
    assert piece == whole(None, modified if usable else None)


def test_a_piece_of_a_file_with_another_date_does_not_fit() -> None:
    progress = Progress(size=50, validator="Sun, 22 Nov 2026 10:00:00 GMT", total=100)
    headers = {"content-range": "bytes 50-99/100", "last-modified": "Sun, 22 Nov 2026 11:00:00 GMT"}
    assert piece_in(206, headers, progress) is None
    assert piece_in(206, {**headers, "last-modified": progress.validator}, progress) is not None


@pytest.mark.parametrize(("told", "is_whole"), [("bytes */50", True), ("bytes */40", False), ("", False)])
def test_a_416_can_mean_that_everything_is_here(told: str, is_whole: bool) -> None:
    assert is_whole_by({"content-range": told}, HALFWAY) is is_whole


def test_the_rest_is_asked_for_on_condition_that_the_file_is_the_same() -> None:
    assert HALFWAY.range_headers == {"Range": "bytes=50-", "If-Range": ETAG}


async def test_another_process_knows_how_far_it_came(tmp_path: Path) -> None:
    await written(part_in(tmp_path), whole(100), b"a" * 50)
    assert await part_in(tmp_path).progress() == HALFWAY


async def test_a_piece_goes_on_where_the_last_one_ended(tmp_path: Path) -> None:
    await written(part_in(tmp_path), whole(4), b"ab")
    await written(part_in(tmp_path), Piece(start=2, total=4, validator=ETAG), b"cd")

    assert await part_in(tmp_path).measure() == (4, hashlib.sha256(b"abcd").hexdigest())


async def test_a_new_beginning_forgets_the_old_bytes(tmp_path: Path) -> None:
    await written(part_in(tmp_path), whole(4), b"abcd")
    await written(part_in(tmp_path), whole(4, '"v2"'), b"x")

    assert await part_in(tmp_path).progress() == Progress(size=1, validator='"v2"', total=4)


@pytest.mark.parametrize(
    "sidecar",
    [
        pytest.param("", id="empty"),
        pytest.param('{"validator": "\\"v1\\""', id="cut"),
        pytest.param('{"validator": 7, "total": 100}', id="no text"),
        pytest.param('{"validator": "\\"v1\\"", "total": "100"}', id="no number"),
        pytest.param('{"validator": "\\"v1\\"", "total": 10}', id="more than all"),
        pytest.param("[]", id="no object"),
        pytest.param("{}", id="nothing in it"),
    ],
)
async def test_bytes_that_cannot_be_proved_are_not_gone_on_with(tmp_path: Path, sidecar: str) -> None:
    await written(part_in(tmp_path), whole(100), b"a" * 50)
    await anyio.Path(tmp_path / "clip.mp4.part.json").write_text(sidecar, encoding="utf-8")

    assert await part_in(tmp_path).progress() is None


async def test_bytes_without_a_validator_are_not_gone_on_with(tmp_path: Path) -> None:
    await written(part_in(tmp_path), whole(100, None), b"a" * 50)
    assert await part_in(tmp_path).progress() is None


async def test_nothing_is_left_after_a_discard(tmp_path: Path) -> None:
    await written(part_in(tmp_path), whole(100), b"a" * 50)
    await part_in(tmp_path).discard()
    await part_in(tmp_path).discard()

    assert [entry async for entry in anyio.Path(tmp_path).iterdir()] == []
    assert await part_in(tmp_path).size() == 0


async def test_a_file_that_does_not_fit_on_the_disk_is_not_begun(tmp_path: Path) -> None:
    part = PartFile(tmp_path / "clip.mp4.part", free_bytes=lambda _folder: 100_000_000)

    await written(part, whole(80_000_000), b"")
    with pytest.raises(StorageFull, match="no room for a video of 90,000,000 bytes"):
        await written(part, whole(90_000_000), b"")


async def test_what_is_there_already_needs_no_room_again(tmp_path: Path) -> None:
    await written(part_in(tmp_path), whole(20_000_001), b"a" * 1_000_000)
    room = 16 * 1024 * 1024 + 19_000_000
    part = PartFile(tmp_path / "clip.mp4.part", free_bytes=lambda _folder: room)

    with pytest.raises(StorageFull):
        await written(part, Piece(start=1_000_000, total=20_000_001, validator=ETAG), b"")
    await written(part, Piece(start=1_000_000, total=20_000_000, validator=ETAG), b"")


@pytest.mark.skipif(not FULL_DEVICE.exists(), reason="this system has no full device")
@pytest.mark.parametrize("size", [10, 100_000])
async def test_a_disk_that_runs_full_says_so(tmp_path: Path, size: int) -> None:
    await anyio.Path(tmp_path / "clip.mp4.part").symlink_to(FULL_DEVICE)

    with pytest.raises(StorageFull, match="fetch_video"):
        await written(part_in(tmp_path), whole(), b"a" * size)


async def test_a_folder_that_cannot_be_written_is_named_as_the_reason(tmp_path: Path) -> None:
    await anyio.Path(tmp_path / "folder").write_text("a file")

    with pytest.raises(OutputRefused, match="VIDEO_MCP_OUTPUT_DIR"):
        await written(part_in(tmp_path / "folder"), whole(), b"")


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="nothing is forbidden to root")
async def test_a_folder_without_permission_is_refused(tmp_path: Path) -> None:
    await anyio.Path(tmp_path).chmod(0o500)

    with pytest.raises(OutputRefused, match="Permission denied"):
        await written(part_in(tmp_path), whole(), b"")


async def broken_off(part: PartFile) -> None:
    async with part.opened(whole(100), anyio.Lock()) as writes:
        await writes.add(b"a" * 50)
        raise ConnectionAbortedError


async def test_what_was_written_before_a_failure_stays(tmp_path: Path) -> None:
    with pytest.raises(ConnectionAbortedError):
        await broken_off(part_in(tmp_path))
    assert await part_in(tmp_path).progress() == HALFWAY


async def test_what_was_written_before_a_cancellation_stays(tmp_path: Path) -> None:
    with anyio.CancelScope() as scope:
        async with part_in(tmp_path).opened(whole(100), anyio.Lock()) as writes:
            await writes.add(b"a" * 50)
            scope.cancel()
            await anyio.lowlevel.checkpoint()
    assert await part_in(tmp_path).progress() == HALFWAY
