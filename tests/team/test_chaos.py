"""Three replicas behind a proxy, each killed in turn while jobs run: nothing is paid twice, and nothing is lost."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import anyio
import anyio.to_thread
import mcp_types as types
import psycopg
import pytest
from mcp import Client
from mcp.client.context import ClientRequestContext
from obstore.store import S3Store

from deploy.local.object_store import BUCKET, ObjectStoreServer
from deploy.local.team import Team, connect, run_team
from video_mcp.simulator import Simulator, SimulatorConfig, run_simulator
from video_mcp.types import JsonObject

pytestmark = [
    pytest.mark.anyio,
    # The 2025 era is served all the same.
    pytest.mark.filterwarnings("ignore::mcp.shared.exceptions.MCPDeprecationWarning"),
]

REPLICAS = 3
PRICES = '[models."kling-v2-6"]\nper_second = 1.0\n'
CHEAP = {"model": "kling-v2-6", "seconds": 5, "wait_seconds": 0}
DEAR = {"model": "kling-v2-6", "seconds": 10, "wait_seconds": 0}
AT_ONCE = 12
LONGEST_SECONDS = 1800
MANY = 100


@dataclass(slots=True)
class Creates:
    """What clients have requested: answers by prompt, and the calls that are under way."""

    team: Team
    under_way: set[str] = field(default_factory=set[str])
    answered: dict[str, str] = field(default_factory=dict[str, str])
    repeated: int = 0

    async def make(self, number: int, slots: anyio.CapacityLimiter) -> None:
        """Create a video as a client does that repeats a call whose answer got lost, in either era."""
        prompt = f"Take {number}"
        arguments = {**CHEAP, "prompt": prompt}
        user = "alice" if number % 2 else "bob"
        async with slots:
            while prompt not in self.answered:
                self.under_way.add(prompt)
                try:
                    async with connect(
                        self.team.url, self.team.tokens[user], mode=("auto", "legacy")[number % 2]
                    ) as client:
                        result = await client.call_tool("create_video", arguments)
                    answer = cast("JsonObject", result.structured_content or {})
                    if "video_id" in answer:
                        self.answered[prompt] = str(answer["video_id"])
                except Exception:  # whatever a broken connection raises, the client calls again
                    self.repeated += 1
                    await anyio.sleep(0.2)
                finally:
                    self.under_way.discard(prompt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How it ended: rows by state, creates that reached the gateway by prompt, objects, and calls cut by the kills.

    Before the kills, `questions` were put to a user whose calls went to one replica after the other, and `heard` is how
    many replicas told their subscribers of the end of one video.
    """

    questions: int
    heard: int
    states: Counter[str]
    posts: Counter[str] = field(repr=False)
    objects: int
    cut: int
    repeated: int


async def questions_for_one_yes(team: Team) -> int:
    """Create a video that its user has to agree to; each request of the client goes to another replica."""
    questions: list[str] = []

    async def agree(context: ClientRequestContext, params: types.ElicitRequestParams) -> types.ElicitResult:
        questions.append(params.message)
        return types.ElicitResult(action="accept", content={"agree": True})

    async with connect(team.url, team.tokens["alice"], answer=agree) as client:
        result = await client.call_tool("create_video", {**DEAR, "prompt": "A dear one"})
    assert not result.is_error, result.content
    return len(questions)


async def replicas_that_tell_of_the_end(team: Team) -> int:
    """Create a video through the proxy, and subscribe to it on every replica: one of them does the work."""
    heard: list[str] = []
    token = team.tokens["alice"]
    async with connect(team.url, token) as client:
        made = await client.call_tool("create_video", {**CHEAP, "prompt": "One with listeners"})
    uri = f"video://{cast('JsonObject', made.structured_content)['video_id']}"

    async def hear(origin: str) -> None:
        async with connect(f"{origin}/mcp", token) as client, client.listen(resource_subscriptions=[uri]) as events:
            while not await is_completed(client, uri):
                await anext(aiter(events))
            heard.append(origin)

    async with anyio.create_task_group() as tasks:
        for replica in team.replicas:
            tasks.start_soon(hear, replica.origin)
    return len(heard)


