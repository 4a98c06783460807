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
        return f"{name} gives no key ({_why(error)})"
    try:
        return checked_key(SecretStr(tidied(text) or ""))
    except ValueError as error:
        return f"{name} gives no key: what it gives {error}"


def _why(error: OSError | ValueError | subprocess.SubprocessError) -> str:
    """Say what went wrong, without what a file or a command printed: that may be the key."""
    match error:
        case subprocess.TimeoutExpired():
            return (
                f"the command did not end within {_COMMAND_SECONDS:g} s; run it in a terminal to see what it waits for"
            )
        case subprocess.CalledProcessError():
            return f"the command failed with exit code {error.returncode}; run it in a terminal to see why"
        case UnicodeDecodeError():
            return "what it gives is not text"
        case OSError():
            return error.strerror or "it cannot be read"
        case _:
            return "the command has a quotation mark without its partner"


def _printed_by(command: str) -> str:
    words = shlex.split(command, posix=os.name == "posix")
    done = subprocess.run(
        words, capture_output=True, check=True, timeout=_COMMAND_SECONDS, stdin=subprocess.DEVNULL, text=True
    )
    return done.stdout
