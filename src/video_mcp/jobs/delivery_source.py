"""Where the bytes of a finished video are requested: at the gateway's link, or at its own `/content`."""

from __future__ import annotations

from dataclasses import dataclass

from video_mcp.errors import UnreadableVideo, VideoMCPError
from video_mcp.gateway.retry import DELIVERY_SECONDS, DownloadSource, DownloadVerdict, download_verdict
from video_mcp.jobs.accounts import Account

# An attempt that brought so much more than all before it does not count as a failed one.
_WORTH_AN_ATTEMPT_BYTES = 1024 * 1024
# A source that gives the same unreadable bytes twice has nothing better.
_LOOKS_AT_UNREADABLE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class PolledLink:
    """What the poll that saw a video finished said of its link; `url` is None where it named none."""

    url: str | None


@dataclass(slots=True)
class Source:
    """Where one video's bytes are requested now, with which key, and how it went so far."""

    account: Account
    upstream_id: str
    patience_seconds: float = DELIVERY_SECONDS
    url: str = ""
    kind: DownloadSource = "content"
    attempt: int = 0
    refreshed: bool = False
    furthest: int = 0
    tries: int = 0
    waited_seconds: float = 0.0
    is_polled_here: bool = False

    async def begin(self, polled: PolledLink | None) -> None:
        """Choose the link of a poll that was made just now, or of one more; without a link, `/content`."""
        self._choose(polled.url if polled is not None else await self._fresh_link())

    async def refresh(self) -> None:
        """Poll once more for the link, and choose again."""
        self.refreshed = self.kind == "link"
        self._choose(await self._fresh_link())

    def fall_back(self) -> None:
        """Request the bytes at `/content` from now on."""
        self._choose(None)

    def _choose(self, link: str | None) -> None:
        self.url = link or self.account.downloader.content_url(self.upstream_id)
        self.kind = "link" if link else "content"
        self.attempt = 0

    def verdict_on(self, error: VideoMCPError, size: int) -> DownloadVerdict:
        """Return what follows a failure that left so many bytes."""
        if size - self.furthest >= _WORTH_AN_ATTEMPT_BYTES:
            self.attempt = self.tries = 1
        self.furthest = max(self.furthest, size)
        if isinstance(error, UnreadableVideo) and self.attempt < _LOOKS_AT_UNREADABLE:
            return "again"
        verdict = download_verdict(
            error,
            self.attempt,
            source=self.kind,
            refreshed=self.refreshed,
            waited_seconds=self.waited_seconds,
            patience_seconds=self.patience_seconds,
        )
        may_have_link = not self.is_polled_here and self.waited_seconds < self.patience_seconds
        return "refresh" if verdict == "stop" and may_have_link else verdict

    async def _fresh_link(self) -> str | None:
        self.is_polled_here = True
        try:
            return (await self.account.client.poll(self.upstream_id)).video_url
        except VideoMCPError:
            return None
