from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from video_mcp.errors import InputRefused
from video_mcp.families.spec import MediaLimits
from video_mcp.media.images import fit_image

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


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty and cannot be scaled"),
        (b"\0\0\0\x18ftypheic", r"an image \(heic\) and cannot be scaled"),
        (picture("png")[:60], "damaged or cut short"),
    ],
)
async def test_what_cannot_be_decoded_cannot_be_scaled(content: bytes, words: str) -> None:
    with pytest.raises(InputRefused, match=words):
        await fit_image(content, ANY)
