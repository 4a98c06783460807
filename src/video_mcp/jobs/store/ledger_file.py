"""The file that a SQLite ledger lives in: made private, and watched for being taken away."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from video_mcp.errors import ConfigurationError, LedgerUnavailable

_LEAST_FREE_BYTES = 16 * 1024**2


class LedgerFile:
    """The ledger's file; `prepare` makes it, `require_same` tells when the path names another one.

    `require_room` tells when its disk is full.
    """

    def __init__(self, path: Path, *, free_bytes: Callable[[Path], int] | None = None) -> None:
        self.path = path
        self._free_bytes = free_bytes or _free_bytes
        self._identity: tuple[int, int] | None = None

    def prepare(self) -> None:
        """Make the folder and the file, readable by their owner alone.

        Raises:
            ConfigurationError: The folder cannot be written.
        """
        folder = self.path.parent
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not os.access(folder, os.W_OK):
                raise PermissionError
            # SQLite gives its journal files the mode of the database.
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            raise ConfigurationError([f"VIDEO_MCP_HOME {folder} cannot be written"]) from error
        with suppress(OSError):  # another user's file that this one may use
            self.path.chmod(0o600)
        self._identity = self._look()

    def require_same(self) -> None:
        """Return if the path still names the file that was opened.

        Raises:
            LedgerUnavailable: It was deleted or replaced, so what is written now could not be found again.
        """
        if self.is_replaced():
            raise self.replaced("; nothing was sent")

    def is_replaced(self) -> bool:
        """Tell whether the path no longer names the file that was opened."""
        return self._identity != self._look()

    def replaced(self, consequence: str = "") -> LedgerUnavailable:
        """Return the error for a file that is no longer the one that was opened."""
        message = f"The ledger {self.path} was removed or replaced while video-mcp was running{consequence}."
        return LedgerUnavailable(message, advice="Put it back if it was moved, then restart video-mcp.")

    def require_room(self) -> None:
        """Return if the disk has room for what must be written about a paid video.

        Raises:
            LedgerUnavailable: It is as good as full: the gateway's answer could not be recorded.
        """
        try:
            free = self._free_bytes(self.path.parent)
        except OSError:
            return  # the write itself says what is wrong
        if free < _LEAST_FREE_BYTES:
            message = f"The disk that holds the ledger {self.path} is full ({free // 1024} KiB free); nothing was sent."
            raise LedgerUnavailable(message, advice="Make room on it, or set VIDEO_MCP_HOME to another disk.")

    def _look(self) -> tuple[int, int] | None:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino


def _free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free
