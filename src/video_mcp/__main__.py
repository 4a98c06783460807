"""`video-mcp`: without words the MCP server on stdio, with words the command line for people."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress

_INTERRUPTED = 130
"""What a shell calls the end by Ctrl-C."""


def main() -> None:
    """Start the server or a command; the server's own start loads nothing of the command line."""
    if len(sys.argv) == 1 and not _asked_by_a_shell():
        with suppress(KeyboardInterrupt):
            raise SystemExit(_serve())
        raise SystemExit(_INTERRUPTED)
    from video_mcp.cli.app import run  # noqa: PLC0415 - the server must not pay for the command line

    run()


def _serve() -> int:
    if sys.stdin is not None and sys.stdin.isatty():
        sys.stderr.write(
            "video-mcp waits for an MCP client on standard input. Ctrl-C ends it; "
            "video-mcp --help lists the commands.\n"
        )
    gc.disable()  # imports make no garbage, and looking for it is a tenth of their time
    from video_mcp.server.app import serve  # noqa: PLC0415 - the command line must not pay for the server

    gc.freeze()
    gc.enable()
    return serve()


def _asked_by_a_shell() -> bool:
    """Tell whether a shell wants to complete a command: it calls without words, too."""
    asks = ("_VIDEO_MCP_COMPLETE", "_VIDEO_MCP_GATEWAY_COMPLETE")
    return any(name in os.environ for name in asks)  # noqa: TID251 - the shell's question, not a setting


if __name__ == "__main__":
    main()
