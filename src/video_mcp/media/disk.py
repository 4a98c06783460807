"""Writing that survives a power cut, and says when the disk is full. Everything here blocks: use a thread."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from video_mcp.errors import OutputRefused, StorageFull

_COPY_CHUNK_BYTES = 1024 * 1024
_FICLONE = 0x40049409
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@contextmanager
def writing(path: Path) -> Generator[None]:
    """Translate the operating system's refusals while `path` is written.

    Raises:
        StorageFull: If the disk or the quota is full.
        OutputRefused: If the operating system does not let us write there.
    """
    try:
        yield
    except FileExistsError as error:
        msg = f"{error.filename or path} already exists."
        raise OutputRefused(msg, advice="Choose another name, or pass overwrite=true.") from error
    except OSError as error:
        if error.errno in _FULL:
            msg = f"The disk is full: {path.name} could not be written."
            raise StorageFull(msg, advice="Free some space and fetch the video again; it is not lost.") from error
        msg = f"{path} cannot be written: {error.strerror or error}."
        raise OutputRefused(msg, advice="Choose another place.") from error


def sync_file(path: Path) -> None:
    """Make what was written to a file durable."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def sync_directory(folder: Path) -> None:
    """Make a rename in this folder durable; Windows does so by itself and cannot open folders."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def move_into_place(temporary: Path, final: Path, *, overwrite: bool) -> None:
    """Move a finished file to its name, in one step that never leaves half a file there.

    Raises:
        FileExistsError: If the name is taken and `overwrite` is False.
    """
    if not overwrite:
        # Claiming the name is the only test without a race.
        final.touch(exist_ok=False)
    try:
        temporary.replace(final)
    except OSError:
        if not overwrite:
            final.unlink(missing_ok=True)
        raise
    sync_directory(final.parent)


def write_atomically(path: Path, content: bytes) -> None:
    """Write a small file durably, replacing what is there."""
    with _temporary_beside(path) as temporary:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        move_into_place(temporary, path, overwrite=True)


def copy_to(source: BinaryIO, final: Path, *, overwrite: bool) -> None:
    """Copy an open file; the copy is independent of it, and shares its blocks where the file system can.

    Raises:
        FileExistsError: If the name is taken and `overwrite` is False.
    """
    with _temporary_beside(final) as temporary:
        with temporary.open("xb") as writer:
            if not _cloned(source, writer):
                shutil.copyfileobj(source, writer, _COPY_CHUNK_BYTES)
            writer.flush()
            os.fsync(writer.fileno())
        move_into_place(temporary, final, overwrite=overwrite)


def _cloned(source: BinaryIO, writer: BinaryIO) -> bool:
    """Share the blocks of a file copy-on-write, as Btrfs, XFS and bcachefs do; False where that is not possible."""
    if sys.platform != "linux":
        return False
    import fcntl  # noqa: PLC0415 - not on every system

    try:
        fcntl.ioctl(writer.fileno(), _FICLONE, source.fileno())
    except OSError:
        return False
    return True


@contextmanager
def _temporary_beside(path: Path) -> Generator[Path]:
    temporary = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        yield temporary
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
