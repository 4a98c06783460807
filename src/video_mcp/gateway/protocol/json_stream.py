"""JSON of any size, read piece by piece: long texts are cut, and a video inside one is decoded on its way to disk."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Literal
from urllib.parse import unquote_to_bytes

from video_mcp.gateway.protocol.video import is_inline_video

MAX_TEXT_BYTES = 64 * 1024
"""How much of a text is kept; no status, link or reason is longer."""

_ENDS = re.compile(rb'["\\]')
_ESCAPE = re.compile(rb"\\(?:u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPE_BYTES = 6
_HEAD_BYTES = 1024

PieceKind = Literal["structure", "text", "end"]


class JsonSplitter:
    """Splits JSON into what is outside of texts, the texts as they are written, and the end of each."""

    def __init__(self) -> None:
        self._in_text = False
        self._rest = b""

    def feed(self, chunk: bytes) -> Iterator[tuple[PieceKind, bytes]]:
        """Yield the pieces of the next bytes; an escape is never torn apart."""
        data, self._rest = self._rest + chunk, b""
        position = 0
        while position < len(data):
            if not self._in_text:
                quote = data.find(b'"', position)
                end = len(data) if quote < 0 else quote + 1
                yield "structure", data[position:end]
                self._in_text, position = quote >= 0, end
                continue
            match = _ENDS.search(data, position)
            end = len(data) if match is None else match.start()
            if end > position:
                yield "text", data[position:end]
            if match is None:
                return
            if match[0] == b'"':
                yield "end", b'"'
                self._in_text, position = False, end + 1
                continue
            size = _ESCAPE_BYTES if data[end + 1 : end + 2] == b"u" else 2
            if end + size > len(data):
                self._rest = data[end:]
                return
            yield "text", data[end : end + size]
            position = end + size


class JsonShortener:
    """Collects JSON with every long text cut, up to a size."""

    def __init__(self, max_bytes: int) -> None:
        self._splitter = JsonSplitter()
        self._max_bytes = max_bytes
        self._text_bytes = 0
        self._is_split = False
        self.content = bytearray()

    @property
    def is_full(self) -> bool:
        """Whether more would be too much: the rest is not read."""
        return len(self.content) > self._max_bytes

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes in; as long as all of them are no more than one text may be, nothing is to be cut."""
        if not self._is_split:
            if len(self.content) + len(chunk) <= MAX_TEXT_BYTES:
                self.content += chunk
                return
            self._is_split = True
            chunk, self.content = bytes(self.content) + chunk, bytearray()
        for kind, piece in self._splitter.feed(chunk):
            self.take(kind, piece)

    def take(self, kind: PieceKind, piece: bytes) -> None:
        """Take one piece in."""
        if kind != "text":
            self._text_bytes = 0
            self.content += piece
        elif self._text_bytes < MAX_TEXT_BYTES:
            room = MAX_TEXT_BYTES - self._text_bytes
            self._text_bytes += len(piece)
            self.content += piece if len(piece) <= room else _cut(piece, room)


def _cut(piece: bytes, size: int) -> bytes:
    """Return the beginning of a piece of text without half an escape or half a letter at its end."""
    if piece.startswith(b"\\"):
        return b""
    while size and piece[size] & 0xC0 == 0x80:
        size -= 1
    return piece[:size]


class Base64Decoder:
    """Decodes base64 piece by piece, in either alphabet, also with JSON's and a URI's escapes and white space in it."""

    def __init__(self) -> None:
        self._rest = b""
        self._torn_escape = b""

    def feed(self, text: bytes) -> bytes:
        """Return the bytes that are complete.

        Raises:
            ValueError: The text is no base64.
        """
        data = self._rest + self._without_percent(_unescaped(text))
        end = len(data) - len(data) % 4
        self._rest = data[end:]
        return _decoded(data[:end])

    def finish(self) -> bytes:
        """Return the last bytes, with or without padding.

        Raises:
            ValueError: The text was cut, or is no base64.
        """
        if self._torn_escape:
            raise ValueError("no base64")
        data = self._rest.rstrip(b"=")
        return _decoded(data + b"=" * (-len(data) % 4))

    def _without_percent(self, text: bytes) -> bytes:
        """Return text with a URI's escapes resolved; one that is torn waits for its other half."""
        text = self._torn_escape + text
        at = text.rfind(b"%", max(0, len(text) - 2))
        text, self._torn_escape = (text, b"") if at < 0 else (text[:at], text[at:])
        if b"%" not in text:
            return text
        return unquote_to_bytes(text).translate(_TO_STANDARD, _IGNORED)


class JsonWithVideo:
    """Reads JSON, keeps it shortened, and decodes the first text in it that is a video."""

    def __init__(self, max_bytes: int) -> None:
        self.shortened = JsonShortener(max_bytes)
        self._splitter = JsonSplitter()
        self._head = bytearray()
        self._state: Literal["undecided", "skipped", "decoding", "done"] = "undecided"
        self._decoder = Base64Decoder()

    @property
    def is_done(self) -> bool:
        """Whether a video was found and has come to its end."""
        return self._state == "done"

    def feed(self, chunk: bytes) -> bytes:
        """Take the next bytes in and return what they hold of the video.

        Raises:
            ValueError: The video is no base64, or was cut.
        """
        return b"".join(part for kind, piece in self._splitter.feed(chunk) for part in self._take(kind, piece))

    def _take(self, kind: PieceKind, piece: bytes) -> Iterator[bytes]:
        self.shortened.take(kind, piece)
        if kind == "text":
            if self._state == "decoding":
                yield self._decoder.feed(piece)
            elif self._state == "undecided":
                self._head += piece
                if len(self._head) >= _HEAD_BYTES:
                    yield self._decide()
        elif kind == "end" and self._state != "done":
            if self._state == "undecided":
                yield self._decide()
            if self._state == "decoding":
                yield self._decoder.finish()
                self._state = "done"
            else:
                self._state = "undecided"
            self._head.clear()

    def _decide(self) -> bytes:
        head = _ESCAPE.sub(lambda match: _unescaped(match[0]), bytes(self._head))
        self._state = "decoding" if is_inline_video(head.decode("ascii", "replace")) else "skipped"
        if self._state == "skipped":
            return b""
        return self._decoder.feed(head.partition(b",")[2] if head[:5].lower() == b"data:" else head)


def _unescaped(text: bytes) -> bytes:
    if text.startswith(b"\\"):
        return {b"\\/": b"/", b"\\u003d": b"=", b"\\u002b": b"+", b"\\u002f": b"/"}.get(text.lower(), b"")
    return text.translate(_TO_STANDARD, _IGNORED)


_IGNORED = b" \t\r\n="
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")


def _decoded(data: bytes) -> bytes:
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error as error:
        raise ValueError("no base64") from error
