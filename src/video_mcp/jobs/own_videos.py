"""Earlier videos as inputs of new ones: `video://ID/...`, a bare id of ours or the gateway's, the clip to extend."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Literal, assert_never

from pydantic import JsonValue

from video_mcp.errors import InputRefused, JobNotFound
from video_mcp.families.params import VideoRequest
from video_mcp.families.spec import MediaField
from video_mcp.jobs.job import Completed, Job
from video_mcp.jobs.store.ledger import Ledger
from video_mcp.jobs.stored_videos import StoredVideos
from video_mcp.media.inputs import InputReader, MediaInput, MediaKind
from video_mcp.media.previews import last_frame, poster
from video_mcp.types import LOCAL_PRINCIPAL, Principal

_OWN_VIDEO = re.compile(r"^video://(?P<video_id>[^/]+)(?:/(?P<part>content|poster|last[-_]frame))?$")
_OWN_ID = re.compile(r"^video_[0-9a-f]{20}$")
_PART = re.compile(r"poster|last[-_ ]?frame", re.IGNORECASE)
_BARE_ID = re.compile(r"^[A-Za-z0-9_-]{6,64}$")

Part = Literal["content", "poster", "last-frame"]

KIND_OF: Mapping[MediaField, MediaKind] = MappingProxyType(
    {
        "image": "image",
        "end_image": "image",
        "reference_images": "image",
        "reference_videos": "video",
        "reference_audios": "audio",
        "source_video": "video",
    }
)


class OwnVideos:
    """Reads what a request takes from a principal's earlier videos."""

    def __init__(self, *, ledger: Ledger, videos: StoredVideos, reader: InputReader) -> None:
        self._ledger = ledger
        self._videos = videos
        self._reader = reader

    async def read(self, name: MediaField, reference: str, principal: Principal) -> MediaInput | None:
        """Return the part of an earlier video that a reference means; None when it means none.

        Raises:
            InputRefused: It is no part of a video, or the video is not finished.
            JobNotFound: No video has this id.
        """
        own = _OWN_VIDEO.match(reference)
        if own is not None:
            job = await self._ledger.get(own["video_id"], principal=principal)
            return await self._read(name, job, _part(name, own["part"]))
        if reference.startswith("video://") or _PART.fullmatch(reference):
            raise InputRefused(
                f"{name}: {reference} is not a part of a video that has an id.",
                advice="Write video://ID/content, video://ID/poster or video://ID/last-frame.",
            )
        job = await self._known(reference, principal)
        return await self._read(name, job, _part(name, None)) if job is not None else None

    async def _known(self, reference: str, principal: Principal) -> Job | None:
        """Return the video that a bare id means, ours or the gateway's; None when it is no such id."""
        if not _BARE_ID.match(reference):
            return None
        try:
            return await self._ledger.get(reference, principal=principal)
        except JobNotFound:
            return await self._ledger.find_upstream(reference, principal=principal)

    async def _clip(self, reference: str, principal: Principal) -> Job | None:
        """Return the video that a clip's id or address means; None when it may be an id of the gateway's.

        Raises:
            JobNotFound: It is an id or an address of ours, and no video has it.
        """
        own = _OWN_VIDEO.match(reference)
        if own is not None or _OWN_ID.match(reference):
            return await self._ledger.get(own["video_id"] if own is not None else reference, principal=principal)
        return await self._known(reference, principal)

    async def with_upstream_id(self, request: VideoRequest, principal: Principal) -> VideoRequest:
        """Return the request with the clip that it extends called as the gateway calls it.

        Raises:
            InputRefused: The clip cannot be extended by this model.
            JobNotFound: It is an id or an address of ours, and no video has it.
        """
        clip: JsonValue = getattr(request.params, "video_id", None)
        job = await self._clip(clip.strip(), principal) if isinstance(clip, str) else None
        if job is None and clip is not None and principal != LOCAL_PRINCIPAL:
            raise InputRefused(f"video_id: no video {clip} is known here.", advice="Give the id of one of yours.")
        if job is None or clip == job.upstream_id:
            return request
        if not isinstance(job.state, Completed) or job.family != request.spec.family:
            advice = f"Extend a finished {request.spec.family} video, or continue this one with image: {job.id}."
            raise InputRefused(f"video_id: video {job.id} is {job.status}, of {job.model}.", advice=advice)
        return replace(request, params=request.params.model_copy(update={"video_id": job.upstream_id}))

    async def _read(self, name: MediaField, job: Job, part: Part) -> MediaInput:
        if not isinstance(job.state, Completed):
            advice = "Wait for it with get_video_status, then try again."
            raise InputRefused(f"{name}: video {job.id} is {job.status}.", advice=advice)
        stored = await self._videos.on_disk(job, job.state.file)
        match part:
            case "content":
                return await self._reader.read_stored(stored, KIND_OF[name])
            case "poster":
                return await self._reader.read_bytes(await poster(stored), KIND_OF[name])
            case "last-frame":
                return await self._reader.read_bytes(await last_frame(stored), KIND_OF[name])
            case _:
                assert_never(part)


def _part(name: MediaField, given: str | None) -> Part:
    """Return which part of an earlier video is meant: an image goes on where it ends, a video is all of it."""
    if given == "poster":
        return "poster"
    if given in {"last-frame", "last_frame"} or KIND_OF[name] == "image":
        return "last-frame"
    return "content"
