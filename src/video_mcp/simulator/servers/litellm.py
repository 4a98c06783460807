"""LiteLLM's proxy 1.108.7 in front of OpenAI's API: one file is read, everything else is passed on as text."""

from __future__ import annotations

from video_mcp.simulator.answers import JsonAnswer
from video_mcp.simulator.body import Body
from video_mcp.simulator.openai_answers import openai_error, openai_video
from video_mcp.simulator.understanding import (
    ServerKind,
    Understood,
    UnderstoodMedium,
    in_numbers,
    kind_of_upload,
    not_read,
)
from video_mcp.simulator.values import text_of

_READ = frozenset({"model", "prompt", "seconds", "size", "user", "extra_headers", "extra_body"})


def _understand(body: Body) -> Understood | JsonAnswer:
    if not text_of(body.fields.get("prompt")):
        return openai_error(400, "litellm.BadRequestError: prompt is required", "400")
    if "input_reference" in body.fields:
        text = "litellm.BadRequestError: OpenAIException - expected a file, but got a string instead"
        return openai_error(400, text, "400")
    files = [upload for upload in body.uploads if upload.name == "input_reference"][:1]
    return Understood(
        model=text_of(body.fields.get("model")),
        prompt=text_of(body.fields.get("prompt")),
        media=tuple(UnderstoodMedium(kind_of_upload(file), "first_frame", file.digest) for file in files),
        seconds=in_numbers(body.fields, "seconds"),
        size=text_of(body.fields.get("size")),
        dropped=not_read(body, {*_READ, *(file.name for file in files)}),
    )


SERVER = ServerKind(
    understand=_understand,
    created=openai_video,
    status=openai_video,
    schema={"openapi": "3.1.0", "info": {"title": "LiteLLM API", "version": "1.108.7"}, "paths": {"/v1/videos": {}}},
)
