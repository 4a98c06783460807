"""Bytes on their way into a part file: written and hashed on a thread while further ones arrive."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import BinaryIO, ParamSpec, TypeVar

import anyio
import anyio.to_thread

from video_mcp.errors import MediaError, OutputRefused, StorageFull

_HASH_CHUNK_BYTES = 1024 * 1024
_GATHERED_BYTES = 1024 * 1024
_GATHERED_SECONDS = 0.05
_MOST_WAITING_BYTES = 2 * 1024 * 1024
# How much the disk is told to write at once, so that little is left for the sync at the end.
_WRITEBACK_BYTES = 8 * 1024 * 1024

P = ParamSpec("P")
R = TypeVar("R")


async def on_disk(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run disk work on a thread.

    Raises:
        StorageFull: If the disk, or the user's share of it, is full.
        OutputRefused: If the operating system does not let us write there.
    """
    try:
        return await anyio.to_thread.run_sync(lambda: work(*args, **kwargs))
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise disk_full("The disk is full, and the video is not all here") from error
        raise OutputRefused(
            f"The video cannot be written ({error.strerror or type(error).__name__}).",
            advice="Check VIDEO_MCP_OUTPUT_DIR, then call fetch_video.",
        ) from error


def disk_full(what: str) -> StorageFull:
    """Return the error for a disk without room."""
    return StorageFull(f"{what}; it stays at the gateway for now.", advice="Free some room, then call fetch_video.")


def measure(path: Path) -> tuple[int, str]:
    """Return the size and sha256 of a file, read in pieces. Blocks: use a thread."""
    digest = hashlib.sha256()
    size = 0
    with path.open("rb") as file:
        while chunk := file.read(_HASH_CHUNK_BYTES):
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()


def _pieces(file: BinaryIO, left: int) -> Iterator[bytes]:
    while left > 0 and (chunk := file.read(min(left, _HASH_CHUNK_BYTES))):
        yield chunk
        left -= len(chunk)


class HashedFile:
    """A file that is open for writing at `start`, and the hash of all before and after it. Blocks: use a thread.

    `is_ours` becomes False when something else has written into the file or taken its place.
    """

    def __init__(self, path: Path, file: BinaryIO, *, start: int) -> None:
        self._path = path
        self._file = file
        self._digest = hashlib.sha256()
        self._size = 0
        for chunk in _pieces(file, start):
            self._digest.update(chunk)
            self._size += len(chunk)
        self._written_back = self._size
        self.is_ours = self._size == start

    @property
    def sha256(self) -> str:
        """The hash of the file from its beginning."""
        return self._digest.hexdigest()

    def write(self, chunks: Sequence[bytes]) -> None:
        """Append bytes; the file is closed when that fails."""
        try:
            self._append(chunks)
        except OSError:
            with suppress(OSError):
                self._file.close()
            raise

    def sync_and_close(self) -> None:
        """Wait until all is on the disk, and close the file."""
        with self._file:
            os.fsync(self._file.fileno())
            self.is_ours &= self._is_as_written()

    def _append(self, chunks: Sequence[bytes]) -> None:
        self.is_ours &= os.fstat(self._file.fileno()).st_size == self._size
        for chunk in chunks:
            self._file.write(chunk)
            self._digest.update(chunk)
            self._size += len(chunk)
        self._file.flush()
        if self._size - self._written_back >= _WRITEBACK_BYTES:
            _begin_writeback(self._file, self._written_back, self._size)
            self._written_back = self._size

    def _is_as_written(self) -> bool:
        here = os.fstat(self._file.fileno())
        with suppress(FileNotFoundError):
            return os.path.samestat(here, self._path.stat()) and here.st_size == self._size
        return False


def _begin_writeback(file: BinaryIO, start: int, end: int) -> None:
    """Let Linux begin to write pages that are dirty; they stay in memory, for only clean ones are dropped."""
    if hasattr(os, "posix_fadvise"):
        with suppress(OSError):
            os.posix_fadvise(file.fileno(), start, end - start, os.POSIX_FADV_DONTNEED)


