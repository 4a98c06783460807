"""What a file is, by its first bytes; names and declared types lie. Pure."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import Literal, get_args

HEAD_BYTES = 4096
"""How many first bytes the functions here want; fewer are allowed."""

MediaKind = Literal["image", "video", "audio"]

KIND_WORDS: dict[MediaKind, str] = {"image": "an image", "video": "a video", "audio": "a sound"}

ImageFormat = Literal["png", "jpeg", "webp", "gif", "bmp", "tiff", "heic", "avif"]
VideoFormat = Literal["mp4", "mov", "webm", "mkv", "mpegts", "mpeg", "flv", "avi", "ogv", "asf"]
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
    "mpegts": "video/mp2t",
    "mpeg": "video/mpeg",
    "flv": "video/x-flv",
    "avi": "video/x-msvideo",
    "ogv": "video/ogg",
    "asf": "video/x-ms-asf",
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
}
_OTHER_SUFFIXES: dict[MediaFormat, str] = {"jpeg": ".jpg", "mpegts": ".ts", "mpeg": ".mpg", "asf": ".wmv"}
VIDEO_SUFFIXES = tuple(_OTHER_SUFFIXES.get(name, f".{name}") for name in VIDEO_FORMATS)

_MAGIC: tuple[tuple[bytes, MediaFormat], ...] = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"ID3", "mp3"),
    (b"FLV\x01", "flv"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
    (b"\0\0\x01\xba", "mpeg"),
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

_DOCUMENTS = (b"%PDF", b"PK\x03\x04", b"\x1f\x8b", b"#EXTM3U")
_TEXT_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_TEXT_CONTROLS = frozenset("\t\n\r\f\x1b")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileType:
    """How a file of some kind is called: the ending of its name, and its MIME type."""

    suffix: str
    media_type: str


def media_format(head: bytes) -> MediaFormat | None:
    """Return the format of an image, video or sound, or None when the bytes begin like none of them."""
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    if head[:4] == b"RIFF":
        riff: dict[bytes, MediaFormat] = {b"WEBP": "webp", b"WAVE": "wav", b"AVI ": "avi"}
        return riff.get(head[8:12])
    if head[:4] == b"\x1aE\xdf\xa3":
        return "webm" if b"webm" in head[:64] else "mkv"
    if head[:4] == b"OggS" and b"theora" in head[:512]:
        return "ogv"
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
    return "mpegts" if _is_transport_stream(head) else None


def _is_transport_stream(head: bytes) -> bool:
    """Say whether packets of a transport stream's size follow one another; M2TS puts four bytes before each."""
    starts = ((0, 188), (4, 192), (0, 204))
    return any(
        len(head) > start + 2 * size and all(head[start + size * packet] == 0x47 for packet in range(3))
        for start, size in starts
    )


def kind_of(name: MediaFormat) -> MediaKind:
    """Return whether a format is of images, videos or sounds."""
    if name in IMAGE_FORMATS:
        return "image"
    return "video" if name in VIDEO_FORMATS else "audio"


def file_type(head: bytes) -> FileType:
    """Return how a file that begins like this is called; `.bin` when its format is not known."""
    name = media_format(head)
    if name is None:
        return FileType(suffix=".bin", media_type="application/octet-stream")
    return FileType(suffix=_OTHER_SUFFIXES.get(name, f".{name}"), media_type=MEDIA_TYPES[name])


def may_be_media(head: bytes) -> bool:
    """Say whether a download may be kept: everything but what is plainly text, markup, JSON or a document."""
    if media_format(head) is not None:
        return True
    return bool(head) and not head.startswith(_DOCUMENTS) and not _is_text(head)


def _is_text(head: bytes) -> bool:
    if head.startswith(_TEXT_MARKS):
        return True
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return all(char.isprintable() or char in _TEXT_CONTROLS for char in text)


def _markup_language(head: bytes) -> str | None:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:1] in (b"{", b"["):
        return "JSON"
    marked_up = text[:1] == b"<" and (text[1:2].isalpha() or text[1:2] in (b"!", b"?"))
    return _markup(head) if marked_up else None


def describe(head: bytes) -> str:
    """Return what the bytes are, as the end of the sentence `the file is ...`."""
    if not head:
        return "empty"
    name = media_format(head)
    if name is not None:
        return f"{KIND_WORDS[kind_of(name)]} ({name})"
    language = _markup_language(head)
    if language is not None:
        return language
    return next((words for magic, words in _OTHER_WORDS if head.startswith(magic)), "of an unknown format")


def _markup(head: bytes) -> str:
    if b"<svg" in head.lower():
        return "an SVG drawing"
    return "XML" if head.lstrip().startswith(b"<?xml") else "HTML"
