"""A request's body, parsed once: JSON, multipart and urlencoded all become fields and uploads."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import cast

from starlette.datastructures import UploadFile
from starlette.requests import Request

from video_mcp.simulator.values import list_of, parse_json, parsed_or_text
from video_mcp.types import JsonObject

_FORM_NAME = re.compile(r"^(?P<name>[^\[]+)(?P<list>\[\])?(?:\[(?P<key>[^\]]+)\])?$")


class UnreadableBody(Exception):
    """The body is not what its Content-Type says, or too long."""

    def __init__(self, message: str, status_code: int = 400) -> None:
        super().__init__(message)
        self.status_code = status_code


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that came in a multipart body; of its bytes, number and digest are kept."""

    name: str
    filename: str
    content_type: str
    size: int
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What a client sent: fields by name, and uploads."""

    fields: JsonObject
    uploads: tuple[Upload, ...] = ()


async def read_body(request: Request, max_bytes: int) -> Body:
    """Read a body by its Content-Type; like the gateway, everything that is not JSON counts as a form."""
    if len(await request.body()) > max_bytes:
        raise UnreadableBody("Request body too large", 413)
    if request.headers.get("content-type", "").startswith("application/json"):
        return json_body(await request.body())
    return await _form_body(request)


def json_body(raw: bytes) -> Body:
    """Parse a JSON object; raise UnreadableBody for anything else."""
    try:
        value = parse_json(raw)
    except ValueError as error:
        raise UnreadableBody(f"Invalid request: {error}") from error
    if not isinstance(value, dict):
        raise UnreadableBody("Invalid request: the body must be a JSON object")
    return Body(fields=value)


async def _form_body(request: Request) -> Body:
    size = len(await request.body())
    fields: JsonObject = {}
    uploads: list[Upload] = []
    try:
        async with request.form(max_part_size=size + 1) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    uploads.append(_upload(name, value, await value.read()))
                else:
                    add_form_field(fields, name, value)
    except Exception as error:
        # Starlette and python-multipart each have their own errors for a broken form; all mean the same here.
        raise UnreadableBody(f"Invalid request: {error}") from error
    return Body(fields=fields, uploads=tuple(uploads))


def _upload(name: str, file: UploadFile, content: bytes) -> Upload:
    return Upload(
        name=name,
        filename=file.filename or "",
        content_type=file.content_type or "",
        size=len(content),
        digest=f"sha256:{hashlib.sha256(content).hexdigest()}",
    )


def add_form_field(fields: JsonObject, name: str, text: str) -> None:
    """Add one form field: `a`, `a[]`, `a[key]` and `a[][key]` as proxies write lists and objects."""
    value = parsed_or_text(text) if text.lstrip()[:1] in ("{", "[") else text
    match = _FORM_NAME.match(name)
    if match is None:
        fields[name] = value
        return
    base, key = cast("str", match["name"]), cast("str | None", match["key"])
    if match["list"]:
        fields[base] = [*list_of(fields.get(base)), value if key is None else {key: value}]
    elif key is not None:
        known = fields.get(base)
        fields[base] = {**(known if isinstance(known, dict) else {}), key: value}
    else:
        fields[base] = [*list_of(fields[base]), value] if base in fields else value
