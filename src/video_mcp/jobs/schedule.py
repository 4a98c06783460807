"""When to look next at a video that is being rendered, learned from how long such videos took. Pure.

For a given number of polls the mean time from ready to seen is least when the rate of polling at each moment is
proportional to the square root of the hazard there: of how likely a video that is not ready yet becomes ready in the
next second. The hazard comes from the last videos of the kind, mixed with a guess that knows nothing (a constant
hazard, which means even polling) and that counts as much as four videos: without any history polling is even, and it is
even again for a video that takes longer than all before it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp, sqrt

_SECONDS_A_POLL = 10.0
_FEWEST_POLLS = 6.0
_SHORTEST_SECONDS, _LONGEST_SECONDS = 1.0, 60.0
_SHORTEST_HINT_SECONDS, _LONGEST_HINT_SECONDS = 0.2, 60.0
# In polls: the first look is anywhere between half a poll and one and a half, so that jobs that were created together
# are not polled together, and no narrow hump of ready videos always lies just behind a poll.
_FIRST_JITTER, _JITTER = 1.0, 0.1
_GUESS_VIDEOS = 4
_ENOUGH_OF_A_KIND = 20
# A single video says little about how far the next ones spread.
_SPREAD_OF_ONE = 0.6
_POKED_IN_A_ROW, _POKED_RESTS = 3, 3
_OVERDUE_AFTER, _OVERDUE_SHARE = 4.0, 1 / 40


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderTime:
    """How long one video took: not ready `after_seconds`, ready `by_seconds`, counted from its create."""

    after_seconds: float
    by_seconds: float

    @property
    def seconds(self) -> float:
        """The middle of what is known."""
        return (self.after_seconds + self.by_seconds) / 2

    @property
    def is_known_well(self) -> bool:
        """Whether the two are close enough to learn from; they are not when a laptop was closed meanwhile."""
        return 0 <= self.by_seconds - self.after_seconds <= max(60.0, self.by_seconds / 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedVideo:
    """A video that has been made: its length and resolution as requested, and how long it took.

    `was_poked` says that the gateway called back about it.
    """

    seconds: float
    resolution: str | None
    time: RenderTime
    was_poked: bool = False


def are_poked(videos: Sequence[RenderedVideo]) -> bool:
    """Tell whether the gateway calls back about such videos: it did for each of the last ones, newest first."""
    newest = videos[:_POKED_IN_A_ROW]
    return len(newest) == _POKED_IN_A_ROW and all(video.was_poked for video in newest)


def times_of_kind(videos: Sequence[RenderedVideo], *, seconds: float, resolution: str | None) -> list[RenderTime]:
    """Return the times of the same length and resolution where there are enough of them, else of the whole model."""
    same = [video.time for video in videos if (video.seconds, video.resolution) == (seconds, resolution)]
    return same if len(same) >= _ENOUGH_OF_A_KIND else [video.time for video in videos]


@dataclass(frozen=True, slots=True)
class Schedule:
    """A curve of straight pieces, moments against polls made until then, that goes on evenly at `last_rate`.

    `typical_seconds` is the median time of such a video. `is_poked` says that the gateway calls back about such videos:
    polls are then only for what it forgets, and a third as many.
    """

    moments: tuple[float, ...]
    polls_until: tuple[float, ...]
    last_rate: float
    typical_seconds: float
    is_poked: bool = False

    def seconds_to_next(
        self,
        elapsed_seconds: float,
        *,
        jitter: float,
        hint_seconds: float | None = None,
        sweep_seconds: float | None = None,
    ) -> float:
        """Return how long to wait before the next look; `jitter` is in [0, 1).

        The gateway's own hint comes first, within 0.2 to 60 s. A gateway that itself looks only every
        `sweep_seconds` is never polled more densely.
        """
        rests = _POKED_RESTS if self.is_poked else 1
        if hint_seconds is not None:
            return rests * min(_LONGEST_HINT_SECONDS, max(_SHORTEST_HINT_SECONDS, hint_seconds))
        elapsed = max(elapsed_seconds, 0.0)
        ahead = rests * (1.0 + (_JITTER if elapsed else _FIRST_JITTER) * (jitter - 0.5))
        pause = self._moment_of(self._polls_at(elapsed) + ahead) - elapsed
        overdue = (elapsed - _OVERDUE_AFTER * self.typical_seconds) * _OVERDUE_SHARE
        return min(rests * _LONGEST_SECONDS, max(_SHORTEST_SECONDS, sweep_seconds or 0.0, overdue, pause))

    def _polls_at(self, moment: float) -> float:
        return _interpolated(moment, self.moments, self.polls_until, self.last_rate)

    def _moment_of(self, polls: float) -> float:
        return _interpolated(polls, self.polls_until, self.moments, 1.0 / self.last_rate)


def learn(times: Sequence[RenderTime], *, expected_seconds: float) -> Schedule:
    """Return the schedule for a kind of video that took these times; `expected_seconds` counts without any."""
    known = sorted(max(time.seconds, 1.0) for time in times if time.is_known_well)
    typical = known[len(known) // 2] if known else max(expected_seconds, 1.0)
    mean = sum(known) / len(known) if known else typical
    return _schedule(
        tuple(_pieces(known)), guess_share=_GUESS_VIDEOS / (len(known) + _GUESS_VIDEOS), mean=mean, typical=typical
    )


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of time in which equally many of the known videos became ready in every second."""

    start: float
    end: float
    density: float


