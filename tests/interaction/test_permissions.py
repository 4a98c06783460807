"""A file outside of the input folders: the user is asked about it, where their client can ask."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import mcp_types as types
import pytest
from mcp import Client
from mcp.client import ClientRequestContext

from tests.interaction.conftest import Era, House, a_house
from tests.interaction.test_inputs_and_previews import FRAME, picture
from tests.interaction.test_one_video import job_in, text_of
from video_mcp.server.app import create_server

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def asking(house: House, era: Era, questions: list[str], *, agrees: bool) -> AsyncGenerator[Client]:
    async def answer(
        context: ClientRequestContext, params: types.ElicitRequestParams
    ) -> types.ElicitResult | types.ErrorData:
        questions.append(params.message)
        return types.ElicitResult(action="accept", content={"agree": agrees})

    async with Client(create_server(house.settings), mode=era, elicitation_callback=answer) as client:
        yield client


async def test_the_user_may_allow_one_file_for_one_call(tmp_path: Path, era: Era) -> None:
    first, last = picture(tmp_path / "first.png"), picture(tmp_path / "last.png", (700, 400))
    arguments = {**FRAME, "mode": "i2v_first_last", "image": str(first), "end_image": str(last)}
    questions: list[str] = []
    async with (
        a_house(tmp_path, era, input_dirs=str(tmp_path / "videos"), confirm="always") as house,
        asking(house, era, questions, agrees=True) as client,
    ):
        result = await client.call_tool("create_video", arguments)
        asked = len(questions)
        await client.call_tool("create_video", {**FRAME, "image": str(first), "prompt": "another"})
        assert len(house.simulator.jobs) == 2
    assert job_in(result).status == "completed", text_of(result)
    assert asked == 3
    assert [str(path) in question for path, question in zip((first, last), questions, strict=False)] == [True, True]
    assert str(first) in questions[3]


async def test_a_no_leaves_the_file_unread_and_nothing_is_sent(tmp_path: Path, era: Era) -> None:
    questions: list[str] = []
    async with (
        a_house(tmp_path, era, input_dirs=str(tmp_path / "videos")) as house,
        asking(house, era, questions, agrees=False) as client,
    ):
        result = await client.call_tool("create_video", {**FRAME, "image": str(picture(tmp_path / "a.png"))})
        assert len(house.simulator.requests.matching("POST")) == 0
    assert result.is_error
    assert "did not allow" in text_of(result)
    assert len(questions) == 1


async def test_a_client_that_cannot_ask_is_told_which_folders_count(tmp_path: Path, era: Era) -> None:
    async with a_house(tmp_path, era, input_dirs=str(tmp_path / "videos")) as house, house.connect() as client:
        result = await client.call_tool("create_video", {**FRAME, "image": str(picture(tmp_path / "a.png"))})
    assert result.is_error
    assert str(tmp_path / "videos") in text_of(result)
    assert "VIDEO_MCP_INPUT_DIRS" in text_of(result)


async def test_a_yes_leads_to_no_secret_file(tmp_path: Path, era: Era) -> None:
    (tmp_path / "id_rsa.png").write_bytes(b"-----BEGIN OPENSSH PRIVATE KEY-----")
    async with (
        a_house(tmp_path, era, input_dirs=str(tmp_path / "videos")) as house,
        asking(house, era, [], agrees=True) as client,
    ):
        result = await client.call_tool("create_video", {**FRAME, "image": str(tmp_path / "id_rsa.png")})
        assert len(house.simulator.requests.matching("POST")) == 0
    assert result.is_error
    assert "not an image" in text_of(result)
