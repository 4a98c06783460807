"""vLLM-Omni 0.30.0, from entrypoints/openai/video/generation/helpers.py and protocol/videos.py."""

from __future__ import annotations

import re
from collections.abc import Iterable

from video_mcp.simulator.answers import JsonAnswer
from video_mcp.simulator.body import Body
from video_mcp.simulator.openai_answers import detail, invalid_field, openai_video, video_object
from video_mcp.simulator.understanding import (
    JobAnswer,
    MediumKind,
    ServerKind,
    Understood,
    UnderstoodMedium,
    in_numbers,
    kind_of_upload,
    not_read,
    source_of,
)
from video_mcp.simulator.values import list_of, object_of, text_of

_READ = frozenset(
    {
        "prompt", "input_reference", "input_references", "control_reference", "control_type", "image_reference",
        "video_reference", "audio_reference", "model", "seconds", "size", "user", "width", "height", "num_frames",
        "fps", "num_outputs_per_prompt", "start_time_seconds", "quality", "num_inference_steps",
        "guidance_scale", "guidance_scale_2", "boundary_ratio", "flow_shift", "true_cfg_scale", "seed",
        "generate_sound", "sound_duration", "negative_prompt", "lora", "extra_params",
    }
)  # fmt: skip
_READ_BY_H3 = frozenset({"aspect_ratio", "short_edge"})
"""Any model's request carries them on, and MiniMax H3 alone looks at them."""
_LARGEST = {"guidance_scale": 20, "guidance_scale_2": 20, "true_cfg_scale": 20, "num_inference_steps": 200}
_MIXED_REFERENCES = re.compile("minimax.?h3", re.IGNORECASE)
_PATTERNS = {"seconds": re.compile(r"^[1-9]\d*$"), "size": re.compile(r"^\d+x\d+$")}


def _understand(body: Body) -> Understood | JsonAnswer:
    refusal = _refusal(body)
    if refusal is not None:
        return refusal
    model = text_of(body.fields.get("model"))
    is_h3 = _MIXED_REFERENCES.search(model) is not None
    found = _files(body, is_h3=is_h3) or _references(body)
    sounds = _addressed(body, "audio_reference", "audio")
    kinds = {medium.kind for medium in found}
    if {"image", "video"} <= kinds and not is_h3:
        return detail(400, "This diffusion model does not support mixed image and video references.")
    return Understood(
        model=model,
        prompt=text_of(body.fields.get("prompt")),
        media=(*found, *sounds),
        seconds=in_numbers(body.fields, "seconds"),
        size=text_of(body.fields.get("size")),
        dropped=not_read(body, _READ | _READ_BY_H3 if is_h3 else _READ),
    )


def _refusal(body: Body) -> JsonAnswer | None:
    fields = body.fields
    files = {upload.name for upload in body.uploads}
    if not text_of(fields.get("prompt")):
        return invalid_field("prompt", "Field required")
    for name, pattern in _PATTERNS.items():
        if name in fields and not pattern.match(text_of(fields[name])):
            return invalid_field(name, f"String should match pattern '{pattern.pattern}'")
    others = ("image_reference", "video_reference")
    if "input_references" in files and ("input_reference" in files or any(name in fields for name in others)):
        text = "Provide input_references alone, without input_reference, image_reference, or video_reference."
        return detail(400, text)
    if "input_reference" in files and any(name in fields for name in others):
        return detail(400, "Provide only one of input_reference, image_reference, or video_reference.")
    for name, largest in _LARGEST.items():
        if (in_numbers(fields, name) or 0) > largest:
            return JsonAnswer(500, "Internal Server Error")
    return None


def _files(body: Body, *, is_h3: bool) -> tuple[UnderstoodMedium, ...]:
    """Return the files that reach the engine; a model without mixed references takes several for videos."""
    several = [upload for upload in body.uploads if upload.name == "input_references"]
    if several:
        ordered: list[MediumKind] = ["image", "video", "audio"] if is_h3 else ["video"]
        return tuple(
            UnderstoodMedium(kind, "input", upload.digest)
            for kind in ordered
            for upload in several
            if not is_h3 or kind_of_upload(upload) == kind
        )
    return tuple(
        UnderstoodMedium(kind_of_upload(upload), "input", upload.digest)
        for upload in body.uploads
        if upload.name == "input_reference"
    )


def _references(body: Body) -> tuple[UnderstoodMedium, ...]:
    return (*_addressed(body, "image_reference", "image"), *_addressed(body, "video_reference", "video"))


def _addressed(body: Body, name: str, kind: MediumKind) -> tuple[UnderstoodMedium, ...]:
    items = map(object_of, list_of(body.fields.get(name)))
    sources: Iterable[str] = (source_of(item.get(f"{kind}_url")) for item in items)
    return tuple(UnderstoodMedium(kind, "input", source) for source in sources if source)


def _status(answer: JobAnswer) -> JsonAnswer:
    """Answer a failed job with an HTTP error whose body is the whole object."""
    found = {**video_object(answer), "prompt": answer.job.prompt}
    if answer.view.status != "failed":
        return JsonAnswer(200, found)
    return JsonAnswer(500, {**found, "error": {**object_of(found.get("error")), "code": 500}})


SERVER = ServerKind(
    understand=_understand,
    created=openai_video,
    status=_status,
    lists_videos=True,
    schema={
        "openapi": "3.1.0",
        "info": {"title": "FastAPI", "version": "0.1.0"},
        "paths": {"/v1/videos": {}, "/v1/videos/sync": {}},
    },
)
