"""Completions: values for the arguments of the prompts and of the resource templates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, get_args

import mcp_types as types

from video_mcp.errors import VideoMCPError
from video_mcp.families.catalog import Catalog
from video_mcp.families.spec import MODES, ChosenField, FamilyName, ModelSpec
from video_mcp.server.context import ServerContext
from video_mcp.server.model_listing import values_of
from video_mcp.server.prompts import PromptSpec, find_prompt

if TYPE_CHECKING:
    from video_mcp.jobs.job import Job

_MOST_VALUES = 100
_MOST_VIDEOS = 1000
_EXCERPT_CHARACTERS = 80
LABELS_KEY = "labels"
"""The key in the result's `_meta` under which each video id stands with what it shows."""

Completable = Literal["model", "family", "mode", "seconds", "aspect_ratio", "resolution", "video_id"]
Reference = types.PromptReference | types.ResourceTemplateReference

_ANY_VIDEO = "video://{video_id}"
_TEMPLATE_ARGUMENTS: Mapping[str, Completable] = MappingProxyType(
    {
        _ANY_VIDEO: "video_id",
        "video://{video_id}/content": "video_id",
        "video://{video_id}/poster": "video_id",
        "video://{video_id}/storyboard": "video_id",
        "models://{model}": "model",
    }
)


@dataclass(frozen=True, slots=True)
class Value:
    """One value that completes an argument, and what it stands for where the value does not say so."""

    text: str
    label: str = ""


async def complete(context: ServerContext, params: types.CompleteRequestParams) -> types.CompleteResult:
    """Return the values of an argument; none for what is not known here."""
    argument = completed_argument(params.ref, params.argument.name)
    if argument is None:
        return completion([], "")
    resolved = params.context.arguments if params.context is not None else None
    jobs = await _videos(context) if argument == "video_id" else ()
    catalog = await context.current_catalog()
    return completion(values_for(catalog, params.ref, argument, resolved or {}, jobs), params.argument.value)


async def _videos(context: ServerContext) -> Sequence[Job]:
    """Return the newest jobs; none where the ledger cannot be read, as a completion is no place to say so."""
    if context.is_idle:
        return []
    try:
        return [*await (await context.service()).list(_MOST_VIDEOS)]
    except VideoMCPError:
        return []


def completed_argument(ref: Reference, name: str) -> Completable | None:
    """Return what the argument takes, or None when nothing completes it."""
    if isinstance(ref, types.ResourceTemplateReference):
        known = _TEMPLATE_ARGUMENTS.get(ref.uri)
        return known if known == name else None
    prompt = find_prompt(ref.name)
    if prompt is None or name not in {argument.name for argument in prompt.arguments}:
        return None
    return next((known for known in get_args(Completable) if known == name), None)


def completed_by_video(ref: Reference, job: Job) -> bool:
    """Return whether a job can stand where this reference takes a video."""
    is_any = isinstance(ref, types.ResourceTemplateReference) and ref.uri == _ANY_VIDEO
    return is_any or job.status == "completed"


def values_for(
    catalog: Catalog, ref: Reference, argument: Completable, resolved: Mapping[str, str], jobs: Iterable[Job]
) -> list[Value]:
    """Return every value of an argument; `resolved` are the arguments known already, `jobs` the newest first."""
    match argument:
        case "model":
            return [Value(spec.id) for spec in _models(catalog, ref, resolved)]
        case "family":
            return [Value(family.name) for family in catalog.families]
        case "mode":
            known = {mode for spec in _models(catalog, ref, resolved) for mode in spec.modes}
            return [Value(mode) for mode in MODES if mode in known]
        case "video_id":
            return [Value(job.id, _label(job)) for job in jobs if completed_by_video(ref, job)]
        case _:
            return _choices(_models(catalog, ref, resolved), argument)


def completion(values: Iterable[Value], begun: str) -> types.CompleteResult:
    """Return those values that fit what was begun: the value itself, those that start with it, those that hold it."""
    word = begun.strip().lower()
    known = list(values)
    starting = sorted(
        (value for value in known if value.text.lower().startswith(word)), key=lambda value: value.text.lower() != word
    )
    holding = [value for value in known if value not in starting and word in f"{value.text} {value.label}".lower()]
    fitting = [*starting, *holding]
    shown = fitting[:_MOST_VALUES]
    labels = {value.text: value.label for value in shown if value.label}
    return types.CompleteResult(
        completion=types.Completion(
            values=[value.text for value in shown], total=len(fitting), has_more=len(fitting) > len(shown)
        ),
        _meta={LABELS_KEY: labels} if labels else None,
    )


def _models(catalog: Catalog, ref: Reference, resolved: Mapping[str, str]) -> list[ModelSpec]:
    """Return the models that the arguments known so far, and the prompt, leave open."""
    named = catalog.find(resolved.get("model", ""))
    if named is not None:
        return [named[1]]
    prompt: PromptSpec | None = find_prompt(ref.name) if isinstance(ref, types.PromptReference) else None
    modes = {resolved["mode"]} & {*MODES} if "mode" in resolved else {*(prompt.modes if prompt else ())}
    family = next((name for name in get_args(FamilyName) if name == resolved.get("family")), None)
    return [spec for spec in catalog.models(family=family) if not modes or modes & spec.modes.keys()]


def _choices(models: Iterable[ModelSpec], name: ChosenField) -> list[Value]:
    values = [value for spec in models for value in values_of(spec, name)]
    numbers = sorted({value for value in values if isinstance(value, int)})
    words = dict.fromkeys(value.lower() for value in values if isinstance(value, str))
    return [Value(str(value)) for value in (*numbers, *words)]


def _label(job: Job) -> str:
    return " ".join(job.prompt.split())[:_EXCERPT_CHARACTERS]
