"""`video-mcp models`: the models, as a table, or one model in detail."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated

import typer
from pydantic import JsonValue
from rich.table import Column, Table

from video_mcp.cli.exit_codes import ExitCode, run_command
from video_mcp.cli.options import Json, ModelId, command_app
from video_mcp.cli.output import open_console, print_json
from video_mcp.cli.service import use_service
from video_mcp.families.catalog import Catalog, default_catalog
from video_mcp.families.examples import example, limits_in_words
from video_mcp.families.params import Family
from video_mcp.families.prices.estimate import price_per_second_usd
from video_mcp.families.spec import Choice, ModelSpec
from video_mcp.gateway.dialects import catalog_through, profile_of
from video_mcp.jobs.service import VideoService
from video_mcp.server.arguments import ListArguments
from video_mcp.server.model_listing import list_models, values_of
from video_mcp.settings import Settings, load_settings
from video_mcp.types import JsonObject

_SOUND = {"always": "always", "never": "no", "switch": "on or off"}


app = command_app()


@app.command()
def models(
    model: ModelId = None,
    family: Annotated[str | None, typer.Option(help="Only this family, such as kling.")] = None,
    mode: Annotated[str | None, typer.Option(help="Only models that know this mode, such as i2v.")] = None,
    as_json: Json = False,
) -> None:
    """List the models, or show one model in detail."""
    run_command(lambda: _models(ListArguments(model=model, family=family, mode=mode), as_json), as_json=as_json)


def _models(arguments: ListArguments, as_json: bool) -> ExitCode:
    catalog = current_catalog(load_settings())
    _text, listed = list_models(catalog, arguments, None)
    found = catalog.find(arguments.model) if arguments.model else None
    if as_json:
        print_json(listed)
    elif found is not None:
        _show_one(*found)
    else:
        open_console().print(models_table(catalog.models(family=arguments.family, mode=arguments.mode)))
    return ExitCode.DONE


def current_catalog(settings: Settings) -> Catalog:
    """Return what can be requested of the server in use, with the models that it lists itself."""
    lists_models = profile_of(settings.dialect).paths.catalog is not None and not settings.missing()
    catalog = use_service(settings, VideoService.catalog) if lists_models else default_catalog(settings.extra_models)
    return catalog_through(catalog, settings.dialect)


def models_table(specs: Iterable[ModelSpec]) -> Table:
    """Return models as a table; a model that its vendor ends says so behind its id."""
    price = Column("USD/s", justify="right")
    table = Table(
        Column("model", no_wrap=True), "modes", "seconds", "resolution", "sound", price, box=None, pad_edge=False
    )
    for spec in specs:
        life = "" if spec.lifecycle.state == "current" else f" ({spec.lifecycle.state})"
        seconds, resolutions = values_of(spec, "seconds"), values_of(spec, "resolution")
        table.add_row(
            f"{spec.id}{life}",
            ", ".join(spec.modes),
            ranges(seconds),
            ", ".join(map(str, resolutions)) or ", ".join(map(str, values_of(spec, "size"))),
            _SOUND[spec.audio],
            "" if (usd := price_per_second_usd(spec)) is None else f"{usd:.3f}",
        )
    return table


def ranges(values: Sequence[Choice]) -> str:
    """Return numbers in short: `4-8, 10`."""
    numbers = sorted(value for value in values if isinstance(value, int))
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs)


def example_command(arguments: JsonObject) -> str:
    """Return an example as the command that a shell takes."""
    words = ["video-mcp", "create"]
    prompt = arguments.get("prompt")
    words += [str(prompt)] if prompt else []
    for name, value in arguments.items():
        if name != "prompt":
            words += _option(name, value)
    return shlex.join(words)


def _option(name: str, value: JsonValue) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from ("--option", f"{key}={inner}")
    elif isinstance(value, bool):
        yield f"--{name}" if value else f"--no-{name}"
    else:
        for one in value if isinstance(value, list) else [value]:
            flag = name.removesuffix("s") if isinstance(value, list) else name
            yield from (f"--{flag.replace('_', '-')}", str(one))


def _show_one(family: Family, spec: ModelSpec) -> None:
    console = open_console()
    console.print(f"{spec.id} ({family.title}), sound: {_SOUND[spec.audio]}", style="bold", soft_wrap=True)
    for line in limits_in_words(spec):
        console.print(f"  {line}", soft_wrap=True)
    console.print("\n--option takes", style="bold")
    console.print(f"  {', '.join(_option_names(spec, family))}", soft_wrap=True)
    console.print("\nExamples", style="bold")
    for mode in spec.modes:
        console.print(f"  {example_command(example(spec, mode))}", soft_wrap=True)


def _option_names(spec: ModelSpec, family: Family) -> Iterator[str]:
    for name in family.option_names():
        denial = spec.denied.get(name)
        if denial is None or denial.severity != "refuse":
            choices = spec.option_choices.get(name)
            yield f"{name} ({' | '.join(map(str, choices.allowed))})" if choices is not None else name
