"""The commands as they are typed, against a simulated gateway."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from socket import socket
from typing import cast

import anyio
import pytest
from PIL import Image

from tests.cli.shell import QUICK, Shell, a_shell
from video_mcp.simulator import Fault, Simulator, run_simulator

pytestmark = pytest.mark.anyio

ASK = ("create", "A paper boat", "--model", "kling-v2-6", "--seconds", "5")


@pytest.fixture
async def simulator() -> AsyncGenerator[Simulator]:
    async with run_simulator(QUICK) as running:
        yield running


@pytest.fixture
def shell(tmp_path: Path, simulator: Simulator) -> Shell:
    return a_shell(tmp_path, simulator)


async def test_a_video_is_made_listed_not_paid_twice_and_fetched_again(shell: Shell, simulator: Simulator) -> None:
    made = await shell.run(*ASK, "--save-as", "boat.mp4", "--json")
    assert made.code == 0, made.stderr
    file = cast("dict[str, object]", made.answer["file"])
    assert file["path"] == str(shell.folder / "boat.mp4")
    assert (shell.folder / "boat.mp4").stat().st_size == file["bytes"]

    listed = await shell.run("status", "--json")
    videos = cast("list[dict[str, object]]", listed.answer["videos"])
    assert [(video["video_id"], video["status"]) for video in videos] == [(made.answer["video_id"], "completed")]

    again = await shell.run(*ASK, "--json")
    assert again.answer["duplicate_of"] == made.answer["video_id"]
    assert "--allow-duplicate" in again.stderr

    kept = next((shell.folder / "videos").glob("*.mp4"))
    kept.unlink()
    fetched = await shell.run("fetch", str(made.answer["video_id"]))
    assert (fetched.code, str(kept) in fetched.stdout) == (0, True)
    assert kept.stat().st_size == file["bytes"]
    assert len(simulator.jobs) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="a console sends Ctrl-C there, not a signal")
async def test_ctrl_c_leaves_the_job_and_says_how_to_come_back(tmp_path: Path) -> None:
    async with run_simulator(replace(QUICK, render_seconds=2.5)) as simulator:
        shell = a_shell(tmp_path, simulator)
        stopped = await shell.interrupt(*ASK, when=lambda: len(simulator.jobs) == 1)
        assert (stopped.code, stopped.stdout) == (3, "")
        come_back = stopped.stderr.strip().splitlines()[-1]
        assert "continues without this command" in come_back
        video_id = come_back.split("video-mcp fetch ")[1]
        fetched = await shell.run("fetch", video_id, "--json")
        assert (fetched.code, fetched.answer["status"]) == (0, "completed")
        assert len(simulator.jobs) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="a console sends Ctrl-C there, not a signal")
async def test_ctrl_c_lets_a_request_that_is_on_its_way_arrive(shell: Shell, simulator: Simulator) -> None:
    simulator.faults.arm(Fault(on="create", kind="stall", seconds=1.0))
    stopped = await shell.interrupt(
        *ASK, "--json", when=lambda: any(request.method == "POST" for request in simulator.requests)
    )
    assert (stopped.code, stopped.answer["charged"]) == (3, "yes")
    assert f"video-mcp fetch {stopped.answer['video_id']}" in stopped.stderr
    assert len(simulator.jobs) == 1


async def test_what_is_not_finished_in_time_ends_with_three(shell: Shell) -> None:
    waited = await shell.run("create", "Slow", "--model", "kling-v2-6", "--wait", "0", "--json")
    assert waited.code == 3
    assert waited.answer["status"] in {"queued", "in_progress"}
    assert f"video-mcp fetch {waited.answer['video_id']}" in waited.stderr
    told = await shell.run("status", str(waited.answer["video_id"]), "--wait", "20")
    assert (told.code, "completed" in told.stdout) == (0, True)


async def test_a_failed_job_ends_with_one_and_says_why(shell: Shell) -> None:
    failed = await shell.run("create", "Nothing good [fail]", "--model", "kling-v2-6")
    assert (failed.code, failed.stdout) == (1, "")
    assert "moderation" in failed.stderr
    assert "Traceback" not in failed.stderr


async def test_a_download_that_failed_is_tried_again_by_fetch(shell: Shell, simulator: Simulator) -> None:
    simulator.faults.arm(
        Fault(on="link", kind="link_refused", times=None), Fault(on="content", kind="quota_exhausted", times=None)
    )
    stuck = await shell.run(*ASK, "--json")
    assert (stuck.code, stuck.answer["status"]) == (3, "in_progress")
    assert "error" in stuck.answer
    simulator.faults.clear()
    fetched = await shell.run("fetch", str(stuck.answer["video_id"]), "--json")
    assert (fetched.code, fetched.answer["status"]) == (0, "completed")
    assert len(simulator.jobs) == 1


async def test_an_image_from_anywhere_may_be_named(shell: Shell, tmp_path_factory: pytest.TempPathFactory) -> None:
    picture = tmp_path_factory.mktemp("elsewhere") / "first.png"
    Image.new("RGB", (320, 320), "teal").save(picture)
    words = ("create", "It moves", "--model", "kling-v2-6", "--image", str(picture), "--dry-run", "--json")
    rehearsed = await shell.run(*words)
    assert (rehearsed.code, rehearsed.answer["mode"]) == (0, "i2v"), rehearsed.stderr


async def test_a_cost_that_needs_a_yes_is_not_paid_without_one(shell: Shell, simulator: Simulator) -> None:
    asking = shell.setting(confirm="always")
    refused = await asking.run(*ASK)
    assert refused.code == 2
    assert "--yes" in refused.stderr
    assert not simulator.jobs
    assert (await asking.run(*ASK, "--yes")).code == 0


async def test_wrong_use_is_told_in_json_too(shell: Shell, simulator: Simulator) -> None:
    refused = await shell.run("create", "A boat", "--model", "kling-v2-6", "--seconds", "7", "--json")
    assert refused.code == 2
    assert cast("dict[str, object]", refused.answer["error"])["code"] == "invalid_request"
    assert refused.answer["charged"] == "no"
    assert not simulator.requests


async def test_without_a_key_it_says_what_to_set(tmp_path: Path) -> None:
    refused = await a_shell(tmp_path).run(*ASK)
    assert (refused.code, refused.stdout) == (2, "")
    assert "VIDEO_MCP_BASE_URL and VIDEO_MCP_API_KEY are not set" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


async def test_a_port_that_is_taken_is_a_sentence(tmp_path: Path) -> None:
    shell = a_shell(tmp_path)
    with socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = await shell.run("simulate", "--port", str(taken.getsockname()[1]))
        assert (refused.code, "is taken" in refused.stderr) == (2, True)


async def test_the_doctor_finds_a_healthy_house_and_a_wrong_key(shell: Shell) -> None:
    healthy = await shell.run("doctor", "--json")
    assert (healthy.code, healthy.answer["ok"]) == (0, True)
    wrong = await shell.setting(api_key="sk-of-somebody-else", api_keys="x").run("doctor")
    assert wrong.code == 2
    assert "does not take the key (401)" in wrong.stdout
    assert "Did you mean VIDEO_MCP_API_KEY?" in wrong.stdout


@pytest.mark.parametrize(
    ("server", "dialect", "sign"),
    [
        ("sglang", "sglang", "owned by sglang"),
        ("vllm-omni", "vllm-omni", "/v1/videos/sync"),
        ("litellm", "openai", "LiteLLM"),
        ("new-api", "new-api", "X-New-Api-Version"),
        ("openrouter", "openrouter", "canonical_slug"),
        ("gateway", "gateway", "X-Oneapi-Request-Id"),
    ],
)
async def test_the_doctor_recognizes_the_server_and_names_its_dialect(
    tmp_path: Path, server: str, dialect: str, sign: str
) -> None:
    async with run_simulator(replace(QUICK, server=server)) as running:
        shell = a_shell(tmp_path, running)
        wrong = shell if server != "gateway" else shell.setting(dialect="sglang")
        told = await dialect_check_of(wrong)
        assert (told["verdict"], sign in told["message"]) == ("warning", True), told
        assert f"VIDEO_MCP_DIALECT={dialect};" in told["remedy"]
        assert (await dialect_check_of(shell.setting(dialect=dialect)))["verdict"] == "ok"


async def dialect_check_of(shell: Shell) -> dict[str, str]:
    found = await shell.run("doctor", "--json")
    listed = cast("list[dict[str, str]]", found.answer["checks"])
    return next(check for check in listed if check["name"] == "dialect")


async def test_the_server_starts_without_loading_the_command_line(tmp_path: Path) -> None:
    shell = a_shell(tmp_path)
    script = (
        "import sys, runpy; sys.argv = ['video-mcp']\n"
        "try: runpy.run_module('video_mcp', run_name='__main__')\n"
        "finally: assert not {'typer', 'rich'} & set(sys.modules), sorted(sys.modules)"
    )
    done = await anyio.run_process([sys.executable, "-c", script], env=shell.variables, check=False)
    assert b"AssertionError" not in done.stderr
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "cp437", "shift_jis"])
async def test_a_console_that_lacks_a_letter_fails_no_command(
    shell: Shell, simulator: Simulator, encoding: str
) -> None:
    console = replace(shell, variables={**shell.variables, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"})
    prompt = "雨夜 \U0001f3ac café — ß"
    outcomes = [
        await console.run("create", prompt, "--model", "kling-v2-6", "--yes"),
        await console.run("create", prompt, "--model", "kling-v2-6", "--dry-run"),
        await console.run("status"),
        await console.run("status", "last"),
        await console.run("models", "kling-v2-6"),
    ]
    assert [one.code for one in outcomes] == [0] * len(outcomes), [one.stderr for one in outcomes]
    assert len(simulator.jobs) == 1


async def test_a_video_is_found_by_the_beginning_of_its_id_and_as_the_last(shell: Shell) -> None:
    made = [str((await shell.run(*ASK, "--allow-duplicate", "--json")).answer["video_id"]) for _ in range(2)]
    for named in (made[0], made[0][:14], made[0].removeprefix("video_")[:8]):
        assert (await shell.run("status", named, "--json")).answer["video_id"] == made[0]
    for word in ("last", "LATEST"):
        assert (await shell.run("fetch", word, "--json")).answer["video_id"] == made[1]
    assert (await shell.run("status", "video_ffffffffff", "--json")).code == 2
