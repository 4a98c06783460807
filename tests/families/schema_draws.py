"""Draw values that fit a JSON Schema, in the words that our own schemas use.

A value is drawn from all schemas that it must fit at once: a request from what all modes allow and from its own branch.
`not` is left to the caller, who keeps what a real validator takes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TypeAlias, cast

from hypothesis import reject
from hypothesis import strategies as st
from pydantic import JsonValue

from video_mcp.types import JsonObject

Schema: TypeAlias = "JsonObject | bool"

_ANY: st.SearchStrategy[JsonValue] = st.one_of(st.booleans(), st.integers(-5, 5), st.sampled_from(["a", "b"]))
_KNOWN = frozenset(
    [
        "$defs",
        "$ref",
        "$schema",
        "additionalProperties",
        "allOf",
        "anyOf",
        "const",
        "contains",
        "default",
        "description",
        "discriminator",
        "enum",
        "examples",
        "items",
        "maxItems",
        "maxLength",
        "maximum",
        "minItems",
        "minLength",
        "minimum",
        "not",
        "oneOf",
        "pattern",
        "properties",
        "required",
        "title",
        "type",
    ]
)
_OFTEN = 4
"""One in so many optional fields is given: with all of them most requests would contradict themselves."""
_TRIES = 20


class Impossible(Exception):
    """No value fits these schemas together."""


class SchemaDraws:
    """Draw values for one schema, whose `$defs` its references name."""

    def __init__(self, root: JsonObject) -> None:
        self._definitions = cast("Mapping[str, JsonObject]", root.get("$defs", {}))

    def value(self, draw: st.DrawFn, schemas: Sequence[Schema]) -> JsonValue:
        """Draw a value that fits all of the schemas.

        Raises:
            Impossible: Two of them contradict each other.
        """
        parts = [part for schema in schemas for part in self._parts(draw, schema)]
        literal = _literals(parts)
        if literal is not None:
            return draw(st.sampled_from(literal))
        match _type(parts):
            case "object":
                return self._object(draw, parts)
            case "array":
                return self._array(draw, parts)
            case scalar:
                return draw(_scalars(scalar, parts))

    def _parts(self, draw: st.DrawFn, schema: Schema) -> list[JsonObject]:
        """Return the schemas without references and choices that must hold together."""
        if schema is True:
            return []
        if schema is False:
            raise Impossible
        assert schema.keys() <= _KNOWN, sorted(schema.keys() - _KNOWN)
        parts = [schema]
        if "$ref" in schema:
            parts += self._parts(draw, self._definitions[str(schema["$ref"]).removeprefix("#/$defs/")])
        for inner in _list(schema, "allOf"):
            parts += self._parts(draw, inner)
        for word in ("anyOf", "oneOf"):
            if choices := _list(schema, word):
                parts += self._parts(draw, draw(st.sampled_from(choices)))
        return parts

    def _object(self, draw: st.DrawFn, parts: Sequence[JsonObject]) -> JsonObject:
        required = {name for part in parts for name in cast("list[str]", part.get("required", []))}
        names = dict.fromkeys(name for part in parts for name in _properties(part))
        drawn: JsonObject = {}
        for name in [*names, *sorted(required - names.keys())]:
            if name not in required and draw(st.integers(1, _OFTEN)) < _OFTEN:
                continue
            try:
                drawn[name] = self.value(draw, [_property(part, name) for part in parts])
            except Impossible:
                if name in required:
                    raise
        return drawn

    def _array(self, draw: st.DrawFn, parts: Sequence[JsonObject]) -> list[JsonValue]:
        items = [cast("Schema", part["items"]) for part in parts if "items" in part]
        wanted = [cast("Schema", part["contains"]) for part in parts if "contains" in part]
        drawn = [self._item(draw, [*items, one]) for one in wanted]
        fewest = max(_bound(parts, "minItems", max, 0), len(drawn))
        count = draw(st.integers(fewest, max(fewest, min(_bound(parts, "maxItems", min, fewest + 2), fewest + 2))))
        drawn += [self._item(draw, items) for _ in range(count - len(drawn))]
        return drawn

    def _item(self, draw: st.DrawFn, schemas: Sequence[Schema]) -> JsonValue:
        """Draw an item; choices that contradict each other are drawn again."""
        for _ in range(_TRIES):
            with suppress(Impossible):
                return self.value(draw, schemas)
        raise Impossible


def _literals(parts: Sequence[JsonObject]) -> list[JsonValue] | None:
    """Return the values that `const` and `enum` leave, or None where neither is used."""
    given = [cast("list[JsonValue]", part["enum"]) for part in parts if "enum" in part]
    given += [[part["const"]] for part in parts if "const" in part]
    if not given:
        return None
    if left := [value for value in given[0] if all(value in values for values in given[1:])]:
        return left
    raise Impossible


def _type(parts: Sequence[JsonObject]) -> str | None:
    types = {str(part["type"]) for part in parts if "type" in part}
    if types == {"integer", "number"}:
        return "integer"
    if len(types) > 1:
        raise Impossible
    if not types and any("properties" in part or "required" in part for part in parts):
        return "object"
    return next(iter(types), None)


def _scalars(scalar: str | None, parts: Sequence[JsonObject]) -> st.SearchStrategy[JsonValue]:
    lowest, highest = _bound(parts, "minimum", max, -9), _bound(parts, "maximum", min, 99)
    strategies: dict[str | None, st.SearchStrategy[JsonValue]] = {
        "string": st.deferred(lambda: _text(parts)),
        "integer": st.integers(lowest, highest),
        "number": st.floats(lowest, highest),
        "boolean": st.booleans(),
        "null": st.none(),
    }
    return strategies.get(scalar, _ANY)


def _text(parts: Sequence[JsonObject]) -> st.SearchStrategy[str]:
    fewest, most = _bound(parts, "minLength", max, 0), _bound(parts, "maxLength", min, 200)
    patterns = [str(part["pattern"]) for part in parts if "pattern" in part]
    if patterns:
        return st.from_regex(patterns[0]).filter(
            # To Python a pattern's end is also in front of a last line feed; to JSON Schema it is not.
            lambda text: fewest <= len(text) <= most and not text.endswith("\n")
        )
    return st.text(min_size=fewest, max_size=max(fewest, min(most, 20)))


def _bound(parts: Sequence[JsonObject], word: str, choose: Callable[[list[int]], int], default: int) -> int:
    given = [cast("int", part[word]) for part in parts if word in part]
    return choose(given) if given else default


def _list(schema: JsonObject, word: str) -> list[JsonObject]:
    return cast("list[JsonObject]", schema.get(word, []))


def _properties(part: JsonObject) -> Mapping[str, Schema]:
    return cast("Mapping[str, Schema]", part.get("properties", {}))


def _property(part: JsonObject, name: str) -> Schema:
    return _properties(part).get(name, cast("Schema", part.get("additionalProperties", True)))


@st.composite
def values_of(draw: st.DrawFn, root: JsonObject) -> JsonValue:
    """Draw a value that fits a schema; one that contradicts itself is drawn anew."""
    try:
        return SchemaDraws(root).value(draw, [root])
    except Impossible:
        reject()
