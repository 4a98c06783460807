"""From a reference to what the wire takes: judged, sniffed, measured, hashed and encoded."""

from __future__ import annotations

import base64
import hashlib
import io
import os
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import BinaryIO, assert_never

from anyio import to_thread

from video_mcp.errors import InputOutsideFolders, InputRefused, InputTooLarge, NotAVideo
from video_mcp.media.confinement import confined, open_confined
from video_mcp.media.decode import read_head
from video_mcp.media.images import image_facts
from video_mcp.media.measurements import MediaFacts
from video_mcp.media.names import existing_spelling, folded
from video_mcp.media.probe import audio_facts, video_facts
from video_mcp.media.references import InlineData, LibraryAsset, LocalFile, WebAddress, decode_inline, parse_reference
from video_mcp.media.sniff import IMAGE_FORMATS, KIND_WORDS, MediaKind, describe, kind_of, media_format
from video_mcp.media.stored_file import StoredFile

__all__ = ["AssetInput", "DataInput", "InputReader", "MediaInput", "MediaKind", "RemoteInput"]

MAX_INPUT_BYTES = 100 * 1024 * 1024

# A multiple of three, so that the pieces of base64 join without padding.
_CHUNK_BYTES = 3 * 256 * 1024
_MEGABYTE = 1024 * 1024
_MOST_LISTED_NAMES = 2000
_MOST_SHOWN_FOLDERS = 3


@dataclass(frozen=True, slots=True)
class RemoteInput:
    """A web address; the gateway fetches it, and nothing here has looked at it."""

    url: str


@dataclass(frozen=True, slots=True)
class AssetInput:
    """A file of a vendor's own library; it goes out by its `asset://` id, neither fetched nor measured."""

    uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DataInput:
    """Bytes that were read and measured, ready for the wire; `sha256` is of the bytes, not of their encoding."""

    data_uri: str = field(repr=False)
    sha256: str
    size_bytes: int
    facts: MediaFacts

    @property
    def media_type(self) -> str:
        """The MIME type, by content."""
        return self.facts.media_type

    @property
    def bare_base64(self) -> str:
        """The bytes in base64, without the prefix of a `data:` URI."""
        return self.data_uri.partition(",")[2]

    def content(self) -> bytes:
        """Return the bytes themselves."""
        return base64.b64decode(self.bare_base64)


MediaInput = RemoteInput | AssetInput | DataInput


