"""What a finished video really is."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from pathlib import Path

import av
import httpx2
import pytest

from video_mcp.simulator.clip import ClipPlan
from video_mcp.simulator.clip_shelf import ClipShelf

from .visits import SMALL, Visit, visiting

pytestmark = pytest.mark.anyio

TINY = 64


@dataclass(frozen=True, slots=True)
class Probe:
    width: int
    height: int
    seconds: float
    frames: tuple[bytes, ...]
    frames_per_second: float
    video_codec: str
    audio_codec: str | None
    loudest_sample: int


def probe(content: bytes) -> Probe:
    with av.open(io.BytesIO(content), "r") as container:
        video = container.streams.video[0]
        pictures = tuple(bytes(frame.planes[0]) for frame in container.decode(video))
        seconds = (container.duration or 0) / 1_000_000
        rate = float(video.average_rate or 0)
        size = (video.width, video.height, video.codec_context.name)
        audio = container.streams.audio[0].codec_context.name if container.streams.audio else None
    return Probe(size[0], size[1], seconds, pictures, rate, size[2], audio, loudest(content) if audio else 0)


def loudest(content: bytes) -> int:
    resampler = av.AudioResampler(format="s16", layout="mono")
    with av.open(io.BytesIO(content), "r") as container:
        frames = [out for frame in container.decode(audio=0) for out in resampler.resample(frame)]
    samples = b"".join(bytes(frame.planes[0]) for frame in frames)
    return max(abs(one) for one in memoryview(samples).cast("h"))


async def video_of(visit: Visit, **fields: object) -> bytes:
    return (await visit.content(await visit.finished(**fields))).content


async def test_a_video_is_h264_and_aac_at_24_frames_per_second(visit: Visit) -> None:
    seen = probe(await video_of(visit, seconds="4"))

    assert (seen.video_codec, seen.audio_codec, seen.frames_per_second) == ("h264", "aac", 24)
    assert seen.seconds == pytest.approx(4, abs=0.1)
    assert len(seen.frames) == 4 * 24


async def test_the_picture_moves_and_the_tone_can_be_heard(visit: Visit) -> None:
    seen = probe(await video_of(visit))

    assert len(set(seen.frames[::8])) == len(seen.frames[::8])
    assert seen.loudest_sample > 1000


@pytest.mark.parametrize(
    ("fields", "size"),
    [
        ({"model": "sora-2"}, (720, 1280)),
        ({"model": "sora-2", "size": "1280x720"}, (1280, 720)),
        ({"model": "sora-2", "aspect_ratio": "16:9"}, (720, 1280)),
        ({"model": "veo3.1", "resolution": "1080p", "aspect_ratio": "9:16"}, (1080, 1920)),
        ({"model": "grok-video-3", "aspect_ratio": "1:1", "resolution": "480P"}, (480, 480)),
        ({"model": "kling-video", "model_name": "kling-v2-1", "seconds": 5}, (1280, 720)),
        ({"model": "doubao-seedance-2-0-260128", "ratio": "21:9", "resolution": "720p"}, (1680, 720)),
    ],
)
async def test_a_job_says_the_size_that_was_asked_for(
    visit: Visit, fields: dict[str, object], size: tuple[int, int]
) -> None:
    if fields["model"] == "kling-video":
        fields = {**fields, "mode": "i2v", "image": "https://example.com/a.png"}

    answer = await visit.post(**fields)

    assert answer.json()["size"] == f"{size[0]}x{size[1]}"


async def test_a_clip_keeps_the_shape_within_the_longest_side_allowed(visit: Visit) -> None:
    seen = probe(await video_of(visit, size="1280x720"))

    assert seen.width == TINY
    assert seen.height == pytest.approx(TINY * 9 / 16, abs=2)
    assert seen.height % 2 == 0


async def test_without_a_longest_side_a_clip_has_its_full_size() -> None:
    async with visiting(replace(SMALL, max_side=None)) as visit:
        seen = probe(await video_of(visit, size="1280x720"))
    assert (seen.width, seen.height) == (1280, 720)


async def test_a_video_starts_playing_before_it_is_complete(visit: Visit) -> None:
    content = await video_of(visit)
    assert content.index(b"moov") < content.index(b"mdat")


async def test_equal_requests_give_equal_bytes_and_other_prompts_give_others(visit: Visit) -> None:
    first, again, other = [await video_of(visit, prompt=prompt) for prompt in ("a cat", "a cat", "a dog")]
    assert first == again
    assert first != other

    async with visiting() as later:
        assert await video_of(later, prompt="a cat") == first


async def test_sound_that_was_switched_off_is_not_there(visit: Visit) -> None:
    silent = await video_of(visit, model="veo3.1", seconds="8", generate_audio=False)
    assert probe(silent).audio_codec is None


@pytest.mark.parametrize(
    "prompt",
    [
        "海边日落镜头 电影感",
        "غروب الشمس",
        "👩‍👩‍👧‍👦 family",
        "\x00\x07\n\t\u2028",
        "\ufeff\u200b",
        "e\u0301" * 50,
        "w" * 5000,
        "\U0001d54f\U0010ffff",
    ],
)
async def test_any_prompt_can_be_drawn(visit: Visit, prompt: str) -> None:
    assert (await video_of(visit, prompt=f"a {prompt}"))[4:8] == b"ftyp"


async def test_half_a_surrogate_pair_can_be_drawn(visit: Visit) -> None:
    body = b'{"model": "sora-2", "seconds": "4", "prompt": "a \\ud800 cat"}'
    created = await visit.client.post("/v1/videos", content=body, headers={"Content-Type": "application/json"})
    visit.clock.advance()

    answer = await visit.content(created.json()["id"])
    assert answer.status_code == httpx2.codes.OK


async def test_simulators_that_share_a_folder_encode_a_clip_once(tmp_path: Path) -> None:
    folder = tmp_path / "clips"
    plan = ClipPlan(prompt="a boat", caption="x", width=64, height=64, seconds=1)
    first = await ClipShelf(folder).clip(plan)
    written_at = first.path.stat().st_mtime_ns
    again = await ClipShelf(folder).clip(plan)
    assert again == first
    assert again.path.stat().st_mtime_ns == written_at
    assert [path.name for path in folder.iterdir()] == [f"{plan.key}.mp4"]
