"""Pieces of a download on their way to disk."""

from __future__ import annotations

import io

import pytest

from video_mcp.gateway.part_file import GatheredWrites

pytestmark = pytest.mark.anyio

CHUNK = b"0123456789abcdef" * 4096  # as much as a socket gives at once


class CountedFile(io.BytesIO):
    """A file that counts its writes."""

    def __init__(self) -> None:
        super().__init__()
        self.writes = 0

    def write(self, buffer: object, /) -> int:
        self.writes += 1
        return super().write(buffer)  # pyright: ignore[reportArgumentType] - whatever bytes are


async def test_the_first_bytes_are_written_at_once_and_the_rest_in_large_pieces() -> None:
    file = CountedFile()
    writes = GatheredWrites(file, now=lambda: 0.0)
    await writes.add(CHUNK)
    assert file.getvalue() == CHUNK
    for _ in range(40):
        await writes.add(CHUNK)
    assert (file.writes, len(file.getvalue())) == (3, 33 * len(CHUNK))
    await writes.flush()
    assert file.getvalue() == CHUNK * 41


async def test_what_arrives_slowly_is_written_as_it_arrives() -> None:
    file = CountedFile()
    seconds = iter(range(100))
    writes = GatheredWrites(file, now=lambda: float(next(seconds)))
    for count in range(1, 5):
        await writes.add(b"slow")
        assert file.getvalue() == b"slow" * count


async def test_nothing_gathered_is_not_written() -> None:
    file = CountedFile()
    await GatheredWrites(file).flush()
    assert file.writes == 0
