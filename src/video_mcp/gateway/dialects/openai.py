"""OpenAI's multipart form, with the extra fields of the servers that copy its API.

Files go as files: these servers cap text fields at 1 MB. The URL of a first frame goes under three names, because
each of OpenAI, vLLM-Omni (`image_reference`, JSON) and SGLang (`reference_url`) reads its own and ignores the others.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace

from pydantic import JsonValue

from video_mcp.families.params import VideoRequest
from video_mcp.families.spec import MEDIA_FIELDS, MediaField
from video_mcp.gateway.dialects.body import Media, Wire, body_of
from video_mcp.gateway.dialects.values import data_uri, decimal_text, upper_case
from video_mcp.gateway.upstream import FormPart
from video_mcp.types import JsonObject

_WIRE = Wire(
    places={
        "seconds": ("seconds",),
        "mode": (),
        "kling_quality": ("mode",),
        "model_name": (),
        "audio": ("generate_sound",),
        "extra": ("extra_params",),
        **dict.fromkeys(MEDIA_FIELDS, ()),
    },
    spelled={"seconds": decimal_text},
)
_UPPER_CASE = replace(_WIRE, spelled={**_WIRE.spelled, "resolution": upper_case})
"""For vendors who write `1080P`."""
_REFERENCES: tuple[tuple[MediaField, str, str], ...] = (
    ("reference_images", "image_reference", "image_url"),
    ("source_video", "video_reference", "video_url"),
    ("reference_videos", "video_reference", "video_url"),
    ("reference_audios", "audio_reference", "audio_url"),
)
_HEIGHT = re.compile(r"^(\d+)p$", re.IGNORECASE)
_HEIGHT_OF_4K = 2160
_RATIO = re.compile(r"^(\d+):(\d+)$")
_STEP_PX = 16
"""Most open models render multiples of this many pixels."""


def openai_form(request: VideoRequest) -> tuple[FormPart, ...]:
    """Return the parts of the form."""
    wire = _UPPER_CASE if request.spec.family in {"hailuo", "happyhorse"} else _WIRE
    fields = _with_size(body_of(request, wire, model=request.spec.id))
    texts = [FormPart(name=name, text=_text(value)) for name, value in fields.items()]
    media = request.params.media()
    if request.spec.family == "sora":  # takes one image, and as the first frame
        return (*texts, *_frames({"image": (*media.get("image", ()), *media.get("reference_images", ()))[:1]}))
    return (*texts, *_frames(media), *_references(media))


def _text(value: JsonValue) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _with_size(fields: JsonObject) -> JsonObject:
    """Say resolution and ratio as the size in pixels, the one of the three that every server reads."""
    short = _height(str(fields.get("resolution", "")))
    ratio = _RATIO.match(str(fields.get("aspect_ratio", "")))
    if "size" in fields or short is None or ratio is None:
        return fields
    wide, high = int(ratio[1]), int(ratio[2])
    long = round(short * max(wide, high) / min(wide, high) / _STEP_PX) * _STEP_PX
    size = f"{long}x{short}" if wide >= high else f"{short}x{long}"
    rest = {name: value for name, value in fields.items() if name not in {"resolution", "aspect_ratio"}}
    return {**rest, "size": size}


def _height(resolution: str) -> int | None:
    match = _HEIGHT.match(resolution)
    if match is None:
        return _HEIGHT_OF_4K if resolution.lower() == "4k" else None
    return int(match[1])


def _frames(media: Media) -> Iterator[FormPart]:
    for image in media.get("image", ()):
        file = _file("input_reference", image)
        if file is None:
            yield FormPart(name="input_reference[image_url]", text=image)
            yield FormPart(name="image_reference", text=_text({"image_url": image}))
            yield FormPart(name="reference_url", text=image)
        else:
            yield file
    for image in media.get("end_image", ()):
        yield _file("end_image", image) or FormPart(name="end_image_url", text=image)


def _references(media: Media) -> Iterator[FormPart]:
    """Yield references as files; vLLM-Omni takes those alone, so one URL among them makes all of them JSON."""
    every = [reference for name, _, _ in _REFERENCES for reference in media.get(name, ())]
    files = [_file("input_references", reference, number) for number, reference in enumerate(every, 1)]
    whole = [file for file in files if file is not None]
    if len(whole) == len(every):
        yield from whole
        return
    for name, part, key in _REFERENCES:
        if name in media:
            yield FormPart(name=part, text=_text([{key: reference} for reference in media[name]]))


def _file(name: str, reference: str, number: int | None = None) -> FormPart | None:
    data = data_uri(reference)
    if data is None:
        return None
    stem = name if number is None else f"{name}-{number}"
    return FormPart(name=name, file=data.content, filename=f"{stem}.{data.extension}", media_type=data.media_type)
