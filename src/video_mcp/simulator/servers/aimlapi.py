"""AI/ML API, from its documentation: one path for all models, the id in the query."""

from __future__ import annotations

from video_mcp.simulator.answers import JsonAnswer
from video_mcp.simulator.body import Body
from video_mcp.simulator.openai_answers import openai_error
from video_mcp.simulator.understanding import JobAnswer, ServerKind, Understood, in_numbers, media, not_read
from video_mcp.simulator.values import text_of
from video_mcp.types import JsonObject

_READ = frozenset({"model", "prompt", "duration", "aspect_ratio", "resolution"})
_FRAMES = frozenset({"image_url", "last_image_url"})
_WORDS = {"queued": "queued", "in_progress": "generating", "completed": "completed", "failed": "error"}


def _understand(body: Body) -> Understood | JsonAnswer:
    model, prompt = text_of(body.fields.get("model")), text_of(body.fields.get("prompt"))
    if not model or not prompt:
        return openai_error(400, "model and prompt are required", "400")
    # Which names a model has for its media is certain for Google's alone.
    read = _READ | _FRAMES if model.startswith("google/veo") else _READ
    frames = body.fields if model.startswith("google/veo") else {}
    return Understood(
        model=model,
        prompt=prompt,
        media=(
            *media("image", "first_frame", [frames.get("image_url")]),
            *media("image", "end_frame", [frames.get("last_image_url")]),
        ),
        seconds=in_numbers(body.fields, "duration"),
        dropped=not_read(body, read),
    )


def _created(answer: JobAnswer) -> JsonAnswer:
    return JsonAnswer(201, {"id": answer.job.id, "status": "queued"})


def _status(answer: JobAnswer) -> JsonAnswer:
    job, view = answer.job, answer.view
    found: JsonObject = {"id": job.id, "status": _WORDS[view.status]}
    if view.status == "failed" and job.failure is not None:
        found["error"] = {"name": job.failure.code, "message": job.failure.message}
    if answer.link is not None:
        found["video"] = {"url": answer.link}
    return JsonAnswer(200, found)


SERVER = ServerKind(
    understand=_understand,
    created=_created,
    status=_status,
    create_path="/v2/video/generations",
    status_path="/v2/video/generations?generation_id={id}",
    has_content=False,
)
