"""How values are written where the gateway's API or a vendor wants a shape of its own."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from pydantic import JsonValue

from video_mcp.families.spec import MediaField
from video_mcp.gateway.dialects.common.places import Media, Spelling, texts_in

_SEEDANCE_ROLES: tuple[tuple[MediaField, str, str], ...] = (
    ("image", "image_url", "first_frame"),
    ("end_image", "image_url", "last_frame"),
    ("reference_images", "image_url", "reference_image"),
    ("reference_videos", "video_url", "reference_video"),
    ("reference_audios", "audio_url", "reference_audio"),
)
_HAPPYHORSE_TYPES: tuple[tuple[MediaField, str], ...] = (
    ("image", "first_frame"),
    ("source_video", "video"),
    ("reference_images", "reference_image"),
)
_IMAGES_IN_ORDER: tuple[MediaField, ...] = ("image", "end_image", "reference_images")

_EXTENSIONS = {
    "image/jpeg": "jpg",
    "video/quicktime": "mov",
    "audio/mpeg": "mp3",
    "audio/x-wav": "wav",
    "audio/wave": "wav",
}


@dataclass(frozen=True, slots=True)
class DataURI:
    """The bytes and the media type that a `data:` URI holds."""

    media_type: str
    content: bytes

    @property
    def extension(self) -> str:
        """The usual ending of a file of this type."""
        subtype = self.media_type.rpartition("/")[2].removeprefix("x-")
        return _EXTENSIONS.get(self.media_type, subtype)


def data_uri(reference: str) -> DataURI | None:
    """Return what a `data:` URI holds; None for any other reference, and for one that is broken."""
    head, comma, content = reference.partition(",")
    if not comma or not head.lower().startswith("data:"):
        return None
    media_type, *attributes = head[len("data:") :].lower().split(";")
    try:
        raw = base64.b64decode(content) if "base64" in attributes else unquote_to_bytes(content)
    except ValueError:
        return None
    return DataURI(media_type or "application/octet-stream", raw)


def decimal_text(value: JsonValue) -> JsonValue:
    """Write a number as text: stock new-api answers 400 to `seconds` as a number."""
    return str(value)


def upper_case(value: JsonValue) -> JsonValue:
    """Write `720p` as `720P`."""
    return value.upper() if isinstance(value, str) else value


def on_or_off(value: JsonValue) -> JsonValue:
    """Write a switch as Kling does."""
    return "on" if value is True else "off"


def bare_base64(value: JsonValue) -> JsonValue:
    """Write a `data:` URI as Kling takes it, without its head; a URL stays as it is."""
    data = data_uri(value) if isinstance(value, str) else None
    return value if data is None else base64.b64encode(data.content).decode()


def image_objects(value: JsonValue) -> JsonValue:
    """Write images as the objects of Kling's `image_list`."""
    return [{"image": bare_base64(image)} for image in texts_in(value)]


def bare_masks(value: JsonValue) -> JsonValue:
    """Write the masks inside Kling's `dynamic_masks` as bare base64."""
    masks = value if isinstance(value, list) else []
    return [{**mask, "mask": bare_base64(mask.get("mask"))} for mask in masks if isinstance(mask, dict)]


def list_of_one(value: JsonValue) -> JsonValue:
    """Write a single value as a list."""
    return [value]


def first_of(value: JsonValue) -> JsonValue:
    """Write the first of several where only one is taken."""
    return value[0] if isinstance(value, list) and value else value


def draft_items(value: JsonValue) -> JsonValue:
    """Write the id of a draft as an item of Seedance's `content`."""
    return [{"type": "draft_task", "draft_task": {"id": value}}]


def subject_reference(value: JsonValue) -> JsonValue:
    """Write a person's image as MiniMax's S2V-01 takes it."""
    return [{"type": "character", "image": value}]


def seedance_content(media: Media) -> JsonValue:
    """Write media as Seedance's `content`, each with its role; the prompt goes as `prompt`, never twice."""
    return [
        {"type": kind, kind: {"url": url}, "role": role}
        for name, kind, role in _SEEDANCE_ROLES
        for url in media.get(name, ())
    ]


def happyhorse_media(media: Media) -> JsonValue:
    """Write media as Alibaba's `input.media`."""
    return [{"type": kind, "url": url} for name, kind in _HAPPYHORSE_TYPES for url in media.get(name, ())]


def images_in_order(media: Media) -> JsonValue:
    """Write first frame, last frame and references as one list."""
    return [url for name in _IMAGES_IN_ORDER for url in media.get(name, ())]


KLING_SPELLING: Mapping[str, Spelling] = {
    "image": bare_base64,
    "end_image": bare_base64,
    "reference_images": image_objects,
    "static_mask": bare_base64,
    "dynamic_masks": bare_masks,
    "audio": on_or_off,
}
"""How Kling's own values are written, whichever server hands them on."""
