"""Pure: family models -> flat tool schemas that survive every client.

Top level `object`, no `$ref`, `$defs`, `oneOf`, `anyOf`, `allOf`, type lists or null; optional means absent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import cast

from pydantic import BaseModel, JsonValue

from video_mcp.families.catalog import Catalog
from video_mcp.families.messages import listed
from video_mcp.families.params import VideoParams
from video_mcp.families.spec import MODES, Choice, ChosenField
from video_mcp.types import JsonObject

_IMAGE_FORMS = "Path, URL, data: URI; video://ID/last-frame or an id continues that video."
_VIDEO_FORMS = "Path, URL or the id of an earlier video."
VIDEO_ID = "Id from create_video."


def wait_schema(default_seconds: float) -> JsonObject:
    """Return the schema of `wait_seconds`."""
    description = f"At most 600; default {default_seconds:g}; 0 answers at once."
    return {"type": "number", "minimum": 0, "description": description}


def create_schema(catalog: Catalog, wait_seconds: float = 45.0) -> JsonObject:
    """Return `create_video`'s input schema, derived from the catalogue's models."""
    return object_schema(
        {
            "model": {"type": "string", "enum": [*catalog.ids()], "description": "list_models compares them."},
            "prompt": _field("prompt"),
            "mode": {
                "type": "string",
                "enum": [mode for mode in MODES if catalog.models(mode=mode)],
                "description": "Follows from the media when left out.",
            },
            "seconds": _seconds(catalog),
            "aspect_ratio": _words(catalog, "aspect_ratio"),
            "resolution": _words(catalog, "resolution"),
            "size": {
                "type": "string",
                "description": f"Pixels, e.g. 1280x720, instead of ratio and resolution. {_owners(catalog, 'size')}",
            },
            "image": _media("image"),
            "end_image": {
                **_field("end_image"),
                "description": f"{_field('end_image')['description']} Given as image.",
            },
            "reference_images": _media_list("reference_images"),
            "reference_videos": _media_list("reference_videos"),
            "reference_audios": _media_list("reference_audios"),
            "source_video": _media("source_video"),
            "negative_prompt": _optional(catalog, "negative_prompt", "string", "What to keep out."),
            "seed": _optional(catalog, "seed", "integer", "Repeats a result, roughly."),
            "audio": _optional(catalog, "audio", "boolean", "Sound on or off."),
            "options": {
                "type": "object",
                "properties": {},
                "description": (
                    "Further fields of the model's family (list_models with model shows them), fit_images, "
                    "max_cost_usd."
                ),
            },
            "wait_seconds": wait_schema(wait_seconds),
            "allow_duplicate": {
                "type": "boolean",
                "description": "Make and pay for an equal video again, as a variant.",
            },
            "dry_run": {"type": "boolean", "description": "Check and show what would be sent; send nothing."},
        },
        required=("model",),
    )


def object_schema(properties: Mapping[str, JsonValue], required: Iterable[str] = ()) -> JsonObject:
    """Return the schema of a tool's arguments; others are refused by the server, as no client needs to know."""
    schema: JsonObject = {"type": "object", "properties": dict(properties)}
    names: list[JsonValue] = list(required)
    return {**schema, "required": names} if names else schema


def answer_schema(
    fields: Mapping[str, JsonObject],
    *,
    in_full: Collection[str] = (),
    without: Collection[str] = (),
    **extra: JsonValue,
) -> JsonObject:
    """Return a flat output schema; nothing in it is required, as an answer leaves out what it does not have.

    A field that is not `in_full` loses its enum, or all but its first field: another tool's schema has the others.
    """
    shown = {name: _inner(child, in_full=name in in_full) for name, child in fields.items() if name not in without}
    return {"type": "object", "properties": {**shown, **extra}}


def fields_of(model: type[BaseModel]) -> Mapping[str, JsonObject]:
    """Return the schemas of a model's fields; deriving them is the dearest part of a list of tools."""
    return cast("dict[str, JsonObject]", plain(model.model_json_schema())["properties"])


def _inner(child: JsonObject, *, in_full: bool) -> JsonObject:
    if child.get("type") == "object":
        fields = cast("dict[str, JsonObject]", child["properties"])
        shown = fields if in_full else {name: _type_of(field) for name, field in list(fields.items())[:1]}
        return {"type": "object", "properties": cast("JsonObject", shown)}
    return child if in_full else _type_of(child)


