"""Prompts: the requests that people make most, filled with the facts of the models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import mcp_types as types
from mcp.shared.exceptions import MCPError

from video_mcp.errors import VideoMCPError
from video_mcp.families.catalog import Catalog
from video_mcp.families.messages import listed
from video_mcp.families.spec import Mode
from video_mcp.server import prompt_texts as texts
from video_mcp.server.context import ServerContext

if TYPE_CHECKING:
    from video_mcp.jobs.job import Job

Write = Callable[[Catalog, Mapping[str, str], "Job | None"], str]


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a prompt; its name says which values complete it."""

    name: str
    description: str
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptSpec:
    """One prompt. `modes` are those of which its model must know one."""

    name: str
    title: str
    description: str
    arguments: tuple[Argument, ...]
    write: Write
    modes: tuple[Mode, ...] = ()


_MODEL = Argument("model", "A model id; left out, the message names some that fit.")
_SECONDS = Argument("seconds", "How long the video is, in seconds.")
_RATIO = Argument("aspect_ratio", "Such as 16:9 or 9:16.")

PROMPTS: tuple[PromptSpec, ...] = (
    PromptSpec(
        name="make_video",
        title="Make a video",
        description="From an idea to a finished file, with the cost shown first.",
        arguments=(Argument("idea", "What the video shows.", required=True), _MODEL, _SECONDS, _RATIO),
        write=texts.make_video,
        modes=("t2v",),
    ),
    PromptSpec(
        name="animate_image",
        title="Animate an image",
        description="An image becomes the first frame of a video.",
        arguments=(
            Argument("image", "A path, an https URL or a video://ID/poster address.", required=True),
            Argument("motion", "What moves, and how the camera moves."),
            _MODEL,
            _SECONDS,
        ),
        write=texts.animate_image,
        modes=("i2v",),
    ),
    PromptSpec(
        name="storyboard_to_film",
        title="Storyboard to film",
        description="A story in several shots, each a video, joined into one film.",
        arguments=(
            Argument("story", "The story, or its shots one by one.", required=True),
            Argument("shots", "How many shots."),
            _MODEL,
            _RATIO,
        ),
        write=texts.storyboard_to_film,
        modes=("i2v",),
    ),
    PromptSpec(
        name="continue_video",
        title="Continue a video",
        description="The next shot, from the last frame of an earlier video.",
        arguments=(
            Argument("video_id", "The video to continue.", required=True),
            Argument("action", "What happens next."),
            _MODEL,
        ),
        write=texts.continue_video,
        modes=("extend", "i2v"),
    ),
    PromptSpec(
        name="improve_prompt",
        title="Improve a prompt",
        description="Rewrite a prompt for one model, within what that model takes.",
        arguments=(
            Argument("prompt", "The prompt to improve.", required=True),
            Argument("model", "The model that it is for.", required=True),
        ),
        write=texts.improve_prompt,
    ),
    PromptSpec(
        name="what_will_it_cost",
        title="What will it cost?",
        description="Compare what a video costs before one is made.",
        arguments=(
            Argument("family", "Compare the models of one family."),
            _MODEL,
            Argument("mode", "Such as t2v or i2v."),
            _SECONDS,
            Argument("resolution", "Such as 720p."),
        ),
        write=texts.what_will_it_cost,
    ),
)


def find_prompt(name: str) -> PromptSpec | None:
    """Return the prompt of this name."""
    return next((prompt for prompt in PROMPTS if prompt.name == name), None)


def listed_prompts() -> list[types.Prompt]:
    """Return the prompts as clients list them, in their fixed order."""
    return [
        types.Prompt(
            name=prompt.name,
            title=prompt.title,
            description=prompt.description,
            arguments=[
                types.PromptArgument(name=known.name, description=known.description, required=known.required)
                for known in prompt.arguments
            ],
        )
        for prompt in PROMPTS
    ]


def checked_prompt(name: str, arguments: Mapping[str, str]) -> tuple[PromptSpec, dict[str, str]]:
    """Return the prompt and the arguments that were given; a blank one was not.

    Raises:
        MCPError: There is no such prompt, an argument is missing, or one is unknown.
    """
    prompt = find_prompt(name)
    if prompt is None:
        raise _invalid(f"There is no prompt {name}; there are {listed([known.name for known in PROMPTS], last='and')}.")
    given = {key: value.strip() for key, value in arguments.items() if value.strip()}
    names = [known.name for known in prompt.arguments]
    unknown = [key for key in given if key not in names]
    if unknown:
        raise _invalid(f"{name} takes no {listed(unknown)}; it takes {listed(names, last='and')}.")
    missing = [known.name for known in prompt.arguments if known.required and known.name not in given]
    if missing:
        raise _invalid(f"{name} needs {listed(missing, last='and')}.")
    return prompt, given


async def get_prompt(context: ServerContext, name: str, arguments: Mapping[str, str]) -> types.GetPromptResult:
    """Return a prompt's message, filled with its arguments and the facts of the models.

    Raises:
        MCPError: There is no such prompt, or its arguments do not fit.
    """
    prompt, given = checked_prompt(name, arguments)
    try:
        job = await (await context.service()).get(given["video_id"]) if "video_id" in given else None
        text = prompt.write(await context.current_catalog(), given, job)
    except VideoMCPError as error:
        raise _invalid(str(error)) from error
    message = types.PromptMessage(role="user", content=types.TextContent(type="text", text=text))
    return types.GetPromptResult(description=prompt.description, messages=[message])


def _invalid(message: str) -> MCPError:
    return MCPError(code=types.INVALID_PARAMS, message=message)