def _pieces(known: Sequence[float]) -> Iterator[_Piece]:
    """Spread each known time as far as its neighbours are, and add them up, from zero on and without a gap."""
    steps = list[tuple[float, float]]()
    for seconds, half_width in zip(known, _half_widths(known), strict=True):
        start, end = max(0.0, seconds - half_width), seconds + half_width
        density = 1 / (len(known) * (end - start))
        steps += [(start, density), (end, -density)]
    steps.sort()
    density = 0.0
    for (start, step), (end, _) in pairwise([(0.0, 0.0), *steps]):
        density += step
        if end > start:
            yield _Piece(start, end, max(density, 0.0))


def _half_widths(known: Sequence[float]) -> Iterator[float]:
    """Return how far each time's k nearest neighbours are: little where videos lie dense, so that humps stay apart."""
    neighbours = max(2, round(sqrt(len(known)) / 1.5))
    for index, seconds in enumerate(known):
        left, right = index, index
        for _ in range(min(neighbours, len(known) - 1)):
            nearer_left = seconds - known[left - 1] if left > 0 else float("inf")
            nearer_right = known[right + 1] - seconds if right + 1 < len(known) else float("inf")
            left, right = (left - 1, right) if nearer_left < nearer_right else (left, right + 1)
        distance = max(seconds - known[left], known[right] - seconds)
        yield max(distance, seconds * _SPREAD_OF_ONE / sqrt(len(known)))


def _schedule(pieces: Sequence[_Piece], *, guess_share: float, mean: float, typical: float) -> Schedule:
    """Poll at a rate proportional to the square root of the hazard, about as often as every ten seconds would."""
    moments, rises, still_open, total = [0.0], list[float](), 1.0, 0.0
    for piece in pieces:
        length, middle = piece.end - piece.start, (piece.start + piece.end) / 2
        guess = guess_share * exp(-middle / mean)
        unfinished = (1 - guess_share) * max(0.0, still_open - piece.density * length / 2) + guess
        rate = sqrt(((1 - guess_share) * piece.density + guess / mean) / unfinished)
        still_open -= piece.density * length
        total += rate * unfinished * length
        moments.append(piece.end)
        rises.append(rate * length)
    last_rate = 1 / sqrt(mean)
    total += guess_share * sqrt(mean) * exp(-moments[-1] / mean)
    scale = max(_FEWEST_POLLS, mean / _SECONDS_A_POLL) / total
    polls = [0.0]
    for rise in rises:
        polls.append(polls[-1] + scale * rise)
    return Schedule(tuple(moments), tuple(polls), scale * last_rate, typical)


def _interpolated(x: float, xs: Sequence[float], ys: Sequence[float], last_slope: float) -> float:
    after = bisect_right(xs, x)
    if after == len(xs):
        return ys[-1] + (x - xs[-1]) * last_slope
    share = (x - xs[after - 1]) / (xs[after] - xs[after - 1])
    return ys[after - 1] + (ys[after] - ys[after - 1]) * share
