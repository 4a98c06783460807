"""The video object of OpenAI's API, which several kinds of server answer."""

from __future__ import annotations

from video_mcp.simulator.answers import JsonAnswer
from video_mcp.simulator.understanding import JobAnswer
from video_mcp.types import JsonObject


def video_object(answer: JobAnswer) -> JsonObject:
    """Return a job as OpenAI's object: no link, the bytes are at /content."""
    job, view = answer.job, answer.view
    found: JsonObject = {
        "id": job.id,
        "object": "video",
        "model": job.model,
        "status": view.status,
        "progress": view.progress,
        "created_at": int(job.created_at),
        "seconds": str(job.seconds),
        "size": job.size,
    }
    if view.completed_at is not None:
        found["completed_at"] = int(view.completed_at)
    if view.status == "failed" and job.failure is not None:
        found["error"] = {"code": job.failure.code, "message": job.failure.message}
    return found


def openai_video(answer: JobAnswer) -> JsonAnswer:
    """Answer with the object alone."""
    return JsonAnswer(200, video_object(answer))


def openai_error(status_code: int, message: str, code: str) -> JsonAnswer:
    """Answer with an error in OpenAI's shape."""
    return JsonAnswer(
        status_code,
        {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}},
    )


def detail(status_code: int, message: str) -> JsonAnswer:
    """Answer with an error in FastAPI's shape."""
    return JsonAnswer(status_code, {"detail": message})


def invalid_field(name: str, message: str) -> JsonAnswer:
    """Answer that a form's field is of the wrong type, as FastAPI does."""
    return JsonAnswer(422, {"detail": [{"type": "value_error", "loc": ["body", name], "msg": message}]})
