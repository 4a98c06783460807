"""vLLM-Omni's own video routes with the engine stubbed: what is accepted here reaches it, the rest is never sent.

Runs where `VLLM_OMNI_PYTHON` names an interpreter with vLLM-Omni's wheel, FastAPI, uvicorn, python-multipart, httpx,
pydantic-settings, Pillow and numpy.
"""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pytest
from PIL import Image
from starlette.responses import FileResponse

from tests.gateway.servers import answering
from tests.interaction.conftest import QUICK, a_house
from tests.media.samples import Clip, picture
from tests.optional.routers import a_router, digest, in_folder, reached
from video_mcp.types import JsonObject

pytestmark = pytest.mark.anyio

PYTHON = os.environ.get("VLLM_OMNI_PYTHON")  # noqa: TID251 - no setting of the product
MODEL, H3 = "some/model", "MiniMaxAI/MiniMax-H3"

Row = tuple[str, JsonObject, Mapping[str, object]]
# By model: what is asked for, and what has to reach the engine. `1` and `2` are the pictures, `clip` is the video.
ACCEPTED: dict[str, Row] = {
    "text": (MODEL, {}, {"images": [], "videos": []}),
    "a first frame": (MODEL, {"image": "1.png"}, {"images": ["1"], "videos": []}),
    "one reference": (MODEL, {"reference_images": ["1.png"]}, {"images": ["1"], "videos": []}),
    "a clip to edit": (MODEL, {"source_video": "clip.mp4"}, {"images": [], "videos": ["clip"]}),
    "a resolution alone": (MODEL, {"resolution": "480p"}, {"size": "848x480"}),
    "a ratio alone": (MODEL, {"aspect_ratio": "9:16"}, {"size": "480x848"}),
    "sound": (MODEL, {"audio": True}, {"generate_sound": True}),
    "two frames of H3": (H3, {"image": "1.png", "end_image": "2.png"}, {"images": ["1", "2"], "videos": []}),
    "references of H3": (H3, {"reference_images": ["1.png", "2.png"]}, {"images": ["1", "2"], "videos": []}),
    "a frame and references of H3": (
        H3, {"image": "1.png", "reference_images": ["2.png", "1.png"]}, {"images": ["1", "2", "1"], "videos": []},
    ),
    "everything of H3": (
        H3, {"reference_images": ["1.png"], "reference_videos": ["clip.mp4"]}, {"images": ["1"], "videos": ["clip"]},
    ),
    "a clip for H3": (H3, {"source_video": "clip.mp4"}, {"images": [], "videos": ["clip"]}),
    "a ratio for H3": (H3, {"aspect_ratio": "9:16"}, {"aspect_ratio": "9:16"}),
}  # fmt: skip
BY_ADDRESS: dict[str, Row] = {
    "two frames by address": (MODEL, {"image": "1.png", "end_image": "2.png"}, {"images": ["1", "2"], "videos": []}),
    "references by address": (MODEL, {"reference_images": ["1.png", "2.png"]}, {"images": ["1", "2"], "videos": []}),
    "a clip by address": (MODEL, {"source_video": "clip.mp4"}, {"images": [], "videos": ["clip"]}),
}
REFUSED: tuple[JsonObject, ...] = (
    {"image": "1.png", "end_image": "2.png"},
    {"reference_images": ["1.png", "2.png"]},
    {"image": "1.png", "reference_images": ["2.png"]},
)


def pixels(content: bytes) -> str:
    return digest(Image.open(io.BytesIO(content)).convert("RGB").tobytes())


async def test_what_is_accepted_reaches_the_engine_and_the_rest_is_never_sent(tmp_path: Path) -> None:
    if PYTHON is None:
        pytest.skip("VLLM_OMNI_PYTHON names no interpreter with vllm-omni's wheel and FastAPI")
    video = Clip().write(tmp_path / "clip.mp4")
    pictures = {"1": picture(), "2": picture(size=(96, 64))}
    for name, content in pictures.items():
        (tmp_path / f"{name}.png").write_bytes(content)
    expected = {"clip": digest(video.read_bytes()), **{name: pixels(content) for name, content in pictures.items()}}
    async with (
        a_router(PYTHON, "vllm_omni_router.py", tmp_path, video) as url,
        answering(lambda request: FileResponse(tmp_path / request.url.path.strip("/"))) as files,
        a_house(
            tmp_path, "auto", QUICK, base_url=url, dialect="vllm-omni", extra_models=[MODEL, H3], input_dirs=[tmp_path]
        ) as house,
        house.connect() as client,
    ):
        for rows, place in ((ACCEPTED, str(tmp_path)), (BY_ADDRESS, files.url)):
            for name, (model, arguments, _) in rows.items():
                known: JsonObject = {"model": model, "prompt": name, "seconds": 4, "wait_seconds": 60}
                made = await client.call_tool("create_video", {**known, **in_folder(arguments, place)})
                assert cast("dict[str, object]", made.structured_content)["status"] == "completed", (name, made)
        for arguments in REFUSED:
            asked: JsonObject = {"model": MODEL, "prompt": "refused", **in_folder(arguments, tmp_path)}
            refused = await client.call_tool("create_video", asked)
            assert refused.is_error, refused
    found = reached(tmp_path)
    assert list(found) == [*ACCEPTED, *BY_ADDRESS]
    for name, (_, _, wanted) in {**ACCEPTED, **BY_ADDRESS}.items():
        assert {key: found[name][key] for key in wanted} == {
            key: [expected[item] for item in cast("list[str]", value)] if isinstance(value, list) else value
            for key, value in wanted.items()
        }, name
