"""Run every benchmark and write what was found into docs/performance.md."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from statistics import fmean, mean, median
from types import MappingProxyType

import anyio

from benchmarks import downloads, inspection, ledger_sizes, many_videos, open_jobs, session, start, storyboards
from benchmarks.polling import DISTRIBUTIONS, Outcome, fixed_lag, learned, optimal_lag
from benchmarks.samples import Samples, ratios, written

_PAGE = Path("docs/performance.md")
_BEGIN, _END = "<!-- measured: begin -->", "<!-- measured: end -->"
# For how many seconds so many open jobs are polled, and how many downloads run beside them afterwards.
_OPEN = MappingProxyType({10: 20.0, 100: 15.0, 1000: 10.0, 2000: 10.0, 5000: 10.0, 10_000: 10.0})
_DOWNLOADS = MappingProxyType({2000: 10})
_ROWS = (1000, 10_000, 100_000, 1_000_000)
_MANY = 300


def main() -> None:
    """Measure, and write the page's measured part anew."""
    began = time.monotonic()
    load = os.getloadavg()[0]
    sections = [line for section in _SECTIONS for line in _timed(section)]
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    loads = f"load {load:.1f} at the start and {os.getloadavg()[0]:.1f} at the end"
    about = f"{machine}, {loads}, {time.strftime('%Y-%m-%d')}, {time.monotonic() - began:.0f} s."
    page = _PAGE.read_text(encoding="utf-8")
    before, after = page.partition(_BEGIN)[0], page.partition(_END)[2]
    _PAGE.write_text("\n".join([f"{before}{_BEGIN}", "", about, "", *sections, f"{_END}{after}"]), encoding="utf-8")


def _timed(section: Callable[[], Iterator[str]]) -> list[str]:
    """Return the lines of a section, and say on the way how long it took."""
    began = time.monotonic()
    lines = list(section())
    sys.stderr.write(f"{lines[0].strip()}: {time.monotonic() - began:.0f} s\n")
    return lines


def _start() -> Iterator[str]:
    if not sys.platform.startswith("linux"):
        yield "Starting: not measured, for /proc is Linux's.\n"
        return
    found = start.measure()
    floor = found[start.FLOOR]
    yield "### Starting, idling\n"
    yield from _table(
        ("", "CPU to initialize", "of the floor", "CPU to tools/list", "of the floor", "memory", "of the floor"),
        (
            (
                name,
                written(one["cpu_ms"], "ms", digits=0),
                written(ratios(one["cpu_ms"], floor["cpu_ms"]), digits=2),
                written(one["cpu_ms_to_tools"], "ms", digits=0),
                written(ratios(one["cpu_ms_to_tools"], floor["cpu_ms_to_tools"]), digits=2),
                written(one["memory_mb"], "MB"),
                written(ratios(one["memory_mb"], floor["memory_mb"]), digits=2),
            )
            for name, one in found.items()
        ),
    )


def _session() -> Iterator[str]:
    if not sys.platform.startswith("linux"):
        yield "Round trips: not measured, for /proc is Linux's.\n"
        return
    found, context_bytes = session.measure()
    yield "### One session on stdio\n"
    yield from _table(
        ("", "round trip", "CPU of the server", "ratio of CPU"),
        (_session_row(name, one, found) for name, one in found.items()),
    )
    yield f"A model reads {context_bytes:.0f} bytes of one video, made in one call.\n"


def _session_row(name: str, one: Samples, found: Mapping[str, Samples]) -> Sequence[str]:
    wall, floor = written(one["wall"], "ms", factor=1e3), session.FLOORS.get(name)
    if "cpu" not in one:
        return (name, wall, "", "")
    ratio = written(ratios(one["cpu"], found[floor]["cpu"]), digits=2) if floor is not None else ""
    return (name, wall, written(one["cpu"], "ms", factor=1e3), ratio)


def _many_videos() -> Iterator[str]:
    yield "### Many videos at once, from the create to the file\n"
    found = many_videos.run(_MANY)
    yield from _table(("what", "found"), ((name.replace("_", " "), f"{value:.1f}") for name, value in found.items()))


def _downloads() -> Iterator[str]:
    yield "### One gigabyte to disk, hashed (curl hashes nothing)\n"
    found = downloads.run()
    floor = found[downloads.FLOOR]
    yield from _table(
        ("", "clock", "of the client's speed", "CPU", "of the client's CPU", "memory growth"),
        (
            (
                name,
                written(one["wall_seconds"], "s", digits=2),
                written(ratios(floor["wall_seconds"], one["wall_seconds"]), digits=2),
                written(one["cpu_seconds"], "s", digits=2),
                written(ratios(one["cpu_seconds"], floor["cpu_seconds"]), digits=2),
                written(one["memory_growth_mb"], "MB") if "memory_growth_mb" in one else "",
            )
            for name, one in found.items()
        ),
    )


