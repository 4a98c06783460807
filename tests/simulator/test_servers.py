"""Whatever we accept and send is what the server understood: every medium, and every detail or a warning.

What a server understands is written in `simulator/servers/` from the servers' sources, apart from our dialects.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from tests.gateway.requests import CATALOG, H3, SELF_HOSTED
from video_mcp.errors import InvalidRequest
from video_mcp.families.catalog import default_catalog
from video_mcp.families.examples import example
from video_mcp.families.params import VideoRequest
from video_mcp.families.spec import MediaField, Mode, ModelSpec
from video_mcp.families.validation.check import check_request
from video_mcp.gateway.dialects import addresses_to_fetch, dialect_names, judge, wire_body
from video_mcp.gateway.dialects.common.values import data_uri
from video_mcp.gateway.upstream import FormPart, WireBody
from video_mcp.simulator.body import Body, Upload, add_form_field
from video_mcp.simulator.rules import Accepted, understood_by_page
from video_mcp.simulator.rules import judge as judged_by_page
from video_mcp.simulator.servers import server_named, server_names
from video_mcp.simulator.understanding import MediumKind, MediumRole, Understood, digest
from video_mcp.types import Dialect, JsonObject

EXTRA = (SELF_HOSTED, H3, "google/veo-3.1", "bytedance/seedance-2.0", "grok-imagine-video")
SERVERS: dict[Dialect, str] = {"openai": "litellm"}
"""The server of a dialect, where it has another name."""

ROLES: dict[MediaField, tuple[MediumKind, tuple[MediumRole, ...]]] = {
    "image": ("image", ("first_frame", "input")),
    "end_image": ("image", ("end_frame", "input")),
    # A server with one image takes it as the first frame; the request was warned about that.
    "reference_images": ("image", ("reference", "input", "first_frame")),
    "source_video": ("video", ("source", "input", "reference")),
    "reference_videos": ("video", ("reference", "input")),
    "reference_audios": ("audio", ("reference", "input")),
}


def received(body: WireBody) -> Body:
    """Return a body as the server's parser hands it on."""
    if body.form is None:
        return Body(fields=body.json or {})
    fields: JsonObject = {}
    uploads: list[Upload] = []
    for part in body.form:
        if part.file is None:
            add_form_field(fields, part.name, part.text or "")
        else:
            uploads.append(upload(part, part.file))
    return Body(fields=fields, uploads=tuple(uploads))


def upload(part: FormPart, content: bytes) -> Upload:
    return Upload(
        name=part.name,
        filename=part.filename or "",
        content_type=part.media_type or "",
        size=len(content),
        digest=digest(content),
    )


def understood(dialect: Dialect, body: WireBody) -> Understood:
    name = SERVERS.get(dialect, dialect)
    if name not in server_names():
        found = judged_by_page(received(body))
        assert isinstance(found, Accepted), found
        return understood_by_page(found)
    answer = server_named(name).understand(received(body))
    assert isinstance(answer, Understood), answer
    return answer


def with_bytes(request: VideoRequest, dialect: Dialect) -> VideoRequest:
    """Return the request as it goes out: addresses that the server does not fetch are data, and so are files."""
    fetched = addresses_to_fetch(request, dialect)
    ready: dict[str, str | tuple[str, ...]] = {}
    for name, references in request.params.media().items():
        sent = tuple(as_sent(name, reference, fetched=reference in fetched) for reference in references)
        ready[name] = sent if name.startswith("reference_") else sent[0]
    return VideoRequest(
        spec=request.spec,
        mode=request.mode,
        params=request.params.model_copy(update=ready),
        warnings=request.warnings,
    )


TYPES: dict[MediumKind, str] = {"image": "image/png", "video": "video/mp4", "audio": "audio/mpeg"}


def as_sent(name: MediaField, reference: str, *, fetched: bool) -> str:
    if reference.startswith("https://") and not fetched:
        return reference
    content = hashlib.sha256(reference.encode()).hexdigest()  # forty-eight bytes in base64, as a key of the content
    return f"data:{TYPES[ROLES[name][0]]};base64,{content}"


def expected(request: VideoRequest) -> Iterator[tuple[MediumKind, tuple[MediumRole, ...], str]]:
    """Yield each medium with what it may be taken for; a mode that is warned about may take a frame as a reference."""
    is_doubtful = any(finding.field == "mode" for finding in request.warnings)
    for name, references in request.params.media().items():
        kind, roles = ROLES[name]
        for reference in references:
            data = data_uri(reference)
            yield (
                kind,
                (*roles, "reference") if is_doubtful else roles,
                reference if data is None else digest(data.content),
            )


def accepted(dialect: Dialect, asked: JsonObject) -> VideoRequest | None:
    try:
        request = check_request(catalog_of(dialect), asked, "strict", server_check=lambda one: judge(one, dialect))
    except InvalidRequest:
        return None
    return with_bytes(request, dialect)


def catalog_of(dialect: Dialect):

    return CATALOG if dialect == "gateway" else default_catalog(EXTRA)


def models(dialect: Dialect) -> tuple[ModelSpec, ...]:
    """The page knows no ids but its own."""
    return tuple(spec for spec in catalog_of(dialect).models() if dialect != "gateway" or spec.family != "generic")


