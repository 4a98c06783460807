"""The shapes of answers about videos: what a tool returns as structure, and `--json` prints."""

from __future__ import annotations

from typing import Literal, cast

from pydantic import BaseModel, ConfigDict

from video_mcp.types import Charged, JsonObject

Status = Literal["queued", "in_progress", "completed", "failed", "unknown"]


class Answer(BaseModel):
    """A part of an answer; fields without a value are left out."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    def as_json(self) -> JsonObject:
        """Return the answer as it is sent: absent rather than null."""
        return cast("JsonObject", self.model_dump(mode="json", exclude_none=True))


class FileAnswer(Answer):
    """The finished file; where it could not be looked into, only what is known without that.

    A file of another machine has a link in place of a path; it answers GET, ranges included, until it expires.
    """

    path: str | None = None
    download_url: str | None = None
    expires_at: str | None = None
    bytes: int
    sha256: str
    seconds: float | None = None
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    has_audio: bool | None = None
    media_type: str


class PreviewAnswer(Answer):
    """A picture of the finished video, kept beside it."""

    kind: Literal["poster", "storyboard"]
    path: str | None = None
    resource_uri: str | None = None


class ErrorAnswer(Answer):
    """What went wrong, and what to do next."""

    code: str
    message: str
    advice: str | None = None


class VideoJob(Answer):
    """One video: how it is doing, and the file when it is finished."""

    video_id: str
    status: Status
    model: str
    progress: float | None = None
    elapsed_seconds: int | None = None
    eta_seconds: int | None = None
    poll_after_seconds: int | None = None
    next_action: str | None = None
    resource_uri: str | None = None
    file: FileAnswer | None = None
    preview: PreviewAnswer | None = None
    warnings: list[str] | None = None
    estimated_cost: str | None = None
    estimated_cost_usd: float | None = None
    charged: Charged | None = None
    charged_usd: float | None = None
    duplicate_of: str | None = None
    upstream_id: str | None = None
    error: ErrorAnswer | None = None


class VideoSummary(Answer):
    """One line of the list of videos: where the file is, or why there is none."""

    video_id: str
    status: Status
    model: str
    age_seconds: int
    prompt: str
    charged: Charged
    charged_usd: float | None = None
    estimated_cost_usd: float | None = None
    path: str | None = None
    reason: str | None = None


class SpendingAnswer(Answer):
    """What the last 24 hours took, and the caps that are set; a cost is what was charged, or else the estimate."""

    videos: int
    seconds: float
    cost_usd: float
    max_videos_per_day: int | None = None
    max_seconds_per_day: float | None = None
    max_cost_per_video: float | None = None
    max_cost_per_day: float | None = None
    max_open_videos: int | None = None


class VideoList(Answer):
    """The newest videos, and what was spent; `ended_video_id` is the one whose end was waited for."""

    ended_video_id: str | None = None
    videos: list[VideoSummary]
    spending: SpendingAnswer
