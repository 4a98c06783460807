"""Programs that others wrote, installed for the run: `pytest tests/thirdparty --third-party`."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

PACKAGES = ("node@22.23.3", "@modelcontextprotocol/conformance@0.2.0-alpha.12")
INSTALL_SECONDS = 900


@pytest.fixture(scope="session")
def node_folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the packages, and Node in the version that they need."""
    if not request.config.getoption("--third-party"):
        pytest.skip("programs of others are installed and run with --third-party only")
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    folder = tmp_path_factory.mktemp("node")
    command = [npm, "install", "--silent", "--prefix", str(folder), *PACKAGES]
    done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
    if done.returncode:
        pytest.skip(f"npm cannot install {', '.join(PACKAGES)} here")
    return folder


@pytest.fixture
def node_environment(node_folder: Path) -> dict[str, str]:
    """The environment in which the packages' commands run on their own Node."""
    node = node_folder / "node_modules" / "node" / "bin"
    return {"PATH": f"{node}{os.pathsep}{os.environ['PATH']}", "HOME": str(node_folder)}  # noqa: TID251 - what a shell hands on
