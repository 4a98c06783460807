from __future__ import annotations

import io
import os
import struct
from contextlib import suppress
from pathlib import Path

import pytest

from video_mcp.errors import NotAVideo
from video_mcp.media.previews import last_frame
from video_mcp.media.probe import audio_facts, probe, video_facts

from .samples import Clip, MakeClip, flipped, last_still_in, picture, stills_in, stored

pytestmark = pytest.mark.anyio

FASTSTART = (("movflags", "+faststart"),)


@pytest.mark.parametrize(
    ("name", "clip", "container", "audio_codec"),
    [
        ("a.mp4", Clip(seconds=1, sound=True), "mp4", "aac"),
        ("a.mov", Clip(seconds=1), "mov", None),
        ("a.webm", Clip(seconds=1, sound=True, codec="libvpx-vp9"), "webm", "opus"),
        ("a.mkv", Clip(seconds=1), "mkv", None),
        ("a.mp4", Clip(seconds=1, muxing=FASTSTART), "mp4", None),
        ("a.mp4", Clip(seconds=1, muxing=(("movflags", "frag_keyframe+empty_moov"),)), "mp4", None),
    ],
)
async def test_facts_of_a_complete_video(
    make_clip: MakeClip, name: str, clip: Clip, container: str, audio_codec: str | None
) -> None:
    facts = await probe(make_clip(name, clip))

    assert (facts.container, facts.audio_codec) == (container, audio_codec)
    assert (facts.width, facts.height) == (128, 72)
    assert facts.seconds == pytest.approx(1.0, abs=0.06)
    assert facts.fps == pytest.approx(24, abs=1.1)
    assert facts.has_audio is (audio_codec is not None)


@pytest.mark.parametrize(
    ("name", "codec", "container", "media_type"),
    [
        ("a.ts", "libx264", "mpegts", "video/mp2t"),
        ("a.flv", "libx264", "flv", "video/x-flv"),
        ("a.avi", "mpeg4", "avi", "video/x-msvideo"),
        ("a.wmv", "mpeg4", "asf", "video/x-ms-asf"),
        ("a.mpg", "mpeg2video", "mpeg", "video/mpeg"),
    ],
)
async def test_other_containers_are_looked_into_too(
    make_clip: MakeClip, name: str, codec: str, container: str, media_type: str
) -> None:
    facts = await probe(make_clip(name, Clip(seconds=2, codec=codec)))

    assert (facts.container, facts.media_type) == (container, media_type)
    assert (facts.width, facts.height) == (128, 72)
    assert facts.seconds == pytest.approx(2.0, abs=0.15)


@pytest.mark.parametrize("name", ["a.ts", "a.flv", "a.avi", "a.wmv", "a.mpg"])
@pytest.mark.parametrize("seconds", [3, 20])
async def test_one_key_frame_is_enough_in_a_container_without_an_index(
    make_clip: MakeClip, name: str, seconds: float
) -> None:
    codecs = {"a.ts": "libx264", "a.flv": "libx264", "a.mpg": "mpeg2video"}
    clip = Clip(seconds=seconds, codec=codecs.get(name, "mpeg4"), keyframe_every=600, preset="medium")

    assert (await probe(make_clip(name, clip))).seconds == pytest.approx(seconds, abs=1.0)
    assert await last_frame(stored(make_clip(name, clip)))


@pytest.mark.parametrize(
    ("name", "codec"), [("a.webm", "libvpx-vp9"), ("a.mkv", "libx264"), ("a.mp4", "libx264"), ("a.ts", "libx264")]
)
async def test_sound_that_outlasts_the_picture_is_said_and_no_damage(
    make_clip: MakeClip, name: str, codec: str
) -> None:
    facts = await probe(make_clip(name, Clip(seconds=2, codec=codec, sound=True, sound_seconds=5)))

    assert facts.seconds == pytest.approx(2.0, abs=0.15)
    assert len(facts.warnings) == 1
    assert "sound lasts 5.0 s, its picture 2.0 s" in facts.warnings[0]


