"""The gateway's accounts: each job is sent, polled and downloaded with the key of one, on whichever replica."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

import anyio
from anyio import to_thread
from pydantic import SecretStr

from video_mcp.errors import GatewayError
from video_mcp.gateway.client import GatewayClient
from video_mcp.gateway.download import Downloader
from video_mcp.gateway_keys import GatewayKeys
from video_mcp.jobs.job import Job
from video_mcp.types import Principal

NO_KEYS: Mapping[str, SecretStr] = {}


_LOOK_SECONDS = 2.0

logger = logging.getLogger(__name__)


async def follow_changes(keys: GatewayKeys) -> None:
    """Take over what is written to the file of keys, within seconds, until cancelled."""
    while True:
        await anyio.sleep(_LOOK_SECONDS)
        problem = await to_thread.run_sync(keys.refresh)
        if problem is not None:
            logger.warning("%s; the keys from before stay in use", problem)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What speaks to the gateway with one key."""

    client: GatewayClient
    downloader: Downloader


class Accounts:
    """The account of the server itself, and those of the principals who have a key of their own."""

    def __init__(self, client: GatewayClient, downloader: Downloader, keys: Mapping[str, SecretStr] = NO_KEYS) -> None:
        self._client = client
        self._downloader = downloader
        self._keys = keys

    def name_of(self, principal: Principal) -> Principal | None:
        """Return the account of a principal's new jobs; None is the server's own."""
        return principal if principal in self._keys else None

    def of(self, job: Job) -> Account:
        """Return the account that a job was made with: another one's key does not know its video.

        Raises:
            GatewayError: The table of keys of this process does not have it.
        """
        if job.account is None:
            return Account(client=self._client, downloader=self._downloader)
        key = self._keys.get(job.account)
        if key is None:
            raise GatewayError(
                f"The gateway's key of {job.account} is not known to this server.",
                advice="Let whoever runs it add the key to the file that VIDEO_MCP_GATEWAY_KEYS names.",
            )
        secret = key.get_secret_value()
        return Account(client=self._client.with_key(secret), downloader=self._downloader.with_key(secret))
