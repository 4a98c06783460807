"""The command line: which commands there are. Each is loaded when it is typed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Annotated, Any, cast

import typer
from typer.core import TyperGroup
from typer.main import get_command

_COMMANDS = (
    "create",
    "batch",
    "status",
    "fetch",
    "approve",
    "models",
    "spend",
    "doctor",
    "install",
    "serve",
    "token",
    "simulate",
    "db",
    "demo",
)


class _LazyCommands(Mapping[str, object]):
    """The commands by name; looking one up loads its module."""

    def __getitem__(self, name: str) -> object:
        if name not in _COMMANDS:
            raise KeyError(name)
        command = get_command(import_module(f"video_mcp.cli.commands.{name}").app)
        command.name = name
        return command

    def __iter__(self) -> Iterator[str]:
        return iter(_COMMANDS)

    def __len__(self) -> int:
        return len(_COMMANDS)


class LazyGroup(TyperGroup):
    """A group of commands of which only the one that is typed is loaded."""

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401 - typer hands its attributes through
        super().__init__(**attributes)
        self.commands = cast("Any", _LazyCommands())

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 - click's types are private to typer
        """Find the command; of one that would cancel say that nothing can."""
        if args and args[0] in {"cancel", "stop", "abort", "delete"}:
            ctx.fail(
                "A started video cannot be cancelled: it is paid when it starts. video-mcp status shows how it does."
            )
        return super().resolve_command(ctx, args)

    def list_commands(self, ctx: object) -> list[str]:  # noqa: ARG002 - the base class has it
        """Return the names of all commands, in the order of the help."""
        return [*_COMMANDS]


app = typer.Typer(
    name="video-mcp",
    cls=LazyGroup,
    help="MCP server for AI video. Without a command it serves MCP on stdio.",
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def run() -> None:
    """Run the command line."""
    from video_mcp.cli.output import replace_unwritable  # noqa: PLC0415 - completion need not load it

    replace_unwritable()
    app()


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        from video_mcp import version  # noqa: PLC0415 - costs 20 ms

        typer.echo(version())
        raise typer.Exit


@app.callback(invoke_without_command=True)
def main(
    context: typer.Context,
    _version: Annotated[
        bool, typer.Option("--version", "-V", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Serve MCP on stdio when no command is given."""
    if context.invoked_subcommand is None:
        from video_mcp.server.app import serve  # noqa: PLC0415 - the server loads when it is served

        raise SystemExit(serve())
