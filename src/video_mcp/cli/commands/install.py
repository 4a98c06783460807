"""`video-mcp install`: put this server into a client's configuration, showing the change first."""

from __future__ import annotations

import re
import shutil
import stat
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from video_mcp.cli.clients.entry import BASE_URL, KEY, ServerEntry, ServerOptions, server_entry
from video_mcp.cli.clients.locations import CLIENTS, ClientName, Platform, config_path, project_path
from video_mcp.cli.clients.plan import block_to_paste, diff, planned_change
from video_mcp.cli.exit_codes import ExitCode, run_command
from video_mcp.cli.options import command_app
from video_mcp.cli.output import print_stderr
from video_mcp.environment import client_folders
from video_mcp.errors import ConfigurationError, OutputRefused
from video_mcp.settings import load_settings

_COMMANDS = frozenset({"video-mcp", "video-mcp-gateway"})
_NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")
_PRIVATE = stat.S_IRUSR | stat.S_IWUSR


app = command_app()


@app.command()
def install(
    client: Annotated[ClientName, typer.Argument(help="The MCP client.", show_default=False)],
    name: Annotated[str, typer.Option(help="What the server is called there.")] = "video",
    base_url: Annotated[str | None, typer.Option(help="The gateway's address; default: what is set here.")] = None,
    api_key: Annotated[
        str | None, typer.Option(help="The gateway's key; - asks for it unseen. Default: what is set here.")
    ] = None,
    key_env: Annotated[
        str | None, typer.Option(metavar="NAME", help="Refer to this variable instead of writing the key down.")
    ] = None,
    simulate: Annotated[bool, typer.Option("--simulate", help="Use the built-in simulator: no key, no cost.")] = False,
    project: Annotated[bool, typer.Option("--project", help="Only for the project in this folder.")] = False,
    file: Annotated[Path | None, typer.Option(help="The client's configuration, if it is in another place.")] = None,
    print_only: Annotated[bool, typer.Option("--print", help="Show what to paste; write nothing.")] = False,
    incomplete: Annotated[
        bool, typer.Option("--incomplete", help="Write it without the address or the key; they come from elsewhere.")
    ] = False,
) -> None:
    """Put this server into a client's configuration; what is there stays, with a backup beside it."""

    def run() -> ExitCode:
        given = server_options(
            name=name, base_url=base_url, api_key=api_key, key_variable=key_env, simulate=simulate, project=project
        )
        return run_install(
            InstallOrder(client=client, options=given, file=file, print_only=print_only, incomplete=incomplete)
        )

    run_command(run)


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallOrder:
    """What a user typed after `install`; `file` is a configuration in another place than the usual one."""

    client: ClientName
    options: ServerOptions
    file: Path | None
    print_only: bool
    incomplete: bool = False


def server_options(
    *, name: str, base_url: str | None, api_key: str | None, key_variable: str | None, simulate: bool, project: bool
) -> ServerOptions:
    """Return the options, completed by what is set in this shell; a key of `-` is asked for unseen.

    Raises:
        ConfigurationError: The name, the address or the key cannot be used.
    """
    if not _NAME.fullmatch(name):
        raise ConfigurationError([f"--name {name!r} is no name for a server: use letters, digits, - and _"])
    key = typer.prompt("The gateway's key", hide_input=True, err=True) if api_key == "-" else api_key
    given = {"base_url": base_url, "api_key": key}
    settings = load_settings(**{setting: value for setting, value in given.items() if value})
    known = settings.api_key.get_secret_value() if settings.api_key is not None else None
    return ServerOptions(
        name=name,
        base_url=settings.base_url,
        api_key=known if key else None,
        key_variable=key_variable,
        known_key=known,
        simulate=simulate,
        project=project,
    )


def run_install(order: InstallOrder) -> ExitCode:
    """Write this server into a client's configuration, or with `print_only` show what to paste.

    Raises:
        ConfigurationError: The client cannot do this, or its configuration cannot be changed.
    """
    path = order.file or _usual_path(order.client, project=order.options.project)
    entry = server_entry(order.client, order.options, running_command(sys.argv[0], sys.executable))
    if order.print_only:
        print_stderr(f"Nothing was written. For {path}:")
        typer.echo(block_to_paste(entry, order.client), nl=False)
        return ExitCode.DONE
    lacking = missing_in(order.options, entry)
    if lacking and not order.incomplete:
        told = "; --incomplete writes it all the same, --simulate needs neither"
        raise ConfigurationError([*lacking[:-1], f"{lacking[-1]}{told}"])
    _change(path, entry, order.client)
    for remark in remarks(order.client, entry):
        print_stderr(remark)
    return ExitCode.DONE


def running_command(program: str, python: str) -> tuple[str, ...]:
    """Return the absolute command that started this process: its console script, or Python and the module."""
    script = Path(program)
    for candidate in (script, script.with_suffix(".exe")):
        if script.stem in _COMMANDS and candidate.is_file():
            return (str(candidate.absolute()),)
    return (python, "-m", "video_mcp")


def missing_in(options: ServerOptions, entry: ServerEntry) -> list[str]:
    """Return what an entry lacks to make a video with."""
    missing: list[str] = []
    if not options.simulate and BASE_URL not in entry.env:
        missing.append("the gateway's address is not known; give it with --base-url")
    if not options.simulate and KEY not in {*entry.env, *entry.forwarded}:
        missing.append("the gateway's key is not known; give it with --api-key - or --key-env NAME")
    return missing


def remarks(client: ClientName, entry: ServerEntry) -> list[str]:
    """Return what the user still has to know or do."""
    if "archive-v0" not in entry.command:
        return [CLIENTS[client].then]
    cache = "This command lives in uv's cache and may go away; `uv tool install` or pipx gives it a home."
    return [cache, CLIENTS[client].then]


def _usual_path(client: ClientName, *, project: bool) -> Path:
    if not project:
        return config_path(client, _platform(), Path.home(), client_folders())
    path = project_path(client, Path.cwd())
    if path is None:
        raise ConfigurationError([f"{CLIENTS[client].title} has no configuration of a project; leave --project out"])
    return path


def _platform() -> Platform:
    if sys.platform == "darwin":
        return "darwin"
    return "win32" if sys.platform == "win32" else "linux"


def _change(path: Path, entry: ServerEntry, client: ClientName) -> None:
    try:
        before = path.read_bytes().decode() if path.exists() else ""
        after = planned_change(before, entry, client)
    except (ValueError, OSError) as error:
        typer.echo(block_to_paste(entry, client), nl=False)
        problem = f"{path} was left as it is ({error}); put the block above into it yourself"
        raise ConfigurationError([problem]) from error
    if after == before:
        print_stderr(f"{path} has it already; nothing was written.")
        return
    typer.echo(diff(before, after, path.name))
    _write(path, after)


def _write(path: Path, text: str) -> None:
    try:
        target = path.resolve()
        target.parent.mkdir(parents=True, exist_ok=True)
        backup = _backed_up(target)
        _replace(target, text)
    except OSError as error:
        raise OutputRefused(f"{path} cannot be written: {error.strerror or error}.") from error
    print_stderr(f"Wrote {path}." + (f" What was there is in {backup.name} beside it." if backup is not None else ""))


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
