"""xAI's API, from its documentation: a request id, `done`, and a link that is the only way to the bytes."""

from __future__ import annotations

from video_mcp.simulator.answers import JsonAnswer
from video_mcp.simulator.body import Body
from video_mcp.simulator.understanding import (
    JobAnswer,
    ServerKind,
    Understood,
    in_numbers,
    media,
    not_read,
)
from video_mcp.simulator.values import list_of, object_of, text_of
from video_mcp.types import JsonObject

_READ = frozenset({"model", "prompt", "duration", "aspect_ratio", "resolution", "image", "reference_images", "user"})
_MOST_REFERENCES = 7


def _understand(body: Body) -> Understood | JsonAnswer:
    image = object_of(body.fields.get("image")).get("url")
    references = [object_of(item).get("url") for item in list_of(body.fields.get("reference_images"))]
    if image and references:
        return _error(400, "image and reference_images cannot be used together")
    if len(references) > _MOST_REFERENCES:
        return _error(400, f"at most {_MOST_REFERENCES} reference images are supported")
    if not text_of(body.fields.get("prompt")):
        return _error(400, "prompt is required")
    return Understood(
        model=text_of(body.fields.get("model")),
        prompt=text_of(body.fields.get("prompt")),
        media=(*media("image", "first_frame", [image]), *media("image", "reference", references)),
        seconds=in_numbers(body.fields, "duration"),
        dropped=not_read(body, _READ),
    )


TICKS_PER_SECOND = 500_000_000
"""Five cents."""


def _error(status_code: int, message: str) -> JsonAnswer:
    return JsonAnswer(status_code, {"code": "Client specified an invalid argument", "error": message})


def _created(answer: JobAnswer) -> JsonAnswer:
    return JsonAnswer(200, {"request_id": answer.job.id})


def _status(answer: JobAnswer) -> JsonAnswer:
    job, view = answer.job, answer.view
    if view.status == "failed" and job.failure is not None:
        return JsonAnswer(
            200, {"status": "failed", "error": {"code": job.failure.code, "message": job.failure.message}}
        )
    if answer.link is None:
        return JsonAnswer(200, {"status": "pending", "model": job.model, "progress": view.progress})
    video: JsonObject = {"url": answer.link, "duration": job.seconds, "respect_moderation": True}
    usage: JsonObject = {"cost_in_usd_ticks": job.seconds * TICKS_PER_SECOND}
    return JsonAnswer(200, {"status": "done", "model": job.model, "video": video, "usage": usage})


SERVER = ServerKind(
    understand=_understand,
    created=_created,
    status=_status,
    create_path="/v1/videos/generations",
    has_content=False,
)
