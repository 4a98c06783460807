"""Still pictures: how large they are, and how to make them smaller. Blocks, but for `fit_image`."""

from __future__ import annotations

import io
import struct
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from anyio import to_thread

from video_mcp.errors import InputRefused, InputTooLarge
from video_mcp.families.spec import MediaLimits
from video_mcp.media.decode import read_head
from video_mcp.media.measurements import ImageFacts
from video_mcp.media.png import without_text
from video_mcp.media.sniff import HEAD_BYTES, IMAGE_FORMATS, ImageFormat, describe, media_format

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_IMAGE_PIXELS = 100_000_000

_BOXED_HEAD_BYTES = 256 * 1024
_ORIENTATION_TAG = 0x0112
_UPRIGHT = 1
_LYING_DOWN = (5, 6, 7, 8)
_TURNED = (2, 3, 4, *_LYING_DOWN)
_UPRIGHT_QUALITIES = (95, 90, 85)
_DRAFT_SHARE = 8
_QUALITIES = (92, 84, 74, 62)
_SCALE_STEP = 0.8
_SMALLEST_PX = 64
_HEIC_ADVICE = 'Give it as JPEG or PNG, or install "video-mcp-gateway[heic]" beside this server.'
# What a picture is written as, best first; every vendor takes the first.
_WRITTEN: tuple[ImageFormat, ...] = ("jpeg", "png", "webp")


