"""Would the gateway or the vendor behind it refuse this request? Pure; the facts are rows of `rules_data`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from video_mcp.simulator.body import Body
from video_mcp.simulator.rule_types import (
    REFERENCE_MODES,
    Count,
    Media,
    ModelRow,
    ModeRow,
    Request,
    Violation,
)
from video_mcp.simulator.rules_data import KLING_VERSIONS, MODELS
from video_mcp.simulator.submission import Submission, read_submission
from video_mcp.simulator.understanding import Understood, media

_MODE_ALIASES = {"video_edit": "edit", "video-edit": "edit"}
_FUNCTION_MODES = {"omni_reference": "reference_material", "first_last_frames": "i2v_first_last"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """An accepted request, with the row that its rendering follows."""

    row: ModelRow
    request: Request


def understood_by_page(accepted: Accepted) -> Understood:
    """Return what the default gateway understood; uploads are named by their digest there too."""
    submission, found = accepted.request.submission, accepted.request.media
    return Understood(
        model=submission.model,
        prompt=submission.prompt,
        media=(
            *media("image", "first_frame", found.first_frames),
            *media("image", "end_frame", found.last_frames),
            *media("image", "reference", found.references),
            *media("video", "reference", found.videos),
            *media("audio", "reference", found.audios),
        ),
        seconds=submission.seconds,
        size=submission.size,
    )


def check(body: Body) -> Violation | None:
    """Return why a create request is refused; None when it is accepted."""
    judged = judge(body)
    return judged if isinstance(judged, Violation) else None


def judge(body: Body) -> Accepted | Violation:
    """Accept or refuse a create request whose model is known."""
    submission = read_submission(body)
    row = _row_for(submission)
    if isinstance(row, Violation):
        return row
    mode = _mode_of(submission, row)
    mode_row = row.modes.get(mode)
    if mode_row is None or not _may_ask(submission, row):
        return _vendor("UnsupportedMode", f"mode {mode!r} is not supported by {_name(submission)}")
    media = _media_of(submission, row, mode)
    seconds = _rounded(submission.seconds, row)
    request = Request(submission=submission, mode=mode, media=media, seconds=seconds)
    violation = next(_violations(request, row, mode_row), None)
    return violation or Accepted(row=row, request=request)


def _row_for(submission: Submission) -> ModelRow | Violation:
    row = MODELS[submission.model]
    if row.family != "kling":
        return row
    if not submission.model_name:
        return _gateway("model_name is required")
    version = KLING_VERSIONS.get(submission.model_name)
    return version or _vendor("1201", f"model_name {submission.model_name!r} is not supported")


def _mode_of(submission: Submission, row: ModelRow) -> str:
    mode = _MODE_ALIASES.get(submission.mode, submission.mode)
    mode = mode or _FUNCTION_MODES.get(submission.fields.text("function_mode").lower(), "") or row.only_mode
    if mode == "i2v" and _media_of(submission, row, mode).last_frames:
        return "i2v_first_last"
    return mode or _implied_mode(submission, row)


def _may_ask(submission: Submission, row: ModelRow) -> bool:
    return not submission.mode or row.asked_modes is None or submission.mode in row.asked_modes


def _implied_mode(submission: Submission, row: ModelRow) -> str:
    media = _media_of(submission, row, "")
    if row.family == "kling" and submission.fields.text("video_id", "task_id"):
        return "extend"
    if media.videos or media.audios:
        return row.material_mode
    if media.references:
        return next(mode for mode in ("multi_i2v", "r2v", "reference_images") if _has(row, mode))
    if media.last_frames:
        return "i2v_first_last"
    if row.family == "vidu" and len(media.first_frames) > 1:
        return "i2v_first_last" if len(media.first_frames) == 2 else "reference_images"
    return row.image_mode if media.first_frames else "t2v"


def _has(row: ModelRow, mode: str) -> bool:
    return mode in row.modes or mode == "reference_images"


def _media_of(submission: Submission, row: ModelRow, mode: str) -> Media:
    fields, keys = submission.fields, row.keys
    first = fields.media(*keys.first_frames) + submission.uploads + _with_role(submission, "first_frame")
    last = fields.media(*keys.last_frames) + _with_role(submission, "last_frame")
    references = fields.media(*keys.references) + _with_role(submission, "reference_image")
    loose = (*fields.media(*keys.unlabelled), *_with_role(submission, ""))
    loose = tuple(url for url in loose if url not in (*first, *last, *references))
    # Where the facts only warn of i2v, as for veo3.1-components, its image is read as a reference too.
    if mode in REFERENCE_MODES or (mode == "i2v" and row.image_mode == "reference_images"):
        references += loose
        if row.images_are_references:
            first, references = (), first + references
    elif mode == "i2v_first_last":
        missing = 1 - min(1, len(first))
        first, last = first + loose[:missing], last + loose[missing:]
    else:
        first += loose
    return Media(
        first_frames=first,
        last_frames=last,
        references=references,
        videos=fields.media(*keys.videos) + _of_type(submission, "video_url"),
        audios=fields.media(*keys.audios) + _of_type(submission, "audio_url"),
    )


def _with_role(submission: Submission, role: str) -> tuple[str, ...]:
    return tuple(one.url for one in submission.content if one.type == "image_url" and one.role == role)


def _of_type(submission: Submission, kind: str) -> tuple[str, ...]:
    return tuple(one.url for one in submission.content if one.type == kind)


def _rounded(seconds: float | None, row: ModelRow) -> int:
    if seconds is None:
        return row.default_seconds
    return next((step for step in row.rounds_up_to if seconds <= step), int(seconds))


def _violations(request: Request, row: ModelRow, mode_row: ModeRow) -> Iterator[Violation]:
    """Yield what is wrong, the gateway's own checks first."""
    submission = request.submission
    if not submission.prompt and not mode_row.prompt_optional:
        yield _gateway("prompt is required")
    if row.mode_required and not submission.mode:
        yield _gateway(f"mode is required for {submission.model}")
    if submission.uploads and not row.accepts_uploads:
        yield _gateway("uploaded input_reference is not supported")
    if row.sizes is not None and submission.size and submission.size not in row.sizes:
        yield Violation(code="invalid_size", message=f"size {submission.size} is not supported")
    yield from _media_violations(request, mode_row)
    yield from _value_violations(request, row, mode_row)
    yield from (_vendor("InvalidParameter", text) for rule in row.rules if (text := rule(request)))


