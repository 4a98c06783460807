"""An agent that calls tools of one shared server and counts what enters its context."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import anyio
import mcp_types as types
import pytest
from mcp import Client

from tests.interaction.conftest import House
from tests.interaction.test_one_video import job_in, text_of
from video_mcp.server.answer_models import VideoJob
from video_mcp.simulator import SimulatorConfig

READABLE = SimulatorConfig(render_seconds=0.2, max_side=160, poll_after_ms=50)
SHOT: dict[str, object] = {"model": "veo3.1", "seconds": 4}
BOAT: dict[str, object] = {"model": "kling-v2-6", "prompt": "A paper boat", "seconds": 5}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a tool, and the text and structure of its answer."""

    tool: str
    arguments: dict[str, object]
    text: str
    bytes: int


@dataclass(slots=True)
class Agent:
    """Calls tools and counts what enters its context."""

    client: Client
    house: House
    prompt: str
    calls: list[Call] = field(default_factory=list[Call])

    @property
    def bytes(self) -> int:
        """What all answers put into the context: text and structure."""
        return sum(call.bytes for call in self.calls)

    @property
    def texts(self) -> list[str]:
        return [call.text for call in self.calls]

    async def call(self, tool: str, **arguments: object) -> types.CallToolResult:
        with anyio.fail_after(120):
            result = await self.client.call_tool(tool, arguments)
        text = text_of(result)
        size = len(text.encode()) + len(json.dumps(result.structured_content).encode())
        self.calls.append(Call(tool=tool, arguments=arguments, text=text, bytes=size))
        return result

    async def make(self, **changes: object) -> VideoJob:
        result = await self.call("create_video", **{**BOAT, "prompt": self.prompt, **changes})
        assert not result.is_error, self.texts[-1]
        return job_in(result)

    async def check(self, **changes: object) -> str:
        """Return the text of a request that is checked and not sent."""
        result = await self.call("create_video", **{**BOAT, "prompt": self.prompt, **changes, "dry_run": True})
        assert not result.is_error, self.texts[-1]
        assert self.texts[-1].startswith("Nothing was sent.")
        return self.texts[-1]

    async def refused(self, tool: str, *words: str, **arguments: object) -> None:
        """Call a tool that must refuse and name each of these words."""
        result = await self.call(tool, **arguments)
        assert result.is_error, self.texts[-1]
        assert "Charged: no" in self.texts[-1]
        for word in words:
            assert word in self.texts[-1], (word, self.texts[-1])


def journey(*, calls: int, most_bytes: int, says: str, shown_as: str | None = None) -> pytest.MarkDecorator:
    """State what a task takes: so many calls, at most so many bytes of answers, and words that name a next step.

    `shown_as` names the place in docs/agents.md that shows this journey.
    """
    return pytest.mark.journey(calls=calls, most_bytes=most_bytes, says=says, shown_as=shown_as)
