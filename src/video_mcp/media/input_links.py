"""Links to files that a gateway reads by their address alone: kept where it can fetch them, until the links expire."""

from __future__ import annotations

import base64
import re
from collections.abc import Awaitable, Callable, Iterable, Set
from pathlib import Path
from tempfile import TemporaryDirectory

from anyio import to_thread

from video_mcp.errors import InputRefused
from video_mcp.media.inputs import DataInput
from video_mcp.media.link_signature import signed_url
from video_mcp.media.linked_input import LinkedInput
from video_mcp.media.sniff import MEDIA_TYPES
from video_mcp.media.storage.object_storage import ObjectStorage, owner_name
from video_mcp.media.uploads import UploadPlace, remove_written_before

LINK_SECONDS = 24 * 3600.0
"""How long the gateway may take to fetch an input."""
INPUT = "input"
"""What the path of such a link begins with, below `/files/`."""
_DAY_SECONDS = 24 * 3600
# A file is written once a day, and linked for a day.
_KEPT_SECONDS = 2.0 * _DAY_SECONDS + 3600
_FOLDER = "inputs"
NAME = r"[0-9a-f]{16}-\d{1,6}-[0-9a-f]{64}\.[a-z0-9]{2,8}"
"""What the names of such files match: whose it is, of which day, and its content."""
_SUFFIXES = {media_type: name for name, media_type in reversed(MEDIA_TYPES.items())}
_HOW = "Or set VIDEO_MCP_PUBLIC_URL to this server's https: address: it then gives files to the gateway by links."


class InputLinks:
    """Makes links by the object storage where it signs ones that the gateway reaches, else to this server.

    `reason_to_keep` says why the gateway cannot be given an address, `awaited` which files requests that have not been
    sent link to. Without `public_url` no link is to this server.
    """

    def __init__(
        self,
        *,
        storage: ObjectStorage | None,
        place: UploadPlace,
        public_url: str | None,
        serves_files: bool,
        secret: bytes,
        reason_to_keep: Callable[[str], str | None],
        awaited: Callable[[], Awaitable[Set[str]]],
        now: Callable[[], float],
    ) -> None:
        self._storage = storage if storage is not None and storage.can_sign else None
        self._place = place
        self._public_url = public_url if serves_files else None
        self._serves_files = serves_files
        self._secret = secret
        self._reason_to_keep = reason_to_keep
        self._awaited = awaited
        self._now = now

    @property
    def is_possible(self) -> bool:
        """Whether a file can be given to the gateway by a link."""
        return self._storage is not None or self._is_reached

    @property
    def _is_reached(self) -> bool:
        return self._public_url is not None and self._reason_to_keep(self._public_url) is None

    @property
    def advice(self) -> str:
        """What a server's owner can set so that it is possible; empty where nothing is served, or it is."""
        return _HOW if self._serves_files and not self.is_possible else ""

    async def link_to(self, principal: str, media: DataInput) -> LinkedInput:
        """Return the link that an input will have once it is kept; nothing is stored.

        Raises:
            InputRefused: The gateway cannot reach the place that links are to.
            StorageUnavailable: The object storage cannot sign.
        """
        day = int(self._now()) // _DAY_SECONDS
        name = f"{owner_name(principal)}-{day}-{media.sha256}.{_SUFFIXES.get(media.media_type, 'bin')}"
        url = await self.url_of(name)
        if (reason := self._reason_to_keep(url)) is not None:
            message = f"The gateway reads this file by its address only, and the object storage's {reason}."
            raise InputRefused(message, advice="Set a public endpoint in VIDEO_MCP_STORAGE_URL.")
        return LinkedInput(url=url, name=name, media_type=media.media_type, data_uri=media.data_uri)

    async def keep(self, linked: Iterable[LinkedInput]) -> None:
        """Store what links lead to, for as long as they work.

        Raises:
            StorageUnavailable: The object storage refuses or cannot be reached.
        """
        for one in linked:
            with TemporaryDirectory(prefix="video-mcp-input-") as folder:
                path = Path(folder) / one.name
                await to_thread.run_sync(_write, path, one.data_uri)
                await self._place.put(_key(one.name), path, media_type=one.media_type, file_name=one.name)

    async def fetch(self, name: str, target: Path) -> bool:
        """Write the file of a link to a path; False when it is no longer kept.

        Raises:
            StorageUnavailable: The object storage refuses or cannot be reached.
        """
        return re.fullmatch(NAME, name) is not None and await self._place.fetch(_key(name), target) is not None

    async def remove_expired(self) -> None:
        """Remove the files whose links have all expired, but for those that a request will link to once it is sent.

        Raises:
            StorageUnavailable: The object storage refuses or cannot be reached.
        """
        awaited = await self._awaited()
        await remove_written_before(
            self._place, _FOLDER, self._now() - _KEPT_SECONDS, but_not={_key(name) for name in awaited}
        )

    @staticmethod
    def is_of(name: str, principal: str) -> bool:
        """Tell whether the file of a link is one of a principal's."""
        return name.startswith(f"{owner_name(principal)}-")

    async def url_of(self, name: str) -> str:
        """Return the address of a file, for whoever has it, that works for a day from now.

        Raises:
            StorageUnavailable: The object storage cannot sign.
        """
        if self._storage is not None:
            link = await self._storage.link(_key(name), seconds=LINK_SECONDS)
            if link is not None and (self._reason_to_keep(link.url) is None or not self._is_reached):
                return link.url
        return signed_url(
            self._public_url or "",
            f"{INPUT}/{name}",
            secret=self._secret,
            subject=subject_of(name),
            expires_at=int(self._now() + LINK_SECONDS),
        )


def subject_of(name: str) -> str:
    """Return what the signature of an input's link is of: no id of a video has a space."""
    return f"{INPUT} {name}"


def sha256_of(name: str) -> str:
    """Return what the content of a link's file hashes to."""
    return name.rpartition("-")[2].partition(".")[0]


def _write(path: Path, data_uri: str) -> None:
    path.write_bytes(base64.b64decode(data_uri.partition(",")[2]))


def _key(name: str) -> str:
    return f"{_FOLDER}/{name}"
