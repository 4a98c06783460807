"""Static tokens: a file of names and digests, one a line; the tokens themselves are nowhere."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import anyio
from anyio import to_thread

from video_mcp.errors import ConfigurationError
from video_mcp.server.http.identity import SCOPES, Identity, Scope, known_scopes
from video_mcp.types import Principal

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_DIGEST = re.compile(r"sha256:(?P<hex>[0-9a-f]{64})")
_TOKEN_BYTES = 32
_LOOK_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenEntry:
    """One line of the file: whose token it is, what it hashes to, and what it may."""

    name: str
    digest: bytes
    scopes: frozenset[Scope]


def new_token() -> str:
    """Return a token that cannot be guessed."""
    return f"vmcp_{secrets.token_urlsafe(_TOKEN_BYTES)}"


def token_line(name: str, token: str) -> str:
    """Return the line that lets a token in."""
    return f"{name} sha256:{hashlib.sha256(token.encode()).hexdigest()}"


def parse_tokens(text: str) -> tuple[TokenEntry, ...]:
    """Return the entries of a file; a line that begins with `#` is a remark.

    Raises:
        ValueError: A line is not an entry, or a name stands twice; digests are not repeated.
    """
    entries: list[TokenEntry] = []
    for number, line in enumerate(text.splitlines(), start=1):
        name, *rest = line.split() or ["#"]
        if name.startswith("#"):
            continue
        digest = _DIGEST.fullmatch(rest[0].lower()) if rest else None
        if NAME.fullmatch(name) is None or digest is None or not {*rest[1:]} <= {*SCOPES}:
            msg = f"line {number} is not an entry; write NAME sha256:DIGEST, or let `video-mcp token new NAME` do it"
            raise ValueError(msg)
        if any(known.name == name for known in entries):
            msg = f"line {number} names {name} a second time"
            raise ValueError(msg)
        scopes = known_scopes(rest[1:] or SCOPES)
        entries.append(TokenEntry(name=name, digest=bytes.fromhex(digest["hex"]), scopes=scopes))
    return tuple(entries)


def identity_of(token: str, entries: tuple[TokenEntry, ...]) -> Identity | None:
    """Return whose token it is; it is compared with every entry, so that time tells nothing."""
    digest = hashlib.sha256(token.encode("utf-8", "replace")).digest()
    found = None
    for entry in entries:
        if hmac.compare_digest(digest, entry.digest):
            found = Identity(principal=Principal(f"token:{entry.name}"), scopes=entry.scopes)
    return found


def read_tokens(path: Path) -> tuple[TokenEntry, ...]:
    """Return the entries of a file. Blocks.

    Raises:
        ConfigurationError: It cannot be read, or a line of it cannot.
    """
    try:
        return parse_tokens(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError([f"VIDEO_MCP_TOKENS {path} cannot be read"]) from error
    except ValueError as error:
        raise ConfigurationError([f"VIDEO_MCP_TOKENS {path}: {error}"]) from error


class StaticTokens:
    """The tokens of a file; a token that is added or taken out counts within seconds."""

    def __init__(self, path: Path, *, monotonic: Callable[[], float] = anyio.current_time) -> None:
        self._path = path
        self._monotonic = monotonic
        self._looked_at = float("-inf")
        self._entries: tuple[TokenEntry, ...] = ()

    async def load(self) -> None:
        """Read the file.

        Raises:
            ConfigurationError: It cannot be read, or a line of it cannot.
        """
        self._entries = await to_thread.run_sync(read_tokens, self._path)
        self._looked_at = self._monotonic()

    async def verify(self, token: str) -> Identity | None:
        """Return whose token it is; a file that cannot be read any more accepts no token."""
        if self._monotonic() - self._looked_at > _LOOK_SECONDS:
            try:
                await self.load()
            except ConfigurationError:
                self._entries = ()
        return identity_of(token, self._entries)
