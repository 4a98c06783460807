"""Several measurements of one thing: their median, and how far apart they lie."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from statistics import median

Samples = Mapping[str, Sequence[float]]
"""What was measured again and again, by name."""


def cpu_seconds(pid: int) -> float:
    """Return how long a process has used the processor, on Linux."""
    return time.clock_gettime((~pid << 3) | 2)  # the kernel's MAKE_PROCESS_CPUCLOCK(pid, CPUCLOCK_SCHED)


def gathered(rounds: Sequence[Mapping[str, Mapping[str, float]]]) -> dict[str, Samples]:
    """Return what several rounds have measured of each name, a series for each kind of measurement."""
    return {name: {kind: [one[name][kind] for one in rounds] for kind in kinds} for name, kinds in rounds[0].items()}


def written(values: Sequence[float], unit: str = "", *, digits: int = 1, factor: float = 1.0) -> str:
    """Write the median of some measurements, and the least and the most where there are several."""
    scaled = [factor * value for value in values]
    text = f"{median(scaled):.{digits}f} {unit}".rstrip()
    if len(scaled) == 1:
        return text
    return f"{text} ({min(scaled):.{digits}f} to {max(scaled):.{digits}f})"


def ratios(values: Sequence[float], floor: Sequence[float]) -> list[float]:
    """Return each measurement by that of the floor taken beside it: a machine's speed changes within seconds."""
    return [one / other for one, other in zip(values, floor, strict=True)]
