"""Two requests are equal when the gateway would be asked for the same video."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import JsonValue

from tests.faults.harness import Bench, Plan, a_bench
from tests.media.samples import picture
from video_mcp.families.catalog import default_catalog
from video_mcp.families.validation.check import check_request
from video_mcp.jobs.request import fingerprint
from video_mcp.simulator import SimulatorConfig

pytestmark = pytest.mark.anyio

IMAGE = "https://example.com/boat.png"
BASE: dict[str, JsonValue] = {"model": "kling-v2-6", "prompt": "A paper boat", "seconds": 5}
OPTIONS: dict[str, JsonValue] = {"cfg_scale": 0.5, "kling_quality": "pro"}


async def fingerprint_of(bench: Bench, request: dict[str, JsonValue]) -> object:
    """Return what a request is known by in the ledger."""
    bench.simulator.requests.clear()
    async with bench.service(Plan(polling=False)) as one:
        job = await one.submit(request, allow_duplicate=True)
    return job.job.fingerprint


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({}, {"mode": "t2v"}),
        ({}, {"seconds": "5"}),
        ({}, {"aspect_ratio": "16:9"}),
        ({}, {"model": "kling-video", "options": {"model_name": "kling-v2-6"}}),
        ({"options": OPTIONS}, {"options": dict(reversed(OPTIONS.items()))}),
        ({"negative_prompt": "rain"}, {"options": {"negative_prompt": "rain"}}),
        ({"image": IMAGE}, {"image": IMAGE, "mode": "i2v"}),
    ],
)
async def test_two_ways_to_say_the_same_are_equal(
    bench: Bench, one: dict[str, JsonValue], other: dict[str, JsonValue]
) -> None:
    assert await fingerprint_of(bench, {**BASE, **one}) == await fingerprint_of(bench, {**BASE, **other})


@pytest.mark.parametrize(
    "change",
    [
        {"prompt": "a paper boat"},
        {"model": "kling-v2-5-turbo"},
        {"seconds": 10},
        {"aspect_ratio": "9:16"},
        {"negative_prompt": "rain"},
        {"options": {"cfg_scale": 0.6}},
        {"image": IMAGE},
    ],
)
async def test_every_difference_counts(bench: Bench, change: dict[str, JsonValue]) -> None:
    assert await fingerprint_of(bench, BASE) != await fingerprint_of(bench, {**BASE, **change})


async def test_an_image_is_known_by_its_bytes_and_not_by_its_name(bench: Bench, tmp_path: Path) -> None:
    content = picture(size=(400, 400))
    names = ("boat.png", "other/copy.png")
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    inline = f"data:image/png;base64,{base64.b64encode(content).decode()}"
    asked = [*(str(tmp_path / name) for name in names), (tmp_path / names[0]).as_uri(), inline]
    known = {await fingerprint_of(bench, {**BASE, "image": reference}) for reference in asked}
    changed = await fingerprint_of(bench, {**BASE, "image": str(other_picture(tmp_path))})
    assert len(known) == 1
    assert changed not in known


def other_picture(folder: Path) -> Path:
    path = folder / "boat.png"
    path.write_bytes(picture(size=(420, 400)))
    return path


async def test_the_order_of_references_is_part_of_what_is_asked(bench: Bench) -> None:
    first, second = "https://example.com/1.png", "https://example.com/2.png"
    base = {**BASE, "model": "kling-v1-6", "mode": "multi_i2v"}
    there = await fingerprint_of(bench, {**base, "reference_images": [first, second]})
    back = await fingerprint_of(bench, {**base, "reference_images": [second, first]})
    assert there != back


async def test_an_earlier_video_is_known_by_its_bytes(tmp_path: Path) -> None:
    large_enough = SimulatorConfig(render_seconds=10, max_side=640, poll_after_ms=None)
    edit: dict[str, JsonValue] = {"model": "happyhorse-1.0-video-edit", "prompt": "Make it snow"}
    async with a_bench(tmp_path, large_enough) as bench:
        async with bench.service() as one:
            made = await bench.ended(one, (await one.create()).id)
            path = one.service.files.path_of(made)
        by_id = await fingerprint_of(bench, {**edit, "source_video": f"video://{made.id}/content"})
        by_path = await fingerprint_of(bench, {**edit, "source_video": str(path)})
    assert by_id == by_path


def test_the_mode_counts_though_the_parameters_are_the_same() -> None:
    fields: dict[str, JsonValue] = {"model": "kling-v2-6", "prompt": "A paper boat", "image": IMAGE}
    request = check_request(default_catalog(), fields, "strict")

    assert fingerprint(request, {}) == fingerprint(replace(request), {})
    assert fingerprint(request, {}) != fingerprint(replace(request, mode="i2v_first_last"), {})
