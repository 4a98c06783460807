"""`video-mcp models`: the table, one model, examples that can be typed."""

from __future__ import annotations

import json
import shlex

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from video_mcp.cli.app import app
from video_mcp.cli.commands import create
from video_mcp.cli.commands.models import example_command, ranges
from video_mcp.families.catalog import default_catalog
from video_mcp.families.examples import example
from video_mcp.families.validation.check import check_request


@pytest.mark.parametrize(
    ("values", "said"),
    [([5, 10], "5, 10"), ([4, 5, 6, 7, 10], "4-7, 10"), ([4, 5], "4, 5"), ([], ""), ([-1, 3], "-1, 3")],
)
def test_numbers_in_short(values: list[int], said: str) -> None:
    assert ranges(values) == said


def test_every_example_is_a_command_that_is_accepted() -> None:
    catalog = default_catalog()
    for spec in catalog.models():
        for mode in spec.modes:
            arguments = example(spec, mode)
            check_request(catalog, arguments, "strict")
            words = shlex.split(example_command(arguments))
            assert words[:2] == ["video-mcp", "create"]
            known = {f"--{name.replace('_', '-')}" for name in _options_of_create()}
            assert {word for word in words if word.startswith("--")} <= known


def _options_of_create() -> list[str]:
    command = get_command(create.app)
    return [*(parameter.name for parameter in command.params), "option", "no-audio"]


def test_models_as_a_table_and_one_in_detail() -> None:
    table = CliRunner().invoke(app, ["models", "--family", "kling"])
    assert (table.exit_code, table.stdout.splitlines()[0].split()) == (
        0,
        ["model", "modes", "seconds", "resolution", "sound", "USD/s"],
    )
    assert next(row for row in table.stdout.splitlines() if row.startswith("kling-v3 ")).split()[-1] == "0.084"
    detail = CliRunner().invoke(app, ["models", "KLING-V2-6", "--json"])
    (shown,) = json.loads(detail.stdout)["models"]
    assert (shown["id"], set(shown["examples"]) >= {"t2v", "i2v"}) == ("kling-v2-6", True)
    assert shown["schema"]["type"] == "object"
    plain = CliRunner().invoke(app, ["models", "kling-v2-6"])
    assert "video-mcp create" in plain.stdout


def test_an_unknown_model_is_wrong_use() -> None:
    refused = CliRunner().invoke(app, ["models", "kling-v2-7"])
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "Did you mean kling-v2-6?" in refused.stderr
