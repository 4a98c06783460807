"""From the caller's arguments to a checked request: every finding at once, before anything is paid."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import assert_never

from pydantic import JsonValue, ValidationError

from video_mcp.errors import Finding, InvalidRequest
from video_mcp.families.catalog import Catalog
from video_mcp.families.messages import refusal, short_text, shown, warning
from video_mcp.families.params import CANONICAL_FIELDS, Family, VideoParams, VideoRequest
from video_mcp.families.spec import Mode, ModelSpec
from video_mcp.families.validation.constraints import check_limits, complete
from video_mcp.families.validation.dependencies import check_dependencies
from video_mcp.families.validation.modes import ChosenMode, choose_mode, mode_of_word, unknown_mode
from video_mcp.families.validation.normalize import merge_options, unknown_fields
from video_mcp.families.validation.type_errors import unreadable
from video_mcp.types import JsonObject, Validation

JudgeRequest = Callable[[VideoRequest], Iterable[Finding]]
"""What speaks against a complete request besides its model: the server that it goes to."""


def _nothing_else(_request: VideoRequest) -> Iterable[Finding]:
    return ()


def check_request(
    catalog: Catalog,
    arguments: Mapping[str, JsonValue],
    validation: Validation,
    *,
    judge: JudgeRequest = _nothing_else,
) -> VideoRequest:
    """Return the request, complete and checked, with the remarks it is sent with.

    `arguments` are `create_video`'s own: canonical fields and `options`; None counts as not given. Under `warn` a
    vendor's limit is a remark, under `off` nothing but the shape is checked; what cannot be understood is refused
    always.

    Raises:
        InvalidRequest: With every reason at once.
    """
    family, _ = _find(catalog, arguments.get("model"))
    values, shape = merge_options(family, arguments)
    values["mode"] = _tidy_mode(values.get("mode"))
    values, unclear = family.params.normalize(values)
    _, spec = _find(catalog, values.pop("model"))
    asked = _asked_mode(spec, values.pop("mode", None), shape)
    shape += [*unclear, *unknown_fields(family, catalog.families, values)]
    remarks = list(_left_out(spec, family, values))
    params, unread = _parse(family, values)
    chosen = choose_mode(catalog, spec, params, asked)
    whole = complete(spec, chosen, params)
    remarks += _judged(catalog, spec, chosen, params, whole)
    request = VideoRequest(spec=spec, mode=chosen.mode, params=params if validation == "off" else whole)
    remarks += _about_what_was_said(judge(request), params)
    warnings = _settle([*shape, *unread], _readable(remarks, unread), validation)
    return replace(request, warnings=warnings)


def _about_what_was_said(findings: Iterable[Finding], params: VideoParams) -> Iterator[Finding]:
    """Leave out warnings about values that nobody gave: they are defaults of ours."""
    for finding in findings:
        if finding.severity == "refuse" or getattr(params, finding.field, None) is not None:
            yield finding


def _judged(
    catalog: Catalog, spec: ModelSpec, chosen: ChosenMode, params: VideoParams, whole: VideoParams
) -> Iterator[Finding]:
    """Yield what speaks against the values as given, and against the whole with its defaults."""
    yield from chosen.findings
    yield from check_limits(catalog, spec, chosen, params)
    yield from check_dependencies(spec, chosen.mode, whole)
    yield from whole.findings(spec, chosen.mode)


def _readable(remarks: Iterable[Finding], unread: Iterable[Finding]) -> list[Finding]:
    """Leave out remarks on fields that could not be read: they would call them missing."""
    mentioned = {finding.field.split(".")[0].split("[")[0] for finding in unread}
    return [finding for finding in remarks if finding.field not in mentioned]


def _find(catalog: Catalog, model: JsonValue) -> tuple[Family, ModelSpec]:
    wanted = model.strip() if isinstance(model, str) else ""
    found = catalog.find(wanted)
    if found is not None:
        return found
    close = catalog.closest(wanted)
    hint = f" Did you mean {close}?" if close else ""
    start = f"{short_text(wanted)} is no model known here.{hint}" if wanted else "model is missing; name one."
    message = f"{start} list_models shows them all; VIDEO_MCP_EXTRA_MODELS adds ids of self-hosted servers."
    raise InvalidRequest([refusal("model", message, value=short_text(wanted), allowed=catalog.ids(), nearest=close)])


def _tidy_mode(asked: JsonValue) -> str | None:
    """Return the mode's own name, or the word that stands for none."""
    if asked is None:
        return None
    word = asked if isinstance(asked, str) else shown(asked)
    return mode_of_word(word) or word


def _asked_mode(spec: ModelSpec, asked: JsonValue, shape: list[Finding]) -> Mode | None:
    mode = mode_of_word(asked) if isinstance(asked, str) else None
    if mode is None and isinstance(asked, str):
        shape.append(unknown_mode(spec, asked))
    return mode


def _left_out(spec: ModelSpec, family: Family, values: JsonObject) -> Iterator[Finding]:
    """Take out canonical fields that the family does not have, each with a remark."""
    strangers = [name for name in values if name in CANONICAL_FIELDS and name not in family.params.model_fields]
    for name in strangers:
        value = values.pop(name)
        if name != "audio":
            yield warning(name, f"{spec.id} has no {name}; it is left out.")
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
    return family.params.model_validate(readable), [unreadable(problem) for problem in problems]


def _settle(shape: Iterable[Finding], remarks: Iterable[Finding], validation: Validation) -> tuple[Finding, ...]:
    match validation:
        case "strict":
            findings = [*shape, *remarks]
        case "warn":
            findings = [*shape, *(replace(finding, severity="warn") for finding in remarks)]
        case "off":
            findings = list(shape)
        case _:
            assert_never(validation)
    refused = [finding for finding in findings if finding.severity == "refuse"]
    if refused:
        raise InvalidRequest(refused)
    return tuple(findings)
