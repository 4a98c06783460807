"""`video-mcp install`: put this server into a client's configuration, showing the change first."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from video_mcp.cli.clients.entry import BASE_URL, INPUT_DIRS, KEY, ServerEntry, ServerOptions, server_entry
from video_mcp.cli.clients.links import install_link
from video_mcp.cli.clients.locations import (
    CLIENTS,
    ClientName,
    Platform,
    config_path,
    project_path,
    project_skills_path,
    skills_path,
)
from video_mcp.cli.clients.plan import block_to_paste, diff, planned_change
from video_mcp.cli.clients.skill import SKILL_NAME, skill_files
from video_mcp.cli.clients.write import write_file
from video_mcp.cli.exit_codes import ExitCode, run_command
from video_mcp.cli.options import command_app
from video_mcp.cli.output import print_stderr, print_stdout
from video_mcp.environment import client_folders
from video_mcp.errors import ConfigurationError
from video_mcp.families.catalog import default_catalog
from video_mcp.settings import load_settings

_COMMANDS = frozenset({"video-mcp", "video-mcp-gateway"})
_USUAL_FOLDERS = ("Pictures", "Downloads", "Desktop")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")


app = command_app()


@app.command()
def install(
    client: Annotated[ClientName, typer.Argument(help="The MCP client.", show_default=False)],
    name: Annotated[str, typer.Option(help="What the server is called there.")] = "video",
    base_url: Annotated[str | None, typer.Option(help="The gateway's address; default: what is set here.")] = None,
    api_key: Annotated[
        str | None, typer.Option(help="The gateway's key; - prompts for it. Default: the key set in this shell.")
    ] = None,
    key_env: Annotated[
        str | None, typer.Option(metavar="NAME", help="Refer to this variable instead of writing the key down.")
    ] = None,
    simulate: Annotated[bool, typer.Option("--simulate", help="Use the built-in simulator: no key, no cost.")] = False,
    project: Annotated[bool, typer.Option("--project", help="Only for the project in this folder.")] = False,
    input_dir: Annotated[
        list[Path] | None,
        typer.Option(metavar="FOLDER", help="A folder whose pictures and videos may be used; may be repeated."),
    ] = None,
    file: Annotated[Path | None, typer.Option(help="The client's configuration, if it is in another place.")] = None,
    print_only: Annotated[bool, typer.Option("--print", help="Show what to paste; write nothing.")] = False,
    incomplete: Annotated[
        bool, typer.Option("--incomplete", help="Write it without the address or the key; they come from elsewhere.")
    ] = False,
    skill: Annotated[
        bool, typer.Option("--skill", help="Also write the agent skill into the client's skills folder.")
    ] = False,
) -> None:
    """Add this server to a client's configuration. Everything else in the file stays; a backup is kept."""

    def run() -> ExitCode:
        given = server_options(
            name=name, base_url=base_url, api_key=api_key, key_variable=key_env, simulate=simulate, project=project
        )
        folders = [str(folder.expanduser().absolute()) for folder in input_dir or ()]
        if not folders and client == "claude-desktop" and not print_only and sys.stdin.isatty():
            folders = ask_for_folders(Path.home())
        given = replace(given, input_dirs=tuple(folders))
        return run_install(
            InstallOrder(
                client=client, options=given, file=file, print_only=print_only, incomplete=incomplete, skill=skill
            )
        )

    run_command(run)


def ask_for_folders(home: Path) -> list[str]:
    """Return the folders that the user lets the server read, of those that people keep pictures in or others."""
    usual = [str(home / name) for name in _USUAL_FOLDERS if (home / name).is_dir()]
    print_stderr("Claude Desktop starts servers outside of your folders. Which may pictures and videos be read from?")
    question = "Folders, separated by commas (- for none)"
    answer = str(typer.prompt(question, default=", ".join(usual) or "-", err=True)).strip()
    named = [] if answer == "-" else [word.strip() for word in answer.split(",") if word.strip()]
    return [str(Path(word).expanduser().absolute()) for word in named]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallOrder:
    """What a user typed after `install`; `file` is a configuration in another place than the usual one."""

    client: ClientName
    options: ServerOptions
    file: Path | None
    print_only: bool
    incomplete: bool = False
    skill: bool = False


def server_options(
    *, name: str, base_url: str | None, api_key: str | None, key_variable: str | None, simulate: bool, project: bool
) -> ServerOptions:
    """Return the options, completed by what is set in this shell; a key of `-` is read from a hidden prompt.

    Raises:
        ConfigurationError: The name, the address or the key cannot be used.
    """
    if not _NAME.fullmatch(name):
        raise ConfigurationError([f"--name {name!r} is not a name for a server: use letters, digits, - and _"])
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
    skills = skill_folder(order.client, project=order.options.project) if order.skill else None
    entry = server_entry(order.client, order.options, running_command(sys.argv[0], sys.executable))
    if order.print_only:
        print_stderr(f"Nothing was written. For {path}:")
        print_stdout(block_to_paste(entry, order.client), end=False)
        _print_link(order.client, entry)
        return ExitCode.DONE
    lacking = missing_in(order.options, entry)
    if lacking and not order.incomplete:
        hint = "; --incomplete writes the entry anyway, --simulate needs neither"
        raise ConfigurationError([*lacking[:-1], f"{lacking[-1]}{hint}"])
    _change(path, entry, order.client)
    if skills is not None:
        _write_skill(skills)
    _print_link(order.client, entry)
    for remark in remarks(order.client, entry):
        print_stderr(remark)
    return ExitCode.DONE


def skill_folder(client: ClientName, *, project: bool) -> Path:
    """Return the folder that the skill is written to.

    Raises:
        ConfigurationError: The client reads no skills from a folder.
    """
    folders = client_folders()
    path = project_skills_path(client, Path.cwd()) if project else skills_path(client, Path.home(), folders)
    if path is None:
        title = CLIENTS[client].title
        raise ConfigurationError(
            [f"{title} reads no skills from a folder; leave --skill out and upload it in its settings"]
        )
    return path / SKILL_NAME


def _write_skill(folder: Path) -> None:
    for name, text in skill_files(default_catalog()).items():
        path = folder / name
        if not path.exists() or path.read_bytes() != text.encode():
            write_file(path, text)


def _print_link(client: ClientName, entry: ServerEntry) -> None:
    link = install_link(client, entry)
    if link is not None:
        print_stderr(f"This link does the same in {CLIENTS[client].title}, without the key in it: {link}")


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
    found = [CLIENTS[client].then]
    if client == "claude-desktop" and INPUT_DIRS not in entry.env:
        found.insert(0, "It reads inputs from its output folder alone; --input-dir ~/Pictures adds a folder.")
    if "archive-v0" in entry.command:
        found.insert(0, "This command lives in uv's cache and may go away; `uv tool install` or pipx gives it a home.")
    return found


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
        print_stdout(block_to_paste(entry, client), end=False)
        problem = f"{path} was left as it is ({error}); put the block above into it yourself"
        raise ConfigurationError([problem]) from error
    if after == before:
        print_stderr(f"{path} has it already; nothing was written.")
        return
    print_stdout(diff(before, after, path.name))
    write_file(path, after)
