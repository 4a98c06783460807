"""Seeing a video without playing it: poster, storyboard and last frame, as JPEG."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from anyio import to_thread

from video_mcp.media.disk import write_atomically
from video_mcp.media.frames import Still, last_still, stills
from video_mcp.media.stored_file import StoredFile, open_without_links

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_PREVIEW_BYTES = 100_000

_POSTER_SHARE = 0.25  # the very beginning is often black
_POSTER_PX = 1024
_TILES = 12
_TILE_PX = 320
_LABEL_PX = 20
_GAP_PX = 4
_LANDSCAPE_COLUMNS = 4
_PORTRAIT_COLUMNS = 6
_BACKGROUND = (24, 24, 24)
_QUALITIES = (85, 75, 62, 50, 38)
_SCALE_STEP = 0.8
_FULL_QUALITY = 95


def poster_path(video: Path) -> Path:
    """Return where the poster of a video is kept."""
    return video.with_name(f"{video.stem}.poster.jpg")


def storyboard_path(video: Path) -> Path:
    """Return where the storyboard of a video is kept."""
    return video.with_name(f"{video.stem}.storyboard.jpg")


async def poster(video: StoredFile) -> bytes:
    """Return one frame as a JPEG of at most `MAX_PREVIEW_BYTES`; made once and kept beside the video.

    Raises:
        NotAVideo: If no frame can be decoded.
        FileUnavailable: If the video is gone or changed.
    """
    return await to_thread.run_sync(_kept_or_made, video, poster_path(video.path), _poster)


async def storyboard(video: StoredFile) -> bytes:
    """Return up to 12 frames with their times on one JPEG of at most `MAX_PREVIEW_BYTES`; made once and kept.

    Raises:
        NotAVideo: If no frame can be decoded.
        FileUnavailable: If the video is gone or changed.
    """
    return await to_thread.run_sync(_kept_or_made, video, storyboard_path(video.path), _storyboard)


async def last_frame(video: StoredFile) -> bytes:
    """Return the last frame as a JPEG in full size and best quality, to begin the next shot with.

    Raises:
        NotAVideo: If the end cannot be decoded.
        FileUnavailable: If the video is gone or changed.
    """
    return await to_thread.run_sync(_last_frame, video)


def _last_frame(video: StoredFile) -> bytes:
    return video.read_by(lambda file: _jpeg(last_still(file).image, _FULL_QUALITY))


def _kept_or_made(video: StoredFile, preview: Path, make: Callable[[BinaryIO], bytes]) -> bytes:
    def made(file: BinaryIO) -> tuple[bytes, bool]:
        kept = _kept(file, preview)
        return (kept, True) if kept is not None else (make(file), False)

    content, is_kept = video.read_by(made)
    # A full or read-only disk costs the file, not the answer.
    if not is_kept:
        with suppress(OSError):
            write_atomically(preview, content)
    return content


def _kept(video: BinaryIO, preview: Path) -> bytes | None:
    """Return a preview that is no older than its video and is what we would have made."""
    try:
        with open_without_links(preview) as file:
            facts = os.fstat(file.fileno())
            is_older = facts.st_mtime_ns < os.fstat(video.fileno()).st_mtime_ns
            if is_older or not stat.S_ISREG(facts.st_mode) or facts.st_size > MAX_PREVIEW_BYTES:
                return None
            content = file.read()
    except OSError:
        return None
    return content if content.startswith(b"\xff\xd8\xff") else None


def _poster(video: BinaryIO) -> bytes:
    shot = stills(video, [_POSTER_SHARE], longest_px=_POSTER_PX, exact=True)[0]
    return _jpeg_within(shot.image, MAX_PREVIEW_BYTES)


def _storyboard(video: BinaryIO) -> bytes:
    shares = [tile / (_TILES - 1) for tile in range(_TILES)]
    return _jpeg_within(_sheet(stills(video, shares, longest_px=_TILE_PX, exact=False)), MAX_PREVIEW_BYTES)


def _sheet(shots: Sequence[Still]) -> Image:
    from PIL import Image  # noqa: PLC0415 - only a preview needs it

    tiles = [_labelled(shot) for shot in shots]
    width, height = tiles[0].size
    columns = min(len(shots), _LANDSCAPE_COLUMNS if width >= height - _LABEL_PX else _PORTRAIT_COLUMNS)
    rows = -(-len(shots) // columns)
    size = (columns * (width + _GAP_PX) - _GAP_PX, rows * (height + _GAP_PX) - _GAP_PX)
    sheet = Image.new("RGB", size, _BACKGROUND)
    for number, tile in enumerate(tiles):
        row, column = divmod(number, columns)
        sheet.paste(tile, (column * (width + _GAP_PX), row * (height + _GAP_PX)))
    return sheet


def _labelled(shot: Still) -> Image:
    """Return a tile: the frame, and its time code in a strip below it that covers nothing."""
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415 - only a storyboard needs it

    width, height = shot.image.size
    tile = Image.new("RGB", (width, height + _LABEL_PX), _BACKGROUND)
    tile.paste(shot.image, (0, 0))
    font = ImageFont.load_default(size=_LABEL_PX - 6)
    ImageDraw.Draw(tile).text((4, height + 1), time_code(shot.seconds), fill="white", font=font)
    return tile


def time_code(seconds: float) -> str:
    """Return a time as a reader of a film wants it: `3.2 s`, `1:04`, `1:02:03`. Pure."""
    if round(seconds, 1) < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _jpeg_within(image: Image, most_bytes: int) -> bytes:
    """Lower the quality, then the size, until the picture fits."""
    smaller = image.copy()
    while True:
        for quality in _QUALITIES:
            content = _jpeg(smaller, quality)
            if len(content) <= most_bytes:
                return content
        smaller.thumbnail((smaller.width * _SCALE_STEP, smaller.height * _SCALE_STEP))


def _jpeg(image: Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    subsampling = "4:4:4" if quality >= _FULL_QUALITY else "4:2:0"
    image.convert("RGB").save(buffer, "JPEG", quality=quality, optimize=True, subsampling=subsampling)
    return buffer.getvalue()
