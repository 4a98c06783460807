"""Seeing a finished video: poster and storyboard, made once and kept beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, assert_never

from video_mcp.errors import JobNotCompleted
from video_mcp.jobs.job import Completed, Job
from video_mcp.jobs.stored_videos import StoredVideos
from video_mcp.media.previews import poster, poster_path, storyboard, storyboard_path
from video_mcp.media.stored_file import StoredFile

PreviewKind = Literal["poster", "storyboard"]


async def preview_of(videos: StoredVideos, job: Job, kind: PreviewKind) -> bytes:
    """Return one JPEG of at most 100 kB.

    Raises:
        JobNotCompleted: The video is not finished.
        FileUnavailable: The file is gone or changed.
        NotAVideo: No frame of it can be decoded.
    """
    if not isinstance(job.state, Completed):
        message = f"Video {job.id} is {job.status}, not completed; there is nothing to see yet."
        raise JobNotCompleted(message, job=job.reference)
    return await preview_of_file(await videos.on_disk(job, job.state.file), kind)


async def preview_of_file(stored: StoredFile, kind: PreviewKind) -> bytes:
    """Return one JPEG of at most 100 kB.

    Raises:
        FileUnavailable: The file is gone or changed.
        NotAVideo: No frame of it can be decoded.
    """
    match kind:
        case "poster":
            return await poster(stored)
        case "storyboard":
            return await storyboard(stored)
        case _:
            assert_never(kind)


def preview_path(video: Path, kind: PreviewKind) -> Path:
    """Return where a preview of a video is kept."""
    match kind:
        case "poster":
            return poster_path(video)
        case "storyboard":
            return storyboard_path(video)
        case _:
            assert_never(kind)
