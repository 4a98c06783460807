"""Joining videos: copied where they agree, encoded again where they differ."""

from __future__ import annotations

import hashlib
from itertools import pairwise
from pathlib import Path
from threading import Event

import anyio
import av
import pytest

from video_mcp.media.join import join_videos
from video_mcp.media.stored_file import StoredFile
from video_mcp.simulator.clip import ClipPlan, render_clip

pytestmark = pytest.mark.anyio


def shot(folder: Path, name: str, width: int = 96, height: int = 64, *, with_audio: bool = True) -> StoredFile:
    path = folder / f"{name}.mp4"
    plan = ClipPlan(prompt=name, caption="", width=width, height=height, seconds=1, with_audio=with_audio)
    render_clip(plan, path, Event())
    raw = path.read_bytes()
    return StoredFile(path=path, size_bytes=len(raw), sha256=hashlib.sha256(raw).hexdigest())


def frame_times(path: Path) -> list[float]:
    with av.open(str(path)) as film:
        return [float(frame.time or 0) for frame in film.decode(video=0)]


async def test_shots_that_agree_are_joined_without_encoding(tmp_path: Path) -> None:
    shots = [shot(tmp_path, name) for name in ("one", "two", "three")]
    film = await join_videos(shots, tmp_path)
    times = frame_times(film.stored.path)
    assert film.is_copy
    assert len(times) == 3 * 24
    assert all(before < after for before, after in pairwise(times))
    assert film.facts.seconds == pytest.approx(3.0, abs=0.2)
    assert film.facts.has_audio
    assert film.stored.is_intact()


async def test_the_same_shots_are_the_same_film(tmp_path: Path) -> None:
    shots = [shot(tmp_path, name) for name in ("one", "two")]
    first = await join_videos(shots, tmp_path)
    again = await join_videos(shots, tmp_path)
    turned = await join_videos(shots[::-1], tmp_path)
    assert first.stored == again.stored
    assert turned.stored.path != first.stored.path


@pytest.mark.parametrize(
    ("width", "height", "with_audio"),
    [(64, 96, True), (96, 64, False), (128, 96, False)],
    ids=["size", "sound", "both"],
)
async def test_shots_that_differ_are_encoded_in_the_shape_of_the_first(
    tmp_path: Path, width: int, height: int, with_audio: bool
) -> None:
    shots = [shot(tmp_path, "one"), shot(tmp_path, "other", width, height, with_audio=with_audio)]
    film = await join_videos(shots, tmp_path)
    assert not film.is_copy
    assert (film.facts.width, film.facts.height, film.facts.has_audio) == (96, 64, True)
    assert film.facts.seconds == pytest.approx(2.0, abs=0.2)
    assert len(frame_times(film.stored.path)) == pytest.approx(48, abs=2)
    with av.open(str(film.stored.path)) as opened:
        sound = sum(frame.samples for frame in opened.decode(audio=0)) / 48_000
    assert sound == pytest.approx(2.0, abs=0.1)
    assert [path async for path in anyio.Path(tmp_path).glob("*.part")] == []
