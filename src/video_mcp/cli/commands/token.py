"""`video-mcp token`: let users of a team's server in by tokens of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from video_mcp.cli.exit_codes import ExitCode, run_command
from video_mcp.cli.options import command_app
from video_mcp.cli.output import print_stderr, print_stdout
from video_mcp.errors import ConfigurationError
from video_mcp.settings import load_settings

app = command_app()


@app.callback()
def token() -> None:
    """Let users of a team's server in by tokens of ours."""


@app.command()
def new(name: Annotated[str, typer.Argument(help="Whose token it is, such as alice.")]) -> None:
    """Print a new token, once, and let it in: its digest goes into the file that VIDEO_MCP_TOKENS names."""
    run_command(lambda: _new(name))


def _new(name: str) -> ExitCode:
    from video_mcp.server.http.tokens import NAME, new_token, token_line  # noqa: PLC0415 - the server's rooms are heavy

    if NAME.fullmatch(name) is None:
        raise ConfigurationError([f"{name!r} is not a name for a token; take letters, digits, dots and dashes"])
    made = new_token()
    line, path = token_line(name, made), load_settings().tokens
    if path is None:
        print_stderr(f"Put this line into the file that VIDEO_MCP_TOKENS names:\n{line}")
    else:
        _append(path, name, line)
        print_stderr(f"{name} is let in from now on. The token is shown only here:")
    print_stdout(made)
    return ExitCode.DONE


def _append(path: Path, name: str, line: str) -> None:
    from video_mcp.server.http.tokens import read_tokens  # noqa: PLC0415 - see above

    known = read_tokens(path) if path.exists() else ()
    if any(entry.name == name for entry in known):
        raise ConfigurationError([f"{name} has a token in {path}; take that line out first"])
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text}{'' if not text or text.endswith(chr(10)) else chr(10)}{line}\n", encoding="utf-8")
