"""From the caller's arguments to a checked request: every finding at once, before anything is paid."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import assert_never

from pydantic import JsonValue, ValidationError

from video_mcp.errors import InvalidRequest
from video_mcp.families.catalog import Catalog
from video_mcp.families.messages import refusal, shown, warning
from video_mcp.families.params import CANONICAL_FIELDS, Family, VideoParams, VideoRequest
from video_mcp.families.spec import Mode, ModelSpec
from video_mcp.families.validation.constraints import check_limits, complete
from video_mcp.families.validation.dependencies import check_dependencies
from video_mcp.families.validation.library_assets import check_assets
from video_mcp.families.validation.model_ids import find_model
from video_mcp.families.validation.modes import ChosenMode, choose_mode, mode_of_word, unknown_mode
from video_mcp.families.validation.normalize import Merged, merge_options, place_images, unknown_fields
from video_mcp.families.validation.type_errors import shape_in_words, unreadable
from video_mcp.findings import Finding
from video_mcp.types import JsonObject, Validation

_KIND_OF_ABSENT: Mapping[str, tuple[type, str]] = MappingProxyType(
    {"seed": (int, "a whole number"), "negative_prompt": (str, "text"), "audio": (bool, "true or false")}
)


ServerCheck = Callable[[VideoRequest], Iterable[Finding]]
"""What the server that a request goes to cannot take."""


def _no_server_check(_request: VideoRequest) -> Iterable[Finding]:
    return ()


def check_request(
    catalog: Catalog,
    arguments: Mapping[str, JsonValue],
    validation: Validation,
    *,
    server_check: ServerCheck = _no_server_check,
) -> VideoRequest:
    """Return the request, complete and checked, with the warnings it is sent with.

    `arguments` are `create_video`'s own: canonical fields and `options`; None counts as not given. Under `warn` a
    vendor's limit is a warning, under `off` nothing but the shape is checked; what cannot be understood is refused
    always.

    Raises:
        InvalidRequest: With every reason at once.
    """
    family, named = find_model(catalog, arguments.get("model"))
    merged = merge_options(family, {**arguments, "model": named.id})
    merged.values["mode"] = _mode_word(merged.values.get("mode"))
    values, unclear = family.params.normalize(merged.values)
    _, spec = find_model(catalog, values.pop("model"))
    merged = Merged(values, merged.names, [*merged.findings, *unclear])
    requested = _requested_mode(spec, merged)
    placed = list(place_images(spec, merged, requested))
    merged.findings.extend(unknown_fields(family, catalog.families, values))
    dropped = list(_drop_absent_fields(spec, family, values))
    params, unread = _parse(family, values)
    chosen = choose_mode(catalog, spec, params, requested)
    completed = complete(spec, chosen, params)
    request = VideoRequest(spec=spec, mode=chosen.mode, params=params if validation == "off" else completed)
    limits = [*placed, *dropped, *_limits(catalog, spec, chosen, params, completed)]
    limits = _with_server(limits, list(_on_given_fields(server_check(request), params)), params)
    return replace(request, warnings=_settle([*merged.findings, *unread], _readable(limits, unread), validation))


def _on_given_fields(findings: Iterable[Finding], params: VideoParams) -> Iterator[Finding]:
    """Leave out warnings on values that were not given: they are our defaults."""
    for finding in findings:
        if finding.severity == "refuse" or getattr(params, finding.field, None) is not None:
            yield finding


def _with_server(limits: Iterable[Finding], server: Sequence[Finding], params: VideoParams) -> list[Finding]:
    """Add what the server makes of a request; on a default, its word stands for what the vendor would make of it."""
    told = {finding.field for finding in server} - params.model_fields_set
    return [*(one for one in limits if one.severity == "refuse" or one.field not in told), *server]


def _limits(
    catalog: Catalog, spec: ModelSpec, chosen: ChosenMode, params: VideoParams, completed: VideoParams
) -> Iterator[Finding]:
    """Yield what speaks against the values as given, and against all of them with their defaults."""
    yield from chosen.findings
    yield from check_limits(catalog, spec, chosen, params)
    yield from check_assets(catalog, spec, params)
    yield from check_dependencies(spec, chosen.mode, completed)
    yield from completed.findings(spec, chosen.mode)


def _readable(findings: Iterable[Finding], unread: Iterable[Finding]) -> list[Finding]:
    """Leave out findings on fields that could not be read: they would call them missing."""
    mentioned = {finding.field.split(".")[0].split("[")[0] for finding in unread}
    return [finding for finding in findings if finding.field not in mentioned]


def _mode_word(given: JsonValue) -> str | None:
    """Return the mode's own name, or the word that stands for none."""
    if given is None:
        return None
    word = given if isinstance(given, str) else shown(given)
    return mode_of_word(word) or word


def _requested_mode(spec: ModelSpec, merged: Merged) -> Mode | None:
    word = merged.values.pop("mode", None)
    mode = mode_of_word(word) if isinstance(word, str) else None
    if mode is None and isinstance(word, str):
        merged.findings.append(unknown_mode(spec, word))
    return mode


def _drop_absent_fields(spec: ModelSpec, family: Family, values: JsonObject) -> Iterator[Finding]:
    """Take out canonical fields that the family does not have, each with a finding."""
    absent = [name for name in values if name in CANONICAL_FIELDS and name not in family.params.model_fields]
    for name in absent:
        value = values.pop(name)
        kind, words = _KIND_OF_ABSENT.get(name, (object, ""))
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            yield refusal(name, f"{name} is {words}, not {shown(value)}; {spec.id} has none, so leave it out.")
        elif name != "audio":
            yield warning(name, f"{spec.id} has no {name}; it is not sent.")
        elif value is not (spec.audio == "always"):
            why = "sound is always on" if spec.audio == "always" else "its videos are silent"
            yield warning("audio", f"{spec.id} has no audio switch: {why}.")


def _parse(family: Family, values: JsonObject) -> tuple[VideoParams, list[Finding]]:
    """Read the values; what cannot be read becomes a finding, and the rest is checked all the same."""
    try:
        return family.params.model_validate(values), []
    except ValidationError as error:
        problems = error.errors(include_url=False)
    bad = {str(problem["loc"][0]) for problem in problems if problem["loc"]}
    readable = {name: value for name, value in values.items() if name not in bad}
    shapes = {name: shape_in_words(family, name) for name in bad}
    findings = [unreadable(problem, shapes.pop(str(problem["loc"][0]), "")) for problem in problems]
    return family.params.model_validate(readable), findings


def _settle(shape: Iterable[Finding], limits: Iterable[Finding], validation: Validation) -> tuple[Finding, ...]:
    match validation:
        case "strict":
            findings = [*shape, *limits]
        case "warn":
            findings = [*shape, *(replace(finding, severity="warn") for finding in limits)]
        case "off":
            findings = list(shape)
        case _:
            assert_never(validation)
    refused = [finding for finding in findings if finding.severity == "refuse"]
    if refused:
        raise InvalidRequest(refused)
    return tuple(findings)
