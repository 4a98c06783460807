from __future__ import annotations

import io
import struct
import zlib
from dataclasses import replace
from pathlib import Path
from typing import cast

import pillow_heif
import pytest
from PIL import Image, ImageCms

from video_mcp.errors import InputRefused
from video_mcp.families.spec import MediaLimits
from video_mcp.media.images import fit_image, image_facts, upright_image
from video_mcp.media.sniff import ImageFormat

from .samples import picture

pytestmark = pytest.mark.anyio

ANY = MediaLimits(source="gateway_page")


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


async def test_an_image_within_its_limits_is_left_alone(tmp_path: Path) -> None:
    content = picture("png", size=(200, 100))
    path = tmp_path / "a.png"
    path.write_bytes(content)
    limits = replace(ANY, formats=("png",), max_side_px=200, max_bytes=len(content), min_side_px=500)

    assert await fit_image(content, ANY) == content
    assert await fit_image(path, limits) == content


@pytest.mark.parametrize("name", ["png", "jpeg", "webp"])
async def test_sides_are_scaled_down_in_proportion_and_the_format_stays(name: str) -> None:
    fitted = opened(await fit_image(picture(name, size=(2000, 500)), replace(ANY, max_side_px=1000)))

    assert (fitted.size, fitted.format) == ((1000, 250), name.upper())


