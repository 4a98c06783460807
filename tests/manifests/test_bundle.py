"""The MCP bundle, judged by the tool that its hosts use."""

from __future__ import annotations

import json
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from manifests.generate import ROOT

MANIFEST = ROOT / "manifests" / "mcpb" / "manifest.json"
NPM = shutil.which("npm")
MOST_SECONDS = 600

pytestmark = [pytest.mark.npm, pytest.mark.skipif(NPM is None, reason="npm is not installed here")]

# The host shows these as proposals; `serve` knows `${HOME}`.
FOLDERS = [f"${{HOME}}/{name}" for name in ("Pictures", "Downloads", "Desktop")]

_FILL_IN = """
import {{ getMcpConfigForManifest }} from '@anthropic-ai/mcpb';
import {{ readFileSync }} from 'node:fs';
const manifest = JSON.parse(readFileSync({manifest}, 'utf8'));
const userConfig = {{ base_url: 'https://gateway.example', api_key: 'sk-x' }};
const systemDirs = {{ HOME: '/home/anna' }};
const options = {{ manifest, extensionPath: '/bundle', systemDirs, userConfig, pathSeparator: '/' }};
console.log(JSON.stringify(await getMcpConfigForManifest(options)));
"""


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which the bundles' own tool is installed."""
    folder = tmp_path_factory.mktemp("mcpb")
    (folder / "package.json").write_text('{"private": true, "type": "module"}', encoding="utf-8")
    quietly = ("--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=0", "--fetch-timeout=15000")
    try:
        outcome = _run(folder, str(NPM), "install", *quietly, "@anthropic-ai/mcpb@2")
    except subprocess.TimeoutExpired:
        pytest.skip("the npm registry does not answer in time")
    if outcome.returncode != 0:
        pytest.skip("the bundles' tool cannot be had from the npm registry")
    return folder


def test_the_manifest_is_valid(tools: Path) -> None:
    outcome = _mcpb(tools, "validate", str(MANIFEST))
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


@pytest.mark.skipif(not (ROOT / "src").is_dir(), reason="there is no source here to pack")
def test_the_bundle_packs_with_the_source_that_it_runs(tools: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    shutil.copytree(ROOT / "src", bundle / "src", ignore=shutil.ignore_patterns("__pycache__"))
    for file in (ROOT / "pyproject.toml", ROOT / "README.md", ROOT / "LICENSE", MANIFEST):
        shutil.copy(file, bundle)

    outcome = _mcpb(tools, "pack", str(bundle), str(tmp_path / "video.mcpb"))

    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    names = zipfile.ZipFile(tmp_path / "video.mcpb").namelist()
    assert {"manifest.json", "pyproject.toml", "src/video_mcp/__main__.py"} <= set(names)


def test_a_host_fills_in_every_value_when_only_the_required_ones_are_given(tools: Path) -> None:
    script = tools / "fill.mjs"
    script.write_text(_FILL_IN.format(manifest=json.dumps(str(MANIFEST))), encoding="utf-8")

    outcome = _run(tools, shutil.which("node") or "node", str(script))

    assert outcome.returncode == 0, outcome.stderr
    config = json.loads(outcome.stdout)
    assert config["args"] == ["run", "--no-dev", "--directory", "/bundle", "video-mcp", "serve", *FOLDERS]
    assert config["env"]["VIDEO_MCP_API_KEY"] == "sk-x"
    assert "${" not in json.dumps(config["env"])


def _mcpb(tools: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return _run(tools, str(NPM), "exec", "--offline", "--", "mcpb", *words)


def _run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=MOST_SECONDS, check=False)
