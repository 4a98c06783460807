"""The address of an object store, as it is set. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit, urlunsplit

_OPTIONS = ("endpoint", "public_endpoint", "region")


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageAddress:
    """A bucket and the folder in it, and for S3-compatible servers where they are.

    `public_endpoint` is the server as those who download call it, where they call it differently.
    """

    url: str
    endpoint: str | None = None
    public_endpoint: str | None = None
    region: str | None = None


def parse_storage_url(text: str) -> StorageAddress:
    """Return the parts of an address whose scheme and host the settings have checked."""
    parts = urlsplit(text)
    options = dict(parse_qsl(parts.query))
    known = {name: options[name].rstrip("/") for name in _OPTIONS if name in options}
    return StorageAddress(url=urlunsplit((parts.scheme.lower(), parts.netloc, parts.path, "", "")), **known)
