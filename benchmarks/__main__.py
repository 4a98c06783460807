"""Run every benchmark and write what was found into docs/performance.md."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from statistics import mean

import anyio

from benchmarks import downloads, inspection, ledger_sizes, many_videos, open_jobs, session, start, storyboards
from benchmarks.polling import DISTRIBUTIONS, Outcome, fixed_lag, learned, optimal_lag

_PAGE = Path("docs/performance.md")
_BEGIN, _END = "<!-- measured: begin -->", "<!-- measured: end -->"
_OPEN = (10, 100, 1000, 2000, 5000, 10_000)
_ROWS = (1000, 10_000, 100_000, 1_000_000)
_SECONDS = 10.0
_BESIDE_DOWNLOADS, _DOWNLOADS = 2000, 10
_MANY = 100


def main() -> None:
    """Measure, and write the page's measured part anew."""
    began = time.monotonic()
    load = os.getloadavg()[0]
    sections = [
        *_start(),
        *_session(),
        *_many_videos(),
        *_open_jobs(),
        *_downloads(),
        *_ledger(),
        *_inspection(),
        *_storyboards(),
        *_schedule(),
    ]
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    loads = f"load {load:.1f} at the start and {os.getloadavg()[0]:.1f} at the end"
    about = f"{machine}, {loads}, {time.strftime('%Y-%m-%d')}, {time.monotonic() - began:.0f} s."
    page = _PAGE.read_text(encoding="utf-8")
    before, after = page.partition(_BEGIN)[0], page.partition(_END)[2]
    _PAGE.write_text("\n".join([f"{before}{_BEGIN}", "", about, "", *sections, f"{_END}{after}"]), encoding="utf-8")


def _start() -> Iterator[str]:
    if not sys.platform.startswith("linux"):
        yield "Starting: not measured, for /proc is Linux's.\n"
        return
    found = start.measure()
    floor = found["bare SDK server"]
    yield "### Starting, idling\n"
    yield from _table(
        ("", "CPU to initialize", "of the floor", "CPU 2 s later", "memory", "of the floor"),
        (
            (
                name,
                f"{one['cpu_ms']:.0f} ms",
                f"{one['cpu_ms'] / floor['cpu_ms']:.2f}",
                f"{one['cpu_ms_after_idling']:.0f} ms",
                f"{one['memory_mb']:.1f} MB",
                f"{one['memory_mb'] / floor['memory_mb']:.2f}",
            )
            for name, one in found.items()
        ),
    )


def _session() -> Iterator[str]:
    if not sys.platform.startswith("linux"):
        yield "Round trips: not measured, for /proc is Linux's.\n"
        return
    yield "### One session on stdio\n"
    yield from _table(
        ("", "median", "CPU of the server"),
        (
            (
                name,
                f"{one['median_ms']:.1f} ms" if "median_ms" in one else f"{one['bytes']:.0f} bytes",
                f"{one['cpu_ms']:.1f} ms" if "cpu_ms" in one else "",
            )
            for name, one in session.measure().items()
        ),
    )


def _many_videos() -> Iterator[str]:
    yield "### Many videos at once, from the create to the file\n"
    found = many_videos.run(_MANY)
    yield from _table(("what", "found"), ((name.replace("_", " "), f"{value:.1f}") for name, value in found.items()))


def _downloads() -> Iterator[str]:
    yield "### One gigabyte to disk, hashed (curl hashes nothing)\n"
    found = downloads.run()
    floor = found["HTTP client alone"]
    yield from _table(
        ("", "clock", "of the client's speed", "CPU", "of the client's CPU", "memory growth"),
        (
            (
                name,
                f"{one['wall_seconds']:.2f} s",
                f"{floor['wall_seconds'] / one['wall_seconds']:.2f}",
                f"{one['cpu_seconds']:.2f} s",
                f"{one['cpu_seconds'] / floor['cpu_seconds']:.2f}",
                f"{one['memory_growth_mb']:.1f} MB" if "memory_growth_mb" in one else "",
            )
            for name, one in found.items()
        ),
    )


def _open_jobs() -> Iterator[str]:
    yield "### Open jobs in one process, each due every 10 s\n"
    found = [open_jobs.run(count, _SECONDS) for count in _OPEN]
    found.append(open_jobs.run(_BESIDE_DOWNLOADS, _SECONDS, _DOWNLOADS))
    yield from _table(
        ("open", "polls a second", "of those due", "cores", "CPU a poll", "CPU of a bare GET", "ratio", "loop lag p99"),
        (
            (
                _load(one),
                f"{one['polls_a_second']:.1f}",
                f"{one['share_of_due']:.0%}",
                f"{one['cores']:.2f}",
                f"{one['cpu_ms_a_poll']:.2f} ms",
                f"{one['cpu_ms_a_get']:.2f} ms",
                f"{one['cpu_ms_a_poll'] / one['cpu_ms_a_get']:.2f}",
                f"{one['loop_lag_p99_ms']:.0f} ms",
            )
            for one in found
        ),
    )


def _load(found: Mapping[str, float]) -> str:
    beside = f", beside {found['downloads']:.0f} downloads" if found["downloads"] else ""
    return f"{found['open']:.0f}{beside}"


def _ledger() -> Iterator[str]:
    yield "### Queries of the ledger, median milliseconds, by finished rows\n"
    found = [anyio.run(ledger_sizes.measure, rows) for rows in _ROWS]
    yield from _table(
        ("", *(f"{rows:,}" for rows in _ROWS), "last to first"),
        (
            (name, *(f"{one[name]:.2f}" for one in found), f"{found[-1][name] / found[0][name]:.1f}")
            for name in found[0]
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
        ("", "clock", "target", "CPU", "clock of the twelve", "CPU of the twelve", "ratio of CPU", "size"),
        (_storyboard_row(name, found) for name, found in anyio.run(storyboards.measure).items()),
    )


def _storyboard_row(name: str, found: storyboards.Found | str) -> Sequence[str]:
    if isinstance(found, str):
        return (name, found, *[""] * 6)
    product, reference = found.product, found.reference
    return (
        name,
        f"{product.clock:.2f} s",
        f"{found.target_seconds:.1f} s",
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


if __name__ == "__main__":
    main()
