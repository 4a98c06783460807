"""From the caller's words to the family's fields: other names, `options`, `size`, and what images are meant as."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from video_mcp.families.geometry import RATIO, parse_size, ratio_of, resolution_of
from video_mcp.families.messages import closest_word, listed, refusal, short_text, shown, warning
from video_mcp.families.params import CANONICAL_FIELDS, Family
from video_mcp.families.spec import Mode, ModelSpec
from video_mcp.families.validation.fields import (
    GATEWAY_ALIASES,
    equal_values,
    field_named,
    json_text,
    normalize_value,
)
from video_mcp.findings import Finding
from video_mcp.types import JsonObject

_MOST_MODELS = 3
_PIXELS = ("width", "height")
_RESOLUTION = re.compile(r"^\s*\d+\s*[pk]\s*$", re.IGNORECASE)
_SIZE_PARTS = ("resolution", "aspect_ratio")


@dataclass(frozen=True, slots=True)
class Merged:
    """A request's fields in one flat object, the names they were given under, and what cannot be read."""

    values: JsonObject = field(default_factory=dict[str, JsonValue])
    names: dict[str, str] = field(default_factory=dict[str, str])
    findings: list[Finding] = field(default_factory=list[Finding])


def merge_options(family: Family, arguments: Mapping[str, JsonValue]) -> Merged:
    """Return one flat object of the family's fields, and what disagrees or cannot be read.

    A field given twice with equal values counts once; what is empty counts as not given.
    """
    options, findings = _as_object(arguments.get("options"))
    own = [(name, value) for name, value in arguments.items() if name != "options"]
    merged = Merged(findings=findings)
    for given, raw in [*own, *options.items()]:
        name = field_named(family, given)
        value = normalize_value(family, name, raw)
        if value is not None:
            _add(merged, family, name, given, value)
    _size_of_sides(family, merged)
    _split_size(family, merged)
    return merged


def _add(merged: Merged, family: Family, name: str, given: str, value: JsonValue) -> None:
    if name not in merged.values:
        merged.values[name] = value
        merged.names[name] = given
    elif not equal_values(family, name, merged.values[name], value):
        merged.findings.append(_disagreement(name, merged.names[name], merged.values[name], given, value))


def unknown_fields(family: Family, families: Iterable[Family], values: JsonObject) -> Iterator[Finding]:
    """Remove and refuse each unknown key: a gateway drops it silently and charges all the same."""
    known = set(family.params.model_fields) | CANONICAL_FIELDS
    for name in [name for name in values if name not in known]:
        del values[name]
        yield _unknown(family, families, name)


def place_images(spec: ModelSpec, merged: Merged, mode: Mode | None) -> Iterator[Finding]:
    """Move images to the fields that they mean: frames where the mode has frames, references beside a video."""
    _images_as_frames(spec, merged, mode)
    values = merged.values
    edit = spec.modes.get("edit")
    image = values.get("image")
    if image is None or "source_video" not in values or mode not in (None, "edit") or edit is None:
        return
    if edit.takes("reference_images") and not edit.takes("image"):
        others = values.get("reference_images")
        values["reference_images"] = [image, *(others if isinstance(others, list) else [])]
        del values["image"]
        yield warning("image", f"{spec.id} takes an image beside a video as a reference image.")


def _images_as_frames(spec: ModelSpec, merged: Merged, mode: Mode | None) -> None:
    """Read the gateway's `images` as frames where the mode has frames, or as one where none is named."""
    values = merged.values
    images = values.get("reference_images")
    if merged.names.get("reference_images") not in {"images", "image_urls"} or not isinstance(images, list):
        return
    frames = {"i2v": ("image",), "i2v_first_last": ("image", "end_image")}.get(mode or "", ())
    if mode is None and len(images) == 1 and _starts_from_one(spec):
        frames = ("image",)
    if len(images) == len(frames) and not any(frame in values for frame in frames):
        del values["reference_images"]
        values.update(dict(zip(frames, images, strict=True)))


def _starts_from_one(spec: ModelSpec) -> bool:
    """Return whether a single image is a first frame: not where it is surely a reference and hardly a frame."""
    frame = spec.modes.get("i2v")
    references = [facts for facts in spec.modes.values() if facts.takes("reference_images") and not facts.warning]
    return frame is not None and not (frame.warning and references)


