"""How a table of places turns a request's fields into a body."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from pydantic import JsonValue

from video_mcp.families.params import VideoRequest
from video_mcp.families.spec import MEDIA_FIELDS, MediaField, Mode
from video_mcp.types import JsonObject

Media = Mapping[MediaField, tuple[str, ...]]
Places = Mapping[str, tuple[str, ...]]
Spelling = Callable[[JsonValue], JsonValue]

MERGED = "*"
"""The place of an object whose keys become fields of the body itself."""

_OVERRIDING = ("extra", "parameters", "metadata")
"""Containers of the caller's own: what they carry comes last and wins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """Several media written as one value, in some modes."""

    place: str
    modes: frozenset[Mode]
    shape: Callable[[Media], JsonValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """Where the fields of one family go in one dialect.

    `places` maps a field, or `mode:field` for one mode alone, to dotted paths in the body; no path means that it is
    not sent. A field without an entry goes to `rest` and its own name. `spelled` says how a value is written.
    """

    places: Places
    spelled: Mapping[str, Spelling] = field(default_factory=dict[str, Spelling])
    rest: str = ""
    gathered: Gathered | None = None

    def places_of(self, mode: Mode, name: str) -> tuple[str, ...]:
        """Return the paths of a field."""
        for key in (f"{mode}:{name}", name):
            if key in self.places:
                return self.places[key]
        return (f"{self.rest}{name}",)


def body_of(request: VideoRequest, wire: Wire, *, model: str) -> JsonObject:
    """Return the request's fields at their places."""
    body: JsonObject = {"model": model}
    fields = fields_of(request)
    gathered = wire.gathered
    if gathered is not None and request.mode in gathered.modes:
        put(body, gathered.place, gathered.shape(request.params.media()))
        fields = {name: value for name, value in fields.items() if name not in MEDIA_FIELDS}
    for name, value in fields.items():
        spelled = wire.spelled[name](value) if name in wire.spelled else value
        for place in wire.places_of(request.mode, name):
            put(body, place, spelled)
    return body


def fields_of(request: VideoRequest) -> JsonObject:
    """Return what the request says, under our own names; what is empty is not said."""
    said = cast("JsonObject", request.params.model_dump(mode="json", exclude_none=True))
    last = {name: said.pop(name) for name in _OVERRIDING if name in said}
    fields: JsonObject = {"mode": request.mode, **said, **last}
    return {name: value for name, value in fields.items() if value not in ("", [], {})}


def put(body: JsonObject, place: str, value: JsonValue) -> None:
    """Write a value at a dotted path; lists and objects that are there already are added to."""
    *parents, name = place.split(".")
    for parent in parents:
        inner = body.setdefault(parent, {})
        body = inner if isinstance(inner, dict) else {}
    if name == MERGED:
        body.update(value if isinstance(value, dict) else {})
    else:
        body[name] = _added(body.get(name), value)


def with_places(common: Places, own: Places) -> Places:
    """Return a table with a family's own entries over the common ones."""
    return {**common, **own}


def _added(known: JsonValue, value: JsonValue) -> JsonValue:
    if isinstance(known, dict) and isinstance(value, dict):
        return {**known, **value}
    if isinstance(known, list) and isinstance(value, list):
        return [*known, *value]
    return value


def texts_in(value: JsonValue) -> Sequence[str]:
    """Return the texts of a list, or a single text as a list of one."""
    values = value if isinstance(value, list) else [value]
    return [item for item in values if isinstance(item, str)]
