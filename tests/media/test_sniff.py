from __future__ import annotations

import pytest

from video_mcp.media.sniff import FileType, describe, file_type, kind_of, may_be_media, media_format

MP4 = b"\0\0\0\x20ftypisom\0\0\x02\0"
WEBM = b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm"


TRANSPORT_STREAM = (b"\x47\x40\x00\x10" + bytes(184)) * 3


@pytest.mark.parametrize(
    "head",
    [
        MP4,
        WEBM,
        b"\0\0\0\x18styp",
        b"\0\0\0\x08wide\0\0\0\0mdat",
        b"\x1aE\xdf\xa3\x93B\x82\x88matroska",
        b"\0\0\0\x1cftypheic",
        b"GIF89a",
        b"RIFF\0\0\0\0AVI ",
        TRANSPORT_STREAM,
        bytes(4096),
        b"DKIF\0\0\x20\0VP80",
        b"ftypisom\0",
        b"\0\0\0\x01\x67\x42",
    ],
)
def test_whatever_may_be_media_is_kept(head: bytes) -> None:
    assert may_be_media(head)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b'{"error": 1}',
        b'\xef\xbb\xbf\r\n  [{"a": 1}]',
        b"<!DOCTYPE html>",
        b"<?xml version='1.0'?><Error/>",
        b"upstream connect error",
        b"< 3",
        "视频尚未完成".encode()[:-1],
        "not ready".encode("utf-16"),
        b"#EXTM3U\n",
        b"%PDF-1.7\n\x80",
        b"PK\x03\x04\x14\0",
        b"\x1f\x8b\x08\0",
    ],
)
def test_what_is_plainly_no_media_is_refused(head: bytes) -> None:
    assert not may_be_media(head)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (MP4, FileType(suffix=".mp4", media_type="video/mp4")),
        (WEBM, FileType(suffix=".webm", media_type="video/webm")),
        (TRANSPORT_STREAM, FileType(suffix=".ts", media_type="video/mp2t")),
        (b"\xff\xd8\xff", FileType(suffix=".jpg", media_type="image/jpeg")),
        (b"anything else", FileType(suffix=".bin", media_type="application/octet-stream")),
    ],
)
def test_a_file_is_called_by_what_it_is(head: bytes, expected: FileType) -> None:
    assert file_type(head) == expected


@pytest.mark.parametrize(
    ("head", "expected", "kind"),
    [
        (b"RIFF\x10\0\0\0WEBPVP8 ", "webp", "image"),
        (b"BM\x36\0\0\0\0\0\0\0\x36", "bmp", "image"),
        (b"II*\0\x08\0\0\0", "tiff", "image"),
        (b"MM\0*\0\0\0\x08", "tiff", "image"),
        (b"GIF89a", "gif", "image"),
        (b"\0\0\0\x1cftypmif1", "heic", "image"),
        (b"\0\0\0\x1cftypavif", "avif", "image"),
        (b"\0\0\0\x14ftypqt  ", "mov", "video"),
        (b"\x1aE\xdf\xa3\x93B\x82\x88matroska", "mkv", "video"),
        (b"RIFF\0\0\0\0WAVEfmt ", "wav", "audio"),
        (b"ID3\x04\0\0", "mp3", "audio"),
        (b"\xff\xfb\x90\x64", "mp3", "audio"),
        (b"\0\0\0\x1cftypM4A ", "m4a", "audio"),
        (TRANSPORT_STREAM, "mpegts", "video"),
        ((bytes(4) + b"\x47" + bytes(187)) * 3, "mpegts", "video"),
        (b"FLV\x01\x05", "flv", "video"),
        (b"RIFF\0\0\0\0AVI LIST", "avi", "video"),
        (b"\0\0\x01\xba\x44", "mpeg", "video"),
        (b"OggS\0\x02" + bytes(22) + b"\x80theora", "ogv", "video"),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9", "asf", "video"),
    ],
)
def test_every_format_is_known_by_its_bytes(head: bytes, expected: str, kind: str) -> None:
    name = media_format(head)

    assert name == expected
    assert name is not None
    assert kind_of(name) == kind


@pytest.mark.parametrize(
    "head",
    [
        b"BMW drives",
        b"\xff\xfb",
        b"\xff\xff\xff\xff",
        b"\xff\xfb\xf0\0",
        b"RIFF\0\0\0\0ACON",
        b"PK\x03\x04",
        b"OggS\0\x02vorbis",
    ],
)
def test_what_only_begins_alike_is_not_mistaken(head: bytes) -> None:
    assert media_format(head) is None


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"", "empty"),
        (b"[1]", "JSON"),
        (b"<!doctype html>", "HTML"),
        (b"<?xml version='1.0'?>", "XML"),
        (b"<?xml version='1.0'?><svg>", "an SVG drawing"),
        (b"%PDF-1.7", "a PDF"),
        (b"hello", "of an unknown format"),
        (b"\xff\xd8\xff", "an image (jpeg)"),
        (MP4, "a video (mp4)"),
    ],
)
def test_a_reader_is_told_what_the_file_is(head: bytes, expected: str) -> None:
    assert describe(head) == expected
