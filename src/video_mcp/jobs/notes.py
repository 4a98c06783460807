"""Where a finished video differs from what was asked. Pure."""

from __future__ import annotations

from video_mcp.families.geometry import parse_size
from video_mcp.jobs.job import Job, VideoFile
from video_mcp.media.differences import differences


def notes_on(job: Job, file: VideoFile) -> tuple[str, ...]:
    """Return what is odd about the file: `asked for 10 s, got 8 s`."""
    asked = job.asked
    seconds, audio, size = asked.get("seconds"), asked.get("audio"), asked.get("size")
    phrases = differences(
        file,
        seconds=float(seconds) if isinstance(seconds, int | float) else None,
        size=parse_size(size) if isinstance(size, str) else None,
        aspect_ratio=_text(asked.get("aspect_ratio")),
        resolution=_text(asked.get("resolution")),
        audio=audio if isinstance(audio, bool) else None,
    )
    differs = (f"The video differs: {'; '.join(phrases)}.",) if phrases else ()
    return (*differs, *file.warnings)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
