"""The types of settings, each with the check that its value passes."""

from __future__ import annotations

import os
import pkgutil
import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from video_mcp.setting_values import base_url_of, database_url_of, list_of, path_separators, storage_url_of, unfilled
from video_mcp.types import Dialect

_DIALECT_SYNONYMS = {"newapi": "new-api", "one-api": "new-api"}


def _no_placeholder(value: str) -> str:
    if unfilled(value):
        msg = f"holds {value!r}, which the client did not fill in; write the value itself, or take the setting out"
        raise ValueError(msg)
    return value


def _split(value: object) -> object:
    return list_of(value, separators=",;") if isinstance(value, str) else value


def _split_paths(value: object) -> object:
    """Split a list of folders at commas or the platform's own separator."""
    return list_of(value, separators=path_separators(value)) if isinstance(value, str) else value


def _path(value: Path) -> Path:
    text = os.path.expandvars(str(value))
    try:
        return Path(_no_placeholder(text)).expanduser()
    except RuntimeError as error:
        msg = f"is {text!r}, which names a home folder that is not known; write it in full"
        raise ValueError(msg) from error


def _folder(value: Path) -> Path:
    return _path(value).absolute()


def checked_key(value: SecretStr) -> SecretStr:
    """Return a key without what people copy along with it.

    Raises:
        ValueError: It is a placeholder, or holds what no key has.
    """
    text = value.get_secret_value().strip()
    text = re.sub(r"^(?:Authorization:\s*)?Bearer\s+", "", text, flags=re.IGNORECASE).strip()
    if not text or unfilled(text):
        msg = "is a placeholder that the client did not fill in; write the key itself"
        raise ValueError(msg)
    if any(not 32 < ord(letter) < 127 or letter in "\"'`" for letter in text):
        msg = "holds a space, a quotation mark or a letter that no key has; copy it again"
        raise ValueError(msg)
    return SecretStr(text)


def _confirm(value: str | None) -> str | None:
    if value is None:
        return None
    text = re.sub(r"\bover\s*[:=>]?\s*\$?\s*", "over:", value.lower().strip())
    text = re.sub(r"^agent[\s,:+]+(?=over:)", "agent:", text)
    if text in {"always", "never", "agent"} or re.fullmatch(r"(agent:)?over:\d+(\.\d+)?", text):
        return text
    msg = f"is {value!r}; write always, never, agent, over:AMOUNT such as over:0.50, or agent:over:AMOUNT"
    raise ValueError(msg)


def _database_url(value: SecretStr) -> SecretStr:
    return SecretStr(database_url_of(value.get_secret_value()))


def dialect_names() -> tuple[str, ...]:
    """Return the kinds of server that can be set: the files of `gateway/dialects/`."""
    folder = Path(__file__).parent / "gateway" / "dialects"
    found = pkgutil.iter_modules([str(folder)])
    return tuple(sorted(module.name.replace("_", "-") for module in found if not module.ispkg))


def _dialect(value: str) -> str:
    name = value.strip().lower().replace("_", "-")
    name = _DIALECT_SYNONYMS.get(name, name)
    if name in dialect_names():
        return name
    msg = f"is {value!r}; write one of {', '.join(dialect_names())}"
    raise ValueError(msg)


def _with_dialects(schema: dict[str, Any]) -> None:
    schema["enum"] = list(dialect_names())


def _public_url(value: str) -> str:
    return base_url_of(value).removesuffix("/mcp")


BaseURL = Annotated[str, AfterValidator(base_url_of)]
PublicURL = Annotated[str, AfterValidator(_public_url)]
Key = Annotated[SecretStr, AfterValidator(checked_key)]
HostPath = Annotated[Path, AfterValidator(_path)]
"""A path of another machine: it is not made absolute here."""
Folder = Annotated[Path, AfterValidator(_folder)]
Folders = Annotated[tuple[Folder, ...], NoDecode, BeforeValidator(_split_paths)]
Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
DialectName = Annotated[Dialect, AfterValidator(_dialect), Field(json_schema_extra=_with_dialects)]
Confirm = Annotated[str | None, AfterValidator(_confirm)]
DatabaseURL = Annotated[SecretStr, AfterValidator(_database_url)]
StorageURL = Annotated[str, AfterValidator(storage_url_of)]
