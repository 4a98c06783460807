"""The service that a command uses: settings with the log set up, opened for one command."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import anyio

from video_mcp.errors import VideoMCPError
from video_mcp.jobs.runtime import open_service
from video_mcp.jobs.service import VideoService
from video_mcp.server.logs import configure_logging
from video_mcp.server.signals import TERMINATION, ending_on
from video_mcp.settings import Settings, load_settings

T = TypeVar("T")


def command_settings(log_file: Path | None = None) -> Settings:
    """Return the settings, with this process's log set up to keep the key to itself.

    Raises:
        ConfigurationError: Naming every variable that cannot work, or the log's file that cannot be written.
    """
    settings = load_settings()
    configure_logging(settings, log_file)
    return settings


def use_service(settings: Settings, use: Callable[[VideoService], Awaitable[T]]) -> T:
    """Run `use` with a service of its own.

    Raises:
        VideoMCPError: What `use` raises.
    """
    return anyio.run(with_service, settings, use)


async def with_service(settings: Settings, use: Callable[[VideoService], Awaitable[T]]) -> T:
    """Open the service for one use; its errors come out as they are, not in a group.

    A signal to end does what Ctrl-C does: the waiting ends, and what is under way is recorded.

    Raises:
        VideoMCPError: What `use` raises.
    """
    async with ending_on(TERMINATION) as ending, open_service(settings) as service:
        try:
            return await use(service)
        except VideoMCPError as error:
            problem = error
    if ending.received is not None:
        raise KeyboardInterrupt
    raise problem
