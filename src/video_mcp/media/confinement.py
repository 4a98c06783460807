"""Which paths may be touched: strictly below an allowed folder, after every link has been followed."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path, PurePath, PureWindowsPath
from typing import BinaryIO

from video_mcp.errors import InputOutsideFolders, InputRefused, OutputRefused
from video_mcp.media.stored_file import open_without_links

_OTHER_FOLDERS = "Copy it there, or add its folder to VIDEO_MCP_INPUT_DIRS in the server's environment."
_SERIAL_DIGITS = "0123456789¹²³"
_DEVICE_NAMES = frozenset(
    {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"}
    | {f"{port}{digit}" for port in ("COM", "LPT") for digit in _SERIAL_DIGITS}
)


def is_device_name(name: str) -> bool:
    """Say whether Windows takes a file name for a device: `NUL`, `com1.mp4`, `aux .txt`."""
    return name.partition(".")[0].partition(":")[0].rstrip(" ").upper() in _DEVICE_NAMES


def refusal_reason(path: PurePath, roots: Sequence[PurePath]) -> str | None:
    """Return why a path as written is refused without a look at the disk, or None. Pure.

    The answer ends the sentence `it ...`. A name on another machine is never even looked at: on Windows the
    look-up itself would send the user's credentials there.
    """
    if "\0" in str(path):
        return "holds a zero byte"
    parts = path.parts[1:] if path.anchor else path.parts
    if ".." in parts:
        return "goes upwards with `..`; write where it really is"
    if any(is_device_name(part) for part in parts):
        return "uses a name that Windows keeps for devices"
    if isinstance(path, PureWindowsPath):
        return _windows_refusal_reason(path, parts, roots)
    return None


def _windows_refusal_reason(path: PureWindowsPath, parts: Sequence[str], roots: Sequence[PurePath]) -> str | None:
    if path.drive.startswith("\\\\") and all(path.drive.lower() != root.drive.lower() for root in roots):
        return "is on another machine or in the device namespace"
    if bool(path.drive) != bool(path.root):
        return "depends on the current drive or its current folder; write it in full"
    if any(":" in part for part in parts):
        return "names a stream inside a file"
    return None


def confined(
    path: Path,
    roots: Sequence[Path],
    *,
    refusal: type[InputRefused] | type[OutputRefused] = InputRefused,
) -> Path:
    """Return a path with every link followed, if it lies strictly below one of `roots`.

    A relative path is meant below the first root. The file need not exist. Blocks on the disk: use a thread.

    Raises:
        InputRefused: Or what `refusal` says, if it lies elsewhere, or is neither a file nor a folder.
    """
    reason = refusal_reason(path, roots)
    if reason is not None:
        msg = f"{_shown(path)} is refused: it {reason}."
        raise refusal(msg)
    real = _resolved(Path(*roots[:1], path), refusal)
    real_roots = [root.resolve() for root in roots]
    if not any(root != real and real.is_relative_to(root) for root in real_roots):
        raise _outside(path, real, roots, refusal)
    if _is_special(real, refusal):
        msg = f"{_shown(path)} is refused: it is a device, pipe or socket, not a file."
        raise refusal(msg)
    return real


def open_confined(real: Path, roots: Sequence[Path]) -> BinaryIO:
    """Open a file that `confined` gave, and judge the open file once more.

    Between the decision and the opening, a folder on the way may have become a link to elsewhere; what was opened
    must be what the path leads to now, below the same roots.

    Raises:
        InputRefused: If the open file is not the one at the path, or the path leads elsewhere now.
        OSError: If it cannot be opened.
    """
    file = open_without_links(real)
    try:
        now = confined(real, roots)
        if not os.path.samestat(os.fstat(file.fileno()), now.stat()):
            msg = f"{_shown(real)} is refused: it changed while it was being opened."
            raise InputRefused(msg)
    except BaseException:
        file.close()
        raise
    return file


def _outside(
    path: Path, real: Path, roots: Sequence[Path], refusal: type[InputRefused] | type[OutputRefused]
) -> InputRefused | OutputRefused:
    allowed = ", ".join(str(root) for root in roots)
    msg = f"{_shown(path)} is refused: it leads outside of the allowed folders ({allowed})."
    if not issubclass(refusal, InputRefused):
        return refusal(msg, advice="Choose a place below that folder.")
    return InputOutsideFolders(msg, path=real, advice=_OTHER_FOLDERS)


def _resolved(path: Path, refusal: type[InputRefused] | type[OutputRefused]) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError) as error:  # a loop of links is a RuntimeError up to Python 3.12
        msg = f"{_shown(path)} is refused: its links cannot be followed."
        raise refusal(msg) from error


def _is_special(real: Path, refusal: type[InputRefused] | type[OutputRefused]) -> bool:
    try:
        mode = real.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        msg = f"{_shown(real)} cannot be looked at: {error.strerror or error}."
        raise refusal(msg) from error
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _shown(path: PurePath) -> str:
    text = str(path).encode("unicode_escape").decode("ascii") if not str(path).isprintable() else str(path)
    return text if len(text) <= 200 else f"{text[:197]}..."
