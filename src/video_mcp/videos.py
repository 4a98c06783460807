"""The Python API: the same service as the tools', for pipelines."""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic import JsonValue

from video_mcp.errors import JobNotCompleted
from video_mcp.families.spec import ModelSpec
from video_mcp.gateway.dialects import catalog_through
from video_mcp.jobs.job import Job
from video_mcp.jobs.progress import Progress
from video_mcp.jobs.request import CreateRequest, PreparedVideo
from video_mcp.jobs.runtime import open_service
from video_mcp.jobs.service import VideoService
from video_mcp.jobs.submit import Submitted
from video_mcp.settings import Settings, load_settings
from video_mcp.types import Dialect

OnProgress = Callable[[Progress], Awaitable[None]]


async def _ignore(_progress: Progress) -> None:
    """Discard the report."""


class Videos:
    """Makes videos, keeps track of them, and returns their files; open it with `open_videos`.

    Cancelling a call ends the waiting, never the video: it goes on rendering, and `get` finds it again.
    """

    def __init__(self, service: VideoService, dialect: Dialect) -> None:
        self._service = service
        self._dialect: Dialect = dialect

    async def prepare(
        self,
        model: str,
        prompt: str = "",
        *,
        options: Mapping[str, JsonValue] | None = None,
        fit_images: bool = False,
        **fields: JsonValue,
    ) -> PreparedVideo:
        """Check and price a request; nothing is sent. `fields` are the arguments of `create_video`.

        Raises:
            InvalidRequest: The model cannot do this; `findings` holds every reason.
            MediaError: An input cannot be read.
        """
        given: dict[str, JsonValue] = {"model": model, "prompt": prompt, **fields}
        if options:
            given["options"] = dict(options)
        return await self._service.prepare(CreateRequest(fields=given, fit_images=fit_images))

    async def submit(
        self, prepared: PreparedVideo, *, allow_duplicate: bool = False, confirmation_token: str | None = None
    ) -> Submitted:
        """Ask for a prepared video, once, and return its job; costs money. An equal video is not paid again.

        Raises:
            ConfigurationError: No key or no address is set.
            BudgetExceeded: A cap would be passed.
            ConfirmationNeeded: The settings ask for a yes; submit again with its `token`.
        """
        return await self._service.submit(
            prepared, allow_duplicate=allow_duplicate, confirmation_token=confirmation_token
        )

    async def wait(
        self, video_id: str, *, wait_seconds: float = math.inf, on_progress: OnProgress | None = None
    ) -> Job:
        """Return a job at its end, or as it is after `wait_seconds`.

        Raises:
            JobNotFound: No such video is known.
        """
        return await self._service.wait(video_id, wait_seconds=wait_seconds, report=on_progress or _ignore)

    async def get(self, video_id: str) -> Job:
        """Return a job as it is now, by our id or the gateway's.

        Raises:
            JobNotFound: No such video is known.
        """
        return await self._service.get(video_id)

    async def list(self, limit: int = 10) -> Sequence[Job]:
        """Return the newest jobs of all sessions, newest first."""
        return await self._service.list(limit)

    async def fetch(
        self,
        video_id: str,
        *,
        save_as: str | Path | None = None,
        overwrite: bool = False,
        wait_seconds: float = math.inf,
    ) -> Path:
        """Return the path of a finished video, waiting for it and downloading it again if its file is gone.

        With `save_as`, the path is that of an independent copy.

        Raises:
            JobNotFound: No such video is known.
            JobNotCompleted: It has no file after `wait_seconds`; `job` says how it is doing.
            GatewayError: The file is gone and cannot be downloaded again.
            OutputRefused: `save_as` is outside the allowed folders or taken.
        """
        job = await self._service.fetch(video_id, wait_seconds=wait_seconds, report=_ignore)
        stored = await self._service.files.on_disk(job) if job.status == "completed" else None
        if stored is None:
            raise JobNotCompleted(f"Video {job.id} is {job.status}, not completed.", job=job.reference)
        if save_as is None:
            return stored.path
        return await self._service.files.save_as(job, str(save_as), overwrite=overwrite)

    def models(self, *, family: str | None = None, mode: str | None = None) -> Sequence[ModelSpec]:
        """Return the models that can be requested, of one family or with one mode.

        Those that the gateway itself lists are as they were when the context was opened or a request last prepared.
        """
        return catalog_through(self._service.last_known_catalog, self._dialect).models(family=family, mode=mode)


@asynccontextmanager
async def open_videos(settings: Settings | None = None) -> AsyncGenerator[Videos]:
    """Open the service until the context ends; without `settings`, they are read from the environment.

    Open jobs of earlier sessions go on at once. An error in the body leaves the context as it is, not in a group.

    Raises:
        ConfigurationError: Naming every setting that cannot work.
    """
    known = settings or load_settings()
    failure: Exception | None = None
    async with open_service(known) as service:
        try:
            await service.catalog()
            yield Videos(service, known.dialect)
        except Exception as error:
            failure = error
    if failure is not None:
        raise failure
