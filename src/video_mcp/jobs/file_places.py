"""Where files lie: finished videos, uploads, linked inputs; in the object storage of all replicas or on this disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from video_mcp.jobs.body_links import names_in_text
from video_mcp.jobs.effects import Effects
from video_mcp.jobs.store.unsent import UnsentRequests
from video_mcp.jobs.stored_videos import StoredVideos
from video_mcp.media.input_links import InputLinks
from video_mcp.media.library import Library
from video_mcp.media.storage.address import parse_storage_url
from video_mcp.media.storage.object_storage import ObjectStorage
from video_mcp.media.uploads import FolderPlace, Uploads
from video_mcp.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePlaces:
    """The files of one service."""

    videos: StoredVideos
    uploads: Uploads
    input_links: InputLinks


def open_file_places(
    settings: Settings,
    effects: Effects,
    *,
    secret: bytes,
    unsent: UnsentRequests,
    reason_to_keep: Callable[[str], str | None],
) -> FilePlaces:
    """Return the places that the settings name; `reason_to_keep` says why the gateway cannot be given an address."""
    storage = _open_storage(settings, effects)
    place = storage or FolderPlace(settings.home)
    return FilePlaces(
        videos=StoredVideos(Library(settings.output_dir, settings.host_output_dir), storage),
        uploads=Uploads(place, now=effects.now),
        input_links=InputLinks(
            storage=storage,
            place=place,
            public_url=settings.public_url,
            serves_files=effects.serves_files,
            secret=secret,
            reason_to_keep=reason_to_keep,
            awaited=partial(unsent.linked, names_in_text),
            now=effects.now,
        ),
    )


def _open_storage(settings: Settings, effects: Effects) -> ObjectStorage | None:
    if settings.storage_url is None:
        return None
    return ObjectStorage(parse_storage_url(settings.storage_url), link_seconds=settings.link_seconds, now=effects.now)
