"""A film: three shots, each from the last frame of the one before, joined, with its storyboard."""

from __future__ import annotations

import io
from pathlib import Path

import anyio
import mcp_types as types
import pytest
from PIL import Image

from tests.cli.shell import a_shell
from tests.interaction.conftest import Era, a_house, path_of
from tests.interaction.test_one_video import REQUEST, job_in, make, text_of
from video_mcp.simulator import SimulatorConfig, run_simulator

pytestmark = pytest.mark.anyio

READABLE = SimulatorConfig(render_seconds=0.2, max_side=400, poll_after_ms=50)


async def test_three_chained_shots_become_one_film(tmp_path: Path, era: Era) -> None:
    async with a_house(tmp_path, era, READABLE, validation="warn") as house, house.connect() as client:
        shots = [await make(client, prompt="The boat sets off")]
        for prompt in ("It passes a bridge", "It reaches the sea"):
            shots.append(await make(client, prompt=prompt, image=f"video://{shots[-1].video_id}/last-frame"))
        first, *others = [shot.video_id for shot in shots]
        with anyio.fail_after(120):
            result = await client.call_tool(
                "fetch_video",
                {"video_id": first, "join": others, "save_as": "boat-film.mp4", "preview": "storyboard"},
            )
    film = job_in(result)
    assert not result.is_error, text_of(result)
    assert film.file is not None
    assert path_of(film).endswith("boat-film.mp4")
    lengths = [shot.file.seconds or 0 for shot in shots if shot.file is not None]
    assert film.file.seconds == pytest.approx(sum(lengths), abs=0.5)
    assert "A film of 3 videos" in text_of(result)
    assert "Joining costs nothing." in text_of(result)
    assert (film.charged, film.estimated_cost, film.estimated_cost_usd) == ("yes", None, None)
    assert film.preview is not None
    assert film.preview.path is not None
    assert await anyio.Path(film.preview.path).exists()
    (picture,) = (block for block in result.content if isinstance(block, types.ImageContent))
    assert picture.mime_type == "image/jpeg"
    assert len(house.simulator.jobs) == 3


async def test_a_film_of_a_video_that_is_not_there_names_it(tmp_path: Path, era: Era) -> None:
    async with a_house(tmp_path, era) as house, house.connect() as client:
        made = await make(client)
        missing = await client.call_tool("fetch_video", {"video_id": made.video_id, "join": ["video_nobody"]})
    assert missing.is_error
    assert "video_nobody" in text_of(missing)


async def test_the_command_line_joins_too(tmp_path: Path) -> None:
    async with run_simulator(READABLE) as simulator:
        shell = a_shell(tmp_path, simulator)
        ids: list[str] = []
        for prompt in ("one", "two"):
            made = await shell.run("create", prompt, "--model", str(REQUEST["model"]), "--seconds", "5", "--json")
            ids.append(str(made.answer["video_id"]))
        joined = await shell.run("fetch", *ids, "--join", "film.mp4")
        looked = await shell.run("fetch", ids[0], "--preview", "poster")
    assert (joined.code, joined.stdout.strip()) == (0, str(tmp_path / "film.mp4")), joined.stderr
    assert (tmp_path / "film.mp4").stat().st_size > 0
    poster = next(line for line in looked.stdout.splitlines() if line.startswith("Poster: "))
    raw = await anyio.Path(poster.removeprefix("Poster: ")).read_bytes()
    assert Image.open(io.BytesIO(raw)).format == "JPEG"
