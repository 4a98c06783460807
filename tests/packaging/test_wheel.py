"""What is published works by itself: built once, installed where no source is in reach."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from email.parser import Parser
from pathlib import Path
from typing import cast

import pytest

ROOT = Path(__file__).parents[2]
MOST_SECONDS = 600
UVX = shutil.which("uvx")
SCRIPTS = "Scripts" if sys.platform == "win32" else "bin"

pytestmark = pytest.mark.skipif(not (ROOT / "src").is_dir(), reason="there is no source here to build from")

_IMPORT_ALL = """
import importlib, json, pkgutil, video_mcp
names = [module.name for module in pkgutil.walk_packages(video_mcp.__path__, 'video_mcp.')]
for name in names:
    # Alembic alone runs its environment, inside a migration.
    if name not in {'video_mcp.__main__', 'video_mcp.jobs.store.migrations.env'}:
        importlib.import_module(name)
print(json.dumps([video_mcp.__file__, names]))
"""


@dataclass(frozen=True, slots=True)
class Built:
    wheel: Path
    sdist: Path

    @property
    def version(self) -> str:
        return self.wheel.name.split("-")[1]


@dataclass(frozen=True, slots=True)
class Installed:
    """An environment with the wheel in it and nothing of the checkout."""

    folder: Path

    def run(self, program: str, *words: str) -> subprocess.CompletedProcess[str]:
        command = [str(self.folder / SCRIPTS / program), *words]
        return _run(command, cwd=self.folder, environment={"HOME": str(self.folder)})


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Build the sdist from the checkout, and the wheel from the sdist alone, as publishing does."""
    folder = tmp_path_factory.mktemp("build")
    builder = _builder(folder / "builder")
    _run_well([builder, "-m", "hatchling", "build", "-t", "sdist", "-d", str(folder)], cwd=ROOT)
    (sdist,) = folder.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        if hasattr(tarfile, "data_filter"):
            archive.extractall(folder / "unpacked", filter="data")
        else:  # Python 3.11.0 to 3.11.3 know no filter; the archive is our own
            archive.extractall(folder / "unpacked")
    (source,) = (folder / "unpacked").iterdir()
    _run_well([builder, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], cwd=source)
    (wheel,) = folder.glob("*.whl")
    return Built(wheel=wheel, sdist=sdist)


