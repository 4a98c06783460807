"""What a file is, by its first bytes; names and declared types lie. Pure."""

from __future__ import annotations

from typing import Literal, get_args

HEAD_BYTES = 4096
"""How many first bytes the functions here want; fewer are allowed."""

MediaKind = Literal["image", "video", "audio"]

KIND_WORDS: dict[MediaKind, str] = {"image": "an image", "video": "a video", "audio": "a sound"}

ImageFormat = Literal["png", "jpeg", "webp", "gif", "bmp", "tiff", "heic", "avif"]
VideoFormat = Literal["mp4", "mov", "webm", "mkv"]
AudioFormat = Literal["wav", "mp3", "m4a"]
MediaFormat = ImageFormat | VideoFormat | AudioFormat

IMAGE_FORMATS: tuple[ImageFormat, ...] = get_args(ImageFormat)
VIDEO_FORMATS: tuple[VideoFormat, ...] = get_args(VideoFormat)
AUDIO_FORMATS: tuple[AudioFormat, ...] = get_args(AudioFormat)

MEDIA_TYPES: dict[MediaFormat, str] = {
    "png": "image/png",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "gif": "image/gif",
    "bmp": "image/bmp",
    "tiff": "image/tiff",
    "heic": "image/heic",
    "avif": "image/avif",
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "webm": "video/webm",
    "mkv": "video/x-matroska",
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
}

_MAGIC: tuple[tuple[bytes, MediaFormat], ...] = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"ID3", "mp3"),
)
_BRANDS: dict[bytes, MediaFormat] = {
    b"qt  ": "mov",
    b"M4A ": "m4a",
    b"M4B ": "m4a",
    b"avif": "avif",
    b"avis": "avif",
    b"heic": "heic",
    b"heix": "heic",
    b"heim": "heic",
    b"heis": "heic",
    b"mif1": "heic",
    b"msf1": "heic",
}
_QUICKTIME_BOXES = (b"moov", b"mdat", b"wide", b"skip", b"free", b"pnot")
_FRAGMENT_BOXES = (b"styp", b"sidx", b"moof")
_OTHER_WORDS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"#EXTM3U", "a playlist"),
    (b"OggS", "an Ogg file"),
    (b"fLaC", "a FLAC file"),
    (b"RIFF", "a RIFF file"),
    (b"FLV", "an FLV file"),
)

Sniffed = Literal["mp4", "webm", "json", "html", "image", "other"]


def media_format(head: bytes) -> MediaFormat | None:
    """Return the format of an image, video or sound, or None when the bytes begin like none of them."""
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    if head[:4] == b"RIFF":
        riff: dict[bytes, MediaFormat] = {b"WEBP": "webp", b"WAVE": "wav"}
        return riff.get(head[8:12])
    if head[:4] == b"\x1aE\xdf\xa3":
        return "webm" if b"webm" in head[:64] else "mkv"
    return _boxed(head) or _unmarked(head)


def _boxed(head: bytes) -> MediaFormat | None:
    box = head[4:8]
    if box == b"ftyp":
        return _BRANDS.get(head[8:12], "mp4")
    if box in _FRAGMENT_BOXES:
        return "mp4"
    return "mov" if box in _QUICKTIME_BOXES else None


def _unmarked(head: bytes) -> MediaFormat | None:
    # BMP and bare MP3 have two-byte marks; a zeroed field and a valid layer and bit rate confirm them.
    if head[:2] == b"BM" and head[6:10] == b"\0\0\0\0":
        return "bmp"
    if len(head) > 2 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2 and head[2] & 0xF0 != 0xF0:
        return "mp3"
    return None


def kind_of(name: MediaFormat) -> MediaKind:
    """Return whether a format is of images, videos or sounds."""
    if name in IMAGE_FORMATS:
        return "image"
    return "video" if name in VIDEO_FORMATS else "audio"


def sniff(first_bytes: bytes) -> Sniffed:
    """Say roughly what a download is; markup of every kind counts as `html`, QuickTime as `mp4`."""
    name = media_format(first_bytes)
    if name in ("mp4", "mov", "m4a"):
        return "mp4"
    if name in ("webm", "mkv"):
        return "webm"
    if name in IMAGE_FORMATS:
        return "image"
    text = first_bytes.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:1] in (b"{", b"["):
        return "json"
    marked_up = text[:1] == b"<" and (text[1:2].isalpha() or text[1:2] in (b"!", b"?"))
    return "html" if marked_up else "other"


def looks_like_video(head: bytes, content_type: str | None) -> bool:
    """Say whether a download may be kept: its bytes decide, its declared type where they are silent."""
    found = sniff(head)
    if found == "other":
        return media_format(head) is None and (content_type or "").strip().lower().startswith("video/")
    return found in ("mp4", "webm")


def describe(head: bytes) -> str:
    """Return what the bytes are, as the end of the sentence `the file is ...`."""
    if not head:
        return "empty"
    name = media_format(head)
    if name is not None:
        return f"{KIND_WORDS[kind_of(name)]} ({name})"
    found = sniff(head)
    if found in ("json", "html"):
        return "JSON" if found == "json" else _markup(head)
    return next((words for magic, words in _OTHER_WORDS if head.startswith(magic)), "of an unknown format")


def _markup(head: bytes) -> str:
    if b"<svg" in head.lower():
        return "an SVG drawing"
    return "XML" if head.lstrip().startswith(b"<?xml") else "HTML"