class InputReader:
    """Reads what a caller refers to; files only below `roots`, the first of which relative paths are meant from."""

    def __init__(self, roots: Sequence[Path], max_bytes: int = MAX_INPUT_BYTES) -> None:
        self._roots = tuple(root.absolute() for root in roots)
        self._max_bytes = max_bytes

    async def read(self, ref: str, kind: MediaKind, *, permitted_files: Set[Path] = frozenset()) -> MediaInput:
        """Return what a path, a web address, a `data:` URI or an `asset://` id stands for.

        `permitted_files` may be read though they lie elsewhere: the user has allowed each of them.

        Raises:
            InputOutsideFolders: If it is a file elsewhere, which the user may allow.
            InputRefused: If it may not be read, is not there, or is not of this kind.
            InputTooLarge: If it has more bytes or pixels than are read here.
        """
        reference = parse_reference(ref, windows=os.name == "nt")
        match reference:
            case WebAddress(url=url):
                return RemoteInput(url)
            case LibraryAsset(uri=uri):
                return AssetInput(uri)
            case InlineData():
                return await to_thread.run_sync(self._read_inline, reference, kind)
            case LocalFile():
                return await to_thread.run_sync(self._read_local, reference, kind, permitted_files)
            case _:
                assert_never(reference)

    async def read_stored(self, stored: StoredFile, kind: MediaKind) -> DataInput:
        """Return what is in a finished video of the library.

        Raises:
            FileUnavailable: If it is gone or changed.
            InputRefused: If it is not of this kind.
            InputTooLarge: If it has more bytes or pixels than are read here.
        """
        return await to_thread.run_sync(self._read_stored, stored, kind)

    async def read_bytes(self, content: bytes, kind: MediaKind) -> DataInput:
        """Return what bytes hold that were made here, such as the last frame of a video.

        Raises:
            InputRefused: If they are not of this kind.
            InputTooLarge: If they are more than are read here.
        """
        return await to_thread.run_sync(self._read_open, io.BytesIO(content), kind, "The content")

    def _read_stored(self, stored: StoredFile, kind: MediaKind) -> DataInput:
        with stored.opened() as file:
            return self._read_open(file, kind, stored.path.name)

    def _read_inline(self, data: InlineData, kind: MediaKind) -> DataInput:
        content = decode_inline(data, max_bytes=self._max_bytes)
        return self._read_open(io.BytesIO(content), kind, "The data: URI")

    def _read_local(self, file: LocalFile, kind: MediaKind, permitted_files: Set[Path]) -> DataInput:
        try:
            path = Path(file.text).expanduser()
        except RuntimeError as error:
            msg = f"{file.text} names a home folder that is not known here; write the path in full."
            raise InputRefused(msg) from error
        try:
            return self._read_file(self._found(path), kind, self._roots)
        except InputOutsideFolders as error:
            if error.path not in permitted_files:
                raise
            return self._read_file(error.path, kind, (error.path.parent,))

    def _found(self, path: Path) -> Path:
        """Return where a path really is: a relative one is looked for below each root in turn."""
        bases = () if path.is_absolute() else self._roots
        places = [confined(path, (base, *self._roots)) for base in bases] or [confined(path, self._roots)]
        return next((place for place in places if place.exists()), None) or self._spelled_otherwise(places)

    def _spelled_otherwise(self, places: Sequence[Path]) -> Path:
        """Return the file whose name differs from what was typed by nothing that a reader sees, or the first place."""
        roots = [root.resolve() for root in self._roots]
        for place in places:
            for root in roots:
                if place.is_relative_to(root) and (found := existing_spelling(place, root)) != place:
                    return confined(found, self._roots)
        return places[0]

    def _read_file(self, path: Path, kind: MediaKind, roots: Sequence[Path]) -> DataInput:
        if path.is_dir():
            msg = f"{path} is a folder, not a file."
            raise InputRefused(msg)
        try:
            with open_confined(path, roots) as file:
                return self._read_open(file, kind, path.name)
        except FileNotFoundError as error:
            msg = f"There is no file {path}."
            raise InputRefused(msg, advice=_close_names(path) or self._where_files_are_read()) from error
        except OSError as error:
            msg = f"{path} cannot be read: {error.strerror or error}."
            raise InputRefused(msg) from error

    def _where_files_are_read(self) -> str:
        shown = [str(root) for root in self._roots[:_MOST_SHOWN_FOLDERS]]
        more = ["and others"] if len(self._roots) > len(shown) else []
        return f"Write its full path; files are read from {', '.join([*shown, *more])} (VIDEO_MCP_INPUT_DIRS)."

    def _read_open(self, file: BinaryIO, kind: MediaKind, label: str) -> DataInput:
        self._check_bytes(file.seek(0, os.SEEK_END), label)
        facts = measure(file, kind, label)
        digest, size_bytes, pieces = hashlib.sha256(), 0, [f"data:{facts.media_type};base64,"]
        file.seek(0)
        while chunk := file.read(_CHUNK_BYTES):
            size_bytes += len(chunk)
            self._check_bytes(size_bytes, label)
            digest.update(chunk)
            pieces.append(base64.b64encode(chunk).decode("ascii"))
        return DataInput(data_uri="".join(pieces), sha256=digest.hexdigest(), size_bytes=size_bytes, facts=facts)

    def _check_bytes(self, size_bytes: int, label: str) -> None:
        if size_bytes > self._max_bytes:
            found, most = size_bytes / _MEGABYTE, self._max_bytes / _MEGABYTE
            msg = f"{label} has {found:.1f} MB, and at most {most:g} MB are read; give an https: address instead."
            raise InputTooLarge(msg)


def measure(file: BinaryIO, kind: MediaKind, label: str) -> MediaFacts:
    """Return what an open file holds, if it is of this kind; `label` is what a sentence calls it. Blocks.

    Raises:
        InputRefused: If it is of another kind or damaged.
    """
    head = read_head(file)
    name = media_format(head)
    # A sound in an MP4 without pictures is a sound: only a look inside tells.
    fits = name is not None and (kind_of(name) == kind or (kind == "audio" and name in ("mp4", "mov")))
    if name is None or not fits:
        msg = f"{label} is {describe(head)}, not {KIND_WORDS[kind]}."
        raise InputRefused(msg)
    if name in IMAGE_FORMATS:
        return image_facts(file, name)
    try:
        return audio_facts(file) if kind == "audio" else video_facts(file)
    except NotAVideo as error:
        msg = f"{label} is not {KIND_WORDS[kind]} that can be used: {error.message}"
        raise InputRefused(msg) from error


def _close_names(path: Path) -> str | None:
    try:
        names = [item.name for item in islice(path.parent.iterdir(), _MOST_LISTED_NAMES)]
    except OSError:
        return f"The folder {path.parent} does not exist either."
    equal = [name for name in names if folded(name) == folded(path.name)]
    close = equal[:3] or get_close_matches(path.name, names, n=3, cutoff=0.5)
    return f"Did you mean {' or '.join(close)}?" if close else None
