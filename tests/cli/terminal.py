"""The real command in a real terminal: a pseudo-terminal of its own for input, output and errors."""

from __future__ import annotations

import os
import select
import struct
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from tests.cli.shell import MOST_SECONDS, Shell

ROWS, COLUMNS = 30, 120

_IN_ITS_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""


@dataclass(frozen=True, slots=True)
class Screen:
    """What a command wrote, terminal commands included, and how it ended."""

    code: int
    text: str


def typed(shell: Shell, words: Sequence[str], *, keys: bytes = b"", until: str | None = None) -> Screen:
    """Run a command in a terminal, type `keys`, and end it by Ctrl-C when `until` is on the screen.

    Blocks until the command has ended: use a thread.
    """
    import fcntl  # noqa: PLC0415 - Windows has no such terminals
    import pty  # noqa: PLC0415 - the same
    import termios  # noqa: PLC0415 - the same

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-c", _IN_ITS_TERMINAL, sys.executable, "-m", "video_mcp", *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=shell.folder,
        env={**shell.variables, "TERM": "xterm"},
        start_new_session=True,
    )
    os.close(theirs)
    os.write(ours, keys)
    text = _read(ours, process, until)
    os.close(ours)
    return Screen(process.wait(timeout=MOST_SECONDS), text)


def _read(ours: int, process: subprocess.Popen[bytes], until: str | None) -> str:
    raw, deadline = b"", time.monotonic() + MOST_SECONDS
    while time.monotonic() < deadline:
        if select.select([ours], [], [], 0.1)[0]:
            try:
                chunk = os.read(ours, 65536)
            except OSError:  # the other side is closed
                break
            if not chunk:
                break
            raw += chunk
            if until is not None and until.encode() in raw:
                os.write(ours, b"\x03")
                until = None
        elif process.poll() is not None:
            break
    else:
        process.kill()
    return raw.decode(errors="replace")
