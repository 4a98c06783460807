"""Files in an object store: S3 and its like, Google, Azure, or a folder that replicas share."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anyio import to_thread

from video_mcp.errors import ConfigurationError, StorageUnavailable
from video_mcp.media.storage.address import StorageAddress

if TYPE_CHECKING:
    from obstore import Attributes
    from obstore.store import ObjectStore

_PART_BYTES = 8 * 1024**2
_READ_BYTES = 1024**2
_RETRIES = 3
_RETRY_SECONDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadLink:
    """An address that gives a file to whoever has it, until a Unix time."""

    url: str
    expires_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredObject:
    """What a key holds: how much, and since when."""

    key: str
    size_bytes: int
    modified_at: float


class ObjectStorage:
    """A bucket, or a folder in it. Every error is a sentence without its address."""

    def __init__(self, address: StorageAddress, *, link_seconds: float, now: Callable[[], float]) -> None:
        self._store = _open(address, address.endpoint)
        self._shown = _open(address, address.public_endpoint) if address.public_endpoint else self._store
        self.can_sign = not address.url.startswith("file:")
        self._link_seconds = link_seconds
        self._now = now

    async def put(self, key: str, path: Path, *, media_type: str, file_name: str) -> bool:
        """Store a file under a key that nothing has; False when something has it already.

        Raises:
            StorageUnavailable: The store refuses or cannot be reached.
        """
        from obstore import put_async  # noqa: PLC0415 - loads when it is used
        from obstore.exceptions import AlreadyExistsError  # noqa: PLC0415 - see above

        attributes: Attributes = {
            "Content-Type": media_type,
            "Content-Disposition": f'attachment; filename="{_ascii(file_name)}"',
        }
        size_bytes = await to_thread.run_sync(os.path.getsize, path)
        with _explained():
            try:
                await put_async(
                    self._store,
                    key,
                    path,
                    attributes=attributes if self.can_sign else None,
                    mode="create",
                    use_multipart=size_bytes > _PART_BYTES,
                    chunk_size=_PART_BYTES,
                )
            except AlreadyExistsError:
                return False
        return True

    async def size(self, key: str) -> int | None:
        """Return how many bytes a key holds; None when it holds nothing.

        Raises:
            StorageUnavailable: The store refuses or cannot be reached.
        """
        from obstore import head_async  # noqa: PLC0415 - loads when it is used

        with _explained():
            try:
                return (await head_async(self._store, key))["size"]
            except FileNotFoundError:
                return None

    async def fetch(self, key: str, target: Path) -> str | None:
        """Write what a key holds to a path, in place of what is there; returns its SHA-256, None when it holds nothing.

        Raises:
            StorageUnavailable: The store refuses or cannot be reached.
        """
        from obstore import get_async  # noqa: PLC0415 - loads when it is used

        part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
        digest = hashlib.sha256()
        try:
            with _explained():
                try:
                    found = await get_async(self._store, key)
                except FileNotFoundError:
                    return None
                with part.open("xb") as file:
                    async for chunk in found.stream(min_chunk_size=_READ_BYTES):
                        content = bytes(chunk)
                        digest.update(content)
                        await to_thread.run_sync(file.write, content)
            os.replace(part, target)  # noqa: PTH105 - the same as Path.replace, and the word says it
        finally:
            part.unlink(missing_ok=True)
        return digest.hexdigest()

    async def listing(self, prefix: str) -> list[StoredObject]:
        """Return what lies under keys that begin so.

        Raises:
            StorageUnavailable: The store refuses or cannot be reached.
        """
        found: list[StoredObject] = []
        with _explained():
            store: Any = self._store  # the types of `list` leave what it returns open
            async for batch in store.list(prefix):
                found += [
                    StoredObject(
                        key=known["path"], size_bytes=known["size"], modified_at=known["last_modified"].timestamp()
                    )
                    for known in batch
                ]
        return found

    async def remove(self, key: str) -> None:
        """Remove what a key holds, if anything.

        Raises:
            StorageUnavailable: The store refuses or cannot be reached.
        """
        from obstore import delete_async  # noqa: PLC0415 - loads when it is used

        with _explained():
            try:
                await delete_async(self._store, key)
            except FileNotFoundError:
                return

    async def link(self, key: str, *, seconds: float | None = None) -> DownloadLink | None:
        """Return an address for downloading what a key holds, ranges included; None where the store cannot make one.

        It works for `seconds`, or as long as all links do.

        It answers GET alone: a HEAD request needs a link of its own.

        Raises:
            StorageUnavailable: These credentials cannot sign.
        """
        if not self.can_sign:
            return None
        from obstore import sign_async  # noqa: PLC0415 - loads when it is used

        store: Any = self._shown
        with _explained():
            url = await sign_async(store, "GET", key, timedelta(seconds=seconds or self._link_seconds))
        return DownloadLink(url=url, expires_at=self._now() + (seconds or self._link_seconds))


def object_key(principal: str, name: str) -> str:
    """Return the key of a principal's video: it tells neither who they are nor what others have. Pure."""
    return f"{owner_folder('videos', principal)}/{name}"


