"""What goes wrong with a job, in the sentences that its user reads. Pure."""

from __future__ import annotations

from video_mcp.errors import VideoMCPError
from video_mcp.gateway.protocol.advice import REAL_PEOPLE
from video_mcp.gateway.protocol.sanitize import quoted
from video_mcp.gateway.protocol.status_words import is_about_real_people
from video_mcp.gateway.upstream import UpstreamVideo
from video_mcp.jobs.job import Problem

_CHANGE = "Change the prompt or the input and create it anew"


def refused_by_model(video: UpstreamVideo) -> Problem:
    """Say why the gateway makes no video of this."""
    said = video.error
    message = f"The gateway says: {quoted(said.message)}" if said is not None else "The gateway gives no reason."
    if said is None and video.word:
        message = f"The gateway says {quoted(video.word)} and gives no reason."
    told = f"{said.code or ''} {said.message}" if said is not None else ""
    what = REAL_PEOPLE.removesuffix(".") if is_about_real_people(told) else _CHANGE
    return Problem(
        code=(said.code if said is not None else None) or video.status,
        message=message,
        advice=f"{what}; most gateways give the money back for a failure.",
    )


def unknown_word(video: UpstreamVideo) -> str:
    """Say that the gateway uses an unknown status word."""
    word = quoted(video.word)
    return (
        f"The gateway's status word for this video is {word} It is not known here and counts as running; "
        "if it means an end, look at the gateway's own dashboard."
    )


def problem_of(error: Exception) -> Problem:
    """Return an error as a job keeps it; of an unexpected one, only its kind."""
    if isinstance(error, VideoMCPError):
        return Problem(code=error.code, message=error.message, advice=error.advice)
    if isinstance(error, OSError):
        why = error.strerror or type(error).__name__
        return Problem(
            code="disk",
            message=f"The file could not be written ({why}).",
            advice="Check VIDEO_MCP_OUTPUT_DIR, then call fetch_video.",
        )
    return Problem(code="internal", message=f"Something unexpected went wrong ({type(error).__name__}).")


def orphaned() -> Problem:
    """Say that the process that sent a request is gone."""
    return Problem(
        code="submission_unknown",
        message="The server stopped while the request was under way; it may have been taken and charged.",
        advice="Look into the gateway's own log or dashboard before creating it again.",
    )


def overdue(deadline_seconds: float, last: Problem | None = None) -> Problem:
    """Say that a video took longer than it may, and what kept it from being polled at last."""
    message = f"The gateway did not finish this video within {deadline_seconds / 3600:g} hours."
    return Problem(
        code="deadline",
        message=message if last is None else f"{message} At the last poll: {last.message}",
        advice="Call fetch_video to ask once more, or look into the gateway's own dashboard; it may have been charged.",
    )


def vanished() -> Problem:
    """Say that the gateway forgot a video."""
    return Problem(
        code="not_found",
        message="The gateway no longer knows this video.",
        advice="Call fetch_video to ask once more, or look into the gateway's own dashboard before creating it again.",
    )


def declined() -> Problem:
    """Say that the user does not want a video."""
    return Problem(code="declined", message="The user said no; nothing was sent and nothing is charged.")


def not_approved_in_time() -> Problem:
    """Say that the user has not decided about a video within a day."""
    return Problem(
        code="not_approved",
        message="The user did not decide about this video within a day; nothing was sent and nothing is charged.",
        advice="Create it again if it is still wanted.",
    )


def no_place_in_time(deadline_seconds: float, last: Problem | None) -> Problem:
    """Say that no place became free for a video, and what the gateway said at last."""
    message = f"No place became free within {deadline_seconds / 3600:g} hours; nothing was sent and nothing is charged."
    return Problem(
        code="no_place",
        message=message if last is None else f"{message} At the last try: {last.message}",
        advice="Create it again when fewer videos are under way.",
    )


def request_gone() -> Problem:
    """Say that what a video was to be made of is no longer in the ledger."""
    return Problem(
        code="internal",
        message="What was to be sent is no longer in the ledger; nothing was sent and nothing is charged.",
        advice="Create it again.",
    )


def lost(error: VideoMCPError | Problem) -> Problem:
    """Say that a request left and no answer came."""
    return Problem(
        code="submission_unknown",
        message=f"{error.message} The request may have been taken and charged.",
        advice="Do not create it again before you have looked into the gateway's own dashboard.",
    )
