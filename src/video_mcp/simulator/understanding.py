"""What a server understood of a create: the words in which the kinds of server answer that. Pure."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import unquote_to_bytes

from video_mcp.simulator.answers import JsonAnswer
from video_mcp.simulator.body import Body, Upload
from video_mcp.simulator.jobs import Job, JobView
from video_mcp.simulator.values import JsonValue, number_of, text_of
from video_mcp.types import JsonObject

MediumKind = Literal["image", "video", "audio"]
MediumRole = Literal["first_frame", "end_frame", "reference", "source", "input"]
"""What a server takes a medium for; `input` where it only hands it to the model."""

_BASE64 = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")
_SIZE = re.compile(r"^(\d+)[xX*](\d+)$")


@dataclass(frozen=True, slots=True)
class UnderstoodMedium:
    """One medium that reaches the model: `source` is its address, or the digest of its bytes."""

    kind: MediumKind
    role: MediumRole
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """A create as the server understood it; `dropped` names the parts that it never looked at."""

    model: str
    prompt: str
    media: tuple[UnderstoodMedium, ...] = ()
    seconds: float | None = None
    size: str = ""
    dropped: tuple[str, ...] = ()


Understand = Callable[[Body], Understood | JsonAnswer]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobAnswer:
    """What an answer about a job is made of; `link` is there when the video is finished."""

    job: Job
    view: JobView
    link: str | None
    content_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerKind:
    """One kind of server: its paths, what it reads and how it answers.

    `lists_videos` and `honours_key` say whether it has a list of its videos and makes no second one for a key that it
    knows; `catalog` is what its models take, where it tells. What shows its kind: the entries of `models`, `headers`
    of each answer, `request_id_header` with that request's id, and `schema`, its /openapi.json.
    """

    understand: Understand
    created: Callable[[JobAnswer], JsonAnswer]
    status: Callable[[JobAnswer], JsonAnswer]
    create_path: str = "/v1/videos"
    status_path: str = "/v1/videos/{id}"
    has_content: bool = True
    lists_videos: bool = False
    honours_key: bool = False
    catalog: tuple[JsonObject, ...] = ()
    models: tuple[JsonObject, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    request_id_header: str | None = None
    schema: JsonObject | None = None


def digest(content: bytes) -> str:
    """Return what tells the bytes of a medium apart."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def source_of(value: JsonValue) -> str:
    """Return an address as it is, and data by its digest; empty when the value is neither."""
    text = text_of(value)
    if text.lower().startswith("data:"):
        head, _, payload = text.partition(",")
        return digest(base64.b64decode(payload) if head.lower().endswith(";base64") else unquote_to_bytes(payload))
    if text.lower().startswith(("http://", "https://", "asset://")):
        return text
    return digest(base64.b64decode(text)) if _BASE64.fullmatch(text) else ""


def kind_of_upload(upload: Upload) -> MediumKind:
    """Return what a file is by its content type."""
    start = upload.content_type.partition("/")[0]
    return "video" if start == "video" else "audio" if start == "audio" else "image"


def media(kind: MediumKind, role: MediumRole, values: Iterable[JsonValue]) -> tuple[UnderstoodMedium, ...]:
    """Return the media that values stand for; what stands for none is left out."""
    sources = (source_of(value) for value in values)
    return tuple(UnderstoodMedium(kind, role, source) for source in sources if source)


def not_read(body: Body, read: Iterable[str]) -> tuple[str, ...]:
    """Return the names of fields and files that nothing looked at."""
    names = {*body.fields, *(upload.name for upload in body.uploads)}
    return tuple(sorted(names - set(read)))


def in_numbers(fields: Mapping[str, JsonValue], *names: str) -> float | None:
    """Return the first number among fields."""
    found = (number_of(fields.get(name)) for name in names)
    return next((number for number in found if number is not None), None)


def pixels(size: str, default: tuple[int, int]) -> tuple[int, int]:
    """Return width and height of a size, or the server's own."""
    match = _SIZE.match(size)
    return (int(match[1]), int(match[2])) if match else default
