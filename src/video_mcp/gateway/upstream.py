"""The types of an exchange with the gateway: a request, a response, the video that it describes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote

from pydantic import JsonValue

from video_mcp.errors import GatewayError, GatewayRejected
from video_mcp.types import JsonObject

UpstreamStatus = Literal["queued", "running", "completed", "failed", "cancelled", "expired"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormPart:
    """One part of a multipart form: text, or a file with its name and media type."""

    name: str
    text: str | None = None
    file: bytes | None = None
    filename: str | None = None
    media_type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WireBody:
    """The body of a create: JSON or a multipart form, never both."""

    json: JsonObject | None = None
    form: tuple[FormPart, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """The paths of a server's API; `{id}` stands for the video's own id.

    `content` answers the bytes, or JSON with the link to them. `listing` answers the account's videos and `catalog`
    what the models take; None means that the server has no such path.
    """

    create: str = "/v1/videos"
    video: str = "/v1/videos/{id}"
    content: str = "/v1/videos/{id}/content"
    models: str = "/v1/models"
    listing: str | None = None
    catalog: str | None = None

    def of_video(self, upstream_id: str) -> str:
        """Return the path of a video's state."""
        return self.video.format(id=_in_path(upstream_id))

    def of_content(self, upstream_id: str) -> str:
        """Return the path of a video's bytes."""
        return self.content.format(id=_in_path(upstream_id))


def _in_path(upstream_id: str) -> str:
    # Ids hold `:`, `/`, `+` and `=` at real gateways; no pattern is safe to assume.
    return quote(upstream_id, safe="")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargePlace:
    """Where an answer says what a video really cost: at a path of its body, or in a header (lower case).

    `units_per_usd` of what stands there are one dollar. Where its operator chooses them, they are None, and the server
    states them at its path `units_at`.
    """

    path: tuple[str | int, ...] = ()
    header: str = ""
    units_per_usd: float | None = 1.0
    units_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HTTPRequest:
    """A request to the gateway's own origin; `path` begins with a slash and is percent-encoded."""

    method: Literal["GET", "POST"]
    path: str
    body: WireBody | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class HTTPResponse:
    """A complete response; header names are lower-case.

    `key` is the configured one: it must never be repeated. `is_truncated` says that the body was too long.
    """

    status_code: int
    headers: Mapping[str, str]
    body: bytes
    key: str = field(default="", repr=False)
    is_truncated: bool = False

    @property
    def request_id(self) -> str | None:
        """The gateway's own name for this exchange."""
        return self.headers.get("x-oneapi-request-id") or self.headers.get("x-request-id")


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamError:
    """Why the gateway says that a video failed."""

    message: str
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamVideo:
    """A video as the gateway describes it; `word` is its own status word, times are Unix seconds.

    `is_word_known` is false when nothing is known about the word, and the video counts as running. `video_url` is
    a link that may be signed: it is used at once and never stored. `is_inline` says that the response itself holds
    the video. `charged_usd` is what the gateway says that it really cost.
    """

    status: UpstreamStatus
    word: str
    is_word_known: bool = True
    id: str | None = None
    model: str | None = None
    progress: int | None = None
    video_url: str | None = None
    is_inline: bool = False
    error: UpstreamError | None = None
    seconds: float | None = None
    created_at: float | None = None
    completed_at: float | None = None
    expires_at: float | None = None
    poll_after_seconds: float | None = None
    charged_usd: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedVideo:
    """A video in the account's list; `created_at` is Unix seconds, `prompt` is there where the list shows it."""

    id: str
    model: str | None
    created_at: float
    prompt: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSigns:
    """What a server shows of its own kind.

    `headers` (lower-case names), the entries of `models` and the stated `error` are of its answer to `GET /v1/models`;
    `schema` is its `/openapi.json`, as far as it was read.
    """

    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    models: tuple[JsonObject, ...] = ()
    error: JsonObject = field(default_factory=dict[str, JsonValue])
    schema: JsonObject = field(default_factory=dict[str, JsonValue])


def is_not_found(error: GatewayError) -> bool:
    """Tell whether the gateway says that it knows no such video; a lagging replica says so too."""
    return isinstance(error, GatewayRejected) and (error.status_code == 404 or error.upstream_code == "task_not_exist")
