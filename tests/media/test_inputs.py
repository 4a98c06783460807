from __future__ import annotations

import base64
import hashlib
import os
import struct
import threading
import zlib
from collections.abc import AsyncGenerator
from contextlib import suppress
from pathlib import Path

import pytest

from video_mcp.errors import InputRefused, InputTooLarge
from video_mcp.media.inputs import DataInput, InputReader, MediaKind, RemoteInput
from video_mcp.media.measurements import AudioFacts, ImageFacts, VideoFacts

from .samples import Clip, MakeClip, link, picture, stored

pytestmark = pytest.mark.anyio


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "work"
    root.mkdir()
    return root


@pytest.fixture
def reader(root: Path) -> InputReader:
    return InputReader([root])


async def read(reader: InputReader, ref: str, kind: MediaKind = "image") -> DataInput:
    media = await reader.read(ref, kind)
    assert isinstance(media, DataInput)
    return media


async def test_a_web_address_is_passed_on_unseen(reader: InputReader) -> None:
    assert await reader.read("https://example.com/a.png", "video") == RemoteInput("https://example.com/a.png")


async def test_an_image_is_read_measured_hashed_and_encoded(reader: InputReader, root: Path) -> None:
    content = picture("png", size=(300, 200))
    (root / "cat.jpeg").write_bytes(content)

    media = await read(reader, "cat.jpeg")

    assert media.facts == ImageFacts(format="png", width=300, height=200)
    assert media.media_type == "image/png"
    assert media.sha256 == hashlib.sha256(content).hexdigest()
    assert media.size_bytes == len(content)
    assert media.bare_base64 == base64.b64encode(content).decode()
    assert media.data_uri == f"data:image/png;base64,{media.bare_base64}"
    assert media.content() == content
    assert len(repr(media)) < 400


async def test_every_spelling_of_a_path_is_the_same_file(
    reader: InputReader, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = root / "my cat.png"
    path.write_bytes(picture())
    monkeypatch.setenv("HOME", str(root))
    monkeypatch.setenv("USERPROFILE", str(root))
    inline = f"data:text/plain;base64,{base64.b64encode(path.read_bytes()).decode()}"

    refs = ["my cat.png", str(path), "~/my cat.png", path.as_uri(), f"  {path}\n", inline]

    assert len({(await read(reader, ref)).sha256 for ref in refs}) == 1


async def test_a_large_file_is_encoded_in_pieces_that_join(reader: InputReader, root: Path) -> None:
    content = picture("bmp", size=(1000, 900), noise=True)
    (root / "large.bmp").write_bytes(content)

    media = await read(reader, "large.bmp")

    assert len(content) > 3 * 786_432
    assert base64.b64decode(media.bare_base64, validate=True) == content
    assert media.sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("name", ["png", "jpeg", "webp", "gif", "bmp", "tiff"])
async def test_images_of_every_format_are_measured(reader: InputReader, name: str) -> None:
    media = await reader.read_bytes(picture(name, size=(70, 50)), "image")

    assert isinstance(media.facts, ImageFacts)
    assert (media.facts.width, media.facts.height) == (70, 50)
    assert media.media_type == f"image/{name}"


@pytest.mark.parametrize(
    ("name", "clip", "kind", "media_type"),
    [
        ("a.mp4", Clip(sound=True), "video", "video/mp4"),
        ("a.mov", Clip(), "video", "video/quicktime"),
        ("a.webm", Clip(codec="libvpx"), "video", "video/webm"),
        ("a.wav", Clip(pictures=False, sound=True), "audio", "audio/wav"),
        ("a.mp3", Clip(pictures=False, sound=True), "audio", "audio/mpeg"),
        ("a.m4a", Clip(pictures=False, sound=True), "audio", "audio/mp4"),
        ("a.mp4", Clip(pictures=False, sound=True), "audio", "audio/mp4"),
    ],
)
async def test_videos_and_sounds_are_measured(
    reader: InputReader, make_clip: MakeClip, name: str, clip: Clip, kind: MediaKind, media_type: str
) -> None:
    media = await read(reader, str(make_clip(f"work/{name}", clip)), kind)

    assert isinstance(media.facts, VideoFacts if kind == "video" else AudioFacts)
    assert media.facts.seconds == pytest.approx(1.0, abs=0.06)
    assert media.media_type == media_type


@pytest.mark.parametrize(
    ("kind", "words"),
    [("video", r"a\.mp4 is an image \(png\), not a video"), ("audio", r"an image \(png\), not a sound")],
)
async def test_an_image_is_neither_video_nor_sound(
    reader: InputReader, root: Path, kind: MediaKind, words: str
) -> None:
    (root / "a.mp4").write_bytes(picture("png"))

    with pytest.raises(InputRefused, match=words):
        await reader.read("a.mp4", kind)


async def test_a_video_is_neither_image_nor_sound(reader: InputReader, make_clip: MakeClip) -> None:
    path = str(make_clip("work/a.mp4", Clip(sound=True)))

    with pytest.raises(InputRefused, match=r"is a video \(mp4\), not an image"):
        await reader.read(path, "image")
    with pytest.raises(InputRefused, match="is not a sound that can be used: The file is a video"):
        await reader.read(path, "audio")


@pytest.mark.parametrize("name", ["a.wav", "a.m4a"])
async def test_a_sound_is_neither_image_nor_video(reader: InputReader, make_clip: MakeClip, name: str) -> None:
    path = str(make_clip(f"work/{name}", Clip(pictures=False, sound=True)))

    for kind in ("image", "video"):
        with pytest.raises(InputRefused, match="is a sound"):
            await reader.read(path, kind)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty, not an image"),
        (b'{"a": 1}', "is JSON"),
        (b"<html>", "is HTML"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG drawing"),
        (b"%PDF-1.7", "a PDF"),
        (b"#!/bin/sh\n", "of an unknown format"),
    ],
)
async def test_anything_else_is_named(reader: InputReader, root: Path, content: bytes, words: str) -> None:
    (root / "a.png").write_bytes(content)

    with pytest.raises(InputRefused, match=words):
        await reader.read("a.png", "image")


