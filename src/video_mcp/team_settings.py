"""What a team's server can be told beyond what one person needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, PrivateAttr
from pydantic_settings import BaseSettings

from video_mcp.setting_types import Folder, PublicURL, Words

if TYPE_CHECKING:
    from video_mcp.gateway_keys import GatewayKeys

MEBIBYTE = 1024**2


class TeamSettings(BaseSettings):
    """The settings of `video-mcp serve --http`."""

    _key_table: GatewayKeys | None = PrivateAttr(default=None)

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
    tokens: Annotated[
        Folder | None,
        Field(description="Who is let in by a token of ours: a file that `video-mcp token new NAME` writes."),
    ] = None
    oauth_issuer: Annotated[
        str | None,
        Field(description="Who is let in by OAuth: the issuer of the access tokens, exactly as its tokens name it."),
    ] = None
    oauth_jwks_url: Annotated[
        str | None,
        Field(description="Where the issuer's keys are; default: where the issuer itself says."),
    ] = None
    oauth_audience: Annotated[
        str | None,
        Field(description="Whom the access tokens have to be made out for; default: PUBLIC_URL with /mcp behind it."),
    ] = None
    gateway_keys: Annotated[
        Folder | None,
        Field(description="The gateway's keys of users who have one of their own: a TOML file."),
    ] = None
    max_cost_per_day_all: Annotated[
        float | None,
        Field(ge=0, description="Most that all users' videos of 24 hours may cost together, in dollars."),
    ] = None
    requests_per_minute: Annotated[
        int, Field(ge=1, description="Most HTTP requests a minute of one user, to each process.")
    ] = 300
    max_requests_per_minute: Annotated[
        int | None, Field(ge=1, description="Most HTTP requests a minute of all users together, to each process.")
    ] = None
    max_request_bytes: Annotated[
        int, Field(ge=64 * 1024, description="The largest HTTP request that is read, in bytes.")
    ] = 32 * MEBIBYTE

    max_upload_bytes: Annotated[
        int,
        Field(ge=64 * 1024, le=100 * MEBIBYTE, description="The largest file that POST /uploads takes, in bytes."),
    ] = 100 * MEBIBYTE
    open_metrics: Annotated[
        bool, Field(description="Whether /metrics is served to other machines too: where only your network reaches it.")
    ] = False

    @property
    def requires_identity(self) -> bool:
        """Whether callers have to say who they are."""
        return self.tokens is not None or self.oauth_issuer is not None

    @property
    def key_table(self) -> GatewayKeys | None:
        """The gateway's keys of principals who have one of their own, where a file of them is named."""
        return self._key_table

    def with_gateway_keys(self) -> tuple[Self, tuple[str, ...]]:
        """Return the settings with the table of keys, where one is named, and what is wrong with it."""
        if self.gateway_keys is None:
            return self, ()
        from video_mcp.gateway_keys import GatewayKeys  # noqa: PLC0415 - one person has no table

        table = GatewayKeys(self.gateway_keys)
        problem = table.refresh()
        settings = self.model_copy()
        settings._key_table = table
        return settings, (problem,) if problem is not None else ()
