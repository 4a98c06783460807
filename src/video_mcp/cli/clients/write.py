"""Writes a client's file as a whole, with a backup of what was there."""

from __future__ import annotations

import shutil
import stat
import tempfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from video_mcp.cli.output import print_stderr
from video_mcp.errors import OutputRefused

_PRIVATE = stat.S_IRUSR | stat.S_IWUSR


def write_file(path: Path, text: str) -> None:
    """Write a file and say so; what was there before is kept beside it.

    Raises:
        OutputRefused: The file cannot be written.
    """
    try:
        target = path.resolve()
        target.parent.mkdir(parents=True, exist_ok=True)
        backup = _backed_up(target)
        _replace(target, text)
    except OSError as error:
        raise OutputRefused(f"{path} cannot be written: {error.strerror or error}.") from error
    print_stderr(f"Wrote {path}." + (f" The previous file is kept as {backup.name}." if backup is not None else ""))


def _backed_up(target: Path) -> Path | None:
    if not target.exists():
        return None
    backup = target.with_name(f"{target.name}.backup-{datetime.now().astimezone():%Y%m%d-%H%M%S}")
    if not backup.exists():  # of two in one second, the first holds what was there before
        shutil.copy2(target, backup)
    return backup


def _replace(target: Path, text: str) -> None:
    """Exchange the file at once: whoever reads it sees the old text or the new one."""
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else _PRIVATE
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as new:
        written = Path(new.name)
        try:
            new.write(text.encode())
            new.close()
            written.chmod(mode)
            written.replace(target)
        except BaseException:
            with suppress(OSError):
                written.unlink()
            raise
