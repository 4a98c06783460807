"""The gateway's key from a file or a command."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

from pydantic import SecretStr

from video_mcp.environment import PREFIX
from video_mcp.setting_types import checked_key
from video_mcp.setting_values import tidied

_COMMAND_SECONDS = 30.0


def key_from(*, file: Path | None, command: str | None) -> SecretStr | str | None:
    """Return the key of a file, or else of a command; a text says what is wrong with that, None that neither is set."""
    if file is None and command is None:
        return None
    name = f"{PREFIX}API_KEY_FILE" if file is not None else f"{PREFIX}API_KEY_COMMAND"
    try:
        text = file.read_text(encoding="utf-8-sig") if file is not None else _printed_by(command or "")
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        why = error.strerror if isinstance(error, OSError) else type(error).__name__
        return f"{name} gives no key ({why})"
    try:
        return checked_key(SecretStr(tidied(text) or ""))
    except ValueError as error:
        return f"{name} gives no key: what it gives {error}"


def _printed_by(command: str) -> str:
    words = shlex.split(command, posix=os.name == "posix")
    done = subprocess.run(
        words, capture_output=True, check=True, timeout=_COMMAND_SECONDS, stdin=subprocess.DEVNULL, text=True
    )
    return done.stdout
