"""Seedance: seven models, and the rules of its `content` array. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from video_mcp.simulator.rule_types import ONE, Count, ModelRow, ModeRow, Request, Rule
from video_mcp.simulator.values import is_on, number_of

_ROLES: Mapping[str, frozenset[str]] = {
    "image_url": frozenset({"", "first_frame", "last_frame", "reference_image"}),
    "video_url": frozenset({"", "reference_video"}),
    "audio_url": frozenset({"", "reference_audio"}),
    "draft_task": frozenset({""}),
}
_FEWEST_FRAMES, _MOST_FRAMES, _FRAME_STEP = 29, 289, 4
_SHORTEST_WAIT, _LONGEST_WAIT = 3600, 259_200


def _known_roles(request: Request) -> str | None:
    for item in request.submission.content:
        if item.role not in _ROLES.get(item.type, frozenset()):
            return f"content item {item.type!r} with role {item.role!r} is not valid"
    return None


def _one_text(request: Request) -> str | None:
    return "content takes at most one text item" if request.submission.text_items > 1 else None


def _one_scene(request: Request) -> str | None:
    media = request.media
    frames = media.first_frames or media.last_frames
    references = media.references or media.videos or media.audios
    return "first/last frame content cannot be mixed with reference media" if frames and references else None


def _audio_has_company(request: Request) -> str | None:
    media = request.media
    alone = media.audios and not (media.references or media.videos)
    return "audio needs at least one reference image or video" if alone else None


def _material_is_there(request: Request) -> str | None:
    media = request.media
    empty = request.mode == "reference_material" and not (media.references or media.videos or media.audios)
    return "at least one of image_urls, video_urls and audio_urls is required" if empty else None


def _video_is_linked(request: Request) -> str | None:
    inline = any(url.startswith("data:") for url in request.media.videos)
    return "video_url must be a URL" if inline else None


def _waiting_time(request: Request) -> str | None:
    wait = number_of(request.submission.fields.value("execution_expires_after"))
    wrong = wait is not None and not _SHORTEST_WAIT <= wait <= _LONGEST_WAIT
    return "execution_expires_after is out of range" if wrong else None


def _frames(request: Request) -> str | None:
    frames = number_of(request.submission.fields.value("frames"))
    if frames is None:
        return None
    fits = _FEWEST_FRAMES <= frames <= _MOST_FRAMES and (frames - 25) % _FRAME_STEP == 0
    return None if fits else "frames must be 25 + 4n in [29, 289]"


def _no_draft(request: Request) -> str | None:
    return "draft is not supported" if is_on(request.submission.fields.value("draft")) else None


def _draft_of_1_5(request: Request) -> str | None:
    fields = request.submission.fields
    if not is_on(fields.value("draft")):
        return None
    if request.submission.resolution not in ("", "480p"):
        return "draft supports 480p only"
    other = is_on(fields.value("return_last_frame")) or fields.text("service_tier") == "flex"
    return "draft excludes return_last_frame and flex" if other else None


def _no_flex(request: Request) -> str | None:
    flex = request.submission.fields.text("service_tier") == "flex"
    return "service_tier flex is not supported" if flex else None


def _lite_references(request: Request) -> str | None:
    if not request.media.references:
        return None
    if request.submission.resolution == "1080p":
        return "reference images do not support 1080p"
    fixed = is_on(request.submission.fields.value("camera_fixed"))
    return "reference images do not support camera_fixed" if fixed else None


_EVERYWHERE: tuple[Rule, ...] = (
    _known_roles,
    _one_text,
    _one_scene,
    _audio_has_company,
    _material_is_there,
    _video_is_linked,
    _waiting_time,
)
_TEXT = ModeRow()
_IMAGE = ModeRow(first_frames=ONE)
_FIRST_LAST = ModeRow(first_frames=ONE, last_frames=ONE)
_LITE_REFERENCES = ModeRow(references=Count(1, 4))

_PRO_1_0 = ModelRow(
    id="doubao-seedance-1-0-pro-250528",
    family="seedance",
    modes={"t2v": _TEXT, "i2v": _IMAGE, "i2v_first_last": _FIRST_LAST},
    default_seconds=5,
    seconds=frozenset(range(2, 13)),
    ratios=frozenset({"16:9", "4:3", "1:1", "3:4", "9:16", "21:9", "9:21", "adaptive"}),
    resolutions=frozenset({"480p", "720p", "1080p"}),
    default_resolution="1080p",
    seeds=range(-1, 2**32),
    accepts_uploads=False,
    rules=(*_EVERYWHERE, _frames, _no_draft),
)
_PRO_1_5 = replace(
    _PRO_1_0,
    id="doubao-seedance-1-5-pro-251215",
    seconds=frozenset({-1, *range(4, 13)}),
    default_resolution="720p",
    rules=(*_EVERYWHERE, _draft_of_1_5),
)
_MATERIAL_2_0 = ModeRow(references=Count(0, 9), videos=Count(0, 3), audios=Count(0, 3))
_2_0 = replace(
    _PRO_1_5,
    id="doubao-seedance-2-0-260128",
    modes={
        **_PRO_1_0.modes,
        "reference_images": ModeRow(references=Count(1, 9)),
        "reference_material": _MATERIAL_2_0,
        "edit": ModeRow(references=Count(0, 9), videos=Count(1, 3)),
        "extend": ModeRow(videos=Count(1, 3)),
    },
    seconds=frozenset({-1, *range(4, 16)}),
    resolutions=frozenset({"480p", "720p", "1080p", "4k"}),
    rules=(*_EVERYWHERE, _no_draft, _no_flex),
)

SEEDANCE_MODELS: tuple[ModelRow, ...] = (
    replace(
        _PRO_1_0,
        id="doubao-seedance-1-0-lite-i2v-250428",
        modes={
            "i2v": _IMAGE,
            "i2v_first_last": _FIRST_LAST,
            "reference_images": _LITE_REFERENCES,
            "reference_material": _LITE_REFERENCES,
        },
        default_resolution="720p",
        rules=(*_PRO_1_0.rules, _lite_references),
    ),
    replace(_PRO_1_0, id="doubao-seedance-1-0-lite-t2v-250428", modes={"t2v": _TEXT}, default_resolution="720p"),
    _PRO_1_0,
    replace(_PRO_1_0, id="doubao-seedance-1-0-pro-fast-251015", modes={"t2v": _TEXT, "i2v": _IMAGE}),
    _PRO_1_5,
    _2_0,
    replace(_2_0, id="doubao-seedance-2-0-fast-260128", resolutions=frozenset({"480p", "720p"})),
)