async def is_completed(client: Client, uri: str) -> bool:
    read = await client.read_resource(uri)
    return '"completed"' in cast("types.TextResourceContents", read.contents[0]).text


async def chaos(folder: Path, server: str, store: ObjectStoreServer, jobs: int) -> Outcome:
    config = SimulatorConfig(render_seconds=2.0, max_side=64, poll_after_ms=500)
    await anyio.Path(folder / "prices.toml").write_text(PRICES, encoding="utf-8")
    async with run_simulator(config) as simulator:
        gateway = (simulator.base_url, simulator.api_key)
        async with run_team(
            folder,
            postgresql=server,
            object_store=store,
            gateway=gateway,
            number=REPLICAS,
            settings={"LOG_LEVEL": "ERROR", "CONFIRM": "over:7", "PRICES": str(folder / "prices.toml")},
        ) as team:
            creates, cut = Creates(team), 0
            with anyio.fail_after(LONGEST_SECONDS):
                questions = await questions_for_one_yes(team)
                heard = await replicas_that_tell_of_the_end(team)
                async with anyio.create_task_group() as tasks:
                    slots = anyio.CapacityLimiter(AT_ONCE)
                    for number in range(jobs):
                        tasks.start_soon(creates.make, number, slots)
                    for number, replica in enumerate(team.replicas):
                        await until(
                            lambda wanted=(number + 1) * jobs // (REPLICAS + 1): posts(simulator).total() >= wanted
                        )
                        cut += len(creates.under_way)
                        await replica.kill()
                        if number == 0 or jobs >= MANY:  # a start takes seconds, and one replica is enough to end all
                            tasks.start_soon(replica.start)
                await ended(team.database_url, jobs + 2)
            return Outcome(
                questions=questions,
                heard=heard,
                states=await anyio.to_thread.run_sync(states, team.database_url),
                posts=posts(simulator),
                objects=await anyio.to_thread.run_sync(objects, team, store),
                cut=cut,
                repeated=creates.repeated,
            )


def posts(simulator: Simulator) -> Counter[str]:
    return Counter(str(sent.fields["prompt"]) for sent in simulator.requests.matching("POST", "/v1/videos"))


def states(database_url: str) -> Counter[str]:
    with psycopg.connect(database_url) as connection:
        rows = connection.execute("SELECT state, count(*) FROM jobs GROUP BY state").fetchall()
    return Counter({str(state): int(count) for state, count in rows})


def objects(team: Team, store: ObjectStoreServer) -> int:
    prefix = team.replicas[0].settings["STORAGE_URL"].partition(f"{BUCKET}/")[2].partition("?")[0]
    bucket = S3Store(
        BUCKET,
        prefix=prefix,
        endpoint=store.endpoint,
        region="us-east-1",
        access_key_id=store.variables["AWS_ACCESS_KEY_ID"],
        secret_access_key=store.variables["AWS_SECRET_ACCESS_KEY"],
        client_options={"allow_http": True},
    )
    # One of its overloads names pyarrow, which is not here.
    listed = bucket.list("videos/").collect()  # pyright: ignore[reportUnknownMemberType] - as above
    return len(listed)


async def until(is_so: Callable[[], bool]) -> None:
    while True:
        if is_so():
            return
        await anyio.sleep(0.02)


async def ended(database_url: str, jobs: int) -> None:
    while True:
        known = await anyio.to_thread.run_sync(states, database_url)
        if known["completed"] + known["unknown"] + known["failed"] == jobs:
            return
        await anyio.sleep(0.25)


async def test_replicas_that_are_killed_lose_no_job_and_pay_none_twice(
    tmp_path: Path, postgresql: str, object_store: ObjectStoreServer, request: pytest.FixtureRequest
) -> None:
    jobs = int(str(request.config.getoption("--chaos-jobs")))
    outcome = await chaos(tmp_path, postgresql, object_store, jobs)
    logging.getLogger(__name__).info("%s", outcome)  # `--log-cli-level INFO` shows it
    assert (outcome.questions, outcome.heard) == (1, REPLICAS)
    assert max(outcome.posts.values()) == 1
    assert outcome.states["completed"] + outcome.states["unknown"] == jobs + 2
    assert outcome.states["unknown"] <= outcome.cut
    assert outcome.objects == outcome.states["completed"]
