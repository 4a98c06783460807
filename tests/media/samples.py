"""Real files, made with the same libraries that ship with the product."""
# PyAV's stubs leave encoding half unknown; only this file encodes.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import hashlib
import io
import math
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import cast

import av
import pytest
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image

from video_mcp.media.frames import Still, last_still, stills
from video_mcp.media.stored_file import StoredFile

_SAMPLE_RATE = 48_000
_SAMPLES = 960
_SOUND_CODECS = {".webm": "libopus", ".wav": "pcm_s16le", ".mp3": "libmp3lame"}


@dataclass(frozen=True, kw_only=True)
class Clip:
    """A clip whose red grows from 0 to 250 with time: a frame's colour tells when it was taken."""

    seconds: float = 1.0
    size: tuple[int, int] = (128, 72)
    fps: int = 24
    sound: bool = False
    sound_seconds: float | None = None
    pictures: bool = True
    codec: str = "libx264"
    muxing: tuple[tuple[str, str], ...] = ()
    keyframe_every: int = 12
    turned: int = 0
    noise: bool = False
    brightness: float = 1.0
    cover: bool = False
    preset: str = "ultrafast"
    shape_until: float | None = None
    loudness: int = 9000

    def write(self, path: Path) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        with av.open(path, "w", options=dict(self.muxing)) as container:
            video = self._add_video(container) if self.pictures else None
            audio = _add_audio(container, path.suffix) if self.sound else None
            if self.cover:
                _add_cover(container)
            if video is not None:
                for frame in self._frames():
                    container.mux(video.encode(frame))
                container.mux(video.encode(None))
            if audio is not None:
                for tone in _tone(self.sound_seconds or self.seconds, self.loudness):
                    container.mux(audio.encode(tone))
                container.mux(audio.encode(None))
        return path

    def _add_video(self, container: OutputContainer) -> VideoStream:
        presets = {"libx264": {"preset": self.preset}, "libvpx": {"deadline": "realtime"}}
        options = presets.get(self.codec.partition("-")[0], {})
        video = cast("VideoStream", container.add_stream(self.codec, rate=self.fps, options=options))
        video.width, video.height = self.size
        video.pix_fmt = "yuv420p"
        video.gop_size = self.keyframe_every
        if self.turned:
            video.set_display_rotation(self.turned)
        return video

    def _frames(self) -> Iterator[VideoFrame]:
        count = max(1, round(self.seconds * self.fps))
        noise: Image.Image | None = None
        for number in range(count):
            red = round(250 * number / max(1, count - 1))
            picture = Image.new("RGB", self.size, (red, 60, 60))
            if self.shape_until is not None:
                moved = int(40 * min(number / self.fps, self.shape_until))
                picture = Image.new("RGB", self.size, (60, 60, 60))
                picture.paste((240, 200, 40), (moved % 90, 10, moved % 90 + 30, 50))
            if self.noise:
                if noise is None or self.shape_until is None or number / self.fps < self.shape_until:
                    noise = Image.effect_noise(self.size, 100)
                picture = noise.point(lambda level: level * self.brightness).convert("RGB")
            frame = cast("VideoFrame", VideoFrame.from_image(picture))
            frame.pts, frame.time_base = number, Fraction(1, self.fps)
            yield frame


def _add_audio(container: OutputContainer, suffix: str) -> AudioStream:
    name = _SOUND_CODECS.get(suffix, "aac")
    audio = cast("AudioStream", container.add_stream(name, rate=_SAMPLE_RATE))
    audio.layout = "mono"
    return audio


def _add_cover(container: OutputContainer) -> None:
    stream = container.add_stream("mjpeg", rate=1)
    stream.width, stream.height, stream.pix_fmt = 64, 64, "yuvj420p"
    stream.disposition = Disposition.attached_pic
    container.mux(stream.encode(cast("VideoFrame", VideoFrame.from_image(Image.new("RGB", (64, 64), "red")))))
    container.mux(stream.encode(None))


def _tone(seconds: float, loudness: int) -> Iterator[AudioFrame]:
    for start in range(0, round(seconds * _SAMPLE_RATE), _SAMPLES):
        wave = array("h", (int(loudness * math.sin((start + at) / 17)) for at in range(_SAMPLES)))
        frame = AudioFrame(format="s16", layout="mono", samples=_SAMPLES)
        frame.sample_rate, frame.pts, frame.time_base = _SAMPLE_RATE, start, Fraction(1, _SAMPLE_RATE)
        plane = frame.planes[0]
        plane.update(wave.tobytes().ljust(plane.buffer_size, b"\0"))
        yield frame


MakeClip = Callable[[str, Clip], Path]


def picture(
    format_name: str = "png",
    *,
    size: tuple[int, int] = (64, 48),
    mode: str = "RGB",
    noise: bool = False,
    orientation: int | None = None,
) -> bytes:
    """Return an image's bytes; `noise` makes it large in bytes."""
    image = Image.effect_noise(size, 90).convert(mode) if noise else Image.new(mode, size, 120)
    buffer = io.BytesIO()
    exif = Image.Exif()
    if orientation is not None:
        exif[0x0112] = orientation
    image.save(buffer, format_name, **({"exif": exif} if orientation is not None else {}))
    return buffer.getvalue()


def link(path: Path, target: Path) -> None:
    """Make a symbolic link, or skip the test where the user may not."""
    try:
        path.symlink_to(target)
    except OSError:
        pytest.skip("no right to make links here")


def stored(path: Path) -> StoredFile:
    """Return a file as the ledger would know it."""
    content = path.read_bytes()
    return StoredFile(path=path, size_bytes=len(content), sha256=hashlib.sha256(content).hexdigest())


def flipped(content: bytes, seed: int) -> bytes:
    """Return the bytes with one to eight of them changed, half of the time in the header at either end."""
    random, changed = Random(seed), bytearray(content)
    for _ in range(random.randint(1, 8)):
        near = random.choice([len(changed), 1200])
        at = random.randrange(min(near, len(changed)))
        changed[random.choice([at, -at - 1])] = random.randrange(256)
    return bytes(changed)


def stills_in(path: Path, shares: Sequence[float], *, longest_px: int, exact: bool) -> list[Still]:
    """Return the frames of a file at these shares."""
    with path.open("rb") as file:
        return stills(file, shares, longest_px=longest_px, exact=exact)


def last_still_in(path: Path) -> Still:
    """Return the last frame of a file."""
    with path.open("rb") as file:
        return last_still(file)
