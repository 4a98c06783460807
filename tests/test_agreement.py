"""What our models accept, the simulator's own table of the vendors' rules accepts too.

The two were written apart from each other: the simulator knows nothing of our families.
"""

from __future__ import annotations

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from video_mcp.errors import InvalidRequest
from video_mcp.families.catalog import default_catalog
from video_mcp.families.mode_schemas import LIST_FIELDS
from video_mcp.families.spec import CHOSEN_FIELDS, MEDIA_FIELDS, Mode, ModelSpec
from video_mcp.families.validation.check import check_request
from video_mcp.gateway.dialects import wire_body
from video_mcp.simulator.body import Body
from video_mcp.simulator.rules import check
from video_mcp.types import JsonObject

CATALOG = default_catalog()
SPECS = CATALOG.models()

OPTIONS: dict[str, st.SearchStrategy[JsonValue]] = {
    "kling_quality": st.sampled_from(["std", "pro", "4k"]),
    "cfg_scale": st.floats(-0.5, 1.5).map(lambda value: round(value, 2)),
    "camera_control": st.sampled_from(
        [{"type": "simple", "config": {"zoom": 5}}, {"type": "down_back"}, {"type": "simple", "config": {}}]
    ),
    "watermark": st.booleans(),
    "camera_fixed": st.booleans(),
    "draft": st.booleans(),
    "return_last_frame": st.booleans(),
    "service_tier": st.sampled_from(["default", "flex"]),
    "prompt_optimizer": st.booleans(),
    "off_peak": st.booleans(),
    "video_id": st.just("clip-1"),
    "n": st.integers(1, 2),
}


def urls(name: str) -> st.SearchStrategy[JsonValue]:
    def address(number: int) -> JsonValue:
        return f"https://example.com/{name}-{number}.bin"

    one = st.integers(1, 99).map(address)
    return st.lists(one, min_size=1, max_size=11, unique_by=str).map(_as_json) if name in LIST_FIELDS else one


def _as_json(values: list[JsonValue]) -> JsonValue:
    return values


def values(spec: ModelSpec, name: str) -> st.SearchStrategy[JsonValue]:
    """Values of a chosen field: what some model of any family takes, the model's own more often."""
    own = [
        value
        for facts in spec.modes.values()
        for field, choices in facts.choices().items()
        if field == name
        for value in (*choices.allowed, *choices.tolerated)
    ]
    foreign: dict[str, list[JsonValue]] = {
        "seconds": [-2, 0, 1, 3, 5, 7, 11, 16, 31],
        "resolution": ["360p", "480p", "512P", "540p", "720p", "768P", "1080P", "2k", "4k", "8k"],
        "aspect_ratio": ["16:9", "9:16", "1:1", "4:3", "21:9", "7:3", "adaptive"],
        "size": ["1280x720", "720x1280", "1792x1024", "1920x1080", "100x100"],
    }
    mostly_own = st.sampled_from([*own]) if own else st.nothing()
    return st.one_of(mostly_own, mostly_own, st.sampled_from(foreign[name]))


@st.composite
def requests(draw: st.DrawFn) -> JsonObject:
    spec = draw(st.sampled_from(SPECS))
    asked: JsonObject = {"model": spec.id, "prompt": draw(st.sampled_from(["A boat in the rain", "A boat", ""]))}
    mode: Mode | None = draw(st.sampled_from([None, None, *spec.modes]))
    if mode is not None:
        asked["mode"] = mode
        media = [name for name in MEDIA_FIELDS if spec.modes[mode].takes(name)]
    else:
        media = draw(st.lists(st.sampled_from(MEDIA_FIELDS), max_size=2, unique=True))
    for name in media:
        if draw(st.integers(0, 4)):
            asked[name] = draw(urls(name))
    for name in draw(st.lists(st.sampled_from(CHOSEN_FIELDS), max_size=3, unique=True)):
        asked[name] = draw(values(spec, name))
    if draw(st.booleans()):
        asked["audio"] = draw(st.booleans())
    family = CATALOG.find(spec.id)
    assert family is not None
    known = [name for name in family[0].option_names() if name in OPTIONS]
    chosen = draw(st.lists(st.sampled_from(known), max_size=2, unique=True)) if known else []
    asked["options"] = {name: draw(OPTIONS[name]) for name in chosen}
    return asked


@settings(max_examples=1000, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(requests())
def test_what_our_models_accept_no_vendor_refuses(asked: JsonObject) -> None:
    try:
        request = check_request(CATALOG, asked, "strict")
    except InvalidRequest:
        event("refused")
        return
    event("accepted")
    body = wire_body(request, "gateway").json
    assert body is not None
    violation = check(Body(fields=body))
    if violation is not None and violation.code == "invalid_size":
        # The stock gateway refuses further Sora sizes free of charge; another may take them: they only warn.
        assert any(finding.field == "size" for finding in request.warnings)
        return
    assert violation is None, f"{violation}\nasked {asked}\nsent {body}"