@asynccontextmanager
async def writing(
    open_file: Callable[[], HashedFile], turn: anyio.Lock, *, gathered_seconds: float = _GATHERED_SECONDS
) -> AsyncGenerator[PartWriter]:
    """Take bytes for a file; at the end all is on the disk, also what came before an error.

    Writers that share a `turn` write their pieces one after another: as many threads as downloads would take every
    core from the loop.

    Raises:
        StorageFull: If the disk is full.
        OutputRefused: If the operating system does not let us write there.
    """
    writer = PartWriter(open_file, turn, gathered_seconds=gathered_seconds)
    failure: Exception | None = None
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(writer.run)
        try:
            yield writer
        except Exception as error:  # raised again below, where no group wraps it
            failure = error
        finally:
            writer.finish()
    if failure is not None:
        # What went wrong first is what matters; the bytes so far are worth an attempt all the same.
        raise failure
    writer.raise_error()


class PartWriter:
    """Takes bytes while `run` writes the earlier ones, a mebibyte at a time or what came within 50 ms.

    Each write is a hop to a thread, which costs more than the write itself. A file that comes at once is opened,
    written, synced and closed in one.
    """

    def __init__(self, open_file: Callable[[], HashedFile], turn: anyio.Lock, *, gathered_seconds: float) -> None:
        self._open_file = open_file
        self._turn = turn
        self._gathered_seconds = gathered_seconds
        self._file: HashedFile | None = None
        self._chunks: list[bytes] = []
        self._waiting_bytes = 0
        self._some, self._enough, self._taken = anyio.Event(), anyio.Event(), anyio.Event()
        self._is_finishing = False
        self._error: MediaError | None = None

    @property
    def sha256(self) -> str | None:
        """The hash of the whole file, once it is closed; None when the disk holds something else."""
        return self._file.sha256 if self._file is not None and self._file.is_ours else None

    async def add(self, chunk: bytes) -> None:
        """Take bytes; wait while too many are not written yet.

        Raises:
            StorageFull: If the disk is full.
            OutputRefused: If the operating system does not let us write there.
        """
        self._chunks.append(chunk)
        self._waiting_bytes += len(chunk)
        self._some.set()
        if self._waiting_bytes >= _GATHERED_BYTES:
            self._enough.set()
        while self._waiting_bytes > _MOST_WAITING_BYTES and self._error is None:
            await self._taken.wait()
        self.raise_error()

    def finish(self) -> None:
        """Let `run` write what is left, and end."""
        self._is_finishing = True
        self._some.set()
        self._enough.set()

    def raise_error(self) -> None:
        """Raise what went wrong on the disk, if anything did."""
        if self._error is not None:
            raise self._error

    async def run(self) -> None:
        """Write until `finish`, also when the download is cancelled: what came is worth keeping."""
        with anyio.CancelScope(shield=True):
            try:
                while not self._is_finishing:
                    await self._some.wait()
                    with anyio.move_on_after(self._gathered_seconds):
                        await self._enough.wait()
                    async with self._turn:
                        if not self._is_finishing:
                            await on_disk(self._write, self._take())
                await on_disk(self._write_and_close, self._take())
            except MediaError as error:
                self._error = error
            finally:
                self._taken.set()

    def _take(self) -> Sequence[bytes]:
        chunks, self._chunks, self._waiting_bytes = self._chunks, [], 0
        self._taken.set()
        self._some, self._enough, self._taken = anyio.Event(), anyio.Event(), anyio.Event()
        return chunks

    def _write(self, chunks: Sequence[bytes]) -> HashedFile:
        if self._file is None:
            self._file = self._open_file()
        self._file.write(chunks)
        return self._file

    def _write_and_close(self, chunks: Sequence[bytes]) -> None:
        self._write(chunks).sync_and_close()
