"""The facts of one model's modes as branches of its JSON Schema: what each takes, needs and excludes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from typing import cast

from pydantic import JsonValue

from video_mcp.families.params import CANONICAL_FIELDS, Family
from video_mcp.families.spec import (
    CHOSEN_FIELDS,
    MEDIA_FIELDS,
    Choices,
    Dependency,
    MediaField,
    Mode,
    ModelSpec,
    ModeSpec,
)
from video_mcp.families.validation.modes import best_fit, deciding_fields
from video_mcp.findings import FindingValue
from video_mcp.types import JsonObject

LIST_FIELDS: frozenset[MediaField] = frozenset({"reference_images", "reference_videos", "reference_audios"})

_NOT_GIVEN: list[JsonValue] = [False, "", [], {}]


def modes_schema(spec: ModelSpec, family: Family) -> JsonObject:
    """Return the branches of a model's schema, of which a valid request fits one, and what no request may be."""
    excluded = {mode: list(_excluded(spec, family, mode)) for mode in spec.modes}
    first, *rest = excluded.values()
    common = [one for one in first if all(one in others for others in rest)]
    branches: list[JsonValue] = []
    for mode, facts in spec.modes.items():
        own = _without([one for one in excluded[mode] if one not in common])
        branches += [{**branch, **own} for branch in _branches(spec, family, mode, facts)]
    return {"anyOf": branches, **_without(common)}


def _without(excluded: list[JsonValue]) -> JsonObject:
    if not excluded:
        return {}
    return {"not": excluded[0] if len(excluded) == 1 else {"anyOf": excluded}}


def _branches(spec: ModelSpec, family: Family, mode: Mode, facts: ModeSpec) -> Iterator[JsonObject]:
    narrowed = _narrowed(spec, family, mode, facts)
    for branch in _with_prompt(spec, family, facts, narrowed):
        yield from _with_mode(spec, mode, branch)
    yield from _content_branches(spec, family, mode, narrowed)


def _narrowed(spec: ModelSpec, family: Family, mode: Mode, facts: ModeSpec) -> JsonObject:
    """Return the values of each field that the mode takes, by field."""
    fields: JsonObject = {name: _media(facts, name) for name in MEDIA_FIELDS}
    for name in CHOSEN_FIELDS:
        choices = facts.choices().get(name)
        if choices is not None:
            fields[name] = _json(enum=_values([choices]))
        elif not facts.open_choices:
            fields[name] = False
    fields |= dict.fromkeys(deciding_fields(spec) - set(facts.needs), False)
    fields |= {name: {"pattern": "\\S"} for name in facts.needs}
    return {**fields, **family.params.narrowed(spec, mode)}


def _with_prompt(spec: ModelSpec, family: Family, facts: ModeSpec, narrowed: JsonObject) -> Iterator[JsonObject]:
    """Yield the branch with a prompt, and one for each field that can stand in its place."""
    instead = [name for name in family.params.instead_of_prompt if name not in spec.denied]
    fields: JsonObject = {**narrowed, "content": False} if "content" in family.params.model_fields else narrowed
    needs = (*_least(facts), *facts.needs)
    prompt = ("prompt",) if facts.prompt_required else ()
    yield at_places({**fields, **dict.fromkeys(instead, False)}, (*prompt, *needs))
    for name in instead if facts.prompt_required else ():
        beside = family.params.narrowed_by(name)
        also = [other for other, schema in beside.items() if isinstance(schema, dict) and "const" in schema]
        yield at_places({**fields, **beside}, (name, *also, *needs))


def _with_mode(spec: ModelSpec, mode: Mode, branch: JsonObject) -> Iterator[JsonObject]:
    """Yield the branch with the mode, which may be left out where the media lead to it."""
    facts = spec.modes[mode]
    valid = list(_media_sets(facts))
    own = [media for media in valid if best_fit(spec, media, facts.needs) == mode]
    alternatives: list[JsonValue] = [_json(required=[name]) for name in facts.needs_one_of]
    one_of: JsonObject = {"anyOf": alternatives} if alternatives else {}
    required = cast("list[JsonValue]", branch["required"])
    properties = cast("JsonObject", branch["properties"])
    with_mode: JsonObject = {**properties, "mode": {"const": mode}}
    needed = required if len(own) == len(valid) else [*required, "mode"]
    yield {"title": mode, **branch, "properties": with_mode, "required": needed, **one_of}
    if own and len(own) < len(valid):
        without: JsonObject = {**properties, "mode": False}
        sets: list[JsonValue] = [_given_exactly(pattern) for pattern in _without_free_fields(own, facts)]
        yield {"title": f"{mode}, without its name", **branch, "properties": without, "anyOf": sets}


def _media_sets(facts: ModeSpec) -> Iterator[frozenset[MediaField]]:
    """Yield each set of media fields that the mode takes together."""
    needed: frozenset[MediaField] = frozenset(_least(facts))
    optional: list[MediaField] = [name for name, count in facts.media.items() if count.limit and not count.least]
    for size in range(len(optional) + 1):
        for chosen in combinations(optional, size):
            media: frozenset[MediaField] = needed | frozenset(chosen)
            if not facts.needs_one_of or not media.isdisjoint(facts.needs_one_of):
                yield media


