"""What a kind of server loses is refused or warned about: the tables of what the real servers did, row by row."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.gateway.requests import CATALOG, H3, SELF_HOSTED, URL
from video_mcp import setting_types
from video_mcp.errors import InvalidRequest
from video_mcp.families.examples import example
from video_mcp.families.params import VideoRequest
from video_mcp.families.validation.check import check_request
from video_mcp.findings import Finding
from video_mcp.gateway import dialects
from video_mcp.gateway.dialects import addresses_to_fetch, dialect_names, judge, modes_through, profile_of, wire_body
from video_mcp.types import Dialect, JsonObject, Validation

FILE = "first.png"
CLIP = "clip.mp4"
CLIP_URL = "https://example.com/v.mp4"


def checked(arguments: JsonObject, dialect: Dialect, validation: Validation = "strict") -> VideoRequest:
    asked: JsonObject = {"model": SELF_HOSTED, "prompt": "A fox.", **arguments}
    return check_request(CATALOG, asked, validation, server_check=lambda request: judge(request, dialect))


def refused(arguments: JsonObject, dialect: Dialect) -> tuple[Finding, ...]:
    with pytest.raises(InvalidRequest) as caught:
        checked(arguments, dialect)
    return caught.value.findings


IMAGE_AND_END: JsonObject = {"image": FILE, "end_image": FILE}
URLS: JsonObject = {"image": URL, "end_image": f"{URL}2"}


SEEDANCE: JsonObject = {"model": "doubao-seedance-2-0-260128", "mode": "reference_images"}


@pytest.mark.parametrize("dialect", ["gateway", "new-api"])
def test_an_id_of_the_vendors_library_passes_where_the_server_passes_it_on(dialect: Dialect) -> None:
    request = checked({**SEEDANCE, "reference_images": ["asset://a-1", FILE]}, dialect)
    assert addresses_to_fetch(request, dialect) == frozenset()


@pytest.mark.parametrize("dialect", ["sglang", "vllm-omni"])
def test_an_id_of_a_library_is_refused_where_no_server_knows_one(dialect: Dialect) -> None:
    (finding,) = refused({"image": "asset://a-1"}, dialect)
    assert "passes no asset:// ids on" in finding.message


@pytest.mark.parametrize(
    ("arguments", "sglang", "vllm_omni", "h3"),
    [
        pytest.param(IMAGE_AND_END, "refused", "refused", "taken", id="two frames, files"),
        pytest.param(URLS, "refused", "taken", "taken", id="two frames, addresses"),
        pytest.param({"reference_images": [FILE]}, "taken", "taken", "taken", id="one reference"),
        pytest.param({"reference_images": [FILE, FILE]}, "refused", "refused", "taken", id="two references"),
        pytest.param({"reference_images": [URL, f"{URL}2"]}, "refused", "taken", "taken", id="two reference addresses"),
        pytest.param(
            {"image": FILE, "reference_images": [FILE]}, "refused", "refused", "taken", id="frame and reference"
        ),
        pytest.param({"source_video": CLIP}, "taken", "taken", "taken", id="a clip to edit"),
        pytest.param({"source_video": CLIP_URL}, "taken", "taken", "taken", id="a clip by address"),
        pytest.param({"reference_audios": ["a.mp3"]}, "refused", "refused", "taken", id="sound"),
    ],
)
def test_self_hosted_servers_take_what_reaches_their_engine(
    arguments: JsonObject, sglang: str, vllm_omni: str, h3: str
) -> None:
    def verdict(dialect: Dialect, model: str) -> str:
        try:
            checked({**arguments, "model": model}, dialect)
        except InvalidRequest:
            return "refused"
        return "taken"

    found = verdict("sglang", SELF_HOSTED), verdict("vllm-omni", SELF_HOSTED), verdict("vllm-omni", H3)
    assert found == (sglang, vllm_omni, h3)


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        pytest.param({"model": "veo3.1", "image": FILE, "end_image": FILE}, "end_image", id="veo, last frame"),
        pytest.param(
            {"model": "veo3.1-components", "reference_images": [FILE]}, "reference_images", id="veo, references"
        ),
        pytest.param(
            {"model": "kling-v1-6", "mode": "multi_i2v", "reference_images": [URL]}, "mode", id="kling, images"
        ),
        pytest.param(
            {"model": "kling-v1-6", "mode": "extend", "options": {"video_id": "clip-7"}}, "mode", id="kling, extend"
        ),
        pytest.param(
            {"model": "happyhorse-1.0", "mode": "r2v", "reference_images": [URL]},
            "reference_images",
            id="happyhorse r2v",
        ),
        pytest.param(
            {"model": "happyhorse-1.0", "mode": "edit", "source_video": CLIP_URL}, "source_video", id="happyhorse edit"
        ),
        pytest.param({"image": FILE}, "image", id="a model without a channel"),
    ],
)
def test_new_api_gets_no_media_that_its_channels_drop(arguments: JsonObject, field: str) -> None:
    (finding,) = refused(arguments, "new-api")
    assert finding.field == field
    assert "new-api" in finding.message
    assert "charged" in finding.message
    assert "gateway" in finding.message.rpartition("A server of the kind")[2]


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        pytest.param({"model": "kling-v3", "audio": True}, "audio", id="kling, sound"),
        pytest.param({"model": "happyhorse-1.0-t2v", "aspect_ratio": "9:16"}, "aspect_ratio", id="happyhorse, ratio"),
        pytest.param(
            {"model": "happyhorse-1.0", "mode": "t2v", "options": {"watermark": False}}, "watermark", id="mark"
        ),
        pytest.param({"model": "viduq3-turbo", "aspect_ratio": "9:16"}, "aspect_ratio", id="vidu, ratio"),
        pytest.param({"model": "viduq3-turbo", "audio": True}, "audio", id="vidu, sound"),
    ],
)
def test_new_api_is_warned_about_where_only_some_releases_pass_a_detail_on(arguments: JsonObject, field: str) -> None:
    warnings = {finding.field for finding in checked(arguments, "new-api").warnings if "new-api" in finding.message}
    assert field in warnings


def test_a_default_of_ours_is_never_warned_about() -> None:
    warnings = checked({"model": "viduq3-turbo"}, "new-api").warnings
    assert [finding for finding in warnings if "new-api" in finding.message] == []


def test_veos_image_goes_to_new_api_as_data_only() -> None:
    request = checked({"model": "veo3.1", "image": URL}, "new-api")
    assert addresses_to_fetch(request, "new-api") == {URL}
    assert addresses_to_fetch(request, "gateway") == frozenset()


def test_new_api_gets_the_name_that_its_operator_maps_and_no_other() -> None:
    for dialect, named in (("gateway", True), ("new-api", False)):
        body = str(wire_body(checked({"model": "kling-v2-6"}, dialect), dialect).json)
        assert ("model_name" in body) is named


def test_happyhorses_first_frame_is_where_both_generations_of_new_api_read_it() -> None:
    body = wire_body(checked({"model": "happyhorse-1.0-i2v", "image": URL}, "new-api"), "new-api").json or {}
    assert body["input_reference"] == URL
    assert URL in str(body["metadata"])


def test_openais_form_gets_its_image_as_a_file() -> None:
    assert addresses_to_fetch(checked({"image": URL}, "openai"), "openai") == {URL}
    refused({"image": FILE, "end_image": FILE}, "openai")
    refused({"reference_images": [FILE, FILE]}, "openai")
    refused({"source_video": CLIP}, "openai")


def test_a_mixture_of_files_and_addresses_becomes_files() -> None:
    request = checked({"model": H3, "image": FILE, "reference_images": [URL]}, "vllm-omni")
    assert addresses_to_fetch(request, "vllm-omni") == {URL}
    (finding,) = refused({"reference_images": [FILE, URL]}, "vllm-omni")
    assert "web addresses only" in finding.message
    assert "give 1" in finding.message


@pytest.mark.parametrize("dialect", ["openai", "vllm-omni"])
@pytest.mark.parametrize(
    ("name", "value", "nearest"), [("guidance_scale", 50.0, 20.0), ("num_inference_steps", 900, 200.0)]
)
def test_a_value_that_vllm_omni_answers_500_to_is_refused(
    dialect: Dialect, name: str, value: float, nearest: float
) -> None:
    (finding,) = refused({"options": {name: value}}, dialect)
    assert (finding.field, finding.nearest) == (name, nearest)


def test_the_model_and_the_server_are_judged_together() -> None:
    findings = refused({"model": "veo3.1", "seconds": 7, "image": FILE, "end_image": FILE}, "new-api")
    assert {finding.field for finding in findings} == {"seconds", "end_image"}
    server = next(finding for finding in findings if finding.field == "end_image")
    assert server.message.startswith("veo3.1 takes an end frame, but stock new-api (VIDEO_MCP_DIALECT=new-api)")


def test_a_lower_validation_sends_what_the_server_may_lose() -> None:
    request = checked(IMAGE_AND_END, "sglang", "warn")
    assert [finding.field for finding in request.warnings] == ["end_image"]
    assert checked(IMAGE_AND_END, "sglang", "off").warnings == ()


def test_the_modes_of_a_model_are_those_that_the_server_lets_through() -> None:
    found = CATALOG.find("veo3.1")
    assert found is not None
    assert modes_through(found[1], "gateway") == ("t2v", "i2v", "i2v_first_last", "reference_images")
    assert modes_through(found[1], "new-api") == ("t2v", "i2v")


@pytest.mark.parametrize("dialect", dialect_names())
def test_every_fact_has_a_source_and_every_kind_of_server_makes_text_to_video(dialect: Dialect) -> None:
    profile = profile_of(dialect)
    assert all(reading.source for reading in profile.readings)
    assert profile.verified
    assert checked({}, dialect).mode == "t2v"
    assert all("t2v" in modes_through(spec, dialect) for spec in CATALOG.models() if "t2v" in spec.modes)


@pytest.mark.parametrize("dialect", dialect_names())
def test_every_mode_of_every_model_is_either_refused_or_goes_out(dialect: Dialect) -> None:
    for spec in CATALOG.models():
        for mode in spec.modes:
            asked = example(spec, mode)
            try:
                check_request(CATALOG, asked, "strict", server_check=lambda request: judge(request, dialect))
            except InvalidRequest:
                # Where one of several media is enough, another than the example's may pass.
                assert mode not in modes_through(spec, dialect) or spec.modes[mode].needs_one_of
            else:
                assert mode in modes_through(spec, dialect)


NEW_SERVER = """
from video_mcp.gateway.dialects.common.profile import Combination, Profile, Reading
from video_mcp.gateway.upstream import WireBody

PROFILE = Profile(
    title="My server",
    spoken_by=("mine",),
    base_url="http://localhost:1",
    verified="a test",
    body=lambda request: WireBody(json={"model": request.spec.id, "first": request.params.image}),
    readings=(Reading(source="a test", combinations=(Combination(media={"image": 1}, forms=("url",)),)),),
)
"""


def test_a_new_kind_of_server_is_one_file(tmp_path: Path) -> None:
    (tmp_path / "my_server.py").write_text(NEW_SERVER)
    dialects.__path__.append(str(tmp_path))
    try:
        assert "my-server" in dialect_names()
        request = checked({"image": URL}, "my-server")
        assert wire_body(request, "my-server").json == {"model": SELF_HOSTED, "first": URL}
        (finding,) = refused({"image": FILE}, "my-server")
        assert "web addresses only" in finding.message
    finally:
        dialects.__path__.remove(str(tmp_path))
        sys.modules.pop("video_mcp.gateway.dialects.my_server", None)


def test_the_settings_know_the_kinds_of_server_that_have_a_file() -> None:
    assert setting_types.dialect_names() == dialect_names()