async def test_a_missing_file_has_neighbours(reader: InputReader, root: Path) -> None:
    (root / "kitten.png").write_bytes(picture())

    with pytest.raises(InputRefused, match=r"There is no file .*kiten\.png\. Did you mean kitten\.png\?"):
        await reader.read("kiten.png", "image")
    with pytest.raises(InputRefused, match=r"The folder .*nowhere does not exist either"):
        await reader.read("nowhere/kitten.png", "image")
    with pytest.raises(InputRefused) as refused:
        await reader.read("zzzzzzzz", "image")
    assert "Did you mean" not in str(refused.value)


async def test_a_folder_is_no_file(reader: InputReader, root: Path) -> None:
    (root / "folder.png").mkdir()

    with pytest.raises(InputRefused, match="is a folder"):
        await reader.read("folder.png", "image")


async def test_relative_paths_are_looked_for_below_each_root(root: Path, tmp_path: Path) -> None:
    second = tmp_path / "videos"
    second.mkdir()
    (second / "a.png").write_bytes(picture("png"))
    reader = InputReader([root, second])

    assert (await read(reader, "a.png")).media_type == "image/png"
    (root / "a.png").write_bytes(picture("gif"))
    assert (await read(reader, "a.png")).media_type == "image/gif"


async def test_without_roots_no_file_is_read(root: Path) -> None:
    (root / "a.png").write_bytes(picture())
    reader = InputReader([])

    for ref in ("a.png", str(root / "a.png")):
        with pytest.raises(InputRefused, match="outside"):
            await reader.read(ref, "image")


@pytest.mark.parametrize(
    "ref",
    ["../secret.png", "{outside}", "file://{outside}", "file:///%2e%2e/secret.png", "/etc/passwd", "door/secret.png"],
)
async def test_nothing_outside_is_read_nor_is_its_neighbourhood_told(
    reader: InputReader, root: Path, tmp_path: Path, ref: str
) -> None:
    outside = tmp_path / "secret.png"
    outside.write_bytes(picture())
    link(root / "door", tmp_path)

    for text in (
        ref.format(outside=outside.as_posix()),
        ref.format(outside=outside.as_posix()).replace("secret", "secert"),
    ):
        with pytest.raises(InputRefused, match=r"is refused: it") as refused:
            await reader.read(text, "image")
        assert "Did you mean" not in str(refused.value)


