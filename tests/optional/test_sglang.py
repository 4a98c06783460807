"""SGLang's own router with its engine stubbed: what is accepted here reaches the engine, the rest is never sent.

Runs where `SGLANG_PYTHON` names an interpreter with SGLang's wheel, FastAPI, uvicorn, python-multipart and httpx.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pytest

from tests.interaction.conftest import QUICK, a_house
from tests.media.samples import Clip, picture
from tests.optional.routers import a_router, digest, in_folder, reached
from video_mcp.types import JsonObject

pytestmark = pytest.mark.anyio

PYTHON = os.environ.get("SGLANG_PYTHON")  # noqa: TID251 - no setting of the product
MODEL = "some/model"


ACCEPTED: dict[str, tuple[JsonObject, Mapping[str, object]]] = {
    "text": ({}, {"image": None, "video": None}),
    "a first frame": ({"image": "first.png"}, {"image": digest(picture()), "video": None}),
    "one reference": ({"reference_images": ["first.png"]}, {"image": digest(picture()), "video": None}),
    "a clip to edit": ({"source_video": "clip.mp4"}, {"image": None, "video": "the clip"}),
    "a resolution alone": ({"resolution": "480p"}, {"size": "848x480"}),
    "a ratio alone": ({"aspect_ratio": "9:16"}, {"size": "480x848"}),
}
REFUSED: tuple[JsonObject, ...] = (
    {"image": "first.png", "end_image": "first.png"},
    {"reference_images": ["first.png", "first.png"]},
    {"image": "first.png", "reference_images": ["first.png"]},
)


async def test_what_is_accepted_reaches_the_engine_and_the_rest_is_never_sent(tmp_path: Path) -> None:
    if PYTHON is None:
        pytest.skip("SGLANG_PYTHON names no interpreter with sglang's wheel and FastAPI")
    video = Clip().write(tmp_path / "clip.mp4")
    (tmp_path / "first.png").write_bytes(picture())
    async with (
        a_router(PYTHON, "sglang_router.py", tmp_path, video) as url,
        a_house(
            tmp_path, "auto", QUICK, base_url=url, dialect="sglang", extra_models=[MODEL], input_dirs=[tmp_path]
        ) as house,
        house.connect() as client,
    ):
        for name, (arguments, _) in ACCEPTED.items():
            known: JsonObject = {"model": MODEL, "prompt": name, "seconds": 4, "wait_seconds": 60}
            made = await client.call_tool("create_video", {**known, **in_folder(arguments, tmp_path)})
            assert cast("dict[str, object]", made.structured_content)["status"] == "completed", made
        for arguments in REFUSED:
            asked: JsonObject = {"model": MODEL, "prompt": "refused", **in_folder(arguments, tmp_path)}
            refused = await client.call_tool("create_video", asked)
            assert refused.is_error, refused
    found = reached(tmp_path)
    assert list(found) == list(ACCEPTED)
    for name, (_, expected) in ACCEPTED.items():
        wanted = {key: digest(video.read_bytes()) if value == "the clip" else value for key, value in expected.items()}
        assert {key: found[name][key] for key in wanted} == wanted, name
