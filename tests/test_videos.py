"""The Python API: the same service as the tools', and exactly these names."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import video_mcp
from video_mcp import InvalidRequest, JobNotCompleted, Progress, Settings, open_videos
from video_mcp.simulator import Simulator, SimulatorConfig, run_simulator

pytestmark = pytest.mark.anyio

SMALL = SimulatorConfig(render_seconds=0.2, max_side=64)
NAMES = [
    "BudgetExceeded",
    "ConfigurationError",
    "ConfirmationDeclined",
    "ConfirmationNeeded",
    "Finding",
    "GatewayError",
    "InvalidRequest",
    "Job",
    "JobError",
    "JobNotCompleted",
    "JobNotFound",
    "LedgerUnavailable",
    "MediaError",
    "ModelSpec",
    "PreparedVideo",
    "Progress",
    "Settings",
    "Submitted",
    "VideoFile",
    "VideoMCPError",
    "Videos",
    "open_videos",
    "version",
]


def settings_for(simulator: Simulator, folder: Path) -> Settings:
    return Settings.model_validate(
        {
            "base_url": simulator.base_url,
            "api_key": simulator.api_key,
            "home": folder / "home",
            "output_dir": folder / "videos",
        }
    )


def test_the_public_names_are_these() -> None:
    assert video_mcp.__all__ == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_each_public_name_is_what_a_type_checker_sees(name: str) -> None:
    tree = ast.parse(Path(video_mcp.__file__).read_text(encoding="utf-8"))
    imported = {
        alias.name: node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names
    }

    found = getattr(video_mcp, name)
    assert found.__name__ == name
    assert name == "version" or found.__module__ == imported[name]


def test_any_other_name_is_unknown() -> None:
    with pytest.raises(AttributeError, match="'video_mcp' has no attribute 'create'"):
        _ = video_mcp.create  # pyright: ignore[reportUnknownMemberType, reportAttributeAccessIssue, reportUnknownVariableType] - that is the test


async def test_a_pipeline_makes_a_video_once_and_finds_it_in_the_next_session(tmp_path: Path) -> None:
    seen: list[float] = []

    async def progress(progress: Progress) -> None:
        seen.append(progress.percent)

    async with run_simulator(SMALL) as simulator:
        settings = settings_for(simulator, tmp_path)
        async with open_videos(settings) as videos:
            prepared = await videos.prepare("kling-v3", "A paper boat", seconds=5, options={"cfg_scale": 0.5})
            first = await videos.submit(prepared)
            job = await videos.wait(first.job.id, on_progress=progress)
            again = await videos.submit(prepared)
        async with open_videos(settings) as videos:
            path = await videos.fetch(job.id)
            copy = await videos.fetch(job.id, save_as="copies/boat.mp4")
            listed = await videos.list()

    assert (job.status, job.charged, again.is_duplicate, len(simulator.jobs)) == ("completed", "yes", True, 1)
    assert seen[-1] == 100
    assert copy.read_bytes() == path.read_bytes()
    assert [one.id for one in listed] == [job.id]


async def refused_before_anything_is_sent(settings: Settings) -> None:
    async with open_videos(settings) as videos:
        await videos.prepare("kling-v3", "A paper boat", seconds=99)


async def fetched_at_once(settings: Settings) -> None:
    async with open_videos(settings) as videos:
        submitted = await videos.submit(await videos.prepare("kling-v3", "A paper boat"))
        await videos.fetch(submitted.job.id, wait_seconds=0)


async def test_an_error_leaves_the_context_as_it_is(tmp_path: Path) -> None:
    async with run_simulator(SMALL) as simulator:
        settings = settings_for(simulator, tmp_path)
        with pytest.raises(InvalidRequest, match="seconds"):
            await refused_before_anything_is_sent(settings)
        with pytest.raises(JobNotCompleted, match="not completed"):
            await fetched_at_once(settings)


async def test_models_are_those_of_the_catalog() -> None:
    async with open_videos(Settings()) as videos:
        assert {spec.family for spec in videos.models(family="veo")} == {"veo"}
