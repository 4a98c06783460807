"""Every block of code that people copy works as it stands."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import cast

import pytest

from tests.docs.calls import calls_of
from tests.docs.commands import objection, typed_in
from tests.docs.configurations import SETTINGS, objections, servers_of
from tests.docs.pages import BLOCKS, Block, written_in
from video_mcp.families.catalog import default_catalog
from video_mcp.families.prices.user_table import parse_prices
from video_mcp.families.validation.check import check_request
from video_mcp.server.schema import create_schema
from video_mcp.types import JsonObject

CATALOG = default_catalog()
ARGUMENTS = frozenset(cast("JsonObject", create_schema(CATALOG)["properties"]))
KNOWN_LANGUAGES = {"json", "console", "python", "toml", "bash", "sh", "text", "mermaid"}
BASH = shutil.which("bash") if sys.platform != "win32" else None


def each(*languages: str) -> pytest.MarkDecorator:
    blocks = written_in(*languages)
    return pytest.mark.parametrize("block", [pytest.param(block, id=block.name) for block in blocks])


def test_every_block_says_in_which_language_it_is_written() -> None:
    unknown = [block.name for block in BLOCKS if block.language not in KNOWN_LANGUAGES]
    assert not unknown, f"give these a language that is checked: {unknown}"


@each("console")
def test_what_is_to_be_typed_exists(block: Block) -> None:
    typed = list(typed_in(block))
    assert typed, "a console block needs a line that begins with `$ `"
    found = {command.line: objection(command.words) for command in typed}
    assert found == dict.fromkeys(found)


@each("json")
def test_json_is_json_and_means_something(block: Block) -> None:
    whole = cast("JsonObject", json.loads(block.text))
    if isinstance(whole, list):
        assert calls_of(block.text)
    elif servers_of(dict(whole)):
        assert list(objections(dict(whole))) == []
    elif "model" in whole and whole.keys() <= ARGUMENTS:
        check_request(CATALOG, whole, "strict")


@each("toml")
def test_toml_is_toml_and_means_something(block: Block) -> None:
    whole = tomllib.loads(block.text)
    if servers_of(whole):
        assert list(objections(whole)) == []
    elif "models" in whole:
        assert parse_prices(block.text).models


@each("bash", "sh")
@pytest.mark.skipif(BASH is None, reason="bash is not installed here")
def test_a_shell_understands_it(block: Block) -> None:
    assert BASH is not None
    outcome = subprocess.run([BASH, "-n"], input=block.text, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stderr


@each("python")
def test_python_is_python(block: Block) -> None:
    compile(block.text, block.name, "exec")


@pytest.mark.parametrize(
    "block", [pytest.param(block, id=block.name) for block in written_in("python") if not block.packages]
)
def test_python_runs(block: Block, tmp_path: Path) -> None:
    script = tmp_path / "block.py"
    script.write_text(block.text, encoding="utf-8")
    outcome = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, timeout=600, check=False
    )
    assert outcome.returncode == 0, outcome.stderr


@pytest.mark.parametrize("block", [pytest.param(block, id=block.name) for block in BLOCKS])
def test_it_names_only_settings_that_exist(block: Block) -> None:
    named = set(re.findall(r"VIDEO_MCP_[A-Z0-9_]*[A-Z0-9]", block.text))
    assert named <= SETTINGS
