"""Each block for a Python framework runs as it stands, with the package that it names."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import cast

import pytest

from tests.docs.pages import Block, written_in

BLOCKS = [block for block in written_in("python") if block.packages]
INSTALL_SECONDS, RUN_SECONDS = 900, 600


class _FakeGemini(BaseHTTPRequestHandler):
    """A language model that makes one tool call and then repeats the result."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        parts = asked["contents"][-1]["parts"]
        is_answered = any("functionResponse" in part for part in parts)
        arguments = {"model": "kling-v3", "prompt": "A paper boat", "seconds": 5}
        call = {"functionCall": {"name": "create_video", "args": arguments}}
        said = {"text": json.dumps(parts)} if is_answered else call
        body = json.dumps({"candidates": [{"content": {"role": "model", "parts": [said]}, "finishReason": "STOP"}]})
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        """Write no log."""


@pytest.fixture
def language_model() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _FakeGemini) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        host, port = cast("tuple[str, int]", server.server_address[:2])
        yield f"http://{host}:{port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("block", [pytest.param(block, id=block.packages[0]) for block in BLOCKS])
def test_the_block_makes_a_video(
    block: Block, request: pytest.FixtureRequest, tmp_path: Path, language_model: str
) -> None:
    if not request.config.getoption("--third-party"):
        pytest.skip("programs of others are installed and run with --third-party only")
    python = _with_packages(tmp_path / "env", block.packages)
    (tmp_path / "block.py").write_text(block.text, encoding="utf-8")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # noqa: TID251 - what a shell hands on
    environment = {"PATH": path, "HOME": str(tmp_path), "GEMINI_API_KEY": "x", "GOOGLE_GEMINI_BASE_URL": language_model}
    done = subprocess.run(
        [python, "block.py"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        timeout=RUN_SECONDS,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    # On a loaded machine a render outlasts the call, whose answer then holds the id alone.
    assert "completed" in done.stdout or "in_progress" in done.stdout
    assert "video_" in done.stdout


def _with_packages(folder: Path, packages: tuple[str, ...]) -> str:
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = str(folder / ("Scripts" if sys.platform == "win32" else "bin") / "python")
    command = [python, "-m", "pip", "install", "--quiet", *packages]
    done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
    if done.returncode:
        pytest.skip(f"pip cannot install {', '.join(packages)} here")
    return python
