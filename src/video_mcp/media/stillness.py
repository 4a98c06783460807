"""From when on a picture stands still, told by the sizes of its encoded pictures. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

# An encoder spends next to nothing on a picture that repeats the one before.
_REPEATED_BYTES = 256
_REPEATED_PIXELS_PER_BYTE = 1000
_COARSE_PIXELS_PER_BYTE = 400
_SKIPPED_BYTES = 64
_SKIPPED_PIXELS_PER_BYTE = 8000
_SPREAD_SHARE = 0.05
_STOPPED_SECONDS = 1.5
_STOPPED_SHARE = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedPicture:
    """One picture of a stream before it is decoded."""

    seconds: float
    bytes: int
    is_key: bool
    duration_seconds: float = 0.0


def shortest_stop_seconds(seconds: float) -> float:
    """Return how long the end of a video of this length has to stand still before it is worth a warning."""
    return max(_STOPPED_SECONDS, seconds * _STOPPED_SHARE)


def end_seconds(pictures: Sequence[EncodedPicture]) -> float:
    """Return when the last picture ends."""
    return max((picture.seconds + picture.duration_seconds for picture in pictures), default=0.0)


def still_since(pictures: Sequence[EncodedPicture], pixels: int) -> float | None:
    """Return from when on the pictures, in decoding order, may only repeat what was shown, by their size."""
    tail = _small_tail(pictures, _REPEATED_BYTES + pixels // _REPEATED_PIXELS_PER_BYTE)
    return min((picture.seconds for picture in tail), default=None)


def surely_still_since(pictures: Sequence[EncodedPicture], pixels: int) -> float | None:
    """Return from when on the sizes alone prove that nothing moves between the key frames; None if they do not.

    Proof is a last picture that stays, pictures of next to no bytes, or small ones that are all of one size, as older
    encoders write a repeated picture. Shorter than `shortest_stop_seconds` is no proof.
    """
    since = _repeated_since(_small_tail(pictures, _REPEATED_BYTES + pixels // _COARSE_PIXELS_PER_BYTE), pixels)
    if since is None and pictures:
        since = max(picture.seconds for picture in pictures)
    end = end_seconds(pictures)
    return since if since is not None and end - since >= shortest_stop_seconds(end) else None


def _small_tail(pictures: Sequence[EncodedPicture], most_bytes: int) -> list[EncodedPicture]:
    """Return the last pictures, in decoding order, of which all but the key frames are small; none if all are keys."""
    tail = list(takewhile(lambda picture: picture.is_key or picture.bytes <= most_bytes, reversed(pictures)))
    return [] if all(picture.is_key for picture in tail) else tail[::-1]


def _repeated_since(tail: Sequence[EncodedPicture], pixels: int) -> float | None:
    between = [picture for picture in tail if not picture.is_key]
    most_mean = _SKIPPED_BYTES + pixels // _SKIPPED_PIXELS_PER_BYTE
    first, total = len(between), 0
    for at in range(len(between) - 1, -1, -1):
        total += between[at].bytes
        if total <= most_mean * (len(between) - at):
            first = at
    if first == len(between) and _are_of_one_size([picture.bytes for picture in between]):
        first = 0
    return min((picture.seconds for picture in between[first:]), default=None)


def _are_of_one_size(sizes: Sequence[int]) -> bool:
    """Say whether sizes hardly differ, but for a few at either end."""
    few = len(sizes) // 20
    usual = sorted(sizes)[few : len(sizes) - few]
    return bool(usual) and usual[-1] - usual[0] <= usual[-1] * _SPREAD_SHARE
