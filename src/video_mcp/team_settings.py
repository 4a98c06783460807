"""What a team's server can be told beyond what one person needs."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings

from video_mcp.setting_types import PublicURL, Words

MEBIBYTE = 1024**2


class TeamSettings(BaseSettings):
    """The settings of `video-mcp serve --http`."""

    public_url: Annotated[
        PublicURL | None,
        Field(description="The server's address as clients reach it, such as https://videos.example.com."),
    ] = None
    allowed_hosts: Annotated[
        Words,
        Field(description="Further names that clients call the server by, separated by commas."),
    ] = ()
    allowed_origins: Annotated[
        Words,
        Field(description="Web pages that may call the server, such as https://app.example.com."),
    ] = ()
    max_request_bytes: Annotated[
        int, Field(ge=64 * 1024, description="The largest HTTP request that is read, in bytes.")
    ] = 32 * MEBIBYTE
