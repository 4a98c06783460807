"""The chunks of a PNG file. Pure."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import BinaryIO

_SIGNATURE_BYTES = 8
_HEADER = struct.Struct(">I4s")
_CHECKSUM_BYTES = 4
_TEXT = (b"tEXt", b"zTXt", b"iTXt")


def without_text(file: BinaryIO) -> BinaryIO:
    """Return a PNG without its texts, such as the workflow that image generators write into it.

    Decoders refuse a text that unpacks to more than a megabyte, and with it the picture. What is not a proper chunk is
    left to the decoder.
    """
    kept = io.BytesIO()
    kept.write(file.read(_SIGNATURE_BYTES))
    for name, chunk in _chunks(file):
        if name not in _TEXT:
            kept.write(chunk)
    kept.seek(0)
    return kept


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    while header := file.read(_HEADER.size):
        if len(header) < _HEADER.size:
            yield b"", header
            return
        length, name = _HEADER.unpack(header)
        yield name, header + file.read(length + _CHECKSUM_BYTES)
