"""A client that nobody here wrote."""

# OpenAI ended its own Videos API and marked the methods; the gateways that speak it live on.
# pyright: reportDeprecated=false

from __future__ import annotations

from dataclasses import replace

import anyio
import openai
import pytest

from video_mcp.simulator import FAIL_MARKER, Simulator, run_simulator

from .visits import SMALL

pytestmark = [
    pytest.mark.anyio,
    # The same, as the methods say it when they are called.
    pytest.mark.filterwarnings("ignore:The Sora API is scheduled:DeprecationWarning"),
]

QUICK = replace(SMALL, render_seconds=0.1, poll_after_ms=20)
LIMIT_SECONDS = 200


def openai_client(simulator: Simulator) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=f"{simulator.base_url}/v1", api_key=simulator.api_key, max_retries=0)


async def test_create_poll_and_download_work_unmodified() -> None:
    async with run_simulator(QUICK) as simulator, openai_client(simulator) as client:
        with anyio.fail_after(LIMIT_SECONDS):
            video = await client.videos.create_and_poll(model="sora-2", prompt="a cat", seconds="4", size="1280x720")
            content = await client.videos.download_content(video.id)

        assert (video.status, video.progress, video.seconds, video.size) == (
            "completed",
            100,
            "4",
            "1280x720",
        )
        assert (await content.aread())[4:8] == b"ftyp"


async def test_retrieve_sees_the_same_video() -> None:
    async with run_simulator(QUICK) as simulator, openai_client(simulator) as client:
        with anyio.fail_after(LIMIT_SECONDS):
            created = await client.videos.create(model="sora-2", prompt="a cat", seconds="8")
            retrieved = await client.videos.retrieve(created.id)

        assert (retrieved.id, retrieved.created_at) == (created.id, created.created_at)


async def test_an_uploaded_first_frame_arrives() -> None:
    async with run_simulator(QUICK) as simulator, openai_client(simulator) as client:
        with anyio.fail_after(LIMIT_SECONDS):
            await client.videos.create(prompt="a", model="sora-2", input_reference=("a.png", b"\x89PNG"))

        assert simulator.requests[0].uploads[0].filename == "a.png"


async def test_a_failed_job_carries_its_error() -> None:
    async with run_simulator(QUICK) as simulator, openai_client(simulator) as client:
        with anyio.fail_after(LIMIT_SECONDS):
            video = await client.videos.create_and_poll(model="sora-2", prompt=f"{FAIL_MARKER} a", seconds="4")

        assert video.status == "failed"
        assert video.error is not None
        assert video.error.code == "content_policy_violation"


async def test_a_wrong_key_is_an_authentication_error() -> None:
    async with run_simulator(QUICK) as simulator:
        client = openai.AsyncOpenAI(base_url=f"{simulator.base_url}/v1", api_key="sk-other", max_retries=0)
        async with client:
            with anyio.fail_after(LIMIT_SECONDS), pytest.raises(openai.AuthenticationError):
                await client.videos.create(model="sora-2", prompt="a cat")
