"""The arguments of the tools that read: parsed once, refused in our own words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from video_mcp.errors import InvalidRequest
from video_mcp.families.validation.type_errors import unreadable

WaitSeconds = Annotated[float, Field(ge=0, le=600)]
Preview = Literal["none", "poster", "storyboard"]


class Arguments(BaseModel):
    """The arguments of one tool; a key that is not here is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class CreateControls(Arguments):
    """What `create_video` takes beside the request itself."""

    wait_seconds: WaitSeconds | None = None
    allow_duplicate: bool = False
    dry_run: bool = False


class StatusArguments(Arguments):
    """`get_video_status`: one video, or the newest ones."""

    video_id: str | None = None
    wait_seconds: WaitSeconds = 0.0
    limit: Annotated[int, Field(ge=1, le=100)] = 10


class FetchArguments(Arguments):
    """`fetch_video`: the file, and where it may also go."""

    video_id: str
    save_as: str | None = None
    overwrite: bool = False
    preview: Preview = "none"
    wait_seconds: WaitSeconds | None = None


class ListArguments(Arguments):
    """`list_models`: all, by family or mode, or one in full."""

    model: str | None = None
    family: str | None = None
    mode: str | None = None


A = TypeVar("A", bound=Arguments)


def parse(kind: type[A], arguments: Mapping[str, JsonValue]) -> A:
    """Return a tool's arguments; a null counts as not given.

    Raises:
        InvalidRequest: Naming every argument that cannot be understood.
    """
    given = {name: value for name, value in arguments.items() if value is not None}
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        problems = error.errors(include_url=False)
    raise InvalidRequest([unreadable(problem) for problem in problems])


def split_controls(arguments: Mapping[str, JsonValue]) -> tuple[CreateControls, dict[str, JsonValue]]:
    """Return what steers the call, and the request itself.

    Raises:
        InvalidRequest: Naming every control that cannot be understood.
    """
    names = CreateControls.model_fields
    controls = parse(CreateControls, {name: value for name, value in arguments.items() if name in names})
    return controls, {name: value for name, value in arguments.items() if name not in names}
