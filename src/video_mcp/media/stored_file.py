"""A finished video on the disk, held against what the ledger knows of it. Blocks: use a thread."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Literal, TypeVar

from video_mcp.errors import FileUnavailable

FileState = Literal["present", "changed", "gone"]
Made = TypeVar("Made")

_ADVICE = "Call fetch_video with its video_id: it downloads the video again and costs nothing."


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file of the library with the size, hash and time of its download; `modified_at_ns` is None where unknown."""

    path: Path
    size_bytes: int
    sha256: str
    modified_at_ns: int | None = None

    @contextmanager
    def opened(self) -> Generator[BufferedReader]:
        """Open the file for reading, once the open file proved to be the one that was downloaded.

        Raises:
            FileUnavailable: If it is gone, is a link or no file, or holds other bytes.
        """
        with self._open() as file:
            if not self._is_unchanged(file):
                raise self._changed()
            file.seek(0)
            yield file

    def read_by(self, work: Callable[[BufferedReader], Made]) -> Made:
        """Return what is made of the file's bytes, while a second thread proves that they are those of the download.

        Raises:
            FileUnavailable: If it is gone, is a link or no file, or holds other bytes.
            Exception: What `work` raises about the bytes of the download.
        """
        with self._open() as file, self._open() as same, ThreadPoolExecutor(1) as beside:
            proof = beside.submit(self._is_unchanged, same)
            try:
                made = work(file)
            except Exception:
                if not proof.result():
                    raise self._changed() from None
                raise
            is_same = os.path.samestat(os.fstat(file.fileno()), os.fstat(same.fileno()))
            if not (is_same and proof.result()):
                raise self._changed()
            return made

    def _open(self) -> BufferedReader:
        try:
            return open_without_links(self.path)
        except OSError as error:
            msg = f"The file {self.path.name} is not in the library any more ({error.strerror or error})."
            raise FileUnavailable(msg, advice=_ADVICE) from error

    def _changed(self) -> FileUnavailable:
        msg = f"The file {self.path.name} is not the one that was downloaded; it was changed or replaced."
        return FileUnavailable(msg, advice=_ADVICE)

    def read(self) -> bytes:
        """Return the bytes that were downloaded.

        Raises:
            FileUnavailable: If they are gone or changed.
        """
        with self.opened() as file:
            return file.read()

    def is_intact(self) -> bool:
        """Return whether the file is there with every byte that was downloaded."""
        try:
            with self.opened():
                return True
        except FileUnavailable:
            return False

    def state(self) -> FileState:
        """Return what a look at the folder says, without reading the file."""
        try:
            found = self.path.lstat()
        except OSError:
            return "gone"
        fits_time = self.modified_at_ns is None or found.st_mtime_ns == self.modified_at_ns
        fits = stat.S_ISREG(found.st_mode) and found.st_size == self.size_bytes and fits_time
        return "present" if fits else "changed"

    def _is_unchanged(self, file: BufferedReader) -> bool:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode) or found.st_size != self.size_bytes:
            return False
        return hashlib.file_digest(file, "sha256").hexdigest() == self.sha256


def open_without_links(path: Path) -> BufferedReader:
    """Open a regular file for reading; a link in its place is not followed, and a pipe is not waited for.

    Raises:
        OSError: If it is gone, a link, or cannot be read.
    """
    # Windows has neither flag; there the name is looked at first.
    if path.is_symlink():
        msg = "It is a link"
        raise OSError(msg)
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags), "rb")