@pytest.mark.parametrize("name", ["png", "jpeg", "webp"])
async def test_bytes_are_brought_down_to_the_edge(name: str) -> None:
    content = picture(name, size=(600, 400), noise=True)

    fitted = await fit_image(content, replace(ANY, max_bytes=len(content) // 3))

    assert len(fitted) <= len(content) // 3
    assert opened(fitted).format == name.upper()
    assert min(opened(fitted).size) >= 64


async def test_a_format_that_is_not_taken_becomes_one_that_is() -> None:
    limits = replace(ANY, formats=("jpg", "jpeg"))

    assert opened(await fit_image(picture("bmp"), limits)).format == "JPEG"
    assert opened(await fit_image(picture("gif"), replace(ANY, formats=("png",)))).format == "PNG"


async def test_what_is_transparent_becomes_white_where_there_is_no_transparency() -> None:
    clear = io.BytesIO()
    Image.new("RGBA", (100, 100), (0, 0, 0, 0)).save(clear, "PNG")

    flat = opened(await fit_image(clear.getvalue(), replace(ANY, formats=("jpeg",))))
    kept = opened(await fit_image(clear.getvalue(), replace(ANY, max_side_px=80)))

    assert flat.getpixel((50, 50)) == (255, 255, 255)
    assert kept.mode == "RGBA"


async def test_a_photo_taken_lying_down_stands_up() -> None:
    fitted = opened(await fit_image(picture("jpeg", size=(800, 200), orientation=6), replace(ANY, max_side_px=400)))

    assert fitted.size == (100, 400)
    assert not fitted.getexif().get(0x0112)


async def test_an_image_is_never_made_too_small() -> None:
    wide = picture("png", size=(2000, 400))

    assert opened(await fit_image(wide, replace(ANY, max_side_px=1500, min_side_px=300))).size == (1500, 300)
    with pytest.raises(InputRefused, match="its shorter side would fall below 300 px"):
        await fit_image(wide, replace(ANY, max_side_px=1490, min_side_px=300))


async def test_bytes_that_no_size_reaches_are_refused() -> None:
    with pytest.raises(InputRefused, match="below 64 px"):
        await fit_image(picture("png", size=(300, 200), noise=True), replace(ANY, max_bytes=100))


def photo(name: str, *, size: tuple[int, int] = (160, 90)) -> bytes:
    """Return a picture in a format that few models take."""
    buffer = io.BytesIO()
    image = Image.new("RGB", size, (200, 60, 60))
    if name == "heic":
        pillow_heif.from_pillow(image).save(buffer, quality=80)  # pyright: ignore[reportUnknownMemberType] - no types there
    else:
        image.save(buffer, name.upper())
    return buffer.getvalue()


@pytest.mark.parametrize("name", ["heic", "avif", "webp", "gif", "tiff", "bmp"])
@pytest.mark.parametrize("target", ["jpeg", "png"])
async def test_every_format_is_converted_to_one_that_is_taken(name: str, target: str) -> None:
    fitted = opened(await fit_image(photo(name), replace(ANY, formats=(target,))))

    assert (fitted.format, fitted.size) == (target.upper(), (160, 90))
    red, green, _ = cast("tuple[int, int, int]", fitted.convert("RGB").getpixel((80, 45)))
    assert red > 150 > green


async def test_a_large_heic_photo_is_scaled_down_too() -> None:
    fitted = opened(await fit_image(photo("heic", size=(1200, 800)), replace(ANY, formats=("jpeg",), max_side_px=600)))

    assert fitted.size == (600, 400)


@pytest.mark.parametrize("name", ["jpeg", "png", "webp", "tiff"])
@pytest.mark.parametrize(("orientation", "corner"), [(3, (79, 39)), (6, (39, 0)), (8, (0, 79)), (2, (79, 0))])
async def test_a_photo_is_sent_as_a_viewer_shows_it(name: str, orientation: int, corner: tuple[int, int]) -> None:
    image = Image.new("RGB", (80, 40), "black")
    image.paste((255, 255, 255), (0, 0, 20, 10))
    buffer, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = orientation
    image.save(buffer, name.upper(), exif=exif)
    assert image_facts(io.BytesIO(buffer.getvalue()), cast("ImageFormat", name)).is_turned

    upright = opened(await upright_image(buffer.getvalue()))

    assert upright.format == name.upper()
    assert upright.size == ((40, 80) if orientation in (6, 8) else (80, 40))
    assert cast("tuple[int, int, int]", upright.convert("RGB").getpixel(corner))[0] > 200
    assert upright.getexif().get(0x0112, 1) == 1
    facts = image_facts(io.BytesIO(await upright_image(buffer.getvalue())), cast("ImageFormat", name))
    assert not facts.is_turned


async def test_the_colours_of_a_profile_stay() -> None:
    # Pillow's stub leaves the profile without a type.
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
    buffer = io.BytesIO()
    Image.new("RGB", (300, 200), "red").save(buffer, "PNG", icc_profile=profile)

    assert opened(await fit_image(buffer.getvalue(), replace(ANY, formats=("jpeg",)))).info["icc_profile"] == profile


def png_with(*chunks: tuple[bytes, bytes]) -> bytes:
    content = picture("png", size=(64, 48))
    extra = b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )
    return content[:33] + extra + content[33:]


LARGE = zlib.compress(b"x" * 3_000_000)


@pytest.mark.parametrize(
    "chunk",
    [
        (b"zTXt", b"workflow\0\0" + LARGE),
        (b"iTXt", b"prompt\0\1\0\0\0" + LARGE),
        (b"tEXt", b"parameters\0" + b"x" * 3_000_000),
    ],
)
async def test_a_png_with_large_texts_is_a_picture(chunk: tuple[bytes, bytes]) -> None:
    content = png_with(chunk, chunk)

    facts = image_facts(io.BytesIO(content), "png")
    fitted = opened(await fit_image(content, replace(ANY, formats=("jpeg",))))

    assert (facts.width, facts.height) == (64, 48)
    assert fitted.size == (64, 48)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty and cannot be converted"),
        (b"\0\0\0\x18ftypheic", "names no size"),
        (b"<svg>", "an SVG drawing and cannot be converted"),
        (picture("png")[:60], "damaged or cut short"),
    ],
)
async def test_what_cannot_be_decoded_cannot_be_scaled(content: bytes, words: str) -> None:
    with pytest.raises(InputRefused, match=words):
        await fit_image(content, ANY)
