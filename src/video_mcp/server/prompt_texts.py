"""What the prompts say, from the facts of the models. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, get_args

from video_mcp.errors import InvalidRequest
from video_mcp.families.catalog import Catalog
from video_mcp.families.examples import example, limits_in_words
from video_mcp.families.messages import listed, refusal
from video_mcp.families.prices.estimate import estimate
from video_mcp.families.spec import Mode, ModelSpec
from video_mcp.families.validation.check import check_request
from video_mcp.families.validation.model_ids import find_model
from video_mcp.server.model_listing import row_text
from video_mcp.types import JsonObject

if TYPE_CHECKING:
    from video_mcp.jobs.job import Job

_CREATE_ONCE = (
    "Call create_video with dry_run true, show me what it will cost, and continue when I agree.",
    (
        "Call create_video once. If it answers in_progress, call get_video_status with its video_id and wait_seconds "
        "45 until it is completed; never create the same video again."
    ),
    "Tell me the file's path, what the video shows (fetch_video with preview storyboard), and what it cost.",
)
_SHOT = (
    "Write the prompt as one shot: subject, action, setting, camera movement, light and style, in plain sentences; "
    "say what is to be seen and not what is to be felt."
)


def make_video(catalog: Catalog, given: Mapping[str, str], _job: Job | None) -> str:
    """Return the message of `make_video`."""
    return _message(
        f"Make a video with video-mcp: {given['idea']}",
        _choices(given, "seconds", "aspect_ratio"),
        _facts(catalog, given.get("model"), ("t2v",)),
        _steps(_SHOT, *_CREATE_ONCE),
    )


def animate_image(catalog: Catalog, given: Mapping[str, str], _job: Job | None) -> str:
    """Return the message of `animate_image`."""
    motion = given.get("motion") or "choose a motion that suits the image"
    return _message(
        f"Animate this image with video-mcp: {given['image']}\nMotion: {motion}",
        _choices(given, "seconds"),
        _facts(catalog, given.get("model"), ("i2v",)),
        _steps(
            f"Pass image {given['image']} to create_video; it is the first frame, so the prompt describes only what "
            "moves and what the camera does, not what the image shows already.",
            *_CREATE_ONCE,
        ),
    )


def storyboard_to_film(catalog: Catalog, given: Mapping[str, str], _job: Job | None) -> str:
    """Return the message of `storyboard_to_film`."""
    shots = f"{given['shots']} shots" if "shots" in given else "a few shots"
    return _message(
        f"Make a film of {shots} with video-mcp: {given['story']}",
        _choices(given, "aspect_ratio"),
        _facts(catalog, given.get("model"), ("t2v", "i2v")),
        _steps(
            "Write the storyboard: for each shot its seconds, what happens, camera and light. Describe a person or "
            "thing that returns in the same words in every shot. Show it to me before anything is made.",
            "Call create_video with dry_run true for every shot, show me the sum, and continue when I agree.",
            "Make the shots in order with the same model and aspect_ratio. A shot that continues the one before takes "
            "image video://ID/last-frame of that one; a new scene starts from its prompt alone.",
            "Look at each shot (fetch_video with preview storyboard) before the next is paid for.",
            "Join them: fetch_video with the first video_id and join, the other ids in order. Tell me the film's path.",
        ),
    )


def continue_video(catalog: Catalog, given: Mapping[str, str], job: Job | None) -> str:
    """Return the message of `continue_video`."""
    video_id = given["video_id"]
    action = given.get("action") or "propose three ways to continue, and let me choose"
    extending = listed(catalog.supporting("extend")) if catalog.supporting("extend") else "none here"
    return _message(
        f"Continue video {video_id} with video-mcp. What happens next: {action}",
        f"It was made by {job.model} ({job.mode}), from this prompt: {job.prompt}" if job is not None else "",
        _facts(catalog, given.get("model") or _model_of(catalog, job), ("extend", "i2v")),
        _steps(
            f"Look at it: fetch_video with video_id {video_id} and preview storyboard.",
            f"A model with mode extend ({extending}) takes the video itself: source_video {video_id}. Any model with "
            f"mode i2v takes its last frame: image video://{video_id}/last-frame.",
            "Keep the aspect ratio, the light and the words for whoever is in it; describe only what is new.",
            *_CREATE_ONCE,
            f"Join both when I want one film: fetch_video with video_id {video_id} and join, the new id.",
        ),
    )


def improve_prompt(catalog: Catalog, given: Mapping[str, str], _job: Job | None) -> str:
    """Return the message of `improve_prompt`."""
    _family, spec = find_model(catalog, given["model"])
    sound = {
        "always": "It makes sound with the picture: describe voices, noises and music too.",
        "never": "Its videos are silent: leave sound out.",
        "switch": "Sound is on with audio true: describe voices, noises and music then.",
    }[spec.audio]
    most = f" at most {spec.prompt_max_chars} characters," if spec.prompt_max_chars is not None else ""
    return _message(
        f"Improve this prompt for {spec.id}: {given['prompt']}",
        _facts(catalog, spec.id, tuple(spec.modes)[:1]),
        _steps(
            f"{_SHOT} {sound}",
            f"Stay within what the model takes:{most} one shot that fits its seconds, nothing that it is told by a "
            "field (seconds, aspect_ratio, resolution).",
            "Show me the prompt and the other fields of create_video, and what you changed and why. Make nothing yet.",
        ),
    )


def what_will_it_cost(catalog: Catalog, given: Mapping[str, str], _job: Job | None) -> str:
    """Return the message of `what_will_it_cost`."""
    mode = _mode_in(given.get("mode"))
    rows = [_priced(catalog, spec, _mode_for(spec, mode), given) for spec in _compared(catalog, given, mode)]
    return _message(
        "What will this video cost? Nothing is to be made yet.",
        _choices(given, "model", "mode", "seconds", "resolution"),
        "Published prices of the vendors; the gateway may charge otherwise:\n" + _bullets(rows),
        _steps(
            "Call create_video with dry_run true for each that comes into question; it sends nothing, costs nothing, "
            "and answers the gateway's own price where that is known.",
            "Call get_video_status without an id: it says what the last 24 hours cost, and the caps.",
            "Answer with a short table: model, mode, seconds, resolution, cost. Say which one you would take, and why.",
        ),
    )


def _message(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)


def _steps(*steps: str) -> str:
    return "\n".join(f"{number}. {step}" for number, step in enumerate(steps, start=1))


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _choices(given: Mapping[str, str], *names: str) -> str:
    return "\n".join(f"{name}: {given[name]}" for name in names if name in given)


def _facts(catalog: Catalog, model: str | None, modes: tuple[Mode, ...]) -> str:
    """Return what one model takes and an example for each of these modes, or the models that know one of them."""
    if model is None:
        ids = dict.fromkeys(model for mode in modes for model in catalog.supporting(mode))
        rows = [row_text(find_model(catalog, model)[1]) for model in ids]
        return "Models to choose from (list_models with model shows one in full):\n" + _bullets(rows)
    _family, spec = find_model(catalog, model)
    examples = [json.dumps(example(spec, mode), ensure_ascii=False) for mode in modes if mode in spec.modes]
    working = [f"Example of create_video's arguments: {shown}" for shown in examples]
    return f"What {spec.id} takes:\n" + _bullets([*limits_in_words(spec), *working])


def _model_of(catalog: Catalog, job: Job | None) -> str | None:
    return job.model if job is not None and catalog.find(job.model) is not None else None


def _mode_in(word: str | None) -> Mode | None:
    if word is None:
        return None
    for mode in get_args(Mode):
        if mode == word.lower():
            return mode
    raise InvalidRequest([refusal("mode", f"There is no mode {word}; there are {listed(get_args(Mode), most=20)}.")])


def _compared(catalog: Catalog, given: Mapping[str, str], mode: Mode | None) -> list[ModelSpec]:
    """Return the models whose prices are compared: the one named, a family's, or the first of each family."""
    if "model" in given:
        return [find_model(catalog, given["model"])[1]]
    if "family" not in given:
        return [find_model(catalog, model)[1] for model in catalog.supporting(mode or "t2v")]
    specs = [spec for spec in catalog.models(family=given["family"].lower()) if not spec.needs_version]
    if not specs:
        families = listed([family.name for family in catalog.families])
        raise InvalidRequest([refusal("family", f"There is no family {given['family']}; there are {families}.")])
    return specs


def _mode_for(spec: ModelSpec, mode: Mode | None) -> Mode:
    return mode if mode is not None and mode in spec.modes else next(iter(spec.modes))


def _priced(catalog: Catalog, spec: ModelSpec, mode: Mode, given: Mapping[str, str]) -> str:
    """Return a model's line: its price for the request, or why there is none."""
    wanted: JsonObject = {name: given[name] for name in ("seconds", "resolution") if name in given}
    try:
        request = check_request(catalog, {**example(spec, mode), **wanted}, "strict")
    except InvalidRequest as refused:
        return f"{spec.id}, {mode}: {refused.message}"
    known = estimate(request.spec, request.mode, request.params)
    if known is None:
        return f"{spec.id}, {mode}: no price is published for this."
    return f"{spec.id}, {mode}: about {known.amount:g} {known.currency} ({known.basis}; seen {known.date})."
