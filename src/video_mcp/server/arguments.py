"""The arguments of the tools: parsed once, refused in our own words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, ValidationError
from pydantic_core import ErrorDetails

from video_mcp.errors import InvalidRequest
from video_mcp.families.messages import refusal, short_text
from video_mcp.families.spec import MEDIA_FIELDS
from video_mcp.families.validation.type_errors import unreadable
from video_mcp.families.validation.unwritable import unwritable
from video_mcp.findings import Finding
from video_mcp.jobs.request import CreateRequest

_MAX_WAIT_SECONDS = 600.0


def video_id_in(text: str) -> str:
    """Return the id in what a caller calls a video: the id itself, or one of its resource's addresses."""
    return text.strip().removeprefix("video://").split("/", maxsplit=1)[0]


def _as_list(value: object) -> object:
    """Return several ids in one string, as some clients send them, as a list."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    return json.loads(text) if text.startswith("[") and text.endswith("]") else text.replace(",", " ").split()


WaitSeconds = Annotated[float, Field(ge=0), AfterValidator(lambda seconds: min(seconds, _MAX_WAIT_SECONDS))]
Word = Annotated[str, AfterValidator(lambda word: word.strip().lower())]
VideoId = Annotated[str, AfterValidator(video_id_in)]
Preview = Literal["none", "poster", "storyboard"]


class Arguments(BaseModel):
    """The arguments of one tool; a key that is not here is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateArguments:
    """`create_video`: the video that is wanted, and how the call is to go."""

    request: CreateRequest
    wait_seconds: float | None = None
    allow_duplicate: bool = False
    dry_run: bool = False
    confirmation_token: str | None = None
    max_cost_usd: float | None = None


class _CreateControls(Arguments):
    """What `create_video` takes beside the video's own fields; the last three stand in `options`."""

    wait_seconds: WaitSeconds | None = None
    allow_duplicate: bool = False
    dry_run: bool = False
    fit_images: bool = False
    confirmation_token: str | None = None
    max_cost_usd: Annotated[float, Field(ge=0)] | None = None


_CANCEL = re.compile(r"(cancel|abort|stop|delete|remove|kill|terminate|undo|refund)", re.IGNORECASE)
_IN_OPTIONS = frozenset({"fit_images", "confirmation_token", "max_cost_usd"})


class StatusArguments(Arguments):
    """`get_video_status`: one video, or the newest ones."""

    video_id: VideoId | None = None
    wait_seconds: WaitSeconds | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 10


class FetchArguments(Arguments):
    """`fetch_video`: the file, and where it may also go."""

    video_id: VideoId
    save_as: str | None = None
    overwrite: bool = False
    preview: Preview = "none"
    join: Annotated[tuple[VideoId, ...], BeforeValidator(_as_list)] = ()
    wait_seconds: WaitSeconds | None = None


class ListArguments(Arguments):
    """`list_models`: all, by family or mode, or one in full."""

    model: str | None = None
    family: Word | None = None
    mode: Word | None = None


CANNOT_CANCEL = (
    "A started video cannot be cancelled or changed: it is paid when it starts. Wait for it with get_video_status, or "
    "leave it; it is kept."
)


def asks_to_cancel(word: str) -> bool:
    """Tell whether a tool or an argument is called like something that ends a video."""
    return _CANCEL.match(word) is not None


def is_blank(value: JsonValue) -> bool:
    """Return whether a value says nothing: strict clients fill every argument."""
    return value in (None, [], {}) or (isinstance(value, str) and not value.strip())


A = TypeVar("A", bound=Arguments)


def parse(kind: type[A], arguments: Mapping[str, JsonValue]) -> A:
    """Return a tool's arguments; null, blanks and an empty list or object count as not given.

    Raises:
        InvalidRequest: Naming every argument that cannot be understood.
    """
    _require_writable(arguments)
    given = {name: value for name, value in arguments.items() if not is_blank(value)}
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        problems = error.errors(include_url=False)
    raise InvalidRequest([_no_way_back(problem) or unreadable(problem) for problem in problems])


def _no_way_back(problem: ErrorDetails) -> Finding | None:
    """Return what to do instead of cancelling, when an argument is called so."""
    name = str(problem["loc"][0]) if problem["loc"] else ""
    if problem["type"] != "extra_forbidden" or not asks_to_cancel(name):
        return None
    return refusal(short_text(name), CANNOT_CANCEL)


def _require_writable(arguments: Mapping[str, JsonValue]) -> None:
    if findings := unwritable(arguments):
        raise InvalidRequest(findings)


def _addressed(name: str, value: JsonValue) -> JsonValue:
    """Return a medium that is given as a resource link, as a tool's answer has it, by its address."""
    if name not in MEDIA_FIELDS:
        return value
    if isinstance(value, list):
        return [_addressed(name, one) for one in value]
    uri = value.get("uri") if isinstance(value, dict) else None
    return uri if isinstance(uri, str) else value


def parse_create(arguments: Mapping[str, JsonValue]) -> CreateArguments:
    """Return the arguments of `create_video`; the video's own fields are checked later, by its model.

    Raises:
        InvalidRequest: Naming every control that cannot be understood.
    """
    _require_writable(arguments)
    options = arguments.get("options")
    given_options = options if isinstance(options, dict) else {}
    at_top = _CreateControls.model_fields.keys() - _IN_OPTIONS
    controls = parse(
        _CreateControls,
        {name: value for name, value in arguments.items() if name in at_top}
        | {name: value for name, value in given_options.items() if name in _IN_OPTIONS},
    )
    fields = {name: _addressed(name, value) for name, value in arguments.items() if name not in at_top}
    if isinstance(options, dict):
        fields["options"] = {name: value for name, value in options.items() if name not in _IN_OPTIONS}
    return CreateArguments(
        request=CreateRequest(fields=fields, fit_images=controls.fit_images),
        wait_seconds=controls.wait_seconds,
        allow_duplicate=controls.allow_duplicate,
        dry_run=controls.dry_run,
        confirmation_token=controls.confirmation_token,
        max_cost_usd=controls.max_cost_usd,
    )