def image_facts(file: BinaryIO, name: ImageFormat) -> ImageFacts:
    """Return format and size of an open image, having decoded it.

    Raises:
        InputRefused: If it is damaged.
        InputTooLarge: If its header claims more than `MAX_IMAGE_PIXELS`; nothing is decoded then.
    """
    head = read_head(file)
    if name in ("heic", "avif"):
        width, height = _checked_size(_boxed_size(file.read(_BOXED_HEAD_BYTES)))
        return ImageFacts(format=name, width=width, height=height)
    if name == "webp":
        _checked_size(_webp_size(head))
    with _opened(file, name) as image:
        width, height = image.size
        orientation = image.getexif().get(_ORIENTATION_TAG, _UPRIGHT)
        # JPEG decodes at an eighth of its size for an eighth of the cost, and is still read to its end.
        image.draft("RGB", (width // _DRAFT_SHARE, height // _DRAFT_SHARE))
        image.load()
    if orientation in _LYING_DOWN:
        width, height = height, width
    return ImageFacts(format=name, width=width, height=height, is_turned=orientation in _TURNED)


@contextmanager
def _opened(file: BinaryIO, name: ImageFormat) -> Generator[Image]:
    from PIL import Image  # noqa: PLC0415 - only a session with images needs it

    Image.MAX_IMAGE_PIXELS = MAX_IMAGE_PIXELS
    file.seek(0)
    try:
        source = without_text(file) if name == "png" else file
        with _decoder(source) if name == "heic" else Image.open(source, formats=[name.upper()]) as image:
            _checked_size(image.size)
            yield image
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels("more than that") from error
    except InputRefused:
        raise
    except Exception as error:  # a damaged file makes Pillow's decoders raise whatever they stumble over
        msg = f"The image begins like {name} but cannot be decoded: it is damaged or cut short."
        raise InputRefused(msg) from error


def _decoder(file: BinaryIO) -> Image:
    """Decode a HEIC photo, upright.

    Raises:
        InputRefused: If the library for it is not installed.
    """
    try:
        import pillow_heif  # noqa: PLC0415 - an extra, and only for HEIC
    except ImportError as error:
        msg = "HEIC photos cannot be converted here."
        raise InputRefused(msg, advice=_HEIC_ADVICE) from error
    # Its stubs leave the argument without a type.
    return pillow_heif.read_heif(file.read()).to_pillow()  # pyright: ignore[reportUnknownMemberType]


def _checked_size(size: tuple[int, int]) -> tuple[int, int]:
    if size[0] * size[1] > MAX_IMAGE_PIXELS:
        raise _too_many_pixels(f"{size[0]}x{size[1]}")
    return size


def _too_many_pixels(found: str) -> InputTooLarge:
    most = MAX_IMAGE_PIXELS // 1_000_000
    return InputTooLarge(f"At most {most} million pixels are read, and the image claims {found}. Scale it down.")


def _webp_size(head: bytes) -> tuple[int, int]:
    """Pillow reserves a WebP's whole canvas when it opens it, so its header is read here first."""
    chunk = head[12:16]
    if len(head) < 30:
        return 0, 0
    if chunk == b"VP8X":
        return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
    if chunk == b"VP8L":
        packed = int.from_bytes(head[21:25], "little")
        return (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
    width, height = struct.unpack("<HH", head[26:30])
    return width & 0x3FFF, height & 0x3FFF


def _boxed_size(head: bytes) -> tuple[int, int]:
    """Return the largest size that a HEIC or AVIF file names; Pillow cannot decode the first."""
    sizes = list(_extents(head))
    if not sizes:
        msg = "The image names no size: it is damaged or cut short."
        raise InputRefused(msg)
    return max(sizes, key=lambda size: size[0] * size[1])


def _extents(head: bytes) -> Iterator[tuple[int, int]]:
    at = head.find(b"ispe")
    while at >= 0 and at + 16 <= len(head):
        width, height = struct.unpack(">II", head[at + 8 : at + 16])
        yield width, height
        at = head.find(b"ispe", at + 4)


async def upright_image(content: bytes) -> bytes:
    """Return a photo with its pixels as a viewer shows them, in the same format and without the tag that turns it.

    Raises:
        InputRefused: If it cannot be decoded.
    """
    return await to_thread.run_sync(_upright, content)


def _upright(content: bytes) -> bytes:
    from PIL import ImageOps  # noqa: PLC0415 - see _opened

    name = _format_of(content)
    with _opened(io.BytesIO(content), name) as image:
        turned = ImageOps.exif_transpose(image)
        written = b""
        for quality in _UPRIGHT_QUALITIES:
            written = _written(turned, name, quality)
            if len(written) <= len(content):
                break
        return written


def _format_of(content: bytes) -> ImageFormat:
    name = media_format(content[:HEAD_BYTES])
    if name not in IMAGE_FORMATS:
        msg = f"The file is {describe(content[:HEAD_BYTES])} and cannot be converted here."
        raise InputRefused(msg)
    return name


async def fit_image(source: Path | bytes, limits: MediaLimits) -> bytes:
    """Return an image converted, scaled down, and written more densely, until it is within a field's limits.

    An image that already is comes back as it was. Nothing is cropped or enlarged, so that a ratio or a smallest
    side that is not met stays so.

    Raises:
        InputRefused: If the source is not an image that can be decoded, or no size of it is within the limits.
    """
    content = await to_thread.run_sync(source.read_bytes) if isinstance(source, Path) else source
    return await to_thread.run_sync(_fitted, content, limits)


def _fitted(content: bytes, limits: MediaLimits) -> bytes:
    from PIL import ImageOps  # noqa: PLC0415 - see _opened

    name = _format_of(content)
    file = io.BytesIO(content)
    facts = image_facts(file, name)
    if _within(facts, len(content), limits):
        return content
    with _opened(file, facts.format) as image:
        upright = ImageOps.exif_transpose(image)
        target = facts.format if facts.format in _allowed(limits) else _allowed(limits)[0]
        return _smaller(upright, target, limits)


def _within(facts: ImageFacts, size_bytes: int, limits: MediaLimits) -> bool:
    fits_format = not limits.formats or facts.format in limits.formats
    fits_side = limits.max_side_px is None or max(facts.width, facts.height) <= limits.max_side_px
    return fits_format and fits_side and (limits.max_bytes is None or size_bytes <= limits.max_bytes)


def _allowed(limits: MediaLimits) -> list[ImageFormat]:
    return [name for name in _WRITTEN if not limits.formats or name in limits.formats] or ["jpeg"]


def _smaller(image: Image, target: ImageFormat, limits: MediaLimits) -> bytes:
    smaller = image.copy()
    if limits.max_side_px is not None:
        smaller.thumbnail((limits.max_side_px, limits.max_side_px))
    # What is too small from the start is another finding; scaling only must not add to it.
    floor_px = min(limits.min_side_px or 0, *image.size)
    while min(smaller.size) >= floor_px:
        for quality in _QUALITIES[:1] if target == "png" else _QUALITIES:
            content = _written(smaller, target, quality)
            if limits.max_bytes is None or len(content) <= limits.max_bytes:
                return content
        smaller.thumbnail((smaller.width * _SCALE_STEP, smaller.height * _SCALE_STEP))
        floor_px = max(_SMALLEST_PX, floor_px)
    msg = f"No size of the image is within the limits: its shorter side would fall below {floor_px} px."
    raise InputRefused(msg)


def _written(image: Image, target: ImageFormat, quality: int) -> bytes:
    buffer, profile = io.BytesIO(), image.info.get("icc_profile")
    if target == "jpeg":
        _flattened(image).save(buffer, "JPEG", quality=quality, optimize=True, icc_profile=profile)
    else:
        plain = image.convert("RGBA" if _has_alpha(image) else "RGB")
        plain.save(buffer, target.upper(), quality=quality, icc_profile=profile)
    return buffer.getvalue()


def _has_alpha(image: Image) -> bool:
    return "A" in image.getbands() or "transparency" in image.info


def _flattened(image: Image) -> Image:
    from PIL import Image as Images  # noqa: PLC0415 - see _opened

    if not _has_alpha(image):
        return image.convert("RGB")
    white = Images.new("RGBA", image.size, "white")
    white.alpha_composite(image.convert("RGBA"))
    return white.convert("RGB")
