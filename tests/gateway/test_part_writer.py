"""Bytes on their way into a part file."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterable, Sequence
from math import inf
from pathlib import Path
from typing import BinaryIO

import anyio
import pytest

from tests.gateway.servers import MP4, answering, downloading, part_in, sent
from video_mcp.errors import StorageFull
from video_mcp.gateway.part_file import PartFile, Piece
from video_mcp.gateway.part_writer import HashedFile, writing

pytestmark = pytest.mark.anyio

CHUNK = b"0123456789abcdef" * 4096  # as much as a socket gives at once
FULL_DEVICE = Path("/dev/full")


class CountedFile(HashedFile):
    """A file that counts how often it is written to."""

    def __init__(self, path: Path, file: BinaryIO, *, start: int = 0) -> None:
        super().__init__(path, file, start=start)
        self.writes = 0

    def write(self, chunks: Sequence[bytes]) -> None:
        self.writes += 1
        super().write(chunks)


def opening(path: Path, opened: list[CountedFile]) -> Callable[[], HashedFile]:
    def open_file() -> HashedFile:
        opened.append(CountedFile(path, path.open("w+b")))
        return opened[-1]

    return open_file


async def write_all(open_file: Callable[[], HashedFile], chunks: Iterable[bytes]) -> str | None:
    async with writing(open_file, anyio.Lock(), gathered_seconds=inf) as writer:
        for chunk in chunks:
            await writer.add(chunk)
    return writer.sha256


async def test_a_file_that_comes_at_once_is_opened_written_and_closed_in_one_step(tmp_path: Path) -> None:
    opened: list[CountedFile] = []

    await write_all(opening(tmp_path / "clip", opened), [b"one", b"two"])

    assert [file.writes for file in opened] == [1]
    assert await anyio.Path(tmp_path / "clip").read_bytes() == b"onetwo"


async def test_a_large_file_is_written_in_large_pieces_and_hashed_on_the_way(tmp_path: Path) -> None:
    opened: list[CountedFile] = []

    sha256 = await write_all(opening(tmp_path / "clip", opened), [CHUNK] * 160)

    assert [1 < file.writes <= 11 for file in opened] == [True]
    assert sha256 == hashlib.sha256(CHUNK * 160).hexdigest()


async def test_a_piece_waits_for_its_turn(tmp_path: Path) -> None:
    opened: list[CountedFile] = []
    turn = anyio.Lock()

    async with writing(opening(tmp_path / "clip", opened), turn, gathered_seconds=inf) as writer, turn:
        for _ in range(20):
            await writer.add(CHUNK)
        await anyio.wait_all_tasks_blocked()
        assert turn.statistics().tasks_waiting == 1
        assert opened == []
    assert await anyio.Path(tmp_path / "clip").read_bytes() == CHUNK * 20


async def test_what_arrives_slowly_is_written_before_anything_else_arrives(tmp_path: Path) -> None:
    part = part_in(tmp_path)
    async with part.opened(Piece(start=0, total=None, validator=None), anyio.Lock()) as writer:
        await writer.add(b"slow")
        with anyio.fail_after(600):
            while await part.size() != len(b"slow"):  # noqa: ASYNC110 - the file has no event to wait for
                await anyio.sleep(0.01)


@pytest.mark.skipif(not FULL_DEVICE.exists(), reason="this system has no full device")
async def test_a_disk_that_is_full_stops_the_download(tmp_path: Path) -> None:
    with pytest.raises(StorageFull):
        await write_all(lambda: HashedFile(tmp_path, FULL_DEVICE.open("r+b"), start=0), itertools.repeat(CHUNK))


async def test_a_resumed_file_has_the_hash_of_all_of_it(tmp_path: Path) -> None:
    path = tmp_path / "clip"
    await anyio.Path(path).write_bytes(CHUNK)

    sha256 = await write_all(lambda: HashedFile(path, path.open("r+b"), start=len(CHUNK)), [b"rest"])

    assert await anyio.Path(path).read_bytes() == CHUNK + b"rest"
    assert sha256 == hashlib.sha256(CHUNK + b"rest").hexdigest()


def overwritten(path: Path) -> None:
    path.write_bytes(b"other bytes, and more of them")


def replaced(path: Path) -> None:
    path.unlink()
    path.write_bytes(b"onetwo")


def truncated(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(0)


@pytest.mark.parametrize("interfere", [overwritten, replaced, truncated, Path.unlink])
async def test_a_file_that_something_else_changes_has_no_hash(
    tmp_path: Path, interfere: Callable[[Path], None]
) -> None:
    path = tmp_path / "clip"
    file = HashedFile(path, path.open("w+b"), start=0)
    file.write([b"one"])
    interfere(path)
    file.write([b"two"])
    file.sync_and_close()

    assert not file.is_ours


class CountedPart(PartFile):
    """A part file that counts how often it is read for its hash."""

    reads = 0

    async def measure(self) -> tuple[int, str]:
        self.reads += 1
        return await super().measure()


async def test_a_download_is_not_read_again_for_its_hash(tmp_path: Path) -> None:
    part = CountedPart(tmp_path / "clip.mp4.part")
    async with answering(sent()) as server, downloading(server.url) as downloader:
        found = await downloader.fetch(f"{server.url}/a.mp4", part)
    assert (found.sha256, part.reads) == (hashlib.sha256(MP4).hexdigest(), 0)
