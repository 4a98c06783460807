"""OpenRouter's video API, from its documentation: typed frames and references, 202, errors as text, the true cost."""

from __future__ import annotations

from video_mcp.simulator.answers import JsonAnswer
from video_mcp.simulator.body import Body
from video_mcp.simulator.openai_answers import openai_error
from video_mcp.simulator.understanding import (
    JobAnswer,
    MediumKind,
    MediumRole,
    ServerKind,
    Understood,
    UnderstoodMedium,
    in_numbers,
    not_read,
    source_of,
)
from video_mcp.simulator.values import JsonValue, list_of, object_of, text_of
from video_mcp.types import JsonObject

_READ = frozenset(
    {
        "model", "prompt", "duration", "resolution", "aspect_ratio", "size", "generate_audio", "seed", "frame_images",
        "input_references", "callback_url", "provider",
    }
)  # fmt: skip
_FRAMES: dict[str, MediumRole] = {"first_frame": "first_frame", "last_frame": "end_frame"}
_KINDS: dict[str, MediumKind] = {"image_url": "image", "video_url": "video", "audio_url": "audio"}
_HONOURS_ALL = "seedance-2.0"
_WORDS = {"queued": "pending", "in_progress": "in_progress", "completed": "completed", "failed": "failed"}
COST_PER_SECOND_USD = 0.1


def _understand(body: Body) -> Understood | JsonAnswer:
    model, prompt = text_of(body.fields.get("model")), text_of(body.fields.get("prompt"))
    if not model:
        return openai_error(400, "model is required", "400")
    if "duration" in body.fields and not isinstance(body.fields["duration"], int):
        return openai_error(400, "duration: Expected number, received string", "400")
    return Understood(
        model=model,
        prompt=prompt,
        media=(*_frames(body.fields.get("frame_images")), *_references(model, body.fields.get("input_references"))),
        seconds=in_numbers(body.fields, "duration"),
        size=text_of(body.fields.get("size")),
        dropped=not_read(body, _READ),
    )


def _frames(value: JsonValue) -> list[UnderstoodMedium]:
    found: list[UnderstoodMedium] = []
    for item in map(object_of, list_of(value)):
        role, source = _FRAMES.get(text_of(item.get("frame_type"))), _source(item, "image_url")
        if role is not None and item.get("type") == "image_url" and source:
            found.append(UnderstoodMedium("image", role, source))
    return found


def _references(model: str, value: JsonValue) -> list[UnderstoodMedium]:
    """Return the references; sound and video are ignored by every model but Seedance 2.0."""
    found: list[UnderstoodMedium] = []
    for item in map(object_of, list_of(value)):
        kind = _KINDS.get(text_of(item.get("type")))
        source = _source(item, text_of(item.get("type")))
        if kind is not None and source and (kind == "image" or _HONOURS_ALL in model):
            found.append(UnderstoodMedium(kind, "reference", source))
    return found


def _source(item: JsonObject, name: str) -> str:
    return source_of(object_of(item.get(name)).get("url"))


def _created(answer: JobAnswer) -> JsonAnswer:
    job = answer.job
    body: JsonObject = {
        "id": job.id,
        "polling_url": f"/api/v1/videos/{job.id}",
        "status": "pending",
        "model": job.model,
    }
    return JsonAnswer(202, body)


def _status(answer: JobAnswer) -> JsonAnswer:
    job, view = answer.job, answer.view
    found: JsonObject = {
        "id": job.id,
        "generation_id": f"gen-{job.id}",
        "model": job.model,
        "status": _WORDS[view.status],
    }
    if view.status == "failed" and job.failure is not None:
        found["error"] = job.failure.message
    if answer.link is not None:
        found["unsigned_urls"] = [answer.content_url]
        found["urls"] = [answer.link]
        found["usage"] = {"cost": round(job.seconds * COST_PER_SECOND_USD, 4), "is_byok": False}
    return JsonAnswer(200, found)


def _model(
    model: str, name: str, seconds: list[JsonValue], frames: list[JsonValue], per_second: str, **further: JsonValue
) -> JsonObject:
    return {
        "id": model,
        "canonical_slug": model,
        "name": name,
        "supported_durations": seconds,
        "supported_resolutions": ["720p", "1080p"],
        "supported_aspect_ratios": ["16:9", "9:16"],
        "supported_sizes": None,
        "supported_frame_images": frames,
        "generate_audio": True,
        "seed": True,
        "pricing_skus": {"duration_seconds": per_second},
        "allowed_passthrough_parameters": [],
        **further,
    }


_MODELS = (
    _model("google/veo-3.1", "Google: Veo 3.1", [4, 6, 8], ["first_frame", "last_frame"], "0.4"),
    _model("kwaivgi/kling-v3.0-pro", "Kling v3.0 Pro", [5, 10], ["first_frame"], "0.1", seed=None),
    _model("bytedance/seedance-2.0", "Seedance 2.0", [5, 10, 15], ["first_frame", "last_frame"], "0.1"),
)

SERVER = ServerKind(understand=_understand, created=_created, status=_status, catalog=_MODELS, models=_MODELS)