def _open_jobs() -> Iterator[str]:
    yield "### Open jobs in one process, each due every 10 s\n"
    found = [(count, open_jobs.run(count, seconds, _DOWNLOADS.get(count, 0))) for count, seconds in _OPEN.items()]
    yield from _table(
        (
            "open",
            "polls a second",
            "of those due",
            "GETs of the client a second",
            "cores",
            "CPU a poll",
            "CPU of a GET",
            "ratio",
            "loop lag p99",
        ),
        (
            (
                f"{count:,}",
                f"{fmean(one['polls_a_second']):.1f}",
                written(one["share_of_due"], "%", digits=0, factor=100),
                f"{fmean(one['gets_a_second']):.1f}",
                written(one["cores"], digits=2),
                written(one["cpu_seconds_a_poll"], "ms", digits=2, factor=1e3),
                written(one["cpu_seconds_a_get"], "ms", digits=2, factor=1e3),
                written(ratios(one["cpu_seconds_a_poll"], one["cpu_seconds_a_get"]), digits=2),
                _lag(count, one),
            )
            for count, one in found
        ),
    )
    at_once = [value for _, one in found for value in one["cpu_seconds_a_get_at_once"]]
    yield (
        "A GET is one of the HTTP client alone, as many a second as polls are due; where each follows another at once, "
        f"it takes {written(at_once, 'ms', digits=2, factor=1e3)} of CPU.\n"
    )


def _lag(count: int, one: Samples) -> str:
    lag = written(one["loop_lag_p99_seconds"], "ms", digits=0, factor=1e3)
    if "loop_lag_beside_p99_seconds" not in one:
        return lag
    beside = written(one["loop_lag_beside_p99_seconds"], "ms", digits=0, factor=1e3)
    return f"{lag}; {beside} beside {_DOWNLOADS[count]} downloads"


def _ledger() -> Iterator[str]:
    yield "### Queries of the ledger, by finished rows\n"
    yield from _table(
        ("", *(f"{rows:,}" for rows in _ROWS), "last to first"),
        (
            (
                name,
                *(written(times, "ms", digits=2, factor=1e3) for times in found),
                written([median(found[-1]) / median(found[0])]),
            )
            for name, found in anyio.run(ledger_sizes.measure, _ROWS).items()
        ),
    )


def _inspection() -> Iterator[str]:
    yield "### Inspecting a finished file: CPU for ten seconds of 1080p\n"
    found = anyio.run(inspection.measure)
    yield from _table(
        ("ten seconds of 1080p", "length and container", "with picture and sound"),
        ((name, f"{one['check'] * 1000:.0f} ms", f"{one['both'] * 1000:.0f} ms") for name, one in found.items()),
    )


def _storyboards() -> Iterator[str]:
    yield "### Storyboard and probe, beside twelve seeks and decodes with PyAV alone\n"
    yield from _table(
        (
            "",
            "clock",
            "target",
            "clock of decoding alone",
            "CPU",
            "clock of the twelve",
            "CPU of the twelve",
            "ratio of CPU",
            "size",
        ),
        (_storyboard_row(name, found) for name, found in anyio.run(storyboards.measure).items()),
    )


def _storyboard_row(name: str, found: storyboards.Found | str) -> Sequence[str]:
    if isinstance(found, str):
        return (name, found, *[""] * 7)
    product, reference = found.product, found.reference
    return (
        name,
        f"{product.clock:.2f} s",
        f"{found.target_seconds:.1f} s",
        f"{found.decoding.clock:.2f} s" if found.decoding is not None else "",
        f"{product.cpu:.2f} s",
        f"{reference.clock:.2f} s",
        f"{reference.cpu:.2f} s",
        f"{product.cpu / reference.cpu:.2f}",
        f"{found.megabytes:.0f} MB",
    )


def _schedule() -> Iterator[str]:
    yield "### When to look next: simulated, mean seconds from ready to seen at equal polls\n"
    rows = [_simulated(name) for name in DISTRIBUTIONS]
    yield from _table(("render times", "200 samples", "optimum", "ratio", "fixed", "no samples", "fixed"), iter(rows))
    yield from _plot(rows)


def _plot(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Draw the same: bars for the learned schedule, lines for the optimum and for fixed polling."""
    names = ", ".join(f'"{row[0]}"' for row in rows)
    learned_lag, optimum, fixed = (", ".join(row[column].split(" ")[0] for row in rows) for column in (1, 2, 4))
    yield "```mermaid"
    yield "xychart-beta"
    yield '    title "Seconds from ready to seen: bars learned, lines optimum (below) and fixed (above)"'
    yield f"    x-axis [{names}]"
    yield '    y-axis "seconds" 0 --> 6'
    yield f"    bar [{learned_lag}]"
    yield f"    line [{optimum}]"
    yield f"    line [{fixed}]"
    yield "```"
    yield ""


def _simulated(name: str) -> Sequence[str]:
    distribution = DISTRIBUTIONS[name]
    times = distribution.draw(Random(1), 3000)
    taught = _mean([learned(distribution, times, samples=200, seed=seed) for seed in range(4)])
    untaught = learned(distribution, times, samples=0, seed=1)
    optimum = optimal_lag(distribution, taught.polls)
    return (
        name,
        f"{taught.lag_seconds:.2f} s, {taught.polls:.1f} polls",
        f"{optimum:.2f} s",
        f"{taught.lag_seconds / optimum:.2f}",
        f"{fixed_lag(times, taught.polls):.2f} s",
        f"{untaught.lag_seconds:.2f} s",
        f"{fixed_lag(times, untaught.polls):.2f} s",
    )


def _mean(outcomes: Sequence[Outcome]) -> Outcome:
    return Outcome(lag_seconds=mean(one.lag_seconds for one in outcomes), polls=mean(one.polls for one in outcomes))


def _table(head: Sequence[str], rows: Iterator[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


_SECTIONS = (
    _start,
    _session,
    _many_videos,
    _open_jobs,
    _downloads,
    _ledger,
    _inspection,
    _storyboards,
    _schedule,
)


if __name__ == "__main__":
    main()
