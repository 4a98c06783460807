"""Everything an answer says of an error, for MCP and for `--json`. Pure."""

from __future__ import annotations

import re
from typing import overload

from video_mcp.errors import ConfigurationError, ConfirmationNeeded, InvalidRequest, JobNotFound, VideoMCPError
from video_mcp.findings import Finding
from video_mcp.server.answer_models import Answer, ErrorAnswer
from video_mcp.server.results import sentence
from video_mcp.types import TROUBLESHOOTING_URL, Charged

_MOST_ALLOWED = 12
_SET_IT = "Set it in the server's environment (on stdio, in your client's configuration), then restart the server"
_MOST_CHARACTERS = 4000
# Longer than any path that is worth repeating.
_LONG_WORD = re.compile(r"(\S{200})\S{800,}")


class FindingAnswer(Answer):
    """One reason why a request was refused, and what would work."""

    field: str
    message: str
    value: str | int | float | bool | None = None
    allowed: list[str | int | float | bool] | None = None
    nearest: str | int | float | bool | None = None
    models: list[str] | None = None


class ErrorDetails(ErrorAnswer):
    """What went wrong in a call; `problems` are of the settings, `findings` of the request."""

    problems: list[str] | None = None
    findings: list[FindingAnswer] | None = None


class ErrorResult(Answer):
    """The answer of a call that did not do what it should; `charged` and `video_id` are those of its job."""

    error: ErrorDetails
    charged: Charged
    video_id: str | None = None
    confirmation_token: str | None = None


def error_result(error: Exception, *, may_have_submitted: bool = False) -> ErrorResult:
    """Return the facts of an error, for MCP and for `--json`; of an unexpected one, only its kind.

    An error about a job carries the job; before there is one, nothing was charged. An unexpected one does not say
    how far a call came: with `may_have_submitted`, it may have been charged.
    """
    if not isinstance(error, VideoMCPError):
        return ErrorResult(error=_unexpected(error), charged="unknown" if may_have_submitted else "no")
    asked_for = _cut(error.video_id) if isinstance(error, JobNotFound) else None
    return ErrorResult(
        error=ErrorDetails(
            code=error.code,
            message=sentence(_cut(error.message)),
            advice=_cut(_advice(error)),
            problems=[*error.problems] if isinstance(error, ConfigurationError) else None,
            findings=[_finding(found) for found in error.findings] if isinstance(error, InvalidRequest) else None,
        ),
        charged=error.job.charged if error.job is not None else "no",
        video_id=error.job.video_id if error.job is not None else asked_for,
        confirmation_token=error.token if isinstance(error, ConfirmationNeeded) and error.agent_may_confirm else None,
    )


@overload
def _cut(text: str) -> str: ...
@overload
def _cut(text: None) -> None: ...
def _cut(text: str | None) -> str | None:
    """Return a text that repeats no argument at length, however long that is."""
    if text is None:
        return None
    words = _LONG_WORD.sub(r"\1...", text)
    return words if len(words) <= _MOST_CHARACTERS else f"{words[: _MOST_CHARACTERS - 3]}..."


def _unexpected(error: Exception) -> ErrorDetails:
    return ErrorDetails(
        code="internal",
        message=f"Something unexpected went wrong in video-mcp ({type(error).__name__}).",
        advice="Its log on stderr has the details; get_video_status shows whether a video was started.",
    )


def _advice(error: VideoMCPError) -> str | None:
    if isinstance(error, ConfigurationError):
        return f"{_SET_IT} (help: {TROUBLESHOOTING_URL})."
    return error.advice


def _finding(finding: Finding) -> FindingAnswer:
    """Return a finding as structure; a long list of allowed values is in the message and in list_models."""
    return FindingAnswer(
        field=_cut(finding.field),
        message=_cut(finding.message),
        value=_cut(finding.value) if isinstance(finding.value, str) else finding.value,
        allowed=[*finding.allowed] if 0 < len(finding.allowed) <= _MOST_ALLOWED else None,
        nearest=finding.nearest,
        models=[*finding.models] or None,
    )