async def test_a_single_frame_is_a_video(make_clip: MakeClip) -> None:
    facts = await probe(make_clip("one.mp4", Clip(seconds=1 / 24)))

    assert facts.seconds == pytest.approx(1 / 24, abs=0.001)


async def test_a_film_stored_lying_down_is_measured_as_seen(make_clip: MakeClip) -> None:
    facts = await probe(make_clip("upright.mp4", Clip(turned=90)))

    assert (facts.width, facts.height) == (72, 128)


@pytest.mark.skipif(os.name == "nt", reason="a colon names a stream there")
async def test_a_name_that_looks_like_a_protocol_is_only_a_name(make_clip: MakeClip) -> None:
    facts = await probe(make_clip("concat:x%3A 影片.mp4", Clip()))

    assert facts.container == "mp4"


@pytest.mark.parametrize("share", [0.02, 0.2, 0.5, 0.9, 0.995])
async def test_a_video_cut_short_is_no_video(make_clip: MakeClip, share: float) -> None:
    path = make_clip("cut.mp4", Clip(seconds=4, sound=True, noise=True, muxing=FASTSTART))
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])

    with pytest.raises(NotAVideo, match="cut short"):
        await probe(path)


async def test_a_webm_cut_short_is_no_video(make_clip: MakeClip) -> None:
    path = make_clip("cut.webm", Clip(seconds=4, codec="libvpx-vp9"))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    with pytest.raises(NotAVideo, match=r"cut short: its header says 4\.0 s"):
        await probe(path)


async def test_zeros_in_place_of_the_pictures_are_no_video(make_clip: MakeClip) -> None:
    path = make_clip("zeros.mp4", Clip(seconds=1, muxing=FASTSTART))
    content = path.read_bytes()
    begin = content.index(b"mdat") + 4
    path.write_bytes(content[:begin] + bytes(len(content) - begin))

    with pytest.raises(NotAVideo):
        await probe(path)


async def test_a_header_that_claims_a_gigabyte_costs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "lie.mp4"
    path.write_bytes(b"\0\0\0\x18ftypisom\0\0\x02\0isommp41" + struct.pack(">I", 1 << 30) + b"moov" + bytes(100))

    with pytest.raises(NotAVideo, match="no moving picture"):
        await probe(path)


async def test_a_header_that_claims_a_huge_picture_is_not_believed(make_clip: MakeClip) -> None:
    path = make_clip("huge.mp4", Clip(codec="mpeg4"))
    content = bytearray(path.read_bytes())
    at = content.index(b"mp4v") + 28
    content[at : at + 4] = struct.pack(">HH", 60_000, 60_000)
    path.write_bytes(content)

    facts = await probe(path)

    assert (facts.width, facts.height) == (128, 72)


async def test_a_picture_too_large_for_any_film_is_not_decoded(make_clip: MakeClip) -> None:
    path = make_clip("huge.webm", Clip(codec="libvpx", size=(640, 360), seconds=0.5))
    sizes = b"\xb0\x82" + struct.pack(">H", 640) + b"\xba\x82" + struct.pack(">H", 360)
    claimed = b"\xb0\x82" + struct.pack(">H", 20_000) + b"\xba\x82" + struct.pack(">H", 6_000)
    # Without its start codes no frame can put the header right.
    path.write_bytes(path.read_bytes().replace(sizes, claimed).replace(b"\x9d\x01\x2a", bytes(3)))

    with pytest.raises(NotAVideo, match="claims 20000x6000 pixels"):
        await probe(path)
    with pytest.raises(NotAVideo, match="claims 20000x6000 pixels"):
        await last_frame(stored(path))


