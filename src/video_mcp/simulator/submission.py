"""A create request in one vocabulary, whichever of the gateway documentation's spellings the client used. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from video_mcp.simulator.body import Body
from video_mcp.simulator.values import JsonValue, list_of, number_of, object_of, text_of
from video_mcp.types import JsonObject

_URL_KEYS = ("url", "image_url", "video_url", "audio_url", "image", "video", "audio", "file_id", "id")
_QUALITIES = ("std", "pro", "4k")
_PIXELS = re.compile(r"^\d+x\d+$")


@dataclass(frozen=True, slots=True)
class Fields:
    """A body's fields with its extension containers: `metadata` and `parameters`, objects or JSON text."""

    top: JsonObject
    extension: JsonObject

    def value(self, *names: str) -> JsonValue:
        """Return the first value that is there and not empty, top level before the containers."""
        found = (place[name] for place in (self.top, self.extension) for name in names if name in place)
        return next((value for value in found if value not in (None, "", [], {})), None)

    def text(self, *names: str) -> str:
        """Return the first text among the names, stripped; empty when there is none."""
        return text_of(self.value(*names))

    def media(self, *names: str) -> tuple[str, ...]:
        """Return the media that the fields hold, each once: clients write one image under two names."""
        return _unique(url for name in names for url in media_urls(self.value(name)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentItem:
    """One item of `content[]` that is not a text."""

    type: str
    role: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What a client asks for.

    Attributes:
        mode: The task: t2v, i2v, ...; empty when the client left it out.
        quality: Kling's std, pro or 4k.
        seconds: The requested duration; None when there is none or when it is not a number.
        seconds_text: The duration as written.
        content: The items of `content[]` other than text.
        text_items: How many text items `content[]` has.
        uploads: The files of a multipart body, as names.
        fields: Everything, for media and for the rules of one family.
    """

    model: str
    model_name: str
    prompt: str
    mode: str
    quality: str
    seconds: float | None
    seconds_text: str
    aspect_ratio: str
    resolution: str
    size: str
    content: tuple[ContentItem, ...]
    text_items: int
    uploads: tuple[str, ...]
    fields: Fields


def read_submission(body: Body) -> Submission:
    """Read a create request; nothing is judged here."""
    fields = fields_of(body)
    content = list_of(fields.value("content"))
    mode = text_of(body.fields.get("mode")).lower()
    seconds_text = fields.text("seconds", "duration", "durationSeconds")
    size = fields.text("size").lower().replace("*", "x")
    return Submission(
        model=text_of(body.fields.get("model")),
        model_name=fields.text("model_name"),
        prompt=text_of(body.fields.get("prompt")) or _content_text(content),
        mode="" if mode in _QUALITIES else mode,
        quality=(text_of(fields.extension.get("mode")) or (mode if mode in _QUALITIES else "")).lower(),
        seconds=number_of(seconds_text),
        seconds_text=seconds_text,
        aspect_ratio=fields.text("aspect_ratio", "ratio", "aspectRatio"),
        # Several channels read "720P" out of `size`.
        resolution=fields.text("resolution").lower() or ("" if _PIXELS.match(size) else size),
        size=size if _PIXELS.match(size) else "",
        content=tuple(_content_items(content)),
        text_items=sum(text_of(object_of(item).get("type")) == "text" for item in content),
        uploads=tuple(f"upload:{one.name}:{one.filename}" for one in body.uploads),
        fields=fields,
    )


def fields_of(body: Body) -> Fields:
    """Return a body's fields with those of its containers."""
    extension: JsonObject = {}
    for container in ("parameters", "metadata"):
        extension |= object_of(body.fields.get(container))
    return Fields(body.fields, extension)


def media_urls(value: JsonValue) -> tuple[str, ...]:
    """Return the media that a value holds: text, {"url": ...}, nested objects, or a list of them."""
    return _unique(url for item in list_of(value) if (url := _one_url(item)))


def _one_url(value: JsonValue) -> str:
    if not isinstance(value, dict):
        return text_of(value)
    found = (_one_url(value[key]) for key in _URL_KEYS if key in value)
    return next((url for url in found if url), "")


def _unique(urls: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(urls))


def _content_text(content: list[JsonValue]) -> str:
    texts = (text_of(object_of(item).get("text")) for item in content)
    return next((text for text in texts if text), "")


def _content_items(content: list[JsonValue]) -> Iterable[ContentItem]:
    for item in map(object_of, content):
        kind = text_of(item.get("type"))
        if kind != "text":
            yield ContentItem(type=kind, role=text_of(item.get("role")), url=_one_url(item.get(kind)))
