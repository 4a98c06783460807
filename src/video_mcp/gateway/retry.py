"""Pure: may this be sent again, and when."""

from __future__ import annotations

from typing import Literal

from video_mcp.errors import (
    GatewayError,
    GatewayProtocolError,
    GatewayRejected,
    GatewayUnreachable,
    NotAVideo,
    VideoMCPError,
)
from video_mcp.gateway.upstream import is_not_found

PollVerdict = Literal["again", "gone", "stop"]
"""`again`: ask later; `gone`: the gateway surely knows no such video; `stop`: asking again cannot help."""

DownloadVerdict = Literal["again", "refresh", "fall_back", "stop"]
"""What follows a failed attempt to download.

`again`: the same source once more after a pause; `refresh`: poll for a new link, then download from it;
`fall_back`: go to the gateway's /content; `stop`: not now, the video stays fetchable.
"""

DownloadSource = Literal["link", "content"]
"""Where bytes come from: a link of the gateway's answer, or the gateway's own /content."""

MOST_DOWNLOAD_ATTEMPTS = 3
"""How often each source is tried before the other one."""

_NOT_FOUND_IS_FINAL_AFTER = 3
# Success that tells of no video may be one replica's trouble; again and again it is the gateway's word.
_EMPTY_SUCCESS_STOPS_AFTER = 5
_PASSING = frozenset({408, 409, 425, 429})
_LINK_EXPIRED = frozenset({401, 403, 404, 410})
# Right after completion /content still says "not completed", "not found", or accepts the request and gives nothing.
_CONTENT_NOT_READY = frozenset({200, 202, 204, 400, 404, 422}) | _PASSING
DELIVERY_SECONDS = 600.0
"""How long a paid video is tried for before the reason is told: as long as the longest call waits."""
_NOT_READY_SECONDS = 180.0
_LATE_SECONDS = 60.0

_JITTER_SHARE = 0.25


def may_submit_again(error: GatewayError) -> bool:
    """Tell whether a create may be sent once more: only if it surely never arrived, or for 429."""
    match error:
        case GatewayUnreachable():
            return not error.delivered
        case GatewayRejected():
            return error.status_code == 429
        case _:
            return False


def backoff_seconds(attempt: int, jitter: float, *, base: float = 1.0, cap: float = 30.0) -> float:
    """Return the pause after the `attempt`-th failure, counted from 1; `jitter` is in [0, 1)."""
    longest = min(cap, base * 2.0 ** min(max(attempt, 1) - 1, 32))
    return longest * (0.5 + jitter / 2)


def poll_verdict(error: GatewayError, *, not_found_in_a_row: int, failures_in_a_row: int = 1) -> PollVerdict:
    """Return what follows a failed poll; the counts in a row include this answer.

    A paid video must not be lost to a passing fault: only what the gateway states itself stops, a refusal at once and
    an answer of success that tells of no video when it stays like that.
    """
    if is_not_found(error):
        # A replica that lags behind says "not found" of a video that exists.
        return "gone" if not_found_in_a_row >= _NOT_FOUND_IS_FINAL_AFTER else "again"
    if isinstance(error, GatewayRejected) and 400 <= error.status_code < 500:
        return "again" if error.status_code in _PASSING else "stop"
    is_success = isinstance(error, GatewayRejected | GatewayProtocolError) and error.status_code < 300
    return "stop" if is_success and failures_in_a_row >= _EMPTY_SUCCESS_STOPS_AFTER else "again"


def download_verdict(
    error: VideoMCPError,
    attempt: int,
    *,
    source: DownloadSource = "link",
    refreshed: bool = False,
    waited_seconds: float = 0.0,
    patience_seconds: float = DELIVERY_SECONDS,
) -> DownloadVerdict:
    """Return what follows the `attempt`-th failed download from a source, counted from 1.

    `refreshed` says that a new link was requested already. A paid video is tried for by time: until the pauses
    add up to `waited_seconds` of patience. NotAVideo means that the source delivers something else; our own disk and
    limits (every other MediaError) stop at once.
    """
    if not isinstance(error, GatewayError | NotAVideo):
        return "stop"
    if source == "link":
        return _after_link(error, attempt, refreshed)
    unready = isinstance(error, GatewayRejected) and error.status_code in _CONTENT_NOT_READY
    if isinstance(error, NotAVideo):
        return "again" if attempt < MOST_DOWNLOAD_ATTEMPTS else "stop"
    if not unready and not _is_passing(error):
        return "stop"
    most_seconds = min(patience_seconds, _NOT_READY_SECONDS if unready else DELIVERY_SECONDS)
    if waited_seconds >= most_seconds:
        return "stop"
    return "again" if attempt < MOST_DOWNLOAD_ATTEMPTS else "refresh"


def download_pause_seconds(tries: int, jitter: float, *, waited_seconds: float) -> float:
    """Return the pause after the `tries`-th failed download: short while a host may just be a little late."""
    return backoff_seconds(tries, jitter, cap=5.0 if waited_seconds < _LATE_SECONDS else 30.0)


def _after_link(error: VideoMCPError, attempt: int, refreshed: bool) -> DownloadVerdict:
    if isinstance(error, GatewayRejected) and error.status_code in _LINK_EXPIRED:
        return "fall_back" if refreshed else "refresh"
    return "again" if _is_passing(error) and attempt < MOST_DOWNLOAD_ATTEMPTS else "fall_back"


def _is_passing(error: VideoMCPError) -> bool:
    if isinstance(error, GatewayRejected):
        return error.status_code >= 500 or error.status_code in _PASSING
    return isinstance(error, GatewayError)