async def test_a_home_that_is_not_known_is_said(reader: InputReader) -> None:
    with pytest.raises(InputRefused, match="home folder"):
        await reader.read("~nobody-of-that-name/a.png", "image")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
async def test_a_pipe_does_not_block(reader: InputReader, root: Path) -> None:
    os.mkfifo(root / "pipe.png")

    with pytest.raises(InputRefused, match="pipe"):
        await reader.read("pipe.png", "image")


async def test_a_finished_video_may_lie_anywhere_but_is_judged_all_the_same(
    reader: InputReader, make_clip: MakeClip
) -> None:
    file = stored(make_clip("elsewhere.mp4", Clip()))

    assert (await reader.read_stored(file, "video")).media_type == "video/mp4"
    with pytest.raises(InputRefused, match="not an image"):
        await reader.read_stored(file, "image")


async def test_a_folder_that_becomes_a_link_at_any_moment_leads_nowhere(
    reader: InputReader, root: Path, tmp_path: Path
) -> None:
    inside, outside = root / "inside", tmp_path / "outside"
    for folder, size in ((inside, (30, 20)), (outside, (40, 50))):
        folder.mkdir()
        (folder / "a.png").write_bytes(picture(size=size))
    link(root / "door", inside)
    link(root / "there", inside)
    link(root / "elsewhere", outside)
    stopped = threading.Event()

    def swap() -> None:
        while not stopped.is_set():
            for name in ("elsewhere", "there"):
                (root / "next").symlink_to((root / name).readlink())
                (root / "next").replace(root / "door")

    swapping = threading.Thread(target=swap)
    swapping.start()
    try:
        sizes = [facts.width async for facts in _reads(reader, "door/a.png", 300)]
    finally:
        stopped.set()
        swapping.join()
    assert set(sizes) <= {30}


async def _reads(reader: InputReader, ref: str, count: int) -> AsyncGenerator[ImageFacts]:
    for _ in range(count):
        with suppress(InputRefused):
            facts = (await read(reader, ref)).facts
            assert isinstance(facts, ImageFacts)
            yield facts


async def test_the_limit_of_bytes_is_inside(root: Path) -> None:
    content = picture()
    (root / "a.png").write_bytes(content)

    assert (await read(InputReader([root], max_bytes=len(content)), "a.png")).size_bytes == len(content)
    with pytest.raises(InputTooLarge, match=r"a\.png has .* MB, and at most .* MB are read"):
        await InputReader([root], max_bytes=len(content) - 1).read("a.png", "image")


async def test_a_gigabyte_of_nothing_is_not_read(root: Path) -> None:
    with (root / "a.png").open("wb") as file:
        file.write(picture())
        file.truncate(1 << 30)

    with pytest.raises(InputTooLarge, match=r"a\.png has 1024\.0 MB, and at most 100 MB"):
        await InputReader([root]).read("a.png", "image")


def png_claiming(width: int, height: int) -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = b"IDAT" + zlib.compress(bytes(3_000_000), 9)
    chunks = b"".join(
        struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
        for chunk in (header, pixels, b"IEND")
    )
    return b"\x89PNG\r\n\x1a\n" + chunks


def webp_claiming(chunk: bytes, width: int, height: int) -> bytes:
    if chunk == b"VP8X":
        body = bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    elif chunk == b"VP8L":
        body = b"\x2f" + ((width - 1) | (height - 1) << 14).to_bytes(4, "little")
    else:
        body = b"\x30\x01\x00\x9d\x01\x2a" + struct.pack("<HH", width, height)
    body = chunk + struct.pack("<I", len(body)) + body + bytes(64)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def gif_claiming(width: int, height: int) -> bytes:
    content = picture("gif")
    return content[:6] + struct.pack("<HH", width, height) + content[10:]


