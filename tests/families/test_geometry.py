"""Sizes, ratios and resolutions as people type them."""

from __future__ import annotations

import pytest
from pydantic import JsonValue

from video_mcp.families.geometry import (
    normalize_ratio,
    normalize_resolution,
    normalize_seconds,
    parse_size,
    ratio_of,
    ratio_value,
    resolution_of,
    size_matching,
)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1280x720", (1280, 720)),
        (" 720 X 1280 ", (720, 1280)),
        ("1280*720", (1280, 720)),
        ("1280\u00d7720", (1280, 720)),
        ("720p", None),
        ("0x720", None),
        ("16:9", None),
    ],
)
def test_a_size_is_two_numbers(text: str, size: tuple[int, int] | None) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    ("size", "ratio", "resolution"),
    [
        ((1280, 720), "16:9", "720p"),
        ((1024, 1792), "9:16", "1024p"),
        ((1248, 704), "16:9", "704p"),
        ((3840, 1600), "21:9", "4k"),
        ((2160, 3840), "9:16", "4k"),
        ((1000, 310), None, "310p"),
    ],
)
def test_a_size_has_a_ratio_and_a_resolution(size: tuple[int, int], ratio: str | None, resolution: str) -> None:
    assert (ratio_of(*size), resolution_of(*size)) == (ratio, resolution)


@pytest.mark.parametrize(("text", "value"), [("16:9", 16 / 9), ("9x16", 9 / 16), ("1/1", 1.0)])
def test_a_ratio_has_a_value(text: str, value: float) -> None:
    assert ratio_value(text) == value


@pytest.mark.parametrize("text", ["16", "0:9", "16:0", "wide"])
def test_what_is_no_ratio_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no ratio"):
        ratio_value(text)


@pytest.mark.parametrize(
    ("given", "normal"), [("16/9", "16:9"), ("09:16", "9:16"), ("Adaptive ", "adaptive"), (1.5, 1.5), (None, None)]
)
def test_ratios_are_normalized(given: JsonValue, normal: JsonValue) -> None:
    assert normalize_ratio(given) == normal


@pytest.mark.parametrize(
    ("given", "normal"),
    [("720P", "720p"), (1080, "1080p"), ("1080", "1080p"), ("2160p", "4k"), ("UHD", "4k"), ("2K", "2k"), (True, True)],
)
def test_resolutions_are_normalized(given: JsonValue, normal: JsonValue) -> None:
    assert normalize_resolution(given) == normal


@pytest.mark.parametrize(("given", "normal"), [("8s", 8), ("8 Sec", 8), ("8", 8), (8, 8), (True, "true")])
def test_seconds_are_normalized(given: JsonValue, normal: JsonValue) -> None:
    assert normalize_seconds(given) == normal


@pytest.mark.parametrize(
    ("resolution", "ratio", "size"),
    [(None, "16:9", "1280x720"), ("1024P", None, "1024x1792"), ("720p", "9:16", "720x1280"), ("4k", None, None)],
)
def test_a_size_is_found_by_resolution_and_ratio(resolution: str | None, ratio: str | None, size: str | None) -> None:
    assert size_matching(("720x1280", "1280x720", "1024x1792"), resolution, ratio) == size
