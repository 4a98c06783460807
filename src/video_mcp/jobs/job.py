"""A job: its facts and its states. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, assert_never

from pydantic import JsonValue

from video_mcp.errors import JobReference
from video_mcp.jobs.budget import Cost
from video_mcp.types import LOCAL_PRINCIPAL, Charged, Principal

JobStatus = Literal["queued", "in_progress", "completed", "failed", "unknown"]
Phase = Literal["queued", "in_progress"]
WaitsFor = Literal["approval", "place"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why something did not work, and what to do next; never holds a key, a signed link or a body."""

    code: str
    message: str
    advice: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoFile:
    """A finished video in the library: its name below the output folder, and what is in it.

    Where the file could not be looked into, its numbers are 0 and `warnings` says why.
    """

    name: str
    bytes: int
    sha256: str
    seconds: float
    width: int
    height: int
    fps: float
    has_audio: bool
    media_type: str = "video/mp4"
    warnings: tuple[str, ...] = ()
    modified_at_ns: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsent:
    """Nothing has been sent: the user has to approve it, or no place is free.

    `problem` is the gateway's last refusal for want of a place.
    """

    waits_for: WaitsFor
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Submitting:
    """The row is written; the request may have left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """The gateway has taken the job; `progress` is its own word, 0 to 100, when it gives one.

    `problem` says why it cannot be polled at the moment, such as a key that is refused.
    """

    upstream_id: str
    phase: Phase = "queued"
    progress: int | None = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderingChange:
    """What a poll has changed of a rendering job, which goes on rendering."""

    state: Rendering
    warnings: tuple[str, ...]
    updated_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """The video is finished and paid at the gateway, and not yet here; `problem` says why not."""

    upstream_id: str
    problem: Problem | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """The file is here, checked and complete; or it was, until housekeeping removed it at `removed_at`."""

    upstream_id: str
    file: VideoFile
    removed_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """No video will come."""

    problem: Problem
    charged: Charged
    upstream_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """It is unknown whether a video was made: the answer got lost, or the job outlived its deadline."""

    problem: Problem
    upstream_id: str | None = None


JobState = Unsent | Submitting | Rendering | Rendered | Completed | Failed | Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One requested video. Times are Unix seconds.

    `id` is ours and never changes; the gateway's own id lives in the state. `parameters` are the canonical ones without
    prompt and media. `created_at` is when its request was last sent, once it has been, and `waiting_since` when it
    began to wait for a place, if it had to. `revision` counts the ledger's writes. `cost` is the estimate,
    `charged_usd` what the gateway says that it really was. `rendered_at` is when the gateway first said that the video
    was ready, `fetched_at` when its file was last wanted, `traceparent` the trace that the create belongs to.
    """

    id: str
    principal: Principal = LOCAL_PRINCIPAL
    account: Principal | None = None
    adopted: bool = False
    model: str
    family: str
    mode: str
    prompt: str
    parameters: dict[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    warnings: tuple[str, ...] = ()
    fingerprint: str = ""
    cost: Cost | None = None
    charged_usd: float | None = None
    expected_seconds: float
    created_at: float
    waiting_since: float | None = None
    updated_at: float
    rendered_at: float | None = None
    finished_at: float | None = None
    fetched_at: float | None = None
    traceparent: str | None = None
    revision: int = 0
    state: JobState = field(default_factory=Submitting)

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done for this job."""
        return isinstance(self.state, Unsent | Submitting | Rendering | Rendered)

    @property
    def kept_file(self) -> VideoFile | None:
        """The file of a finished video; None for one that is not finished, or whose file was removed since."""
        return self.state.file if isinstance(self.state, Completed) and self.state.removed_at is None else None

    @property
    def place_wanted_at(self) -> float:
        """Since when a place at the gateway is wanted, however often the request has been sent since."""
        return self.created_at if self.waiting_since is None else self.waiting_since

    @property
    def awaits_approval(self) -> bool:
        """Whether the user has to decide about this job before anything is sent."""
        return isinstance(self.state, Unsent) and self.state.waits_for == "approval"

    @property
    def approval_question(self) -> str:
        """What the user decides, with the price where one is known."""
        price = f"costs about {self.cost}" if self.cost is not None else "has no known price"
        return f"This {self.model} video {price}. Make it?"

    @property
    def upstream_id(self) -> str | None:
        """The gateway's id, the one that its create gave."""
        return None if isinstance(self.state, Unsent | Submitting) else self.state.upstream_id

    @property
    def status(self) -> JobStatus:
        """The word that callers see."""
        match self.state:
            case Unsent() | Submitting():
                return "queued"
            case Rendering(phase=phase):
                return phase
            case Rendered():
                return "in_progress"
            case Completed():
                return "completed"
            case Failed():
                return "failed"
            case Unknown():
                return "unknown"
            case _:
                assert_never(self.state)

    @property
    def charged(self) -> Charged:
        """Whether this job cost money, as far as anybody can know."""
        match self.state:
            case Unsent():
                return "no"
            case Submitting() | Unknown():
                return "unknown"
            case Failed(charged=charged):
                return charged
            case Rendering() | Rendered() | Completed():
                return "yes"
            case _:
                assert_never(self.state)

    @property
    def counted_usd(self) -> float | None:
        """What counts against the caps: what was really charged, or else the estimate."""
        if self.charged_usd is not None:
            return self.charged_usd
        return self.cost.counted_usd if self.cost is not None else None

    def with_change(self, change: RenderingChange) -> Job:
        """Return a rendering job as it is written after a poll has changed it."""
        return replace(
            self,
            state=change.state,
            warnings=change.warnings,
            updated_at=change.updated_at,
            revision=self.revision + 1,
        )

    @property
    def reference(self) -> JobReference:
        """What an error about this job carries."""
        return JobReference(video_id=self.id, charged=self.charged)
