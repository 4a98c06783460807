"""Ending on a signal: what is under way is recorded first, then the process leaves."""

from __future__ import annotations

import signal
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import anyio
from anyio.abc import TaskStatus

TERMINATION = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
INTERRUPTION = signal.SIGINT


@dataclass(slots=True)
class Ending:
    """The signal that ended a block, if one did."""

    received: int | None = None


@asynccontextmanager
async def ending_on(signals: Sequence[signal.Signals]) -> AsyncGenerator[Ending]:
    """Cancel the block when one of the signals comes; those that the parent has this process ignore stay ignored."""
    ending = Ending()
    heard = [known for known in signals if signal.getsignal(known) != signal.SIG_IGN]
    async with anyio.create_task_group() as tasks:
        if heard and sys.platform != "win32":  # Windows has no such signals, and its loop takes no handlers
            await tasks.start(_cancel_on_signal, heard, tasks.cancel_scope, ending)
        yield ending
        tasks.cancel_scope.cancel()


async def _cancel_on_signal(
    signals: Sequence[signal.Signals],
    scope: anyio.CancelScope,
    ending: Ending,
    *,
    task_status: TaskStatus[None],
) -> None:
    with anyio.open_signal_receiver(*signals) as received:
        task_status.started()
        async for known in received:
            ending.received = known
            scope.cancel()
