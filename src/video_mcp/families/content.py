"""The gateway's `content`: one list of typed items, read into the canonical fields."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter, ValidationError

from video_mcp.families.messages import listed, refusal, shown, warning
from video_mcp.families.spec import Count, MediaField, MediaRef, Mode, ModelSpec
from video_mcp.findings import Finding
from video_mcp.types import JsonObject

EXAMPLE: JsonValue = [
    {"type": "text", "text": "A fox."},
    {"type": "image_url", "image_url": {"url": "https://example.com/fox.png"}, "role": "reference_image"},
]
"""What `content` looks like."""

MIXED_CONTENT = (
    "content may mix text and media, each kind as many as its own field takes; the schema takes only lists that are "
    "surely within every limit."
)
"""The rule on `content` that no JSON Schema states."""


class _Item(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Link(_Item):
    """Where a medium is."""

    url: MediaRef


class Task(_Item):
    """An earlier draft."""

    id: Annotated[str, Field(min_length=1)]


class TextItem(_Item):
    """The prompt."""

    type: Literal["text"]
    text: Annotated[str, Field(min_length=1)]


class ImageItem(_Item):
    """A frame or a reference; a single image without a role is the first frame."""

    type: Literal["image_url"]
    image_url: Link
    role: Literal["first_frame", "last_frame", "reference_image"] | None = None


class VideoItem(_Item):
    """A reference video."""

    type: Literal["video_url"]
    video_url: Link
    role: Literal["reference_video"] | None = None


class AudioItem(_Item):
    """A reference sound."""

    type: Literal["audio_url"]
    audio_url: Link
    role: Literal["reference_audio"] | None = None


class DraftItem(_Item):
    """The draft that is to be rendered in full."""

    type: Literal["draft_task"]
    draft_task: Task


_KINDS: dict[MediaField, tuple[str, str, bool]] = {
    "image": ("image_url", "first_frame", False),
    "end_image": ("image_url", "last_frame", False),
    "reference_images": ("image_url", "reference_image", False),
    "reference_videos": ("video_url", "reference_video", True),
    "reference_audios": ("audio_url", "reference_audio", True),
    "source_video": ("video_url", "reference_video", True),
}
"""The type and the role of an item for each media field, and whether the role may be absent."""

_TEXT: JsonObject = {
    "type": "object",
    "properties": {"type": {"const": "text"}, "text": {"type": "string", "pattern": "\\S"}},
    "required": ["type", "text"],
    "additionalProperties": False,
}

ContentItem = Annotated[TextItem | ImageItem | VideoItem | AudioItem | DraftItem, Field(discriminator="type")]
_ITEMS = TypeAdapter(tuple[ContentItem, ...], config=ConfigDict(defer_build=True))


def content_forms(spec: ModelSpec, mode: Mode) -> Iterator[tuple[bool, JsonObject]]:
    """Yield JSON Schemas of `content` that surely carries a mode's media, each with whether it holds the prompt."""
    media: dict[MediaField, Count] = {name: count for name, count in spec.modes[mode].media.items() if count.most}
    items: list[JsonValue] = [_item_schema(name) for name in media]
    text: JsonObject = {"properties": {"type": {"const": "text"}}}
    if not media:
        yield True, {"type": "array", "minItems": 1, "items": _TEXT}
    elif all(count.least == count.most == 1 for count in media.values()):
        both: list[JsonValue] = [{"contains": item} for item in items]
        yield (
            False,
            {"type": "array", "minItems": len(items), "maxItems": len(items), "items": _any(items), "allOf": both},
        )
    elif len(media) == 1:
        most = next(iter(media.values())).limit
        yield False, {"type": "array", **_length(1, most), "items": items[0]}
        with_text = _any([_TEXT, *items])
        both = [{"contains": text}, {"contains": items[0]}]
        yield True, {"type": "array", **_length(2, most), "items": with_text, "allOf": both}
    else:
        most = min(count.limit for count in media.values())
        needed: list[MediaField] = [name for name, count in media.items() if count.least]
        wanted: list[JsonValue] = [_item_schema(name) for name in needed or spec.modes[mode].needs_one_of]
        yield False, {"type": "array", **_length(1, most), "items": _any(items), "contains": _any(wanted)}


def _length(least: int, most: int) -> JsonObject:
    return {"minItems": least, "maxItems": most}


def _any(items: list[JsonValue]) -> JsonObject:
    return {"anyOf": items}


def _item_schema(name: MediaField) -> JsonObject:
    kind, role, optional = _KINDS[name]
    link: JsonObject = {"type": "object", "properties": {"url": {"$ref": "#/$defs/media"}}, "required": ["url"]}
    properties: JsonObject = {
        "type": {"const": kind},
        kind: {**link, "additionalProperties": False},
        "role": {"const": role},
    }
    required: list[JsonValue] = ["type", kind] if optional else ["type", kind, "role"]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def unfold_content(values: JsonObject, *, image_role: str, video_field: str) -> list[Finding]:
    """Move the items of `content` into the canonical fields of `values`.

    `image_role` is the field that images without a role mean, `video_field` the one for videos. What cannot be read
    stays where it is, to be refused with its place in the list.
    """
    if "content" not in values:
        return []
    try:
        items = _ITEMS.validate_python(values["content"])
    except ValidationError:
        return []
    del values["content"]
    items = _joined_text(items)
    images = sum(isinstance(item, ImageItem) for item in items)
    placed = [_field_of(item, image_role if images == 1 else "reference_images", video_field) for item in items]
    read_as = listed([*dict.fromkeys(field for field, _ in placed)], last="and")
    findings = [warning("content", f"content is read as {read_as}.")] if placed else []
    for field, value in placed:
        findings += _put(values, field, value)
    return findings


def _joined_text(items: tuple[ContentItem, ...]) -> tuple[ContentItem, ...]:
    """Return the items with one text: the texts together, in their order."""
    texts = [item.text for item in items if isinstance(item, TextItem)]
    others = tuple(item for item in items if not isinstance(item, TextItem))
    return (TextItem(type="text", text="\n".join(texts)), *others) if texts else others


def _field_of(item: ContentItem, image_role: str, video_field: str) -> tuple[str, str]:
    match item:
        case TextItem():
            return "prompt", item.text
        case ImageItem():
            roles = {"first_frame": "image", "last_frame": "end_image", "reference_image": "reference_images"}
            return roles.get(item.role or "", image_role), item.image_url.url
        case VideoItem():
            return video_field, item.video_url.url
        case AudioItem():
            return "reference_audios", item.audio_url.url
        case DraftItem():
            return "draft_task_id", item.draft_task.id


def _put(values: JsonObject, field: str, value: str) -> list[Finding]:
    if field.startswith("reference_"):
        listed = values.get(field)
        values[field] = [*(listed if isinstance(listed, list) else []), value]
        return []
    if values.get(field) in (None, "", value):
        values[field] = value
        return []
    message = f"{field} is given twice: content says {shown(value)}, and beside it stands {shown(values[field])}; "
    return [refusal(field, message + "the gateway would drop one of them, so give one.")]
