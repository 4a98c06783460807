from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import JsonValue

from video_mcp.cli.request_arguments import parse_options, request_arguments, with_inputs_readable
from video_mcp.errors import InvalidRequest
from video_mcp.settings import Settings


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("cfg_scale=0.5", 0.5),
        ("watermark=true", True),
        ("style=anime", "anime"),
        ('camera_control={"type": "simple"}', {"type": "simple"}),
        ("voices=[1, 2]", [1, 2]),
        ('quoted="7"', "7"),
        ("empty=", ""),
        ("formula=a=b", "a=b"),
        ("limit=Infinity", "Infinity"),
        ("broken={", "{"),
    ],
)
def test_an_option_is_json_where_it_is_json(word: str, value: JsonValue) -> None:
    assert parse_options([word]) == {word.partition("=")[0]: value}


@pytest.mark.parametrize("words", [["cfg_scale"], ["=1"], ["fps=1", "fps=2"]])
def test_an_option_that_is_none_or_comes_twice_is_refused(words: list[str]) -> None:
    with pytest.raises(InvalidRequest, match="--option"):
        parse_options(words)


def test_what_was_not_given_is_absent() -> None:
    given: dict[str, JsonValue] = {"model": "sora-2", "seed": 0, "audio": False, "image": None, "reference_images": []}
    assert request_arguments(given, []) == {"model": "sora-2", "seed": 0, "audio": False}
    assert request_arguments({}, ["fps=24"]) == {"options": {"fps": 24}}


def test_only_the_folders_of_named_files_become_readable(tmp_path: Path) -> None:
    settings = Settings(output_dir=tmp_path / "videos")
    named = with_inputs_readable(
        settings,
        {
            "image": str(tmp_path / "a" / "x.png"),
            "source_video": "video://v/content",
            "reference_images": ["https://h/y"],
        },
        tmp_path / "work",
    )
    assert named.input_dirs == (tmp_path / "work", tmp_path / "videos", (tmp_path / "a").resolve())
    assert with_inputs_readable(settings, {"image": "data:image/png;base64,xx"}, tmp_path).input_dirs == ()
