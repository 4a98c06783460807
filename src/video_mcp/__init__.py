"""video-mcp: an MCP server for AI video behind one Sora-compatible gateway.

The Python API is `open_videos`; its parts load when they are first used, so that the server starts without them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from video_mcp.errors import (
        BudgetExceeded,
        ConfigurationError,
        ConfirmationDeclined,
        ConfirmationNeeded,
        GatewayError,
        InvalidRequest,
        JobError,
        JobNotCompleted,
        JobNotFound,
        LedgerUnavailable,
        MediaError,
        VideoMCPError,
    )
    from video_mcp.families.spec import ModelSpec
    from video_mcp.findings import Finding
    from video_mcp.jobs.job import Job, VideoFile
    from video_mcp.jobs.progress import Progress
    from video_mcp.jobs.request import PreparedVideo
    from video_mcp.jobs.submit import Submitted
    from video_mcp.settings import Settings
    from video_mcp.videos import Videos, open_videos

__all__ = [
    "BudgetExceeded",
    "ConfigurationError",
    "ConfirmationDeclined",
    "ConfirmationNeeded",
    "Finding",
    "GatewayError",
    "InvalidRequest",
    "Job",
    "JobError",
    "JobNotCompleted",
    "JobNotFound",
    "LedgerUnavailable",
    "MediaError",
    "ModelSpec",
    "PreparedVideo",
    "Progress",
    "Settings",
    "Submitted",
    "VideoFile",
    "VideoMCPError",
    "Videos",
    "open_videos",
    "version",
]

_MODULES = {
    "Finding": "findings",
    "ModelSpec": "families.spec",
    "Job": "jobs.job",
    "VideoFile": "jobs.job",
    "Progress": "jobs.progress",
    "PreparedVideo": "jobs.request",
    "Submitted": "jobs.submit",
    "Settings": "settings",
    "Videos": "videos",
    "open_videos": "videos",
}
"""Where a name of the API is defined; every other one is an error."""


def __getattr__(name: str) -> object:
    if name not in __all__:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from importlib import import_module  # noqa: PLC0415 - only the Python API needs it

    return getattr(import_module(f"{__name__}.{_MODULES.get(name, 'errors')}"), name)


def version() -> str:
    """Return the installed version, looked up on first use."""
    from importlib.metadata import version as installed_version  # noqa: PLC0415 - costs 20 ms at start-up

    return installed_version("video-mcp-gateway")
