from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.gateway.requests import FULL, H3, PIXELS, SELF_HOSTED, request
from video_mcp.gateway.dialects import judge, shortened, wire_body
from video_mcp.gateway.upstream import FormPart
from video_mcp.types import JsonObject


def form_of(arguments: JsonObject) -> tuple[FormPart, ...]:
    form = wire_body(request(arguments), "openai").form
    assert form is not None
    return form


def texts_of(arguments: JsonObject) -> dict[str, str | None]:
    return {part.name: part.text for part in form_of(arguments)}


def test_a_first_frame_from_a_file_goes_as_a_file() -> None:
    parts = [part for part in form_of(FULL["sora, frame"]) if part.file is not None]
    assert parts == [
        FormPart(
            name="input_reference",
            file=base64.b64decode(PIXELS),
            filename="input_reference.png",
            media_type="image/png",
        )
    ]


@pytest.mark.parametrize(
    ("ratio", "resolution", "size"),
    [
        ("16:9", "720p", "1280x720"),
        ("9:16", "1080p", "1080x1920"),
        ("1:1", "512p", "512x512"),
        ("21:9", "480p", "1120x480"),
        ("16:9", "4k", "3840x2160"),
    ],
)
def test_the_form_says_ratio_and_resolution_as_pixels(ratio: str, resolution: str, size: str) -> None:
    texts = texts_of({"model": SELF_HOSTED, "prompt": "A fox.", "aspect_ratio": ratio, "resolution": resolution})
    assert texts["size"] == size
    assert not {"aspect_ratio", "resolution"} & set(texts)


def test_a_size_that_was_given_stays() -> None:
    shape: JsonObject = {"size": "832x480", "aspect_ratio": "16:9", "resolution": "480p"}
    assert texts_of({"model": SELF_HOSTED, "prompt": "A fox.", **shape})["size"] == "832x480"


@pytest.mark.parametrize(
    ("dialect", "shape", "size"),
    [
        ("openai", {"aspect_ratio": "9:16"}, "720x1280"),
        ("openai", {"resolution": "480p"}, "848x480"),
        ("sglang", {"aspect_ratio": "9:16"}, "480x848"),
        ("sglang", {"resolution": "720p"}, "1280x720"),
        ("vllm-omni", {"resolution": "480p"}, "848x480"),
    ],
)
def test_a_ratio_or_a_resolution_alone_becomes_the_size_that_is_read(
    dialect: str, shape: JsonObject, size: str
) -> None:
    asked = request({"model": SELF_HOSTED, "prompt": "A fox.", **shape})
    texts = {part.name: part.text for part in wire_body(asked, dialect).form or ()}
    assert texts["size"] == size
    assert not set(shape) & set(texts)
    (warning,) = judge(asked, dialect)
    assert (warning.severity, warning.field) == ("warn", next(iter(shape)))
    assert size in warning.message


def test_a_ratio_without_numbers_stays_and_is_warned_about() -> None:
    asked = request({"model": SELF_HOSTED, "prompt": "A fox.", "aspect_ratio": "adaptive", "resolution": "720p"})
    texts = {part.name: part.text for part in wire_body(asked, "sglang").form or ()}
    assert texts["aspect_ratio"] == "adaptive"
    assert [finding.severity for finding in judge(asked, "sglang")] == ["warn"]


def test_a_broken_data_uri_goes_out_as_it_is() -> None:
    broken = "data:image/png;base64,A"
    asked = request({"model": SELF_HOSTED, "prompt": "A fox.", "image": broken})
    assert FormPart(name="reference_url", text=broken) in (wire_body(asked, "sglang").form or ())


def test_a_shown_form_names_its_files() -> None:
    shown_form = shortened(wire_body(request({**FULL["generic, files"], "model": H3}), "vllm-omni"))
    assert shown_form["input_references"] == [
        "input_references-1.png (image/png, 11 bytes)",
        "input_references-2.mp4 (video/mp4, 5 bytes)",
        "input_references-3.mp3 (audio/mpeg, 5 bytes)",
    ]


@settings(deadline=None)
@given(st.binary(min_size=1), st.sampled_from(["image/png", "image/jpeg", "audio/x-wav", "video/quicktime"]))
def test_the_bytes_of_a_file_arrive_unchanged(content: bytes, media_type: str) -> None:
    image = f"data:{media_type};base64,{base64.b64encode(content).decode()}"
    files = [part for part in form_of({"model": SELF_HOSTED, "prompt": "A fox.", "image": image}) if part.file]
    assert [(part.file, part.media_type) for part in files] == [(content, media_type)]
    kling = wire_body(request({"model": "kling-v3", "prompt": "A fox.", "image": image}), "gateway").json or {}
    assert kling["image"] == image.partition(",")[2]
