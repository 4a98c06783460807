"""The table of the gateway's keys: one for each principal who has an account of their own."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import SecretStr

from video_mcp.environment import PREFIX
from video_mcp.setting_types import checked_key

_NAME = f"{PREFIX}GATEWAY_KEYS"


class GatewayKeys(Mapping[str, SecretStr]):
    """The keys of a file by principal, as the file was when it could last be read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._version: tuple[int, ...] | None = None
        self._keys: Mapping[str, SecretStr] = {}
        self._ever_known: frozenset[str] = frozenset()

    def __getitem__(self, principal: str) -> SecretStr:
        return self._keys[principal]

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def ever_known(self) -> frozenset[str]:
        """Every key that was ever read, for whoever takes them out of a text: a revoked one may still be sent."""
        return self._ever_known

    def refresh(self) -> str | None:
        """Read the file if it has changed since the last time; a text says what is wrong with it. Blocks.

        One that cannot be read changes nothing: jobs go on with the keys that they were made with.
        """
        version = _version_of(self._path)
        if version == self._version:
            return None
        self._version = version
        table = read_gateway_keys(self._path)
        if isinstance(table, str):
            return table
        self._ever_known |= {key.get_secret_value() for key in table.values()}
        self._keys = table
        return None


def _version_of(path: Path) -> tuple[int, ...]:
    """Return what differs once a file was written, exchanged, or taken away."""
    try:
        known = path.stat()
    except OSError:
        return ()
    return known.st_mtime_ns, known.st_ctime_ns, known.st_size, known.st_ino


def read_gateway_keys(path: Path) -> dict[str, SecretStr] | str:
    """Return the keys of a file by principal; a text says what is wrong with it, without repeating a line of it."""
    try:
        if (others := _others_who_read(path)) is not None:
            return f"{_NAME} {path} can be read by {others}; run chmod 600 on it"
        parsed = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        return f"{_NAME} {path} cannot be read ({error.strerror or type(error).__name__})"
    except ValueError:
        return f'{_NAME} {path} is not TOML; write lines such as "token:alice" = "sk-..."'
    keys: dict[str, SecretStr] = {}
    for principal, value in parsed.items():
        try:
            keys[principal] = checked_key(SecretStr(value if isinstance(value, str) else ""))
        except ValueError as error:
            return f"{_NAME}: the key of {principal!r} {error}"
    return keys


def _others_who_read(path: Path) -> str | None:
    """Return who beside its owner may read a file; a group may, where the file is one that root hands out."""
    if os.name != "posix":
        return None
    known = path.stat()
    is_handed_out = known.st_uid == 0 and os.geteuid() != 0
    if known.st_mode & 0o007:
        return "everybody on this machine"
    return "its group" if known.st_mode & 0o070 and not (is_handed_out and not known.st_mode & 0o030) else None