def owner_folder(folder: str, principal: str) -> str:
    """Return where in a folder the files of a principal lie. Pure."""
    return f"{folder}/{owner_name(principal)}"


def owner_name(principal: str) -> str:
    """Return what a principal is called in keys and links, which do not show who it is. Pure."""
    return hashlib.sha256(principal.encode()).hexdigest()[:16]


def _open(address: StorageAddress, endpoint: str | None) -> ObjectStore:
    try:
        from obstore.exceptions import BaseError  # noqa: PLC0415 - loads when it is used
        from obstore.store import LocalStore, from_url  # noqa: PLC0415 - see above
    except ModuleNotFoundError as error:
        problem = "VIDEO_MCP_STORAGE_URL needs a client; install the extra: pip install 'video-mcp-gateway[team]'"
        raise ConfigurationError([problem]) from error

    if address.url.startswith("file:"):
        return LocalStore.from_url(address.url, mkdir=True)
    config: dict[str, Any] = {"endpoint": endpoint, "region": address.region}
    client: dict[str, Any] = {"timeout": "300s", "connect_timeout": "5s"}
    if endpoint is not None and endpoint.startswith("http://"):
        client["allow_http"] = True
    try:
        open_any: Any = from_url  # its types are those of each vendor's constructor, and the scheme chooses here
        return open_any(
            address.url,
            config={name: value for name, value in config.items() if value is not None} or None,
            client_options=client,
            retry_config={"max_retries": _RETRIES, "retry_timeout": timedelta(seconds=_RETRY_SECONDS)},
        )
    except BaseError as error:
        raise _unavailable(error) from None


@contextmanager
def _explained() -> Generator[None]:
    """Turn the store's errors, which hold its address and more, into sentences of our own."""
    from obstore.exceptions import BaseError  # noqa: PLC0415 - loads when it is used

    try:
        yield
    except BaseError as error:
        raise _unavailable(error) from None


def _unavailable(error: Exception) -> StorageUnavailable:
    from obstore import exceptions  # noqa: PLC0415 - loads when it is used

    if isinstance(error, exceptions.PermissionDeniedError | exceptions.UnauthenticatedError):
        return StorageUnavailable(
            "The object storage refuses the credentials that are set for it.",
            advice="Check them, and that they may read, write and delete in the bucket.",
        )
    if isinstance(error, FileNotFoundError):
        return StorageUnavailable(
            "The object storage has no such bucket.", advice="Make it, or check VIDEO_MCP_STORAGE_URL."
        )
    return StorageUnavailable(
        f"The object storage cannot be used ({type(error).__name__}).",
        advice="Check VIDEO_MCP_STORAGE_URL and that the storage can be reached from here, then try again.",
    )


def _ascii(name: str) -> str:
    return "".join(
        letter if letter.isascii() and letter.isprintable() and letter not in '"\\' else "-" for letter in name
    )
