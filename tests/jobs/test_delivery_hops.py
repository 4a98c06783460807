"""How often a delivery hops to a thread, counted: each hop costs more than most of what is done there."""

from __future__ import annotations

import asyncio  # noqa: TID251 - a loop that counts is a kind of loop
from collections.abc import Callable
from contextvars import Context
from pathlib import Path
from typing import TypeVarTuple, Unpack

import anyio

from tests.gateway.servers import Pauses, answering, client_of, downloader_of, http_clients, sent
from tests.jobs.samples import job
from tests.media.samples import Clip
from video_mcp.jobs.accounts import Accounts
from video_mcp.jobs.delivery import Delivery
from video_mcp.jobs.delivery_source import PolledLink
from video_mcp.jobs.stored_videos import StoredVideos
from video_mcp.media.library import Library

Ts = TypeVarTuple("Ts")


class CountingLoop(asyncio.SelectorEventLoop):
    """An event loop that counts what threads report to it: once for each hop."""

    reports = 0

    def call_soon_threadsafe(
        self, callback: Callable[[Unpack[Ts]], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        self.reports += 1
        return super().call_soon_threadsafe(callback, *args, context=context)


async def hops_of_a_delivery(folder: Path, content: bytes) -> int:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, CountingLoop)
    async with answering(sent(content)) as server, http_clients() as clients:
        delivery = Delivery(
            accounts=Accounts(client_of(clients, server.url, Pauses()), downloader_of(clients, server.url)),
            videos=StoredVideos(Library(folder)),
            jitter=lambda: 0.5,
            sleep=Pauses(),
        )
        before = loop.reports
        await delivery.deliver(job(), "task_1", PolledLink(url=None))
        return loop.reports - before


def test_a_small_video_takes_few_hops_to_threads(tmp_path: Path) -> None:
    content = Clip(seconds=2, noise=True).write(tmp_path / "clip.mp4").read_bytes()

    hops = anyio.run(hops_of_a_delivery, tmp_path / "videos", content, backend_options={"loop_factory": CountingLoop})

    # Its place, its progress, the bytes (once more if they take 50 ms), the look into it, its name, what is left of it.
    assert 0 < hops <= 7
