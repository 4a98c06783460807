"""Kling: one public id, nine versions behind `model_name`. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from video_mcp.simulator.rule_types import ONE, Count, MediaKeys, ModelRow, ModeRow, Request, Rule
from video_mcp.simulator.values import is_on, list_of, number_of, object_of, text_of
from video_mcp.types import JsonObject

_CAMERA_MOVES = frozenset({"simple", "down_back", "forward_up", "right_turn_forward", "left_turn_forward"})
_CAMERA_KEYS = frozenset({"horizontal", "vertical", "pan", "tilt", "roll", "zoom"})
_CAMERA_REACH = 10
_LONGEST_NEGATIVE_PROMPT = 2500
_MOST_MASKS = 6
_MOST_VOICES = 2
_MOST_SHOTS, _LONGEST_SHOT_PROMPT = 6, 512
_SPECIAL_SECONDS = 5


def _negative_prompt(request: Request) -> str | None:
    long = len(request.submission.fields.text("negative_prompt")) > _LONGEST_NEGATIVE_PROMPT
    return "negative_prompt is longer than 2500 characters" if long else None


def _cfg_scale(request: Request) -> str | None:
    scale = number_of(request.submission.fields.value("cfg_scale"))
    return "cfg_scale must be between 0 and 1" if scale is not None and not 0 <= scale <= 1 else None


def _extend_needs_video(request: Request) -> str | None:
    missing = request.mode == "extend" and not request.submission.fields.text("video_id")
    return "video_id is required" if missing else None


def _one_control(request: Request) -> str | None:
    """End frame, motion brush and camera control: one of the three."""
    controls = (bool(request.media.last_frames), _has_brush(request), bool(_camera(request)))
    return "image_tail, masks and camera_control exclude each other" if sum(controls) > 1 else None


def _camera_shape(request: Request) -> str | None:
    camera = _camera(request)
    if not camera:
        return None
    move, config = text_of(camera.get("type")), object_of(camera.get("config"))
    if move not in _CAMERA_MOVES:
        return f"camera_control type {move!r} is not valid"
    if move != "simple":
        return "camera_control config is for type simple only" if config else None
    return None if _moves_once(config) else "camera_control config needs exactly one non-zero value in [-10, 10]"


def _moves_once(config: JsonObject) -> bool:
    values = [number_of(value) for value in config.values()]
    in_reach = all(value is not None and abs(value) <= _CAMERA_REACH for value in values)
    return in_reach and _CAMERA_KEYS.issuperset(config) and sum(bool(value) for value in values) == 1


def _camera(request: Request) -> JsonObject:
    return object_of(request.submission.fields.value("camera_control"))


def _has_brush(request: Request) -> bool:
    return request.submission.fields.value("static_mask", "dynamic_masks") is not None


def _mask_count(request: Request) -> str | None:
    masks = len(list_of(request.submission.fields.value("dynamic_masks")))
    return "dynamic_masks takes at most 6 masks" if masks > _MOST_MASKS else None


def _no_camera(request: Request) -> str | None:
    return "camera_control is not supported" if _camera(request) else None


def _no_brush(request: Request) -> str | None:
    return "motion brush is not supported" if _has_brush(request) else None


def _no_sound(request: Request) -> str | None:
    return "sound is not supported" if is_on(request.submission.fields.value("sound")) else None


def _silent_end_frame(request: Request) -> str | None:
    loud = request.media.last_frames and is_on(request.submission.fields.value("sound"))
    return "an end frame needs sound off" if loud else None


def _voices(request: Request) -> str | None:
    fields = request.submission.fields
    voices = list_of(fields.value("voice_list"))
    if len(voices) > _MOST_VOICES:
        return "voice_list takes at most 2 voices"
    return "voice_list needs sound on" if voices and not is_on(fields.value("sound")) else None


def _end_frame_needs_pro(request: Request) -> str | None:
    wrong = request.media.last_frames and request.submission.quality == "std"
    return "an end frame needs mode pro" if wrong else None


def _special_needs_5_seconds(request: Request) -> str | None:
    special = _camera(request) or _has_brush(request)
    return "camera_control and masks need a duration of 5" if special and _is_long(request) else None


def _end_frame_needs_5_seconds(request: Request) -> str | None:
    wrong = request.media.last_frames and _is_long(request)
    return "an end frame needs a duration of 5" if wrong else None


def _is_long(request: Request) -> bool:
    return request.seconds != _SPECIAL_SECONDS


def _camera_of_v1(request: Request) -> str | None:
    wrong = _camera(request) and (request.mode != "t2v" or request.submission.quality == "pro")
    return "camera_control of kling-v1 needs text-to-video in mode std" if wrong else None


def _camera_of_v1_5(request: Request) -> str | None:
    camera = _camera(request)
    if not camera:
        return None
    if request.mode != "i2v" or request.submission.quality == "std":
        return "camera_control of kling-v1-5 needs image-to-video in mode pro"
    return None if text_of(camera.get("type")) == "simple" else "kling-v1-5 supports type simple only"


def _shots(request: Request) -> str | None:
    shots = [object_of(one) for one in list_of(request.submission.fields.value("multi_prompt"))]
    if not shots:
        return None
    if len(shots) > _MOST_SHOTS or any(len(text_of(one.get("prompt"))) > _LONGEST_SHOT_PROMPT for one in shots):
        return "multi_prompt takes 1 to 6 shots of at most 512 characters"
    if request.media.last_frames:
        return "multi_prompt excludes an end frame"
    total = sum(number_of(one.get("duration")) or 0 for one in shots)
    return None if total == request.seconds else "the shots' durations must sum to duration"


_EVERYWHERE: tuple[Rule, ...] = (
    _negative_prompt,
    _cfg_scale,
    _extend_needs_video,
    _one_control,
    _camera_shape,
    _mask_count,
)
_RATIOS = frozenset({"16:9", "9:16", "1:1"})
_TEXT = ModeRow(ratios=_RATIOS)
_IMAGE = ModeRow(first_frames=ONE)
_END_FRAME_ALONE_TOO = ModeRow(first_frames=Count(0, 1), last_frames=ONE)
_FIRST_LAST = ModeRow(first_frames=ONE, last_frames=ONE)
_SEVERAL = ModeRow(references=Count(1, 4), ratios=_RATIOS)
_EXTEND = ModeRow(prompt_optional=True, seconds=frozenset(range(1, 3601)))

_NO_CONTROLS: tuple[Rule, ...] = (*_EVERYWHERE, _no_camera, _no_brush)
_SILENT: tuple[Rule, ...] = (*_NO_CONTROLS, _no_sound)

_V1 = ModelRow(
    id="kling-v1",
    family="kling",
    modes={
        "t2v": _TEXT,
        "i2v": _IMAGE,
        "i2v_first_last": _FIRST_LAST,
        "multi_i2v": _SEVERAL,
        "extend": _EXTEND,
    },
    # An end frame is requested as i2v with image_tail.
    asked_modes=frozenset({"t2v", "i2v", "multi_i2v", "extend"}),
    default_seconds=5,
    seconds=frozenset({5, 10}),
    prompt_max_chars=2500,
    accepts_uploads=False,
    keys=MediaKeys(
        first_frames=("image",),
        last_frames=("image_tail", "end_image_url", "last_image_url"),
        unlabelled=(),
        references=("image_list",),
        videos=(),
        audios=(),
    ),
    rules=(
        *_EVERYWHERE,
        _no_sound,
        _camera_of_v1,
        _special_needs_5_seconds,
        _end_frame_needs_5_seconds,
    ),
)
_WITHOUT_TEXT = {
    "i2v": _IMAGE,
    "i2v_first_last": _END_FRAME_ALONE_TOO,
    "multi_i2v": _SEVERAL,
    "extend": _EXTEND,
}
_WITHOUT_END_FRAME = {"t2v": _TEXT, "i2v": _IMAGE, "multi_i2v": _SEVERAL, "extend": _EXTEND}
_V2_6 = replace(
    _V1,
    id="kling-v2-6",
    default_resolution="1080p",
    rules=(*_NO_CONTROLS, _silent_end_frame, _voices, _end_frame_needs_pro),
)
_VERSIONS: tuple[ModelRow, ...] = (
    _V1,
    replace(
        _V1,
        id="kling-v1-5",
        modes=_WITHOUT_TEXT,
        rules=(*_EVERYWHERE, _no_sound, _camera_of_v1_5, _special_needs_5_seconds, _end_frame_needs_pro),
    ),
    replace(
        _V1,
        id="kling-v1-6",
        modes={**_V1.modes, "i2v_first_last": _END_FRAME_ALONE_TOO},
        rules=(*_SILENT, _end_frame_needs_pro),
    ),
    replace(_V1, id="kling-v2-master", modes=_WITHOUT_END_FRAME, rules=_SILENT),
    replace(
        _V1,
        id="kling-v2-1",
        modes={**_WITHOUT_TEXT, "i2v_first_last": _FIRST_LAST},
        rules=(*_SILENT, _end_frame_needs_pro),
    ),
    replace(_V1, id="kling-v2-1-master", modes=_WITHOUT_END_FRAME, default_resolution="1080p", rules=_SILENT),
    replace(_V1, id="kling-v2-5-turbo", rules=(*_SILENT, _end_frame_needs_pro)),
    _V2_6,
    replace(_V2_6, id="kling-v3", seconds=frozenset(range(3, 16)), rules=(*_NO_CONTROLS, _shots)),
)

KLING_VERSIONS: Mapping[str, ModelRow] = MappingProxyType({row.id: row for row in _VERSIONS})
"""The rows by `model_name`."""