def _without_free_fields(sets: list[frozenset[MediaField]], facts: ModeSpec) -> list[dict[str, bool]]:
    """Return which fields are given and which are not, without those that make no difference."""
    optional: list[MediaField] = [name for name, count in facts.media.items() if count.limit and not count.least]
    deciding = [name for name in optional if not all(media ^ {name} in sets for media in sets)]
    seen = dict.fromkeys(frozenset(name for name in deciding if name in media) for media in sets)
    return [{name: name in media for name in deciding} for media in seen]


def _given_exactly(pattern: Mapping[str, bool]) -> JsonObject:
    given: list[JsonValue] = [name for name, is_given in pattern.items() if is_given]
    absent: JsonObject = {name: False for name, is_given in pattern.items() if not is_given}
    return _json(required=given, properties=absent)


def _least(facts: ModeSpec) -> tuple[MediaField, ...]:
    return tuple(name for name, count in facts.media.items() if count.least)


def _media(facts: ModeSpec, name: MediaField) -> JsonValue:
    count = facts.media.get(name)
    if count is None or not count.limit:
        return False
    return _json(minItems=max(count.least, 1), maxItems=count.limit) if name in LIST_FIELDS else True


def _excluded(spec: ModelSpec, family: Family, mode: Mode) -> Iterator[JsonValue]:
    """Yield what no request of this mode may be."""
    for dependency in spec.dependencies:
        if dependency.severity == "refuse" and (not dependency.modes or mode in dependency.modes):
            yield _contradiction(dependency)
            if dependency.when_open == "refuse":
                yield _json(allOf=[_when(dependency), _json(**{"not": given(dependency.then, {})})])
    yield from family.params.excluded(spec, mode)


def _contradiction(dependency: Dependency) -> JsonObject:
    allowed = list[JsonValue](dependency.allowed or _NOT_GIVEN)
    return _json(allOf=[_when(dependency), given(dependency.then, {"not": {"enum": allowed}})])


def _when(dependency: Dependency) -> JsonObject:
    if dependency.values:
        return given(dependency.when, {"enum": list[JsonValue](dependency.values)})
    return given(dependency.when, {"not": {"enum": _NOT_GIVEN}})


def _content_branches(spec: ModelSpec, family: Family, mode: Mode, narrowed: JsonObject) -> Iterator[JsonObject]:
    """Yield the branches in which `content` carries the media, and perhaps the prompt."""
    carried = [name for name, count in spec.modes[mode].media.items() if count.most]
    without_media: JsonObject = {**narrowed, **dict.fromkeys(MEDIA_FIELDS, False)}
    for dependency in spec.dependencies:
        if dependency.then in carried and not dependency.allowed and dependency.severity == "refuse":
            without_media[dependency.when] = {"enum": _NOT_GIVEN}
    for with_text, items in family.params.content_forms(spec, mode):
        prompt: JsonObject = {"prompt": False} if with_text else {}
        required = ["content", "mode"] if with_text else ["prompt", "content", "mode"]
        branch = at_places({**without_media, **prompt, "mode": {"const": mode}, "content": items}, required)
        yield {"title": f"{mode} by content", **branch}


def at_places(fields: Mapping[str, JsonValue], required: Iterable[str] = ()) -> JsonObject:
    """Return a schema of fields, each where `create_video` has it: at the top or in `options`."""
    needed = list(required)
    top: JsonObject = {name: schema for name, schema in fields.items() if name in CANONICAL_FIELDS}
    inner: JsonObject = {name: schema for name, schema in fields.items() if name not in CANONICAL_FIELDS}
    names: list[JsonValue] = [name for name in needed if name in CANONICAL_FIELDS]
    inner_names: list[JsonValue] = [name for name in needed if name not in CANONICAL_FIELDS]
    if inner or inner_names:
        options = _json(properties=inner, required=inner_names) if inner_names else _json(properties=inner)
        top["options"] = options
        names += ["options"] if inner_names else []
    return _json(properties=top, required=names)


def given(name: str, schema: JsonValue) -> JsonObject:
    """Return the schema of an object that has a field, at the top or in `options`."""
    if name in CANONICAL_FIELDS:
        return _json(properties={name: schema}, required=[name])
    return _json(properties={"options": {"properties": {name: schema}, "required": [name]}}, required=["options"])


def _values(found: Iterable[Choices]) -> list[JsonValue]:
    values: dict[FindingValue, None] = {}
    for choices in found:
        values |= dict.fromkeys((*choices.allowed, *choices.tolerated))
    return list(values)


def with_choices(schema: JsonObject, found: Iterable[Choices]) -> JsonObject:
    """Return a schema narrowed to the values that some choices allow or tolerate."""
    choices = list(found)
    return {**schema, "enum": _values(choices)} if choices else schema


def _json(**members: JsonValue) -> JsonObject:
    return members