@pytest.mark.parametrize(
    ("content", "claim"),
    [
        (png_claiming(60_000, 60_000), "more than that"),
        (png_claiming(10_001, 10_000), ""),
        (webp_claiming(b"VP8X", 16_383, 16_383), "16383x16383"),
        (webp_claiming(b"VP8L", 16_383, 16_383), "16383x16383"),
        (webp_claiming(b"VP8 ", 16_383, 16_383), "16383x16383"),
        (gif_claiming(65_535, 65_535), "more than that"),
    ],
)
async def test_a_small_file_that_claims_a_huge_picture_is_not_decoded(
    reader: InputReader, content: bytes, claim: str
) -> None:
    with pytest.raises(InputTooLarge, match=f"At most 100 million pixels are read, and the image claims {claim}"):
        await reader.read_bytes(content, "image")


async def test_the_limit_of_pixels_is_inside(reader: InputReader) -> None:
    # The header is believed up to the limit; then the decoder finds the pixels missing.
    with pytest.raises(InputRefused, match="damaged or cut short"):
        await reader.read_bytes(png_claiming(10_000, 10_000), "image")


@pytest.mark.parametrize("name", ["png", "jpeg", "webp", "gif", "bmp", "tiff"])
@pytest.mark.parametrize("share", [0.1, 0.6, 0.9])
async def test_an_image_cut_short_is_refused(reader: InputReader, name: str, share: float) -> None:
    content = picture(name, size=(200, 150), noise=True)

    with pytest.raises(InputRefused, match="damaged or cut short"):
        await reader.read_bytes(content[: int(len(content) * share)], "image")


async def test_a_photo_taken_lying_down_is_measured_as_seen(reader: InputReader) -> None:
    media = await reader.read_bytes(picture("jpeg", size=(90, 40), orientation=6), "image")

    assert media.facts == ImageFacts(format="jpeg", width=40, height=90, is_turned=True)


def heic_claiming(*sizes: tuple[int, int]) -> bytes:
    boxes = b"".join(b"\0\0\0\x14ispe\0\0\0\0" + struct.pack(">II", *size) for size in sizes)
    return b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0\0\0\x60meta" + boxes


async def test_a_heic_photo_is_measured_by_its_largest_picture(reader: InputReader) -> None:
    media = await reader.read_bytes(heic_claiming((512, 512), (4032, 3024), (320, 240)), "image")

    assert (media.facts, media.media_type) == (ImageFacts(format="heic", width=4032, height=3024), "image/heic")


@pytest.mark.parametrize("content", [heic_claiming(), heic_claiming((9, 9))[:-4]])
async def test_a_heic_photo_without_a_size_is_refused(reader: InputReader, content: bytes) -> None:
    with pytest.raises(InputRefused, match="names no size"):
        await reader.read_bytes(content, "image")


async def test_a_heic_photo_that_claims_too_much_is_refused(reader: InputReader) -> None:
    with pytest.raises(InputTooLarge):
        await reader.read_bytes(heic_claiming((1 << 31, 1 << 31)), "image")


async def test_a_cover_picture_makes_no_video_of_a_sound(reader: InputReader, make_clip: MakeClip) -> None:
    path = str(make_clip("work/song.mp3", Clip(pictures=False, sound=True, cover=True)))

    assert (await read(reader, path, "audio")).media_type == "audio/mpeg"
    with pytest.raises(InputRefused, match="is a sound"):
        await reader.read(path, "video")


async def test_a_playlist_behind_the_mark_of_a_sound_is_not_followed(
    reader: InputReader, root: Path, make_clip: MakeClip
) -> None:
    secret = make_clip("secret.mp3", Clip(pictures=False, sound=True))
    playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{secret.as_uri()}\n#EXT-X-ENDLIST\n".encode()
    (root / "a.mp3").write_bytes(b"ID3\x04\0\0\0\0\0\0" + playlist)

    with pytest.raises(InputRefused, match="not a sound that can be used"):
        await reader.read("a.mp3", "audio")


async def test_a_damaged_video_says_what_is_wrong(reader: InputReader, make_clip: MakeClip) -> None:
    path = make_clip("work/a.mp4", Clip())
    path.write_bytes(path.read_bytes()[:400])

    with pytest.raises(InputRefused, match=r"a\.mp4 is not a video that can be used: The file begins like mp4"):
        await reader.read("a.mp4", "video")