def _unknown(family: Family, families: Iterable[Family], name: str) -> Finding:
    allowed = family.option_names()
    called = short_text(name)
    able = (other for other in families if name in other.params.model_fields or name in other.aliases)
    owners = [owner for other in able for owner in _owners(other, name)]
    if owners:
        message = f"{family.title} has no {called} ({listed(owners, last='and')} {_have(owners)}); leave it out."
    else:
        close = closest_word(name, [*allowed, *CANONICAL_FIELDS, *GATEWAY_ALIASES, *family.aliases])
        hint = f" Did you mean {close}?" if close else ""
        message = f"{family.title} knows no field {called}; the gateway would drop it silently.{hint}"
    own = [option for option in allowed if option not in _in_every_family(families)]
    takes = f" In options {family.title} takes {listed(own, last='and', most=24)}." if own else ""
    return refusal(called, message + takes, allowed=allowed)


def _owners(family: Family, name: str) -> list[str]:
    """Return how a family that has a field is called: by those of its models that have it, where only some do."""
    field = family.aliases.get(name, name)
    single = [spec for spec in family.models if not spec.needs_version]
    able = [spec.id for spec in single if field not in spec.denied or spec.denied[field].severity == "warn"]
    return [family.title] if len(able) == len(single) or not able else able[:_MOST_MODELS]


def _have(owners: list[str]) -> str:
    return "has it" if len(owners) == 1 else "have it"


def _in_every_family(families: Iterable[Family]) -> set[str]:
    """Return the options that every family has; naming them in each refusal would only be noise."""
    first, *others = [set(family.option_names()) for family in families]
    return first.intersection(*others)


def _as_object(options: JsonValue) -> tuple[JsonObject, list[Finding]]:
    value = json_text(options) if isinstance(options, str) else options
    if isinstance(value, dict):
        return value, []
    if value is None or value in ([], "") or (isinstance(value, str) and not value.strip()):
        return {}, []
    return {}, [refusal("options", 'options is an object such as {"seed": 7}; send it as one.')]


def _disagreement(name: str, first: str, value: JsonValue, second: str, other: JsonValue) -> Finding:
    called = [given if given == name else f"{given} (another name of {name})" for given in (first, second)]
    if first == second == name:
        called = [name, f"options.{name}"]
    message = f"{called[0]} says {shown(value)} and {called[1]} says {shown(other)}; give one of them."
    return refusal(name, message)


def _size_of_sides(family: Family, merged: Merged) -> None:
    """Say `width` and `height` as `size`, for a family that has no fields for them."""
    values = merged.values
    given = {side: values.pop(side) for side in _PIXELS if side in values and side not in family.params.model_fields}
    missing = [side for side in _PIXELS if side not in given]
    if given and missing:
        merged.findings.append(refusal(missing[0], f"width and height belong together; add {missing[0]}."))
    elif given:
        _add(merged, family, "size", "width and height", "x".join(str(given[side]) for side in _PIXELS))


def _split_size(family: Family, merged: Merged) -> None:
    """Say `size` as ratio and resolution: for a family that has no field for it, or where it is one of them."""
    size = merged.values.get("size")
    own = "size" in family.params.model_fields
    parts = _parts_of_size(size)
    if size is None or (own and (parts is None or parse_size(str(size)) is not None)):
        return
    del merged.values["size"]
    if parts is None:
        message = f"size is width and height in pixels such as 1280x720, not {shown(size)}."
        merged.findings.append(refusal("size", message))
        return
    size = short_text(str(size))
    for name, value in parts.items():
        _add_part(merged, size, name, value)
    if parts.get("aspect_ratio", "") is None:
        message = f"size {size} has no common aspect ratio; give aspect_ratio instead."
        merged.findings.append(refusal("size", message))
    elif not own:
        means = " and ".join(f"{name} {value}" for name, value in parts.items())
        merged.findings.append(warning("size", f"{family.title} has no size; {size} is taken as {means}."))


def _parts_of_size(size: JsonValue) -> dict[str, str | None] | None:
    """Return what a size says in other fields; `720p` and `16:9` are taken for what they are."""
    text = str(size)
    pixels = parse_size(text)
    if pixels is not None:
        return {"resolution": resolution_of(*pixels), "aspect_ratio": ratio_of(*pixels)}
    if _RESOLUTION.match(text):
        return {"resolution": text.strip().lower()}
    return {"aspect_ratio": text.strip()} if RATIO.match(text) else None


def _add_part(merged: Merged, size: str, name: str, value: str | None) -> None:
    if value is None:
        return
    said = merged.values.setdefault(name, value)
    if str(said).lower() != value:
        message = f"size {size} means {name} {value}, but {name} says {shown(said)}; give one of them."
        merged.findings.append(refusal(name, message))
