"""The settings, as whoever has to ask a person for them needs them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

from pydantic import JsonValue

from video_mcp.environment import PREFIX
from video_mcp.settings import Settings
from video_mcp.team_settings import TeamSettings
from video_mcp.types import JsonObject

Kind = Literal["text", "number", "folder", "file", "list"]

_FILES = frozenset({"prices", "tokens", "api_key_file"})
_DEFAULTS_IN_WORDS = {
    "home": "`video-mcp` in your data folder",
    "output_dir": "`video-mcp` in your videos folder",
}
"""Where the default depends on the machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One setting: its variable in the environment and what it takes.

    `default` is as the environment would say it, empty where there is none or where it depends on the machine.
    """

    field: str
    description: str
    kind: Kind
    default: str
    choices: tuple[str, ...]
    is_secret: bool
    is_required: bool
    is_for_team: bool
    least: float | None
    most: float | None

    @property
    def name(self) -> str:
        """The variable's name."""
        return f"{PREFIX}{self.field.upper()}"

    @property
    def title(self) -> str:
        """The setting's name for a form."""
        words = self.field.replace("_", " ").capitalize()
        return words.replace("url", "URL").replace("Api", "API")

    @property
    def default_in_words(self) -> str:
        """The default as a table shows it."""
        return _DEFAULTS_IN_WORDS.get(self.field, f"`{self.default}`" if self.default else "")


def variables() -> tuple[Variable, ...]:
    """Return every setting in its order, those of a team behind those of one person."""
    schema = cast("JsonObject", Settings.model_json_schema())
    definitions = cast("dict[str, JsonObject]", schema.get("$defs", {}))
    properties = cast("dict[str, JsonObject]", schema["properties"])
    required = frozenset(Settings.model_construct().missing())
    known = [_variable(field, _resolved(facts, definitions), required) for field, facts in properties.items()]
    return tuple(sorted(known, key=lambda variable: variable.is_for_team))


def _resolved(facts: JsonObject, definitions: dict[str, JsonObject]) -> JsonObject:
    """Return a field's facts without references and without the null that means `not set`."""
    any_of = facts.get("anyOf")
    kinds = [kind for kind in any_of if isinstance(kind, dict)] if isinstance(any_of, list) else []
    given = [kind for kind in kinds if kind.get("type") != "null"]
    whole: JsonObject = {**(given[0] if given else {}), **facts}
    reference = whole.get("$ref")
    return {**definitions[reference.rpartition("/")[2]], **whole} if isinstance(reference, str) else whole


def _variable(field: str, facts: JsonObject, required: frozenset[str]) -> Variable:
    choices = facts.get("enum")
    return Variable(
        field=field,
        description=str(facts["description"]),
        kind=_kind(field, facts),
        default=_as_text(facts.get("default")),
        choices=tuple(str(choice) for choice in choices) if isinstance(choices, list) else (),
        is_secret=facts.get("format") == "password",
        is_for_team=field in TeamSettings.model_fields,
        is_required=f"{PREFIX}{field.upper()}" in required,
        least=_bound(facts, "minimum"),
        most=_bound(facts, "maximum"),
    )


def _kind(field: str, facts: JsonObject) -> Kind:
    if facts.get("type") == "array":
        return "list"
    if facts.get("type") in {"integer", "number"}:
        return "number"
    if facts.get("format") in {"path", "file-path", "directory-path"}:
        return "file" if field in _FILES else "folder"
    return "text"


def _as_text(default: JsonValue) -> str:
    if isinstance(default, list):
        return ",".join(str(item) for item in default)
    if isinstance(default, bool):
        return "true" if default else "false"
    return "" if default is None else f"{default:.15g}" if isinstance(default, int | float) else str(default)


def _bound(facts: JsonObject, name: str) -> float | None:
    value = facts.get(name)
    return value if isinstance(value, int | float) else None
