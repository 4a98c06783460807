"""What the simulator saw: one record for each request, without the key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, overload

from video_mcp.simulator.body import Upload
from video_mcp.simulator.values import JsonValue
from video_mcp.types import JsonObject

Authorization = Literal["absent", "gateway_key", "other"]
Origin = Literal["gateway", "media"]

_KEPT_HEADERS = (
    "accept",
    "accept-encoding",
    "accept-language",
    "content-length",
    "content-type",
    "host",
    "idempotency-key",
    "if-none-match",
    "if-range",
    "range",
    "user-agent",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRequest:
    """One request as it arrived.

    Attributes:
        origin: Which listener got it: the gateway or the media host.
        method: The HTTP method.
        path: The path as sent, still percent-encoded.
        query: The query as sent.
        authorization: Whether the gateway's key came along; the key itself is never kept.
        headers: The few headers that say something about a client, with lower-case names.
        fields: The parsed JSON or form fields; empty when there was no readable body.
        uploads: The files of a multipart body.
        at: The simulator's time.
    """

    origin: Origin
    method: str
    path: str
    query: str
    authorization: Authorization
    headers: Mapping[str, str]
    fields: JsonObject
    uploads: tuple[Upload, ...] = ()
    at: float


@dataclass(slots=True)
class RequestLog(Sequence[RecordedRequest]):
    """The requests so far, oldest first."""

    _records: list[RecordedRequest] = field(default_factory=list[RecordedRequest])

    def add(self, record: RecordedRequest) -> None:
        """Append a request."""
        self._records.append(record)

    def clear(self) -> None:
        """Forget all requests."""
        self._records.clear()

    def matching(self, method: str, path_part: str = "") -> tuple[RecordedRequest, ...]:
        """Return the requests of a method whose path contains a text."""
        return tuple(one for one in self._records if one.method == method and path_part in one.path)

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[RecordedRequest]:
        return iter(tuple(self._records))

    @overload
    def __getitem__(self, index: int) -> RecordedRequest: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[RecordedRequest]: ...
    def __getitem__(self, index: int | slice) -> RecordedRequest | Sequence[RecordedRequest]:
        return self._records[index]


def kept_headers(headers: Mapping[str, str]) -> Mapping[str, str]:
    """Return the headers worth a record."""
    return MappingProxyType({name: headers[name] for name in _KEPT_HEADERS if name in headers})


def authorization_of(header: str | None, api_key: str) -> Authorization:
    """Reduce an Authorization header to what a test wants to know."""
    if header is None:
        return "absent"
    scheme, _, key = header.partition(" ")
    # The real gateway takes a key with or without its `sk-`.
    same = key.strip().removeprefix("sk-") == api_key.removeprefix("sk-")
    return "gateway_key" if same and scheme.lower() == "bearer" else "other"


def as_json(record: RecordedRequest) -> JsonValue:
    """Return a record for `GET /_simulator/requests`."""
    return {
        "origin": record.origin,
        "method": record.method,
        "path": record.path,
        "query": record.query,
        "authorization": record.authorization,
        "headers": dict(record.headers),
        "fields": record.fields,
        "uploads": [
            {"name": one.name, "filename": one.filename, "content_type": one.content_type, "size": one.size}
            for one in record.uploads
        ],
        "at": record.at,
    }
