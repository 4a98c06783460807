"""From the words of a command line to the arguments of a request. Pure but for looking up paths."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn, cast

from pydantic import JsonValue

from video_mcp.errors import InvalidRequest
from video_mcp.families.messages import refusal
from video_mcp.families.spec import MEDIA_FIELDS
from video_mcp.settings import Settings
from video_mcp.types import JsonObject


def request_arguments(given: Mapping[str, JsonValue], options: Sequence[str]) -> JsonObject:
    """Return the arguments of `create_video`; what was not given is absent.

    Raises:
        InvalidRequest: An option is not KEY=VALUE, or is given twice.
    """
    arguments: JsonObject = {name: value for name, value in given.items() if value is not None and value != []}
    further = parse_options(options)
    return {**arguments, "options": further} if further else arguments


def parse_options(options: Sequence[str]) -> JsonObject:
    """Return `KEY=VALUE` words as one object; a value that is JSON is read as such, any other is text.

    Raises:
        InvalidRequest: An option is not KEY=VALUE, or is given twice.
    """
    parsed: JsonObject = {}
    for option in options:
        key, equals, value = option.partition("=")
        if not equals or not key.strip():
            message = f"--option takes KEY=VALUE, such as cfg_scale=0.5, not {option!r}."
            raise InvalidRequest([refusal("options", message)])
        if key.strip() in parsed:
            raise InvalidRequest([refusal("options", f"--option {key.strip()} is given twice; give it once.")])
        parsed[key.strip()] = _value(value)
    return parsed


def _value(text: str) -> JsonValue:
    try:
        return cast("JsonValue", json.loads(text, parse_constant=_no_constant))
    except ValueError:
        return text


def _no_constant(name: str) -> NoReturn:
    """Leave NaN and Infinity as text: no gateway reads them."""
    raise ValueError(name)


def with_inputs_readable(settings: Settings, arguments: JsonObject, working_folder: Path) -> Settings:
    """Return settings under which the named files may be read: whoever types a path may read it."""
    folders = {Path(name).expanduser().resolve().parent for name in _local_files(arguments)}
    if not folders:
        return settings
    roots = settings.input_dirs or (working_folder, settings.output_dir)
    return settings.model_copy(update={"input_dirs": (*roots, *sorted(folders))})


def _local_files(arguments: JsonObject) -> Iterable[str]:
    for name in MEDIA_FIELDS:
        value = arguments.get(name)
        for reference in value if isinstance(value, list) else [value]:
            if isinstance(reference, str) and "://" not in reference and not reference.startswith("data:"):
                yield reference