def _media_violations(request: Request, mode_row: ModeRow) -> Iterator[Violation]:
    media = request.media
    table: tuple[tuple[str, int, Count], ...] = (
        ("first frame image", len(media.first_frames), mode_row.first_frames),
        ("end frame image", len(media.last_frames), mode_row.last_frames),
        ("reference image", len(media.references), mode_row.references),
        ("video", len(media.videos), mode_row.videos),
        ("audio", len(media.audios), mode_row.audios),
    )
    for what, number, count in table:
        if not count.takes(number):
            name = _name(request.submission)
            yield _vendor("InvalidParameter", f"mode {request.mode} of {name} takes {count} {what}, got {number}")


def _value_violations(request: Request, row: ModelRow, mode_row: ModeRow) -> Iterator[Violation]:
    submission = request.submission
    seconds, ratios = mode_row.seconds or row.seconds, mode_row.ratios or row.ratios
    if submission.seconds_text and not _takes_seconds(submission.seconds, seconds):
        yield _vendor("InvalidParameter", f"duration {submission.seconds_text!r} is not supported")
    if ratios and submission.aspect_ratio and submission.aspect_ratio not in ratios:
        yield _vendor("InvalidParameter", f"aspect ratio {submission.aspect_ratio!r} is not supported")
    if row.resolutions and submission.resolution and submission.resolution not in row.resolutions:
        yield _vendor("InvalidParameter", f"resolution {submission.resolution!r} is not supported")
    seed = submission.fields.text("seed")
    if row.seeds and seed and not (seed.lstrip("-").isdigit() and int(seed) in row.seeds):
        yield _vendor("InvalidParameter", f"seed {seed!r} is out of range")
    longest = mode_row.prompt_max_chars or row.prompt_max_chars
    if longest and len(submission.prompt) > longest:
        yield _vendor("InvalidParameter", f"prompt is longer than {longest} characters")


def _takes_seconds(seconds: float | None, allowed: frozenset[int] | None) -> bool:
    if seconds is None:
        return False
    return allowed is None or seconds in allowed


def _name(submission: Submission) -> str:
    return submission.model_name or submission.model


def _gateway(message: str) -> Violation:
    return Violation(code="invalid_request", message=message)


def _vendor(vendor_code: str, message: str) -> Violation:
    return Violation(code="fail_to_fetch_task", message=message, vendor_code=vendor_code)
