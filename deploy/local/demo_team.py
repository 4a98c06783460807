"""`make demo-team`: two replicas, PostgreSQL, an S3 server and a proxy on this machine; two users, three videos."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import anyio
import httpx2
from mcp import types

from deploy.local.object_store import ObjectStoreServer, run_object_store
from deploy.local.postgresql import run_postgresql
from deploy.local.team import Team, connect, run_team
from video_mcp.simulator import SimulatorConfig, run_simulator
from video_mcp.types import JsonObject

_VIDEOS = (
    ("alice", "A paper boat on a rainy street"),
    ("bob", "A fox in the first snow"),
    ("alice", "A lighthouse at dusk"),
)
_WAIT_SECONDS = 300


def main() -> int:
    """Run the demo; returns the exit code."""
    _say("Starting PostgreSQL and an S3 server from their wheels...")
    with (
        TemporaryDirectory(prefix="video-mcp-team-") as folder,
        run_postgresql() as database,
        run_object_store() as store,
    ):
        problems = anyio.run(_demo, Path(folder), database, store)
    for problem in problems:
        _say(f"WRONG: {problem}")
    _say("All of it is stopped and removed.")
    return 1 if problems else 0


async def _demo(folder: Path, database: str, store: ObjectStoreServer) -> list[str]:
    async with run_simulator(SimulatorConfig(render_seconds=2.0, max_side=320)) as simulator:
        gateway = (simulator.base_url, simulator.api_key)
        _say("Starting two replicas and a proxy...")
        async with run_team(folder, postgresql=database, object_store=store, gateway=gateway) as team:
            _say(f"The team's server: {team.url}, with static tokens for {' and '.join(team.tokens)}.")
            made = [(user, await _make(team, user, prompt)) for user, prompt in _VIDEOS]
            return [problem for user in team.tokens for problem in await _look(team, user, made)]


async def _make(team: Team, user: str, prompt: str) -> str:
    arguments = {"model": "kling-v2-6", "prompt": prompt, "seconds": 5, "wait_seconds": _WAIT_SECONDS}
    async with connect(team.url, team.tokens[user]) as client:
        answer = _content(await client.call_tool("create_video", arguments))
    file = answer.get("file")
    assert isinstance(file, dict), answer
    async with httpx2.AsyncClient() as client:
        size = len((await client.get(str(file["download_url"]))).content)
    _say(
        f"{user} made {answer['video_id']}: {prompt}. Downloaded {size} bytes by its link, until {file['expires_at']}."
    )
    return str(answer["video_id"])


async def _look(team: Team, user: str, made: list[tuple[str, str]]) -> list[str]:
    """Return what a user sees that is not theirs, or does not see that is."""
    async with connect(team.url, team.tokens[user]) as client:
        listed = _content(await client.call_tool("get_video_status", {})).get("videos")
        assert isinstance(listed, list)
        seen = {str(cast("JsonObject", video)["video_id"]) for video in listed}
        others = [video_id for owner, video_id in made if owner != user]
        told = [await client.call_tool("get_video_status", {"video_id": video_id}) for video_id in others]
    own = {video_id for owner, video_id in made if owner == user}
    _say(f"{user} sees {len(seen)} videos; of the other's {len(others)}, none is known to them.")
    problems = [f"{user} sees {seen}, not {own}"] if seen != own else []
    return [*problems, *(f"{user} was told of another's video" for answer in told if not answer.is_error)]


def _content(result: types.CallToolResult) -> JsonObject:
    assert result.structured_content is not None, result
    return cast("JsonObject", result.structured_content)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