async def test_an_end_that_cannot_be_decoded_is_damage(make_clip: MakeClip) -> None:
    path = make_clip("end.mp4", Clip(seconds=2, noise=True, size=(640, 360), muxing=FASTSTART))
    content = path.read_bytes()
    kept = content.index(b"mdat") + (len(content) - content.index(b"mdat")) // 3
    path.write_bytes(content[:kept] + bytes(len(content) - kept))

    with pytest.raises(NotAVideo, match="end of the video cannot be decoded"):
        await probe(path)
    with pytest.raises(NotAVideo, match="end of the video cannot be decoded"):
        await last_frame(stored(path))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b'{"error": {"message": "expired"}}', "JSON"),
        (b"<!doctype html><title>502</title>", "HTML"),
        (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n", "a playlist"),
        (b"ffconcat version 1.0\nfile /etc/hostname\n", "of an unknown format"),
        (bytes(10_000), "of an unknown format"),
        (picture("png"), r"an image \(png\)"),
    ],
)
async def test_what_is_no_video_is_named(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "answer.mp4"
    path.write_bytes(content)

    with pytest.raises(NotAVideo, match=words):
        await probe(path)


@pytest.mark.parametrize("name", ["sound.mp4", "sound.m4a", "sound.mp3", "sound.wav"])
async def test_sound_alone_is_no_video(make_clip: MakeClip, name: str) -> None:
    path = make_clip(name, Clip(pictures=False, sound=True))

    with pytest.raises(NotAVideo, match="sound"):
        await probe(path)


async def test_a_file_that_is_not_there_is_no_matter_of_media(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await probe(tmp_path / "gone.mp4")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.wav", ("wav", "pcm_s16le")), ("a.mp3", ("mp3", "mp3")), ("a.m4a", ("m4a", "aac"))],
)
async def test_facts_of_a_sound(make_clip: MakeClip, name: str, expected: tuple[str, str]) -> None:
    path = make_clip(name, Clip(pictures=False, sound=True, seconds=2))

    facts = audio_facts(io.BytesIO(path.read_bytes()))

    assert (facts.format, facts.audio_codec) == expected
    assert facts.seconds == pytest.approx(2, abs=0.06)


async def test_a_video_is_no_sound_and_a_damaged_sound_is_none(make_clip: MakeClip) -> None:
    film = make_clip("film.mp4", Clip(sound=True)).read_bytes()

    with pytest.raises(NotAVideo, match="a video"):
        audio_facts(io.BytesIO(film))
    with pytest.raises(NotAVideo):
        audio_facts(io.BytesIO(b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0"))


async def test_facts_come_from_memory_too(make_clip: MakeClip) -> None:
    film = make_clip("film.mp4", Clip(seconds=2)).read_bytes()

    assert video_facts(io.BytesIO(film)).seconds == pytest.approx(2, abs=0.01)


@pytest.mark.parametrize(
    ("name", "clip"),
    [
        ("a.mp4", Clip(sound=True)),
        ("a.webm", Clip(codec="libvpx", sound=True)),
        ("a.mov", Clip(sound=True, muxing=FASTSTART)),
        ("a.wmv", Clip(seconds=3, codec="mpeg4")),
    ],
)
def test_flipped_bytes_are_a_video_or_none_and_nothing_else(make_clip: MakeClip, name: str, clip: Clip) -> None:
    path = make_clip(name, clip)
    content = path.read_bytes()
    for seed in range(300):
        path.write_bytes(flipped(content, seed))
        with suppress(NotAVideo):
            facts = video_facts(io.BytesIO(path.read_bytes()))
            assert facts.width > 0
            assert facts.height > 0
            assert 0 <= facts.seconds < 100
        with suppress(NotAVideo):
            stills_in(path, [0.25], longest_px=64, exact=True)
        with suppress(NotAVideo):
            last_still_in(path)


@pytest.mark.parametrize("kind", ["wav", "mp3", "m4a"])
def test_flipped_bytes_of_a_sound_are_a_sound_or_none_and_nothing_else(make_clip: MakeClip, kind: str) -> None:
    content = make_clip(f"a.{kind}", Clip(pictures=False, sound=True)).read_bytes()
    for seed in range(100):
        with suppress(NotAVideo):
            audio_facts(io.BytesIO(flipped(content, seed)))


async def test_names_in_another_alphabet_are_no_damage(make_clip: MakeClip) -> None:
    path = make_clip("a.mp4", Clip())
    path.write_bytes(path.read_bytes().replace(b"VideoHandler", b"VideoHandl\xe9r"))

    assert (await probe(path)).seconds == pytest.approx(1, abs=0.06)
