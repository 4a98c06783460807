"""What a reference is, as the caller wrote it: a web address, data inside it, or a file. Pure."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from pathlib import PurePath, PurePosixPath, PureWindowsPath
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from video_mcp.errors import InputRefused, InputTooLarge

_SCHEME = re.compile(r"^(https?|data|file|video|[A-Za-z][A-Za-z0-9+.-]+(?=://)):", re.IGNORECASE)
_SPACES = re.compile(r"\s+")
_URL_SAFE = str.maketrans("-_", "+/")


@dataclass(frozen=True, slots=True)
class WebAddress:
    """Something on the web, which the gateway fetches."""

    url: str


@dataclass(frozen=True, slots=True)
class InlineData:
    """A `data:` URI, not yet decoded."""

    uri: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A path on this machine, not yet judged; `text` may begin with `~`."""

    text: str


Reference = WebAddress | InlineData | LocalFile


def parse_reference(ref: str, *, windows: bool = False) -> Reference:
    """Return what a reference is.

    Raises:
        InputRefused: If it is empty or of a scheme that is not taken.
    """
    text = ref.strip()
    if not text:
        msg = "The reference is empty; give a path, an https: address or a data: URI."
        raise InputRefused(msg)
    match = _SCHEME.match(text)
    scheme = match[1].lower() if match else ""
    if not scheme:
        return LocalFile(text)
    if scheme in ("http", "https"):
        return WebAddress(_checked_url(text))
    if scheme == "data":
        return InlineData(text)
    if scheme == "file":
        return LocalFile(str(_file_path(text, windows=windows)))
    msg = f"{scheme}: addresses are not taken here; give a path, an https: address or a data: URI."
    raise InputRefused(msg)


def _checked_url(text: str) -> str:
    # The address itself stays out of the sentence: it may be signed.
    try:
        parts = urlsplit(text)
        usable = bool(parts.hostname) and text.isprintable() and not _SPACES.search(text) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        msg = "The web address is not complete: it needs a host, and no spaces."
        raise InputRefused(msg)
    return text


def _file_path(text: str, *, windows: bool) -> PurePath:
    rest = text[len("file:") :]
    host, path = "", rest
    if rest.startswith("//"):
        host, slash, path = rest[2:].partition("/")
        path = slash + path
    path = unquote(path.partition("?")[0].partition("#")[0])
    if host.lower() not in ("", "localhost"):
        msg = f"file: addresses of another machine ({host[:60]}) are not read; write file:///path."
        raise InputRefused(msg)
    return PureWindowsPath(path.lstrip("/\\")) if windows else PurePosixPath(path)


def decode_inline(data: InlineData, *, max_bytes: int) -> bytes:
    """Return the bytes of a `data:` URI; the type that it declares is not believed.

    Raises:
        InputRefused: If it cannot be decoded.
        InputTooLarge: If it holds more than `max_bytes`; it is not decoded then.
    """
    header, comma, payload = data.uri[len("data:") :].partition(",")
    if not comma:
        msg = "The data: URI has no comma; write data:image/png;base64,..."
        raise InputRefused(msg)
    is_base64 = header.strip().lower().endswith(";base64")
    if (len(payload) * 3 // 4 if is_base64 else len(payload) // 3) > max_bytes:
        msg = f"The data: URI holds more than {max_bytes} bytes; give a path or an https: address."
        raise InputTooLarge(msg)
    content = _from_base64(payload) if is_base64 else unquote_to_bytes(payload)
    if not content:
        msg = "The data: URI is empty."
        raise InputRefused(msg)
    return content


def _from_base64(payload: str) -> bytes:
    text = _SPACES.sub("", unquote(payload) if "%" in payload else payload).rstrip("=").translate(_URL_SAFE)
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        msg = "The data: URI is not valid base64."
        raise InputRefused(msg) from error
