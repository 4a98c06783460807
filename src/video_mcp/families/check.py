"""From the caller's arguments to a checked request: every finding at once, before anything is paid."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Literal, assert_never

from pydantic import JsonValue, ValidationError

from video_mcp.errors import Finding, InvalidRequest
from video_mcp.families.base import (
    CANONICAL_FIELDS,
    Family,
    JsonObject,
    ModelSpec,
    VideoParams,
    VideoRequest,
)
from video_mcp.families.catalog import Catalog
from video_mcp.families.findings import refusal, warning
from video_mcp.families.limits import check_limits, complete
from video_mcp.families.modes import choose_mode
from video_mcp.families.spelling import merge_options, unknown_fields

Validation = Literal["strict", "warn", "off"]


def check_request(catalog: Catalog, arguments: Mapping[str, JsonValue], validation: Validation) -> VideoRequest:
    """Return the request, complete and checked, with the remarks it is sent with.

    `arguments` are `create_video`'s own: canonical fields and `options`; None counts as not given. Under `warn` a
    vendor's limit is a remark, under `off` nothing but the shape is checked; what cannot be understood is refused
    always.

    Raises:
        InvalidRequest: With every reason at once.
    """
    family = _find(catalog, arguments.get("model"))[0]
    values, shape = merge_options(family, arguments)
    values = family.params.spell(values)
    spec = _find(catalog, values.pop("model"))[1]
    asked = values.pop("mode", None)
    shape += unknown_fields(family, values)
    remarks = list(_left_out(family, spec, values))
    params, unreadable = _parse(family, values)
    mode, mode_remarks = choose_mode(catalog, spec, params, asked if isinstance(asked, str) else None)
    remarks += [*mode_remarks, *check_limits(catalog, spec, mode, params), *params.findings(spec, mode)]
    findings = _settle([*shape, *unreadable], remarks, validation)
    return VideoRequest(spec=spec, mode=mode, params=complete(spec, mode, params), warnings=findings)


def _find(catalog: Catalog, model: JsonValue) -> tuple[Family, ModelSpec]:
    wanted = model if isinstance(model, str) else ""
    found = catalog.find(wanted)
    if found is not None:
        return found
    close = catalog.closest(wanted)
    hint = f" Did you mean {close}?" if close else ""
    message = f"{wanted or 'An empty model'} is no model known here.{hint} list_models shows them all"
    raise InvalidRequest(
        [
            refusal(
                "model",
                f"{message}; VIDEO_MCP_EXTRA_MODELS adds ids of self-hosted servers.",
                value=wanted,
                allowed=catalog.ids(),
            )
        ]
    )


def _left_out(family: Family, spec: ModelSpec, values: JsonObject) -> Iterator[Finding]:
    """Take out canonical fields that the family does not have, each with a remark."""
    strangers = [name for name in values if name in CANONICAL_FIELDS and name not in family.params.model_fields]
    for name in strangers:
        value = values.pop(name)
        if name == "audio" and value is (spec.audio == "always"):
            continue
        if name == "audio":
            why = "sound is always on" if spec.audio == "always" else "the video has no sound"
            yield warning("audio", f"{spec.id} has no audio switch: {why}.")
        else:
            yield warning(name, f"{spec.id} has no {name}; it is left out.")


def _parse(family: Family, values: JsonObject) -> tuple[VideoParams, list[Finding]]:
    """Read the values; what cannot be read becomes a finding, and the rest is checked all the same."""
    try:
        return family.params.model_validate(values), []
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False)
    findings = [
        refusal(str(problem["loc"][0]), _explained(problem["loc"], problem["msg"], values)) for problem in problems
    ]
    bad = {str(problem["loc"][0]) for problem in problems}
    readable = {name: value for name, value in values.items() if name not in bad}
    return family.params.model_validate(readable), findings


def _explained(loc: tuple[int | str, ...], reason: str, values: JsonObject) -> str:
    name = ".".join(str(part) for part in loc)
    value = repr(values.get(str(loc[0])))
    shown = value if len(value) <= 60 else f"{value[:57]}..."
    return f"{name} cannot be {shown}: {reason[:1].lower()}{reason[1:]}."


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


