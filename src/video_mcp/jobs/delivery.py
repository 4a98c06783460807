"""From a video that is ready at the gateway to a finished, checked file in the library, and what it differs in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import assert_never
from weakref import WeakValueDictionary

import anyio
import anyio.to_thread

from video_mcp.errors import GatewayError, GatewayRejected, MediaError, NotAVideo, UnreadableVideo, VideoMCPError
from video_mcp.families.geometry import parse_size
from video_mcp.gateway.download import Downloaded
from video_mcp.gateway.part_file import PartFile, discard_all
from video_mcp.gateway.retry import DELIVERY_SECONDS, download_pause_seconds
from video_mcp.jobs.accounts import Accounts
from video_mcp.jobs.delivery_source import PolledLink, Source
from video_mcp.jobs.job import Completed, Job, VideoFile
from video_mcp.jobs.stored_videos import StoredVideos
from video_mcp.media.differences import differences
from video_mcp.media.inspection import examine
from video_mcp.media.measurements import VideoFacts
from video_mcp.media.probe import file_type_of, probe
from video_mcp.media.video_names import video_name

_LONGEST_PAUSE_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where one job's video goes: always the same part file, whatever name is free at the end.

    `unreadable` holds a complete download that could not be looked into, until another attempt brought the same.
    """

    stem: str
    part: PartFile
    unreadable: PartFile
    earlier: tuple[Path, ...]


