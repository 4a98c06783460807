from __future__ import annotations

import pytest

from video_mcp.media.sniff import describe, kind_of, looks_like_video, media_format, sniff

MP4 = b"\0\0\0\x20ftypisom\0\0\x02\0"
WEBM = b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm"


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (MP4, "mp4"),
        (b"\0\0\0\x14ftypqt  ", "mp4"),
        (b"\0\0\0\x18styp", "mp4"),
        (b"\0\0\0\x08wide\0\0\0\0mdat", "mp4"),
        (b"\0\0\0\x1cftypM4A ", "mp4"),
        (WEBM, "webm"),
        (b"\x1aE\xdf\xa3\x93B\x82\x88matroska", "webm"),
        (b'{"error": 1}', "json"),
        (b'\xef\xbb\xbf\r\n  [{"a": 1}]', "json"),
        (b"<!DOCTYPE html>", "html"),
        (b"\n<html lang=en>", "html"),
        (b"<?xml version='1.0'?><Error/>", "html"),
        (b"<Error><Code>AccessDenied", "html"),
        (b"\x89PNG\r\n\x1a\n", "image"),
        (b"\0\0\0\x1cftypheic", "image"),
        (b"", "other"),
        (b"< 3", "other"),
        (b"ftypisom", "other"),
        (b"upstream connect error", "other"),
    ],
)
def test_sniff_goes_by_the_first_bytes(head: bytes, expected: str) -> None:
    assert sniff(head) == expected


@pytest.mark.parametrize(
    ("head", "content_type", "expected"),
    [
        (MP4, None, True),
        (MP4, "application/octet-stream", True),
        (MP4, "application/json", True),
        (WEBM, "video/webm", True),
        (b'{"error": "expired"}', "video/mp4", False),
        (b"<html>", "video/mp4", False),
        (b"\xff\xd8\xff\xe0", "video/mp4", False),
        (b"RIFF\0\0\0\0WAVEfmt ", "video/mp4", False),
        (b"\x47\x40\x00\x10 a transport stream", " Video/MP2T", True),
        (b"\x47\x40\x00\x10 a transport stream", "text/plain", False),
        (b"nothing known", None, False),
    ],
)
def test_a_download_is_kept_for_its_bytes_and_the_type_decides_only_where_they_are_silent(
    head: bytes, content_type: str | None, expected: bool
) -> None:
    assert looks_like_video(head, content_type) is expected


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
    ],
)
def test_every_format_is_known_by_its_bytes(head: bytes, expected: str, kind: str) -> None:
    name = media_format(head)

    assert name == expected
    assert name is not None
    assert kind_of(name) == kind


@pytest.mark.parametrize(
    "head", [b"BMW drives", b"\xff\xfb", b"\xff\xff\xff\xff", b"\xff\xfb\xf0\0", b"RIFF\0\0\0\0AVI ", b"PK\x03\x04"]
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
