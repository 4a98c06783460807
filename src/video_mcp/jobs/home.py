"""The home folder: what is in it, prompts above all, is its owner's alone to read."""

from __future__ import annotations

import logging
import os
import stat
from contextlib import suppress
from pathlib import Path

from video_mcp.errors import ConfigurationError

logger = logging.getLogger(__name__)

_OWN_FILES = ("ledger.sqlite3", "ledger.sqlite3-wal", "ledger.sqlite3-shm", "models.json")


def prepare_home(home: Path, *, user_id: int | None = None) -> None:
    """Make the home folder for its owner alone, and take others' rights from one that is there, and from our files.

    A link is followed. A folder that is more than our home (a root, a folder above the user's own, a shared one such
    as `/tmp`) keeps its rights, and so does one of another user; the log says so.

    Raises:
        ConfigurationError: The folder cannot be made.
    """
    folder = Path(os.path.realpath(home))
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = folder.stat()
    except OSError as error:
        raise ConfigurationError([f"VIDEO_MCP_HOME {home} cannot be written"]) from error
    if os.name != "posix":
        return  # Windows gives a user's folders to that user alone
    if found.st_uid != (os.geteuid() if user_id is None else user_id):
        logger.warning("VIDEO_MCP_HOME %s belongs to another user, who can read every prompt in it", home)
    elif _is_shared(folder, found.st_mode):
        logger.warning("VIDEO_MCP_HOME %s is used for other things too; give video-mcp a folder of its own", home)
    else:
        _take_rights(folder, found.st_mode, 0o700)
    for name in _OWN_FILES:
        _make_private(folder / name)


def _is_shared(folder: Path, mode: int) -> bool:
    return bool(mode & stat.S_ISVTX) or folder == folder.parent or Path.home().is_relative_to(folder)


def _make_private(path: Path) -> None:
    with suppress(OSError):  # it is not there, or another user's
        mode = path.lstat().st_mode
        if stat.S_ISREG(mode):
            _take_rights(path, mode, 0o600)


def _take_rights(path: Path, mode: int, most: int) -> None:
    if mode & 0o777 & ~most:
        path.chmod(stat.S_IMODE(mode) & most)