class Delivery:
    """Downloads finished videos: returned link first, then the gateway's own `/content`."""

    def __init__(
        self,
        *,
        accounts: Accounts,
        videos: StoredVideos,
        jitter: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._accounts = accounts
        self._videos = videos
        self._library = videos.library
        self._jitter = jitter
        self._sleep = sleep
        self._locks = WeakValueDictionary[str, anyio.Lock]()
        # A look walks over packets and holds the interpreter: eight at once take four times the CPU of one by one.
        self._looking = anyio.Lock()

    async def deliver(
        self, job: Job, upstream_id: str, polled: PolledLink | None, *, patience_seconds: float = DELIVERY_SECONDS
    ) -> VideoFile:
        """Return the file of a rendered job, on disk and decodable.

        A host that is late is tried until the pauses add up to `patience_seconds`, at its link and at `/content` in
        turn.

        `polled` is what the latest poll said of the link; without it, the gateway is polled for it once. A broken
        download goes on where it stopped, here or after a restart; a file that was downloaded before is not fetched
        again. Calls for one job take turns.

        Raises:
            VideoMCPError: When it cannot be had now; the job stays fetchable.
        """
        async with self._locks.setdefault(job.id, anyio.Lock()):
            place = await anyio.to_thread.run_sync(self._place, job)
            file = await self._delivered_before(job, place)
            if file is None:
                source = Source(self._accounts.of(job), upstream_id, patience_seconds=patience_seconds)
                await source.begin(polled)
                file = await self._downloaded(source, place)
            if await self._videos.put(job, file):
                return file
            # Another replica was first, with other bytes: they are the job's.
            await anyio.Path(self._library.absolute(file.name)).unlink(missing_ok=True)
            stored = await self._stored_elsewhere(job, place)
            return file if stored is None else stored

    async def _downloaded(self, source: Source, place: _Place) -> VideoFile:
        while True:
            try:
                return await self._once(source, place)
            except (GatewayError, NotAVideo) as error:
                await self._after(error, await place.part.size(), source)

    async def _delivered_before(self, job: Job, place: _Place) -> VideoFile | None:
        """Return the file of an earlier delivery that had no time to write it down, of this replica or another."""
        known = job.state.file.sha256 if isinstance(job.state, Completed) else None
        for path in place.earlier:
            if (file := await self._stored_before(path, known)) is not None:
                await place.part.forget_progress()
                return file
        return await self._stored_elsewhere(job, place)

    async def _stored_elsewhere(self, job: Job, place: _Place) -> VideoFile | None:
        if not await self._videos.bring(job, place.part.path):
            return None
        return await self._stored_before(await self._store(place), None)

    async def _after(self, error: VideoMCPError, size: int, source: Source) -> None:
        """Pause or switch the source after a failure that left so many bytes, or raise it again."""
        verdict = source.verdict_on(error, size)
        match verdict:
            case "again":
                await self._pause(error, source)
            case "refresh":
                if source.kind == "content":
                    await self._pause(error, source)
                await source.refresh()
            case "fall_back":
                source.fall_back()
            case "stop":
                raise error
            case _:
                assert_never(verdict)

    async def _pause(self, error: VideoMCPError, source: Source) -> None:
        requested = error.retry_after_seconds if isinstance(error, GatewayRejected) else None
        usual = download_pause_seconds(source.tries, self._jitter(), waited_seconds=source.waited_seconds)
        pause_seconds = min(max(requested or 0.0, usual), _LONGEST_PAUSE_SECONDS)
        source.waited_seconds += pause_seconds
        await self._sleep(pause_seconds)

    async def _once(self, source: Source, place: _Place) -> VideoFile:
        source.attempt += 1
        source.tries += 1
        downloaded = await source.account.downloader.fetch(source.url, place.part)
        try:
            async with self._looking:
                facts = await examine(place.part.path)
        except UnreadableVideo as error:
            if await self._is_what_the_gateway_has(downloaded, place):
                return await self._store_unreadable(downloaded, place, error)
            await place.part.move_to(place.unreadable)
            raise
        except NotAVideo:
            await place.part.discard()
            raise
        path = await self._store(place)
        return self._file(path, downloaded, facts)

    async def _is_what_the_gateway_has(self, downloaded: Downloaded, place: _Place) -> bool:
        """Return whether an earlier attempt brought the same bytes: then no transport has damaged them."""
        if not await place.unreadable.size():
            return False
        return await place.unreadable.measure() == (downloaded.bytes, downloaded.sha256)

    async def _store(self, place: _Place) -> Path:
        path = await self._library.store(place.part.path, place.stem)
        await discard_all(place.part, place.unreadable)
        return path

    async def _store_unreadable(self, downloaded: Downloaded, place: _Place, error: UnreadableVideo) -> VideoFile:
        kind = await file_type_of(place.part.path)
        path = await self._store(place)
        return VideoFile(
            name=self._library.relative(path),
            bytes=downloaded.bytes,
            sha256=downloaded.sha256,
            modified_at_ns=path.stat().st_mtime_ns,
            seconds=0.0,
            width=0,
            height=0,
            fps=0.0,
            has_audio=False,
            media_type=kind.media_type,
            warnings=(f"The file is kept as it came ({kind.media_type}); it could not be checked: {error.message}",),
        )

    async def _stored_before(self, path: Path, known_sha256: str | None) -> VideoFile | None:
        """Return a file that an earlier process downloaded and had no time to write down.

        Where its hash is known, other bytes under its name are somebody else's and are left alone.
        """
        try:
            size, sha256 = await PartFile(path).measure()
            if known_sha256 not in {None, sha256}:
                return None
            facts = await probe(path)
        except (MediaError, OSError):
            return None
        return self._file(path, Downloaded(bytes=size, sha256=sha256), facts)

    def _place(self, job: Job) -> _Place:
        stem = video_name(job.id, job.prompt, datetime.fromtimestamp(job.created_at, tz=UTC))
        path = self._library.part_path(stem)
        return _Place(
            stem=stem,
            part=PartFile(path),
            unreadable=PartFile(path.with_suffix(".unreadable")),
            earlier=tuple(self._library.stored_before(stem)),
        )

    def _file(self, path: Path, downloaded: Downloaded, facts: VideoFacts) -> VideoFile:
        return VideoFile(
            name=self._library.relative(path),
            bytes=downloaded.bytes,
            sha256=downloaded.sha256,
            modified_at_ns=path.stat().st_mtime_ns,
            seconds=round(facts.seconds, 2),
            width=facts.width,
            height=facts.height,
            fps=round(facts.fps, 2),
            has_audio=facts.has_audio,
            media_type=facts.media_type,
            warnings=facts.warnings,
        )


def differences_from_request(job: Job, file: VideoFile) -> tuple[str, ...]:
    """Return what is odd about the file: `requested 10 s, got 8 s`. Pure."""
    wanted = job.parameters
    seconds, audio, size, fps = (wanted.get(name) for name in ("seconds", "audio", "size", "fps"))
    phrases = differences(
        file,
        seconds=float(seconds) if isinstance(seconds, int | float) else None,
        size=parse_size(size) if isinstance(size, str) else None,
        aspect_ratio=_text(wanted.get("aspect_ratio")),
        resolution=_text(wanted.get("resolution")),
        fps=float(fps) if isinstance(fps, int | float) else None,
        audio=audio if isinstance(audio, bool) else None,
    )
    differs = (f"The video differs: {'; '.join(phrases)}.",) if phrases else ()
    return (*differs, *file.warnings)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
