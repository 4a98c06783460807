"""Every error that video-mcp raises on purpose.

```
VideoMCPError                      str(error) is one sentence that says what to do next; .job is the job it is about
├── ConfigurationError             .problems       settings that cannot work, all of them at once
├── InvalidRequest                 .findings       refused before anything was sent
├── BudgetExceeded                                 a spending cap would be passed
├── ConfirmationNeeded             .token          the user must agree first
├── ConfirmationDeclined                           the user said no
├── LedgerUnavailable                              the database refuses, or belongs to another version
├── GatewayError                   .request_id
│   ├── GatewayUnreachable         .delivered      no answer came; `delivered` says whether the request may have arrived
│   │   └── GatewayTimeout
│   ├── GatewayRejected            .status_code .code .retry_after_seconds   the gateway said no
│   └── GatewayProtocolError       .status_code    the gateway answered something that is not an answer
├── JobError
│   ├── JobNotFound                .video_id       no job of this id is known: .job is None
│   ├── JobNotCompleted                            the job has no file to save or to look at
│   └── InvalidTransition
└── MediaError
    ├── InputRefused
    │   └── InputOutsideFolders     .path           the user may allow this one file
    ├── InputTooLarge
    ├── NotAVideo
    │   └── UnreadableVideo
    ├── OutputRefused
    ├── FileUnavailable
    ├── StorageFull
    └── StorageUnavailable                         the object storage refuses or cannot be reached
```

Data lives in attributes. Whether money was spent is a fact of a job and no error's own: an error about a job carries
the job, and before a job exists nothing was charged. The key, signed links and raw bodies never enter a message.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from video_mcp.findings import Finding
from video_mcp.types import Charged


@dataclass(frozen=True, slots=True, kw_only=True)
class JobReference:
    """Which job an error is about, and whether that job was charged."""

    video_id: str
    charged: Charged


class VideoMCPError(Exception):
    """Base of all: one sentence that says what to do next.

    `code` is a stable word for programs and `advice` the next step for the reader. `job` is the job that the error is
    about; None before a job exists, when nothing was charged.
    """

    code: str = "error"

    def __init__(self, message: str, *, advice: str | None = None, job: JobReference | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice
        self.job = job

    def __str__(self) -> str:
        return f"{self.message} {self.advice}" if self.advice else self.message


class ConfigurationError(VideoMCPError):
    """Settings that cannot work; `problems` names each of them."""

    code = "configuration"

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problem.removesuffix(".") for problem in problems) + ".")
        self.problems = tuple(problems)


class InvalidRequest(VideoMCPError):
    """Refused before anything was sent; `findings` holds every reason at once."""

    code = "invalid_request"

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(" ".join(finding.message for finding in findings))
        self.findings = tuple(findings)


class BudgetExceeded(VideoMCPError):
    """A spending cap of the user's would be passed."""

    code = "budget_exceeded"


class ConfirmationNeeded(VideoMCPError):
    """The user must agree before this is paid; a call that repeats `token` counts as agreed.

    The agent learns the token only where `agent_may_confirm`; else a user decides, in their client or a terminal.
    """

    code = "needs_confirmation"

    def __init__(self, question: str, *, token: str, agent_may_confirm: bool) -> None:
        by_agent = (
            "Ask the user. If they agree, call create_video again with the same arguments and "
            f'"confirmation_token": "{token}" in options.'
        )
        by_person = "The user must decide; once they have said yes, submit the same again with the token of this error."
        super().__init__(question, advice=by_agent if agent_may_confirm else by_person)
        self.token = token
        self.agent_may_confirm = agent_may_confirm


class ConfirmationDeclined(VideoMCPError):
    """The user declined."""

    code = "declined"


class LedgerUnavailable(VideoMCPError):
    """The ledger cannot be read or written; nothing was sent on its account."""

    code = "ledger_unavailable"


class GatewayError(VideoMCPError):
    """The gateway could not be used; `request_id` names the exchange in the gateway's own log."""

    code = "gateway"

    def __init__(self, message: str, *, advice: str | None = None, request_id: str | None = None) -> None:
        super().__init__(message, advice=advice)
        self.request_id = request_id


class GatewayUnreachable(GatewayError):
    """No answer came. `delivered` is False only when the request surely never arrived."""

    code = "gateway_unreachable"

    def __init__(self, message: str, *, delivered: bool, advice: str | None = None) -> None:
        super().__init__(message, advice=advice)
        self.delivered = delivered


class GatewayTimeout(GatewayUnreachable):
    """No answer came in time."""

    code = "gateway_timeout"


class GatewayRejected(GatewayError):
    """The gateway said no, in its own words; or for want of a place: too much is under way there."""

    code = "gateway_rejected"

    def __init__(
        self,
        message: str,
        *,
        status_code: int,
        upstream_code: str | None = None,
        retry_after_seconds: float | None = None,
        advice: str | None = None,
        request_id: str | None = None,
        is_for_want_of_a_place: bool = False,
    ) -> None:
        super().__init__(message, advice=advice, request_id=request_id)
        self.status_code = status_code
        self.upstream_code = upstream_code
        self.retry_after_seconds = retry_after_seconds
        self.is_for_want_of_a_place = is_for_want_of_a_place


class GatewayProtocolError(GatewayError):
    """The gateway answered something that is not an answer: HTML, broken JSON, a body without an id."""

    code = "gateway_protocol"

    def __init__(
        self, message: str, *, status_code: int, advice: str | None = None, request_id: str | None = None
    ) -> None:
        super().__init__(message, advice=advice, request_id=request_id)
        self.status_code = status_code


class JobError(VideoMCPError):
    """Something about one job."""

    code = "job"


class JobNotFound(JobError):
    """No job of the id `video_id` is known here."""

    code = "not_found"

    def __init__(self, message: str, *, video_id: str, advice: str | None = None) -> None:
        super().__init__(message, advice=advice)
        self.video_id = video_id


class JobNotCompleted(JobError):
    """The job has no file, so nothing can be done with it."""

    code = "not_completed"


class InvalidTransition(JobError):
    """A defect of ours: an event that the job's state does not allow."""

    code = "invalid_transition"


class MediaError(VideoMCPError):
    """A file could not be taken in or given out."""

    code = "media"


class InputRefused(MediaError):
    """An input may not be read, or is not what the model takes."""

    code = "input_refused"


class InputOutsideFolders(InputRefused):
    """A file lies outside of the folders that inputs are read from; `path` is the one that the user may allow."""

    code = "input_outside_folders"

    def __init__(self, message: str, *, path: Path, advice: str) -> None:
        super().__init__(message, advice=advice)
        self.path = path


class InputTooLarge(InputRefused):
    """An input is over the limit."""

    code = "input_too_large"


class NotAVideo(MediaError):
    """The bytes are no video: JSON, HTML or an undecodable file."""

    code = "not_a_video"


class UnreadableVideo(NotAVideo):
    """The bytes may be media, but they are damaged, cut short, or of a kind that cannot be decoded here."""

    code = "unreadable_video"


class OutputRefused(MediaError):
    """A file may not be written there."""

    code = "output_refused"


class FileUnavailable(MediaError):
    """A finished video's file is gone, or is no longer what was downloaded."""

    code = "file_unavailable"


class StorageFull(MediaError):
    """The disk is full; the job stays fetchable."""

    code = "storage_full"


class StorageUnavailable(MediaError):
    """The object storage refuses or cannot be reached; the job stays fetchable."""

    code = "storage_unavailable"
