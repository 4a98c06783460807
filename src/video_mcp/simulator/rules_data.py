"""The vendors' rules as rows, from their documentation: what they refuse, not what they discourage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from video_mcp.simulator.rule_types import ANY, ONE, Count, ModelRow, ModeRow, Request
from video_mcp.simulator.rules_kling import KLING_VERSIONS
from video_mcp.simulator.rules_seedance import SEEDANCE_MODELS

__all__ = ["KLING_VERSIONS", "MODELS"]

_UINT32 = range(2**32)
_INT32 = range(2**31)

_TEXT = ModeRow()
_IMAGE = ModeRow(first_frames=ONE)
_FIRST_LAST = ModeRow(first_frames=ONE, last_frames=ONE)


def _references(least: int, most: int) -> ModeRow:
    return ModeRow(references=Count(least, most))


def _siblings(row: ModelRow, *ids: str) -> Iterable[ModelRow]:
    return (replace(row, id=one) for one in ids)


# Sora: one input_reference, sizes instead of ratios; 16 and 20 seconds came with a later guide.
_SORA_2 = ModelRow(
    id="sora-2",
    family="sora",
    modes={"t2v": _TEXT, "i2v": _IMAGE, "reference_images": _references(1, 1)},
    default_seconds=4,
    seconds=frozenset({4, 8, 12, 16, 20}),
    default_size="720x1280",
    sizes=frozenset({"720x1280", "1280x720"}),
)
_SORA_SIZES_OF_PRO = frozenset({"1024x1792", "1792x1024", "1080x1920", "1920x1080"})
_SORA_2_PRO = replace(_SORA_2, id="sora-2-pro", sizes=(_SORA_2.sizes or frozenset[str]()) | _SORA_SIZES_OF_PRO)


# Veo: which id takes which image role is the resellers' business and never refused; counts are Google's.
def _veo_size(request: Request) -> str | None:
    size = request.submission.size
    if not size or request.submission.aspect_ratio:
        return None
    width, height = (int(side) for side in size.split("x"))
    fits = width * 9 == height * 16 or width * 16 == height * 9
    return None if fits else f"size {size} is neither 16:9 nor 9:16"


_VEO_3 = ModelRow(
    id="veo3",
    family="veo",
    modes={
        "t2v": _TEXT,
        "i2v": _IMAGE,
        "i2v_first_last": _FIRST_LAST,
        "reference_images": ModeRow(first_frames=Count(0, 1), references=Count(1, 3)),
    },
    default_seconds=8,
    seconds=frozenset({4, 6, 8}),
    ratios=frozenset({"16:9", "9:16"}),
    resolutions=frozenset({"720p", "1080p"}),
    seeds=_UINT32,
    rules=(_veo_size,),
)
_VEO_3_1 = replace(_VEO_3, id="veo3.1", resolutions=frozenset({"720p", "1080p", "4k"}))
_VEO_COMPONENTS = replace(
    _VEO_3_1,
    id="veo3.1-components",
    modes={
        "i2v": _references(1, 3),
        "reference_images": _references(1, 3),
        "reference_material": _references(1, 3),
    },
    image_mode="reference_images",
    images_are_references=True,
)
_VEO_4K = replace(_VEO_3_1, id="veo3.1-4k", default_resolution="4k")


# Grok: only 1.5-preview is xAI's own name, so only what no channel takes is refused.
def _one_kind_of_image(request: Request) -> str | None:
    media = request.media
    both = media.references and (media.first_frames or media.last_frames)
    return "image and reference_images cannot be used together" if both else None


_GROK_RATIOS = frozenset({"16:9", "9:16", "1:1", "4:3", "3:4", "3:2", "2:3"})
_GROK = ModelRow(
    id="grok-video-3",
    family="grok",
    modes={
        "t2v": ModeRow(videos=ANY, audios=ANY),
        "i2v": ModeRow(first_frames=ONE, references=ANY, videos=ANY, audios=ANY),
        "i2v_first_last": ModeRow(first_frames=ONE, last_frames=ONE, references=ANY, videos=ANY, audios=ANY),
        "reference_images": ModeRow(first_frames=ANY, references=Count(1, 7), videos=ANY, audios=ANY),
        "reference_material": ModeRow(first_frames=ANY, references=Count(0, 7), videos=ANY, audios=ANY),
    },
    default_seconds=6,
    seconds=frozenset(range(1, 16)),
    ratios=_GROK_RATIOS,
    rules=(_one_kind_of_image,),
)
_GROK_1_0 = replace(_GROK, id="grok-imagine-1.0-video", seconds=frozenset(range(1, 31)), default_resolution="480p")
_GROK_1_5 = replace(_GROK, id="grok-imagine-video-1.5-preview", default_seconds=8, default_resolution="480p")

# Gemini Omni: durations are mapped, not refused, as long as the vendor renders them at all.
_OMNI = ModelRow(
    id="gemini-omni",
    family="gemini-omni",
    modes={
        "t2v": ModeRow(first_frames=ANY, references=ANY),
        "r2v": ModeRow(references=Count(1, 10)),
        "edit": ModeRow(references=Count(0, 10), videos=ONE),
        "i2v": _IMAGE,
        "i2v_first_last": _FIRST_LAST,
    },
    default_seconds=8,
    seconds=frozenset(range(3, 11)),
    rounds_up_to=(4, 6, 8, 10),
    ratios=frozenset({"16:9", "9:16"}),
    image_mode="r2v",
    material_mode="edit",
    images_are_references=True,
)

# HappyHorse: the id says the mode, except for the bare one, which must be told.
_HORSE_RATIOS = frozenset({"16:9", "9:16", "1:1", "4:3", "3:4", "4:5", "5:4", "9:21", "21:9"})
_HORSE_MODES = MappingProxyType(
    {
        "t2v": ModeRow(ratios=_HORSE_RATIOS),
        "i2v": _IMAGE,
        "r2v": ModeRow(references=Count(1, 9), ratios=_HORSE_RATIOS),
        "edit": ModeRow(references=Count(0, 5), videos=ONE, seconds=frozenset(range(1, 3601))),
    }
)
_HORSE = ModelRow(
    id="happyhorse-1.0",
    family="happyhorse",
    modes=_HORSE_MODES,
    default_seconds=5,
    seconds=frozenset(range(3, 16)),
    resolutions=frozenset({"480p", "720p", "1080p"}),
    default_resolution="1080p",
    seeds=_INT32,
    mode_required=True,
    accepts_uploads=False,
)


def _horse(suffix: str, mode: str) -> ModelRow:
    modes = {mode: _HORSE_MODES[mode]}
    return replace(_HORSE, id=f"happyhorse-1.0-{suffix}", modes=modes, mode_required=False, only_mode=mode)


# Vidu: the number of images chooses the vendor's endpoint when no mode does.
_VIDU_REFERENCES = ModeRow(
    references=Count(1, 7),
    seconds=frozenset(range(3, 17)),
    ratios=frozenset({"16:9", "9:16", "1:1"}),
    prompt_max_chars=2000,
)
_VIDU = ModelRow(
    id="viduq3-turbo",
    family="vidu",
    modes={
        "t2v": ModeRow(ratios=frozenset({"16:9", "9:16", "3:4", "4:3", "1:1"})),
        "i2v": _IMAGE,
        "i2v_first_last": _FIRST_LAST,
        "reference_images": _VIDU_REFERENCES,
        "reference_material": _VIDU_REFERENCES,
    },
    default_seconds=5,
    seconds=frozenset(range(1, 17)),
    resolutions=frozenset({"540p", "720p", "1080p"}),
    default_resolution="1080p",
    prompt_max_chars=5000,
    accepts_uploads=False,
)


# Hailuo: the upstream model is unknown, so only what every one of them refuses is refused.
def _hailuo_long_1080p(request: Request) -> str | None:
    wrong = request.submission.resolution == "1080p" and request.seconds > 6
    return "1080P supports a duration of 6 only" if wrong else None


_HAILUO = ModelRow(
    id="hailuo-video",
    family="hailuo",
    modes={
        "t2v": ModeRow(references=ANY, videos=ANY, audios=ANY),
        "i2v": ModeRow(first_frames=ONE, references=ANY, videos=ANY, audios=ANY),
        "i2v_first_last": ModeRow(first_frames=Count(0, 1), last_frames=ONE, videos=ANY, audios=ANY),
        "reference_images": ModeRow(first_frames=Count(0, 1), references=Count(1, 9), videos=ANY, audios=ANY),
        "reference_material": ModeRow(first_frames=Count(0, 1), references=Count(0, 9), videos=ANY, audios=ANY),
    },
    default_seconds=6,
    seconds=frozenset(range(4, 16)),
    default_resolution="768p",
    prompt_max_chars=2000,
    accepts_uploads=False,
    rules=(_hailuo_long_1080p,),
)

# The gateway's public id; which row judges a request follows from its model_name.
_KLING = replace(KLING_VERSIONS["kling-v1"], id="kling-video")

_ROWS: tuple[ModelRow, ...] = (
    _SORA_2,
    _SORA_2_PRO,
    _OMNI,
    _HORSE,
    _horse("i2v", "i2v"),
    _horse("t2v", "t2v"),
    _horse("r2v", "r2v"),
    _horse("video-edit", "edit"),
    *SEEDANCE_MODELS,
    _VEO_3,
    *_siblings(_VEO_3, "veo3-fast", "veo3-fast-frames", "veo3-frames", "veo3-pro", "veo3-pro-frames"),
    _VEO_3_1,
    _VEO_4K,
    _VEO_COMPONENTS,
    *_siblings(_VEO_3_1, "veo3.1-fast", "veo3.1-pro"),
    replace(_VEO_4K, id="veo3.1-pro-4k"),
    _KLING,
    _GROK_1_0,
    _GROK_1_5,
    _GROK,
    _VIDU,
    _HAILUO,
)

MODELS: Mapping[str, ModelRow] = MappingProxyType({row.id: row for row in _ROWS})
"""The rows by the gateway's model ids, in its documentation's order."""
