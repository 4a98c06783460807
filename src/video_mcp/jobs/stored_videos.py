"""Finished videos where they lie: on this machine's disk, and with object storage there for every replica."""

from __future__ import annotations

import os
from pathlib import Path
from weakref import WeakValueDictionary

import anyio
from anyio import to_thread

from video_mcp.jobs.job import Job, VideoFile
from video_mcp.media.library import Library
from video_mcp.media.storage.object_storage import DownloadLink, ObjectStorage, object_key, owner_folder
from video_mcp.media.stored_file import FileState, StoredFile
from video_mcp.types import Principal

# With object storage the disk holds copies, made again when they are wanted.
_MOST_COPIED_BYTES = 4 * 1024**3
_JUST_USED_SECONDS = 600.0


class StoredVideos:
    """The library's folder, and the object storage behind it where one is set.

    The storage then has every finished video, and the folder copies of those that this replica has worked with.
    """

    def __init__(self, library: Library, storage: ObjectStorage | None = None) -> None:
        self.library = library
        self._storage = storage
        self._locks = WeakValueDictionary[str, anyio.Lock]()

    def copy(self, file: VideoFile) -> StoredFile:
        """Return a video's file on this disk, whether it is there or not, with what the ledger knows of it."""
        return self.library.stored(
            file.name, size_bytes=file.bytes, sha256=file.sha256, modified_at_ns=file.modified_at_ns
        )

    async def on_disk(self, job: Job, file: VideoFile) -> StoredFile:
        """Return a video's file on this disk, brought here from the object storage when another replica put it there.

        Raises:
            StorageUnavailable: The object storage refuses or cannot be reached.
        """
        copy = self.copy(file)
        if self._storage is None:
            return copy
        async with self._locks.setdefault(job.id, anyio.Lock()):
            if await to_thread.run_sync(copy.state) == "present":
                return copy
            await self.library.require_writable()
            if await self._storage.fetch(_key(job), copy.path) == file.sha256 and file.modified_at_ns is not None:
                await to_thread.run_sync(_set_time, copy, file.modified_at_ns)
            await self.library.trim(most_bytes=_MOST_COPIED_BYTES, unused_seconds=_JUST_USED_SECONDS)
        return copy

    async def is_intact(self, job: Job, file: VideoFile) -> bool:
        """Tell whether a video is where it belongs, unchanged.

        Raises:
            StorageUnavailable: The object storage refuses or cannot be reached.
        """
        if self._storage is None:
            return await to_thread.run_sync(self.copy(file).is_intact)
        return await self._storage.size(_key(job)) == file.bytes

    async def state(self, file: VideoFile) -> FileState:
        """Return what a look at the disk says; what lies in the object storage counts as present."""
        return self.look(file) if self._storage is not None else await to_thread.run_sync(self.look, file)

    def look(self, file: VideoFile) -> FileState:
        """Return the same. Blocks where the disk is looked at: use a thread."""
        return "present" if self._storage is not None else self.copy(file).state()

    async def put(self, job: Job, file: VideoFile) -> bool:
        """Put a video that has just arrived where every replica reaches it; False when another one lies there already.

        Raises:
            StorageUnavailable: The object storage refuses or cannot be reached.
        """
        if self._storage is None:
            return True
        path = self.copy(file).path
        is_new = await self._storage.put(_key(job), path, media_type=file.media_type, file_name=path.name)
        await self.library.trim(most_bytes=_MOST_COPIED_BYTES, unused_seconds=_JUST_USED_SECONDS)
        return is_new or await self._storage.size(_key(job)) == file.bytes

    async def bring(self, job: Job, target: Path) -> bool:
        """Write to `target` what the object storage has for a job, as an earlier delivery left it; False for nothing.

        Raises:
            StorageUnavailable: The object storage refuses or cannot be reached.
        """
        if self._storage is None or await self._storage.size(_key(job)) is None:
            return False
        await self.library.require_writable()
        return await self._storage.fetch(_key(job), target) is not None

    async def remove(self, job: Job, file: VideoFile) -> None:
        """Remove a video and its previews, here and in the object storage.

        Raises:
            OutputRefused: If the name leads out of the library.
            OSError: If the disk refuses.
            StorageUnavailable: The object storage refuses or cannot be reached.
        """
        if self._storage is not None:
            await self._storage.remove(_key(job))
        await self.library.remove(file.name)

    async def is_removable(self, file: VideoFile) -> bool:
        """Tell whether removing a video frees its room: it has no second name."""
        return self._storage is not None or await self.library.names_of(file.name) == 1

    async def film_link(self, path: Path, principal: Principal, *, media_type: str) -> DownloadLink | None:
        """Put a film where every replica reaches it, and return an address for downloading it; None without storage.

        Raises:
            StorageUnavailable: The object storage refuses or cannot be reached.
        """
        if self._storage is None:
            return None
        key = _film_key(principal, path.name)
        await self._storage.put(key, path, media_type=media_type, file_name=path.name)
        return await self._storage.link(key)

    async def remove_film(self, name: str, principal: Principal) -> bool:
        """Remove a film and its previews, here and in the object storage; False when it has a second name.

        Raises:
            OutputRefused: If the name leads out of the library.
            OSError: If the disk refuses.
            StorageUnavailable: The object storage refuses or cannot be reached.
        """
        if self._storage is not None:
            await self._storage.remove(_film_key(principal, name))
        elif await self.library.names_of(name) > 1:
            return False
        await self.library.remove(name)
        return True

    async def link(self, job: Job) -> DownloadLink | None:
        """Return an address for downloading a finished video; None where it lies on this disk alone.

        Raises:
            StorageUnavailable: The object storage cannot sign.
        """
        is_kept = job.kept_file is not None
        return await self._storage.link(_key(job)) if self._storage is not None and is_kept else None


def _key(job: Job) -> str:
    return object_key(job.principal, job.id)


def _film_key(principal: Principal, name: str) -> str:
    return f"{owner_folder('films', principal)}/{name}"


def _set_time(copy: StoredFile, modified_at_ns: int) -> None:
    os.utime(copy.path, ns=(modified_at_ns, modified_at_ns))
