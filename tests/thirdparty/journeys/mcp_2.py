"""The Python SDK's second line, in the era that its argument names: legacy or auto."""

from __future__ import annotations

import base64
import sys

import anyio
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from report import BOAT, SERVER, TOO_LONG, content_uri, poster_uri, report


async def main() -> None:
    async with Client(stdio_client(StdioServerParameters(**SERVER)), mode=sys.argv[1]) as client:
        tools = [tool.name for tool in (await client.list_tools()).tools]
        answer = (await client.call_tool("create_video", BOAT)).content[0].text
        content = (await client.read_resource(content_uri(answer))).contents[0]
        poster = (await client.read_resource(poster_uri(answer))).contents[0]
        refused = await client.call_tool("create_video", TOO_LONG)
        assert refused.is_error
        report(
            tools=tools,
            answer=answer,
            refusal=refused.content[0].text,
            content=base64.b64decode(content.blob),
            poster=base64.b64decode(poster.blob),
        )


anyio.run(main)
