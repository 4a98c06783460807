"""What a reference is, as the caller wrote it: a web address, data inside it, or a file. Pure."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from pathlib import PurePath, PurePosixPath, PureWindowsPath
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from video_mcp.errors import InputRefused, InputTooLarge
from video_mcp.media.sniff import MEDIA_TYPES, media_format

_SCHEME = re.compile(r"^(https?|data|file|video|[A-Za-z][A-Za-z0-9+.-]+(?=://)):", re.IGNORECASE)
_SPACES = re.compile(r"\s+")
_URL_SAFE = str.maketrans("-_", "+/")
_WINDOWS_PATH = re.compile(r"^/?(?P<drive>[A-Za-z]):[\\/](?P<rest>.*)$", re.DOTALL)
_WSL_SHARE = re.compile(r"^[\\/]{2}wsl(\$|\.localhost)[\\/][^\\/]+(?P<rest>[\\/].*)$", re.IGNORECASE | re.DOTALL)
_MOUNTED_DRIVE = re.compile(r"^/(mnt/|cygdrive/)?(?P<drive>[A-Za-z])/(?P<rest>.*)$", re.DOTALL)
_QUOTES = ('"', "'")
_BASE64 = re.compile(r"[A-Za-z0-9+/_=\s-]+")
_SHORTEST_BASE64, _LONGEST_PATH = 64, 4096
_HEAD_CHARACTERS = 256


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


@dataclass(frozen=True, slots=True)
class LibraryAsset:
    """A file of a vendor's own library, by its `asset://` id."""

    uri: str


Reference = WebAddress | InlineData | LocalFile | LibraryAsset


def parse_reference(ref: str, *, windows: bool = False) -> Reference:
    """Return what a reference is.

    Raises:
        InputRefused: If it is empty or of a scheme that is not taken.
    """
    text = _unquoted(ref.strip())
    if not text:
        msg = "The reference is empty; give a path, an https: address or a data: URI."
        raise InputRefused(msg)
    match = _SCHEME.match(text)
    scheme = match[1].lower() if match else ""
    if not scheme:
        _refuse_base64(text)
        return LocalFile(_native(text, windows=windows))
    if scheme in ("http", "https"):
        return WebAddress(_checked_url(text))
    if scheme == "data":
        return InlineData(text)
    if scheme == "asset" and text.isprintable() and not _SPACES.search(text) and len(text) > len("asset://"):
        return LibraryAsset(text)
    if scheme == "file":
        return LocalFile(_native(str(_file_path(text, windows=windows)), windows=windows))
    msg = f"{scheme}: addresses are not taken here; give a path, an https: address or a data: URI."
    raise InputRefused(msg)


def _unquoted(text: str) -> str:
    """Return a path without the quotes that a shell or a file manager puts around it."""
    return text[1:-1].strip() if len(text) > 2 and text[0] == text[-1] and text[0] in _QUOTES else text


def _refuse_base64(text: str) -> None:
    if len(text) > _SHORTEST_BASE64 and _BASE64.fullmatch(text):
        head = _decoded_head(text)
        name = media_format(head)
        if name is not None:
            msg = f"This is bare base64; write data:{MEDIA_TYPES[name]};base64, before it, or give a path."
            raise InputRefused(msg)
    if len(text) > _LONGEST_PATH:
        msg = "This is too long for a path; give a path, an https: address or data:image/png;base64,..."
        raise InputRefused(msg)


def _decoded_head(text: str) -> bytes:
    head = _SPACES.sub("", text[:_HEAD_CHARACTERS]).rstrip("=").translate(_URL_SAFE)
    try:
        return base64.b64decode(head[: len(head) // 4 * 4])
    except binascii.Error:
        return b""


def _native(text: str, *, windows: bool) -> str:
    """Return the path, unless it is written as on the other side of WSL, where the same file has another name.

    Raises:
        InputRefused: If it is; with what to write.
    """
    if windows:
        mounted = _MOUNTED_DRIVE.match(text.replace("\\", "/"))
        if mounted is None:
            return text
        rest = mounted["rest"].replace("/", "\\")
        msg = f"{_short(text)} is a path of Linux, and this server runs on Windows."
        raise InputRefused(msg, advice=f"Write {mounted['drive'].upper()}:\\{_short(rest)}.")
    share, drive = _WSL_SHARE.match(text), _WINDOWS_PATH.match(text)
    if share is not None:
        advice = f"Write {_short(_with_slashes(share['rest']))}."
    elif drive is not None:
        path = f"/mnt/{drive['drive'].lower()}/{_short(_with_slashes(drive['rest']))}"
        advice = f"Under WSL, write {path}; else give a path of this machine."
    else:
        return text
    raise InputRefused(f"{_short(text)} is a path of Windows, and this server does not run there.", advice=advice)


def _with_slashes(text: str) -> str:
    return text.replace("\\", "/")


def _short(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:197]}..."


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
