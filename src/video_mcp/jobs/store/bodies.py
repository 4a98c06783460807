"""The body of a create as text, and back, for a request that is not sent at once. Pure."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, replace

from pydantic import TypeAdapter

from video_mcp.gateway.upstream import FormPart, WireBody

_body = TypeAdapter(WireBody)


def to_text(body: WireBody) -> str:
    """Return a body as JSON; the bytes of files are written in base64."""
    if body.form is None:
        return json.dumps({"json": body.json})
    parts = [{**asdict(part), "file": _encoded(part)} for part in body.form]
    return json.dumps({"form": parts})


def from_text(text: str) -> WireBody:
    """Return the body that a text holds.

    Raises:
        ValueError: If the text is none that `to_text` could have written.
    """
    body = _body.validate_json(text)
    if body.form is None:
        return body
    return WireBody(form=tuple(_decoded(part) for part in body.form))


def _encoded(part: FormPart) -> str | None:
    return base64.b64encode(part.file).decode() if part.file is not None else None


def _decoded(part: FormPart) -> FormPart:
    return replace(part, file=base64.b64decode(part.file)) if part.file is not None else part