@pytest.fixture(scope="module")
def installed(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Install the wheel without its dependencies, and lend it those of the environment that runs the tests."""
    folder = tmp_path_factory.mktemp("installed") / "env"
    _run_well([sys.executable, "-m", "venv", str(folder)], cwd=folder.parent)
    python = str(folder / SCRIPTS / "python")
    _run_well([python, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", str(built.wheel)], cwd=folder)
    packages = _run_well([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], cwd=folder)
    lent = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    Path(packages.strip(), "lent.pth").write_text("\n".join(sorted(lent)), encoding="utf-8")
    return Installed(folder)


def test_the_wheel_holds_the_package_its_types_and_its_licence_and_nothing_else(built: Built) -> None:
    names = zipfile.ZipFile(built.wheel).namelist()
    about = f"video_mcp_gateway-{built.version}.dist-info"

    assert {"video_mcp/py.typed", "video_mcp/__main__.py", f"{about}/licenses/LICENSE"} <= set(names)
    assert {name.partition("/")[0] for name in names} == {"video_mcp", about}
    assert not [name for name in names if "test" in name or name.endswith((".pyc", ".so"))]


def test_the_wheel_holds_every_module_of_the_checkout(built: Built) -> None:
    modules = {path.relative_to(ROOT / "src").as_posix() for path in (ROOT / "src").rglob("*.py")}
    assert modules <= set(zipfile.ZipFile(built.wheel).namelist())


def test_the_wheel_says_what_it_is_called_and_what_it_needs(built: Built) -> None:
    text = _member(built.wheel, "METADATA")
    metadata = Parser().parsestr(text)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert metadata["Name"] == "video-mcp-gateway"
    assert metadata["Version"] == built.version
    assert metadata["Requires-Python"] == project["requires-python"]
    always = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert len(always) == len(project["dependencies"])
    assert "mcp-name: " in text


def test_the_wheel_brings_both_commands_and_they_are_the_same(built: Built) -> None:
    lines = _member(built.wheel, "entry_points.txt").splitlines()
    commands = dict(line.split(" = ") for line in lines if " = " in line)

    assert set(commands) == {"video-mcp", "video-mcp-gateway"}
    assert len(set(commands.values())) == 1


def test_the_sdist_holds_what_its_tests_and_checks_need(built: Built) -> None:
    with tarfile.open(built.sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}

    assert {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "Makefile", "constraints.txt"} <= names
    assert {"tests/packaging/test_wheel.py", "manifests/generate.py", "docs/models.md"} <= names
    assert not [name for name in names if "__pycache__" in name]


@pytest.mark.parametrize("command", ["video-mcp", "video-mcp-gateway"])
def test_a_command_says_the_version_of_the_wheel(installed: Installed, built: Built, command: str) -> None:
    outcome = installed.run(command, "--version")

    assert (outcome.returncode, outcome.stderr) == (0, "")
    assert outcome.stdout.strip() == built.version


def test_the_installed_command_lists_the_models(installed: Installed) -> None:
    outcome = installed.run("video-mcp", "models", "--json")

    assert outcome.returncode == 0, outcome.stderr
    assert len(json.loads(outcome.stdout)["models"]) > 30


def test_every_module_can_be_imported_without_the_checkout(installed: Installed) -> None:
    outcome = installed.run("python", "-c", _IMPORT_ALL)

    assert outcome.returncode == 0, outcome.stderr
    place, names = cast("tuple[str, list[str]]", json.loads(outcome.stdout))
    assert Path(place).is_relative_to(installed.folder)
    assert {"video_mcp.server.app", "video_mcp.cli.app", "video_mcp.simulator.app"} <= set(names)


@pytest.mark.skipif(UVX is None, reason="uvx is not installed here: pip install uv")
def test_uvx_runs_the_wheel_as_it_runs_the_published_package(built: Built, tmp_path: Path) -> None:
    words = [str(UVX), "--quiet", "--from", str(built.wheel), "video-mcp-gateway", "--version"]
    outcome = _run(words, cwd=tmp_path, environment={"UV_HTTP_TIMEOUT": "15"})
    if outcome.returncode and "failed to fetch" in outcome.stderr.lower():
        pytest.skip("the package index, which has the dependencies, does not answer")

    assert (outcome.returncode, outcome.stdout.strip()) == (0, built.version), outcome.stderr


def _builder(folder: Path) -> str:
    """Return a Python that has the build backend, which comes from the package index."""
    _run_well([sys.executable, "-m", "venv", str(folder)], cwd=folder.parent)
    python = str(folder / SCRIPTS / "python")
    needs = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]["requires"]
    pip = ("-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--retries", "0", "--timeout", "15")
    try:
        outcome = _run([python, *pip, *needs], cwd=folder)
    except subprocess.TimeoutExpired:
        pytest.skip("the package index, which has the build backend, does not answer in time")
    if outcome.returncode != 0:
        pytest.skip("the build backend cannot be had from the package index")
    return python


def _member(wheel: Path, name: str) -> str:
    with zipfile.ZipFile(wheel) as archive:
        (path,) = [path for path in archive.namelist() if path.endswith(f".dist-info/{name}")]
        return archive.read(path).decode()


def _run_well(command: list[str], *, cwd: Path) -> str:
    outcome = _run(command, cwd=cwd)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return outcome.stdout


def _run(
    command: list[str], *, cwd: Path, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    whole = {**dict(_inherited()), **(environment or {})}
    return subprocess.run(
        command, cwd=cwd, env=whole, capture_output=True, text=True, timeout=MOST_SECONDS, check=False
    )


def _inherited() -> Iterator[tuple[str, str]]:
    """Yield the environment without what would bring the checkout back into reach, or measure another process."""
    whole = os.environ  # noqa: TID251 - what a shell hands on
    for name, value in whole.items():
        if not name.startswith(("PYTHON", "VIDEO_MCP_", "COVERAGE_", "COV_")):
            yield name, value
