"""Seeing a finished video: poster and storyboard, made once and kept beside it."""

from __future__ import annotations

from typing import Literal, assert_never

from video_mcp.errors import JobNotCompleted
from video_mcp.jobs.job import Completed, Job
from video_mcp.media.library import Library
from video_mcp.media.previews import poster, storyboard

PreviewKind = Literal["poster", "storyboard"]


async def preview_of(library: Library, job: Job, kind: PreviewKind) -> bytes:
    """Return one JPEG of at most 100 kB.

    Raises:
        JobNotCompleted: The video is not finished.
        NotAVideo: No frame of it can be decoded.
    """
    if not isinstance(job.state, Completed):
        raise JobNotCompleted(
            f"Video {job.id} is {job.status}, not completed; there is nothing to see yet.", job=job.reference
        )
    path = library.absolute(job.state.file.name)
    match kind:
        case "poster":
            return await poster(path)
        case "storyboard":
            return await storyboard(path)
        case _:
            assert_never(kind)
