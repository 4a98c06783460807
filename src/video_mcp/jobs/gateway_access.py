"""All that reaches out to the configured gateway: the client of its API, its downloads, the inputs fetched for it."""

from __future__ import annotations

from tempfile import TemporaryDirectory

from video_mcp.gateway.addresses import AddressGuard
from video_mcp.gateway.client import GatewayClient
from video_mcp.gateway.dialects import addresses_to_fetch, profile_of
from video_mcp.gateway.download import Downloader
from video_mcp.gateway.input_download import InputDownloader
from video_mcp.gateway.network import Network
from video_mcp.gateway.transport import HTTPClients
from video_mcp.jobs.effects import Effects
from video_mcp.jobs.inputs import ServerFetches
from video_mcp.media.inputs import MAX_INPUT_BYTES
from video_mcp.media.sniff import may_be_media
from video_mcp.settings import Settings

_NOWHERE = "http://not-set.invalid"


class GatewayAccess:
    """The gateway as the settings name it; without an address or a key, nothing of it is used."""

    def __init__(self, settings: Settings, effects: Effects, clients: HTTPClients, network: Network) -> None:
        self._settings = settings
        self._clients = clients
        self._base_url = settings.base_url or _NOWHERE
        self._api_key = settings.api_key.get_secret_value() if settings.api_key else ""
        self.profile = profile_of(settings.dialect)
        self.guard = AddressGuard(self._base_url, is_proxied=network.is_proxied)
        self.client = GatewayClient(
            clients,
            base_url=self._base_url,
            api_key=self._api_key,
            jitter=effects.jitter,
            sleep=effects.sleep,
            paths=self.profile.paths,
            charges=self.profile.charges,
            honours_idempotency_key=self.profile.honours_idempotency_key is not None,
            reached_at=self.guard.reached_gateway_at,
        )

    @property
    def client_if_set(self) -> GatewayClient | None:
        """The client, or None as long as its address or key is not set."""
        return None if self._settings.missing() else self.client

    @property
    def has_catalog(self) -> bool:
        """Whether the gateway lists what its models take."""
        return not self._settings.missing() and self.profile.paths.catalog is not None

    def video_downloader(self) -> Downloader:
        """Return what downloads finished videos."""
        return Downloader(
            self._clients.files,
            base_url=self._base_url,
            api_key=self._api_key,
            max_bytes=self._settings.max_download_bytes,
            looks_like_video=may_be_media,
            guard=self.guard,
            paths=self.profile.paths,
        )

    def input_fetches(self) -> ServerFetches:
        """Return how media are fetched here that the server reads as files only."""
        downloader = Downloader(
            self._clients.files,
            base_url=self._base_url,
            # The key would give any caller what belongs to all who share it.
            api_key="" if self._settings.requires_identity else self._api_key,
            max_bytes=MAX_INPUT_BYTES,
            looks_like_video=lambda _head: True,  # what it is, its reader judges
            guard=self.guard,
        )
        fetch = InputDownloader(downloader, make_folder=lambda: TemporaryDirectory(prefix="video-mcp-input-"))
        dialect = self._settings.dialect
        return ServerFetches(needed=lambda request: addresses_to_fetch(request, dialect), fetch=fetch)