def assert_every_medium_arrived(dialect: Dialect, request: VideoRequest) -> None:
    body = wire_body(request, dialect)
    got = understood(dialect, body)
    wanted = list(expected(request))
    assert sorted((medium.kind, medium.source) for medium in got.media) == sorted(
        (kind, source) for kind, _, source in wanted
    ), f"sent {body}"
    for kind, roles, source in wanted:
        assert any(medium.kind == kind and medium.source == source and medium.role in roles for medium in got.media), (
            f"{kind} {source} as {roles}, not in {got.media}"
        )
    in_order = [source for kind, _, source in wanted if kind == "image"]
    assert [medium.source for medium in got.media if medium.kind == "image"] == in_order
    if dialect != "gateway":  # the page calls Kling's versions by another name
        assert got.model == request.spec.id


@pytest.mark.parametrize("dialect", dialect_names())
def test_every_example_that_is_accepted_arrives_whole(dialect: Dialect) -> None:
    sent = 0
    for spec in models(dialect):
        for mode in spec.modes:
            request = accepted(dialect, example(spec, mode))
            if request is not None and request.params.has_prompt():
                assert_every_medium_arrived(dialect, request)
                sent += 1
    assert sent > 20


MEDIA: tuple[MediaField, ...] = tuple(ROLES)


@st.composite
def requests(draw: st.DrawFn) -> tuple[Dialect, JsonObject]:
    dialect = draw(st.sampled_from(dialect_names()))
    spec = draw(st.sampled_from(models(dialect)))
    generic = [one for one in models(dialect) if one.family == "generic"]
    spec = draw(st.sampled_from(generic)) if generic and draw(st.booleans()) else spec
    modes: list[Mode] = [*spec.modes]
    mode = draw(st.sampled_from(modes))
    taken: list[MediaField] = [name for name in MEDIA if spec.modes[mode].takes(name)]
    asked: JsonObject = {"model": spec.id, "prompt": "A boat.", "mode": mode}
    for name in taken:
        most = min(spec.modes[mode].media[name].limit, 3)
        number = draw(st.integers(0, most))
        given: list[JsonValue] = [
            f"{'https://example.com/' if draw(st.booleans()) or by_address(spec, name) else ''}"
            f"{name}-{index}.{ending(name)}"
            for index in range(number)
        ]
        if given:
            asked[name] = given if name.startswith("reference_") else given[0]
    return dialect, asked


def by_address(spec: ModelSpec, name: MediaField) -> bool:
    """Tell whether a model takes no files here, which is checked when the files are read."""
    limits = spec.media_limits.get(name)
    return limits is not None and not {"data", "base64"} & set(limits.forms)


def ending(name: MediaField) -> str:
    return {"image": "png", "video": "mp4", "audio": "mp3"}[ROLES[name][0]]


@settings(max_examples=600, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(requests())
def test_whatever_is_accepted_arrives_whole(case: tuple[Dialect, JsonObject]) -> None:
    dialect, asked = case
    request = accepted(dialect, asked)
    if request is None:
        event("refused")
        return
    event(f"accepted by {dialect}")
    assert_every_medium_arrived(dialect, request)


DETAILS: JsonObject = {
    "seconds": 5,
    "aspect_ratio": "9:16",
    "resolution": "720p",
    "size": "832x480",
    "negative_prompt": "rain",
    "seed": 7,
    "audio": True,
    "num_frames": 81,
    "guidance_scale": 4.5,
    "guidance_scale_2": 3.0,
    "true_cfg_scale": 2.0,
    "num_inference_steps": 30,
    "flow_shift": 5.0,
    "boundary_ratio": 0.5,
    "max_sequence_length": 512,
    "short_edge": 480,
    "enhance_prompt": True,
    "task_type": "t2v",
    "lora": {"name": "mine"},
    "callback_url": "https://example.com/hook",
    "external_task_id": "mine-7",
    "quality": "high",
    "function_mode": "first_last_frames",
    "fps": 30,
    "user": "user-7",
    "watermark": True,
    "camera_fixed": True,
    "kling_quality": "pro",
    "cfg_scale": 0.5,
    "bgm": False,
    "style": "anime",
    "audio_type": "speech_only",
    "movement_amplitude": "small",
    "prompt_optimizer": False,
    "fast_pretreatment": True,
    "person_generation": "allow_adult",
    "enable_upsample": True,
    "return_last_frame": True,
    "service_tier": "flex",
    "audio_setting": "origin",
}


@pytest.mark.parametrize("dialect", [name for name in dialect_names() if name != "gateway"])
def test_a_detail_is_read_or_warned_about(dialect: Dialect) -> None:
    """Each detail alone, at one model of each family: what the server never looks at has its warning."""
    leaders = {spec.family: spec for spec in models(dialect) if "t2v" in spec.modes}
    looked_at = 0
    for spec in leaders.values():
        bare = accepted(dialect, {"model": spec.id, "prompt": "A boat.", "mode": "t2v"})
        assert bare is not None
        always = set(understood(dialect, wire_body(bare, dialect)).dropped)
        for name, value in DETAILS.items():
            fields: JsonObject = {"model": spec.id, "prompt": "A boat.", "mode": "t2v"}
            request = accepted(dialect, {**fields, "options": {name: value}})
            if request is None or getattr(request.params, name, None) is None:
                continue
            dropped = set(understood(dialect, wire_body(request, dialect)).dropped) - always
            warned = {finding.field for finding in request.warnings}
            assert not dropped or name in warned, f"{spec.id}: {name} became {dropped}, which {dialect} does not read"
            looked_at += 1
    assert looked_at > 20
