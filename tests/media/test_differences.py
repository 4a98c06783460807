from __future__ import annotations

import pytest

from video_mcp.media.differences import differences
from video_mcp.media.measurements import VideoFacts


def facts(
    *,
    seconds: float = 8.0,
    width: int = 1280,
    height: int = 720,
    fps: float = 24.0,
    audio_codec: str | None = "aac",
) -> VideoFacts:
    return VideoFacts(
        container="mp4",
        audio_codec=audio_codec,
        seconds=seconds,
        width=width,
        height=height,
        fps=fps,
    )


def test_what_was_not_asked_for_cannot_differ() -> None:
    assert differences(facts()) == []


@pytest.mark.parametrize(
    ("asked", "got", "expected"),
    [
        (10, 8.0, ["requested 10 s, got 8 s"]),
        (5, 5.04, []),
        (5, 5.5, []),
        (5, 5.51, ["requested 5 s, got 5.5 s"]),
        (5, 4.5, []),
        (5, 4.4, ["requested 5 s, got 4.4 s"]),
        (60, 61.8, []),
        (60, 62.0, ["requested 60 s, got 62 s"]),
        (-1, 8.0, []),
    ],
)
def test_length_differs_by_more_than_rounding(asked: float, got: float, expected: list[str]) -> None:
    assert differences(facts(seconds=got), seconds=asked) == expected


@pytest.mark.parametrize(
    ("asked", "got", "expected"),
    [
        (24, 24.0, []),
        (30, 29.97, []),
        (24, 23.976, []),
        (30, 24.0, ["requested 30 fps, got 24 fps on average"]),
        (30, 22.417, ["requested 30 fps, got 22.4 fps on average"]),
        (30, 0.0, []),
    ],
)
def test_a_rate_differs_by_its_average(asked: float, got: float, expected: list[str]) -> None:
    assert differences(facts(fps=got), fps=asked) == expected


@pytest.mark.parametrize(
    ("ratio", "size", "expected"),
    [
        ("16:9", (1280, 720), []),
        ("16:9", (1248, 704), []),
        ("16:9", (864, 496), []),
        ("16:9", (720, 1280), ["requested 16:9, got 9:16"]),
        ("1:1", (1000, 300), ["requested 1:1, got 1000x300"]),
        ("adaptive", (1000, 300), []),
    ],
)
def test_ratio_differs_by_more_than_a_block_of_pixels(ratio: str, size: tuple[int, int], expected: list[str]) -> None:
    assert differences(facts(width=size[0], height=size[1]), aspect_ratio=ratio) == expected


@pytest.mark.parametrize(
    ("resolution", "size", "expected"),
    [
        ("720p", (1280, 720), []),
        ("720P", (720, 1280), []),
        ("720p", (960, 960), []),
        ("720p", (1470, 630), []),
        ("768P", (1366, 768), []),
        ("4k", (3840, 2160), []),
        ("2K", (2560, 1440), []),
        ("1080p", (1280, 720), ["requested 1080p, got 720p (1280x720)"]),
        ("480p", (1280, 720), ["requested 480p, got 720p (1280x720)"]),
        ("high", (64, 64), []),
    ],
)
def test_resolution_is_the_shorter_side_or_the_area(
    resolution: str, size: tuple[int, int], expected: list[str]
) -> None:
    assert differences(facts(width=size[0], height=size[1]), resolution=resolution) == expected


def test_an_exact_size_is_exact_and_speaks_for_the_shape() -> None:
    wide = facts(width=1792, height=1024)

    assert differences(wide, size=(1792, 1024), aspect_ratio="1:1", resolution="480p") == []
    assert differences(wide, size=(1280, 720)) == ["requested 1280x720, got 1792x1024"]


def test_sound_is_compared_both_ways() -> None:
    assert differences(facts(audio_codec=None), audio=True) == ["requested sound, got none"]
    assert differences(facts(), audio=False) == ["requested no sound, got sound"]
    assert differences(facts(), audio=True) == []