def _type_of(schema: JsonObject) -> JsonObject:
    return {key: schema[key] for key in ("type", "items") if key in schema}


def plain(schema: JsonObject) -> JsonObject:
    """Return a pydantic schema without references, unions with null, titles and defaults."""
    definitions = cast("dict[str, JsonObject]", schema.get("$defs", {}))
    return _plain(schema, definitions)


def _plain(node: JsonObject, definitions: Mapping[str, JsonObject]) -> JsonObject:
    node = _without_null(_resolved(node, definitions))
    node = _resolved(node, definitions)
    kept = {key: value for key, value in node.items() if key not in {"$defs", "title", "default"}}
    properties = kept.get("properties")
    if isinstance(properties, dict):
        kept["properties"] = {
            name: _plain(child, definitions) for name, child in properties.items() if isinstance(child, dict)
        }
    items = kept.get("items")
    if isinstance(items, dict):
        kept["items"] = _plain(items, definitions)
    return kept


def _resolved(node: JsonObject, definitions: Mapping[str, JsonObject]) -> JsonObject:
    reference = node.get("$ref")
    if not isinstance(reference, str):
        return node
    beside = {key: value for key, value in node.items() if key != "$ref"}
    return {**definitions[reference.removeprefix("#/$defs/")], **beside}


def _without_null(node: JsonObject) -> JsonObject:
    branches = node.get("anyOf")
    if not isinstance(branches, list):
        return node
    real = [branch for branch in branches if isinstance(branch, dict) and branch.get("type") != "null"]
    beside = {key: value for key, value in node.items() if key != "anyOf"}
    return {**beside, **real[0]}


def _field(name: str) -> JsonObject:
    description = VideoParams.model_fields[name].description or ""
    return {"type": "string", "description": description}


def _media(name: str) -> JsonObject:
    forms = _VIDEO_FORMS if name == "source_video" else _IMAGE_FORMS
    return {**_field(name), "description": f"{_field(name)['description']} {forms}"}


def _media_list(name: str) -> JsonObject:
    return {"type": "array", "items": {"type": "string"}, "description": _field(name)["description"]}


def _optional(catalog: Catalog, name: str, kind: str, what: str) -> JsonObject:
    return {"type": kind, "description": f"{what} {_owners(catalog, name)}"}


def _owners(catalog: Catalog, name: str) -> str:
    """Return which families have a field, in a few words."""
    families = [family for family in catalog.families if name in family.params.model_fields]
    return f"Only {', '.join(family.name for family in families)}."


def _seconds(catalog: Catalog) -> JsonObject:
    values = [value for value in _allowed(catalog, "seconds") if isinstance(value, int)]
    by_family = "; ".join(
        f"{family.name} {listed(_sorted(_allowed(Catalog((family,)), 'seconds')))}"
        for family in catalog.families
        if _allowed(Catalog((family,)), "seconds")
    )
    return {"type": "integer", "minimum": min(values), "maximum": max(values), "description": f"{by_family}."}


def _words(catalog: Catalog, name: ChosenField) -> JsonObject:
    """Return a field with every word that some model takes: they are the examples that its description names."""
    words = list(dict.fromkeys(str(value).lower() for value in _allowed(catalog, name)))
    description = str(_field(name)["description"]).partition(", for example ")[0].removesuffix(".")
    return {"type": "string", "description": f"{description}.", "enum": [*sorted(words, key=_word_order)]}


def _word_order(word: str) -> tuple[int, str]:
    digits = "".join(letter for letter in word.split(":")[0] if letter.isdigit())
    big = 1000 if word.lower().endswith("k") else 1
    return (int(digits) * big if digits else 99_999, word)


def _allowed(catalog: Catalog, name: ChosenField) -> list[Choice]:
    """Return every value that some mode of some model takes, warned ones included, each once."""
    values: list[Choice] = []
    for spec in catalog.models():
        for facts in spec.modes.values():
            choices = facts.choices().get(name)
            if choices is not None:
                values += [*choices.allowed, *choices.tolerated]
    return list(dict.fromkeys(values))


def _sorted(values: list[Choice]) -> list[Choice]:
    return sorted(values, key=_number)


def _number(value: Choice) -> int:
    return value if isinstance(value, int) else 0
