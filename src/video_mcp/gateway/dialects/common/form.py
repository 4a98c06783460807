"""Parts of a multipart form, and the size that servers of OpenAI's form read instead of a ratio and a resolution."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from video_mcp.families.messages import warning
from video_mcp.families.params import VideoRequest
from video_mcp.families.spec import MEDIA_FIELDS
from video_mcp.findings import Finding
from video_mcp.gateway.dialects.common.places import Wire
from video_mcp.gateway.dialects.common.values import data_uri, decimal_text
from video_mcp.gateway.upstream import FormPart
from video_mcp.types import JsonObject

_HEIGHT = re.compile(r"^(\d+)p$", re.IGNORECASE)
_HEIGHT_OF_4K = 2160
_RATIO = re.compile(r"^(\d+):(\d+)$")
_STEP_PX = 16
"""Most open models render multiples of this many pixels."""
_WIDE = "16:9"

FORM_WIRE = Wire(
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
"""Where the fields go that are no media: under the names that SGLang and vLLM-Omni share."""

SIZE_FIELDS = frozenset({"size", "resolution", "aspect_ratio"})


def text_parts(fields: Mapping[str, JsonValue]) -> tuple[FormPart, ...]:
    """Return fields as text parts; what is not a text is written as JSON."""
    return tuple(FormPart(name=name, text=form_text(value)) for name, value in fields.items())


def form_text(value: JsonValue) -> str:
    """Return a value as a form's text."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def file_part(name: str, reference: str, number: int | None = None) -> FormPart | None:
    """Return the part that carries a `data:` URI as a file; None for any other reference."""
    data = data_uri(reference)
    if data is None:
        return None
    stem = name if number is None else f"{name}-{number}"
    return FormPart(name=name, file=data.content, filename=f"{stem}.{data.extension}", media_type=data.media_type)


def with_size(fields: JsonObject, *, usual_resolution: str) -> JsonObject:
    """Say resolution and ratio as the size in pixels; what is left open is `usual_resolution` and 16:9."""
    size = size_meant(fields, usual_resolution=usual_resolution)
    if size is None:
        return fields
    return {**{name: value for name, value in fields.items() if name not in SIZE_FIELDS}, "size": size}


def size_meant(fields: Mapping[str, JsonValue], *, usual_resolution: str) -> str | None:
    """Return the size that a request means; None when it says nothing, gives pixels, or means no fixed size."""
    if "width" in fields or "height" in fields:
        return None
    if "size" in fields:
        return str(fields["size"])
    resolution, ratio = fields.get("resolution"), fields.get("aspect_ratio")
    if resolution is None and ratio is None:
        return None
    return _pixels(str(resolution or usual_resolution), str(ratio or _WIDE))


def guessed_size(request: VideoRequest, *, usual_resolution: str) -> Iterator[Finding]:
    """Say which size a resolution or a ratio alone becomes, and which of them makes none."""
    said: JsonObject = request.params.model_dump(mode="json", exclude_none=True)
    given = [name for name in ("resolution", "aspect_ratio") if said.get(name) is not None]
    if not given or "size" in said or "width" in said:
        return
    size = size_meant(said, usual_resolution=usual_resolution)
    if size is None:
        words = " and ".join(f"{name} {said[name]}" for name in given)
        yield warning(given[0], f"This server reads a size in pixels, and {words} means none; give size.")
    elif len(given) == 1:
        other = "aspect_ratio" if given == ["resolution"] else "resolution"
        yield warning(given[0], f"This server reads size only: {given[0]} {said[given[0]]} without {other} is sent as "
                      f"size {size}.", value=str(said[given[0]]))  # fmt: skip


def _pixels(resolution: str, aspect_ratio: str) -> str | None:
    short, ratio = _height(resolution), _RATIO.match(aspect_ratio)
    if short is None or ratio is None:
        return None
    wide, high = int(ratio[1]), int(ratio[2])
    long = round(short * max(wide, high) / min(wide, high) / _STEP_PX) * _STEP_PX
    return f"{long}x{short}" if wide >= high else f"{short}x{long}"


def _height(resolution: str) -> int | None:
    match = _HEIGHT.match(resolution)
    if match is None:
        return _HEIGHT_OF_4K if resolution.lower() == "4k" else None
    return int(match[1])
