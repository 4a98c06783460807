"""The Python SDK's first line: a session over stdio, with a handshake."""

from __future__ import annotations

import base64
from datetime import timedelta

import anyio
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from pydantic import AnyUrl
from report import BOAT, SECONDS, SERVER, TOO_LONG, content_uri, poster_uri, report


async def main() -> None:
    async with (
        stdio_client(StdioServerParameters(**SERVER)) as streams,
        ClientSession(*streams, read_timeout_seconds=timedelta(seconds=SECONDS)) as session,
    ):
        await session.initialize()
        tools = [tool.name for tool in (await session.list_tools()).tools]
        made = await session.call_tool("create_video", BOAT)
        answer = made.content[0].text
        content = (await session.read_resource(AnyUrl(content_uri(answer)))).contents[0]
        poster = (await session.read_resource(AnyUrl(poster_uri(answer)))).contents[0]
        refused = await session.call_tool("create_video", TOO_LONG)
        assert refused.isError
        report(
            tools=tools,
            answer=answer,
            refusal=refused.content[0].text,
            content=base64.b64decode(content.blob),
            poster=base64.b64decode(poster.blob),
        )


anyio.run(main)
