"""Media references of a request, made ready for the wire; `video://ID/...` means an earlier video."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import assert_never

from video_mcp.errors import InputRefused
from video_mcp.families.base import MediaField, VideoRequest
from video_mcp.jobs.job import Completed
from video_mcp.jobs.ledger import Ledger
from video_mcp.media.inputs import DataInput, InputReader, MediaInput, MediaKind, RemoteInput
from video_mcp.media.library import Library

_OWN_VIDEO = re.compile(r"^video://(?P<video_id>[^/]+)/(?P<part>content|poster|last-frame)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """A request that is ready for the wire; `digests` tells its inputs apart."""

    request: VideoRequest
    digests: Mapping[MediaField, tuple[str, ...]]


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


class MediaResolver:
    """Reads every input of a request, before anything is sent."""

    def __init__(self, *, ledger: Ledger, library: Library, reader: InputReader) -> None:
        self._ledger = ledger
        self._library = library
        self._reader = reader

    async def resolve(self, request: VideoRequest) -> Resolved:
        """Return the request with each reference as an `https:` URL or a `data:` URI, and what the inputs are.

        Raises:
            InputRefused: An input may not be read, or is not what the model takes.
        """
        ready: dict[str, str | tuple[str, ...]] = {}
        digests: dict[MediaField, tuple[str, ...]] = {}
        for name, references in request.params.media().items():
            inputs = [await self._read(name, reference) for reference in references]
            wire = tuple(_on_wire(media) for media in inputs)
            ready[name] = wire if name.startswith("reference_") else wire[0]
            digests[name] = tuple(_digest(media) for media in inputs)
        params = request.params.model_copy(update=ready)
        return Resolved(request=replace(request, params=params), digests=digests)

    async def _read(self, name: MediaField, reference: str) -> MediaInput:
        own = _OWN_VIDEO.match(reference)
        if own is None and reference.startswith("video://"):
            raise InputRefused(f"{name}: {reference} is no address of a video here; write video://ID/content.")
        if own is None:
            return await self._reader.read(reference, KIND_OF[name])
        job = await self._ledger.get(own["video_id"])
        if not isinstance(job.state, Completed):
            raise InputRefused(
                f"{name}: video {job.id} is {job.status}.", advice="Wait for it with get_video_status, then try again."
            )
        path = self._library.absolute(job.state.file.name)
        return await self._reader.read_path(path, KIND_OF[name])


def _on_wire(media: MediaInput) -> str:
    match media:
        case RemoteInput(url=url):
            return url
        case DataInput():
            return media.data_uri
        case _:
            assert_never(media)


def _digest(media: MediaInput) -> str:
    match media:
        case RemoteInput(url=url):
            return url
        case DataInput():
            return media.sha256
        case _:
            assert_never(media)
