"""What a poll schedule is worth: simulated against the optimum for a distribution, and against fixed polling. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import log, sqrt
from random import Random
from statistics import NormalDist, mean

from video_mcp.jobs.schedule import RenderTime, Schedule, learn

_NORMAL = NormalDist()
_GRID = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """Render times as a mixture of lognormals, `(median, sigma)` each; `expected_seconds` is what a table says."""

    parts: tuple[tuple[float, float], ...]
    expected_seconds: float

    def draw(self, random: Random, count: int) -> list[float]:
        """Return render times in seconds."""
        chosen = (random.choice(self.parts) for _ in range(count))
        return [random.lognormvariate(log(median), sigma) for median, sigma in chosen]

    def share_by(self, seconds: float) -> float:
        """Return the share of videos that are ready by then."""
        if seconds <= 0:
            return 0.0
        return sum(_NORMAL.cdf(log(seconds / median) / sigma) for median, sigma in self.parts) / len(self.parts)


DISTRIBUTIONS: Mapping[str, Distribution] = {
    "narrow": Distribution(parts=((120.0, 0.25),), expected_seconds=120.0),
    "wide": Distribution(parts=((120.0, 0.5),), expected_seconds=120.0),
    "very wide, half as long": Distribution(parts=((60.0, 0.8),), expected_seconds=120.0),
    "a little shorter": Distribution(parts=((150.0, 0.4),), expected_seconds=180.0),
    "doubled": Distribution(parts=((240.0, 0.3),), expected_seconds=120.0),
    "halved": Distribution(parts=((60.0, 0.3),), expected_seconds=120.0),
    "two humps": Distribution(parts=((40.0, 0.15), (240.0, 0.15)), expected_seconds=120.0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Mean seconds from ready to seen, and mean polls a video."""

    lag_seconds: float
    polls: float


def simulate(times: Sequence[float], next_look: Callable[[float], float]) -> Outcome:
    """Poll videos that take these times; `next_look` says how long to wait after so many seconds."""
    lag, polls = 0.0, 0
    for seconds in times:
        now = 0.0
        while now < seconds:
            now += next_look(now)
            polls += 1
        lag += now - seconds
    return Outcome(lag_seconds=lag / len(times), polls=polls / len(times))


def learned(distribution: Distribution, times: Sequence[float], *, samples: int, seed: int) -> Outcome:
    """Poll by the product's schedule, learned from so many earlier videos of the same kind."""
    random = Random(seed)
    schedule = learn(history(distribution, samples, random), expected_seconds=distribution.expected_seconds)
    return simulate(times, lambda elapsed: schedule.seconds_to_next(elapsed, jitter=random.random()))


def history(distribution: Distribution, samples: int, random: Random) -> list[RenderTime]:
    """Return earlier videos as the ledger knows them: each ready somewhere between two polls."""
    known: list[RenderTime] = []
    for seconds in distribution.draw(random, samples):
        before = max(0.0, seconds - random.uniform(0.0, 5.0))
        known.append(RenderTime(after_seconds=before, by_seconds=seconds + random.uniform(0.0, 5.0)))
    return known


def fixed_lag(times: Sequence[float], polls: float) -> float:
    """Return the mean lag of polling at a fixed interval, begun at any moment, with this mean number of polls.

    It is half an interval; begun at zero, a comb of polls would be lucky or not with where a narrow hump lies.
    """
    return mean(times) / (2 * (polls - 0.5))


def optimal_lag(distribution: Distribution, polls: float) -> float:
    """Return the least mean lag that any schedule reaches with this mean number of polls, knowing the distribution.

    Dynamic programming over a grid, with a price for each poll that is moved until the number of polls fits.
    """
    grid = _Grid.over(distribution)
    cheap, dear = 1e-3, 1e3
    for _ in range(16):
        price = sqrt(cheap * dear)
        if grid.best(price).polls > polls:
            cheap = price
        else:
            dear = price
    many, few = grid.best(cheap), grid.best(dear)
    share = (polls - few.polls) / (many.polls - few.polls) if many.polls != few.polls else 0.0
    return few.lag_seconds + share * (many.lag_seconds - few.lag_seconds)


@dataclass(frozen=True, slots=True)
class _Grid:
    """Moments, the share that is ready by each, and the mean of the times up to each."""

    moments: tuple[float, ...]
    shares: tuple[float, ...]
    means: tuple[float, ...]

    @classmethod
    def over(cls, distribution: Distribution) -> _Grid:
        end = 1.0
        while distribution.share_by(end) < 0.9999:
            end *= 1.1
        moments = tuple(end * index / _GRID for index in range(_GRID + 1))
        shares = (*(distribution.share_by(moment) for moment in moments[:-1]), 1.0)
        means = [0.0]
        for index in range(_GRID):
            middle = (moments[index] + moments[index + 1]) / 2
            means.append(means[-1] + (shares[index + 1] - shares[index]) * middle)
        return cls(moments, shares, tuple(means))

    def best(self, price: float) -> Outcome:
        """Return the best schedule's outcome when each poll costs as much as `price` seconds of lag."""
        costs, lags, polls = ([0.0] * (_GRID + 1) for _ in range(3))
        furthest = _GRID
        for start in range(_GRID - 1, -1, -1):
            unfinished = 1 - self.shares[start]
            reachable = range(start + 1, min(_GRID, furthest + 8) + 1)
            found = [self._lag(start, end) + costs[end] for end in reachable]
            cost = min(found)
            furthest = reachable[found.index(cost)]
            costs[start] = cost + price * unfinished
            lags[start] = self._lag(start, furthest) + lags[furthest]
            polls[start] = unfinished + polls[furthest]
        return Outcome(lag_seconds=lags[0], polls=polls[0])

    def _lag(self, start: int, end: int) -> float:
        ready = self.shares[end] - self.shares[start]
        return self.moments[end] * ready - (self.means[end] - self.means[start])


def poll_moments(schedule: Schedule, until_seconds: float) -> list[float]:
    """Return when a schedule polls, without jitter."""
    moments = [0.0]
    while moments[-1] < until_seconds:
        moments.append(moments[-1] + schedule.seconds_to_next(moments[-1], jitter=0.5))
    return moments[1 : bisect_left(moments, until_seconds)]
