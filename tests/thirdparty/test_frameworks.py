"""Each block for a Python framework runs as it stands, with the packages that it names, and delivers a file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import Block, written_in
from tests.thirdparty.conftest import Provide
from tests.thirdparty.packages import Programs
from tests.thirdparty.scripted_model import BOAT, a_scripted_model

BLOCKS = [block for block in written_in("python") if block.packages]
RUN_SECONDS = 1800


def programs_of(block: Block) -> Programs:
    """Return the packages of a block, which are kept under the first one's name."""
    return Programs(name=block.packages[0].partition("[")[0], kind="python", packages=block.packages)


@pytest.mark.skipif(sys.platform == "win32", reason="the blocks' command is a shell script here")
@pytest.mark.parametrize("block", [pytest.param(block, id=block.packages[0]) for block in BLOCKS])
def test_the_block_makes_a_video(block: Block, provide_nightly: Provide, tmp_path: Path) -> None:
    programs = provide_nightly(programs_of(block))
    (tmp_path / "block.py").write_text(block.text, encoding="utf-8")
    with a_scripted_model((BOAT,)) as model:
        keys = {"GEMINI_API_KEY": "x", "GOOGLE_GEMINI_BASE_URL": model.url}
        path = f"{_patient_command(tmp_path / 'bin')}{os.pathsep}{os.environ['PATH']}"  # noqa: TID251 - what a shell hands on
        done = subprocess.run(
            [programs.python, "block.py"],
            cwd=tmp_path,
            env={"PATH": path, "HOME": str(tmp_path), **keys},
            capture_output=True,
            timeout=RUN_SECONDS,
            check=False,
            text=True,
        )
    assert done.returncode == 0, done.stderr
    (film,) = [path for path in tmp_path.rglob("*.mp4") if "simulated" not in path.parts]
    assert film.read_bytes()[4:8] == b"ftyp"
    assert film.name in done.stdout + "".join(model.results.values())


def _patient_command(folder: Path) -> Path:
    """Put a `video-mcp` into a folder that waits for a video however long a loaded machine takes."""
    folder.mkdir()
    command = folder / "video-mcp"
    command.write_text(f'#!/bin/sh\nVIDEO_MCP_WAIT_SECONDS=600 exec "{sys.executable}" -m video_mcp "$@"\n')
    command.chmod(0o755)
    return folder
