"""A download that is not finished: its bytes on disk, and what is needed to go on with it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path

import anyio

from video_mcp.gateway.part_writer import HashedFile, PartWriter, disk_full, measure, on_disk, writing

# What a full disk must still leave to the ledger, which writes down that the video is here.
_SPARE_BYTES = 16 * 1024 * 1024
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_UNSATISFIED_RANGE = re.compile(r"bytes \*/(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a download came; `validator` proves that a later piece belongs to it, `total` is the whole's size."""

    size: int
    validator: str
    total: int | None

    @property
    def range_headers(self) -> dict[str, str]:
        """The headers that ask for the rest, or for everything if the file has changed."""
        return {"Range": f"bytes={self.size}-", "If-Range": self.validator}


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What an answer brings: bytes from `start` on, of a file of `total` bytes where that is known."""

    start: int
    total: int | None
    validator: str | None


def piece_in(status_code: int, headers: Mapping[str, str], progress: Progress | None) -> Piece | None:
    """Return the piece that an answer brings; None when it does not fit what is there."""
    encoded = "content-encoding" in headers
    validator = None if encoded else _validator(headers)
    if status_code != 206:
        length = headers.get("content-length", "")
        return Piece(start=0, total=int(length) if length.isdigit() and not encoded else None, validator=validator)
    match = _CONTENT_RANGE.match(headers.get("content-range", ""))
    if match is None or encoded:
        return None
    start, total = int(match[1]), None if match[2] == "*" else int(match[2])
    if progress is None:
        return Piece(start=0, total=total, validator=validator) if start == 0 else None
    if start != progress.size or not _is_of_the_same_file(headers, total, progress):
        return None
    return Piece(start=start, total=total or progress.total, validator=progress.validator)


def _is_of_the_same_file(headers: Mapping[str, str], total: int | None, progress: Progress) -> bool:
    name = "etag" if progress.validator.startswith('"') else "last-modified"
    same_size = total is None or progress.total is None or total == progress.total
    return same_size and headers.get(name, progress.validator) == progress.validator


def is_whole_by(headers: Mapping[str, str], progress: Progress) -> bool:
    """Tell whether a 416 says that nothing is missing: the file ends where ours does."""
    match = _UNSATISFIED_RANGE.match(headers.get("content-range", ""))
    return match is not None and int(match[1]) == progress.size


def _validator(headers: Mapping[str, str]) -> str | None:
    """Return what may stand in If-Range (RFC 9110, 13.1.5): a strong ETag, or a date that is surely older."""
    etag = headers.get("etag", "")
    if etag.startswith('"'):
        return etag
    modified, date = headers.get("last-modified"), headers.get("date")
    if etag or modified is None or date is None:
        return None
    with suppress(ValueError, TypeError):
        if (parsedate_to_datetime(date) - parsedate_to_datetime(modified)).total_seconds() >= 1:
            return modified
    return None


class PartFile:
    """The bytes so far, and beside them what proves that the rest belongs to them.

    `free_bytes` tells how much room the disk of a folder has.
    """

    def __init__(self, path: Path, *, free_bytes: Callable[[Path], int] | None = None) -> None:
        self.path = path
        self._sidecar = path.with_name(f"{path.name}.json")
        self._free_bytes = free_bytes or _free_bytes

    async def progress(self) -> Progress | None:
        """Return how far an earlier attempt came; None when the download starts anew."""
        return await on_disk(self._progress)

    @asynccontextmanager
    async def opened(self, piece: Piece, turn: anyio.Lock) -> AsyncGenerator[PartWriter]:
        """Take bytes where a piece goes on, in an emptied file for one from the beginning; at the end all is on disk.

        What came before an error is on the disk too. Files that share a `turn` are written one after another.

        Raises:
            StorageFull: If there is not room enough for the whole file, or the disk runs full.
            OutputRefused: If the operating system does not let us write there.
        """
        async with writing(partial(self._go_on if piece.start else self._start, piece), turn) as writer:
            yield writer

    async def measure(self) -> tuple[int, str]:
        """Return the size and sha256 of what is there, read in pieces."""
        return await on_disk(measure, self.path)

    async def size(self) -> int:
        """Return how many bytes are there."""
        return await on_disk(lambda: self.path.stat().st_size if self.path.exists() else 0)

    async def move_to(self, other: PartFile) -> None:
        """Give the bytes to another part file, replacing what it held, and forget what proved them."""
        await on_disk(self.path.replace, other.path)
        await self.discard()

    async def discard(self) -> None:
        """Forget the bytes."""
        await on_disk(self.discard_now)

    async def forget_progress(self) -> None:
        """Remove what is kept beside the bytes, once they are in their place."""
        await on_disk(self._sidecar.unlink, missing_ok=True)

    def discard_now(self) -> None:
        """Forget the bytes. Blocks: use a thread."""
        self._sidecar.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)

    def _progress(self) -> Progress | None:
        with suppress(OSError, ValueError, KeyError, TypeError):
            kept = json.loads(self._sidecar.read_text(encoding="utf-8"))
            size, validator, total = self.path.stat().st_size, kept["validator"], kept["total"]
            if size and isinstance(validator, str) and (total is None or (isinstance(total, int) and size <= total)):
                return Progress(size=size, validator=validator, total=total)
        return None

    def _start(self, piece: Piece) -> HashedFile:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._require_room(piece)
        self._sidecar.unlink(missing_ok=True)
        self.path.write_bytes(b"")
        if piece.validator is not None:
            kept = {"validator": piece.validator, "total": piece.total}
            self._sidecar.write_text(json.dumps(kept), encoding="utf-8")
        return HashedFile(self.path, self.path.open("r+b"), start=0)

    def _go_on(self, piece: Piece) -> HashedFile:
        self._require_room(piece)
        return HashedFile(self.path, self.path.open("r+b"), start=piece.start)

    def _require_room(self, piece: Piece) -> None:
        there = self.path.stat().st_size if self.path.is_file() else 0
        if piece.total is not None and piece.total - there + _SPARE_BYTES > self._free_bytes(self.path.parent):
            raise disk_full(f"The disk has no room for a video of {piece.total:,} bytes")


async def discard_all(*parts: PartFile) -> None:
    """Forget the bytes of several part files, in one hop to a thread."""
    await on_disk(lambda: [part.discard_now() for part in parts])


def _free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free
