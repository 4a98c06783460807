"""The client of fastmcp, of either line; the path of the file is in the typed data too."""

from __future__ import annotations

import base64

import anyio
from fastmcp import Client
from fastmcp.client.transports import StdioTransport
from report import BOAT, SERVER, TOO_LONG, content_uri, poster_uri, report


async def main() -> None:
    async with Client(StdioTransport(**SERVER)) as client:
        tools = [tool.name for tool in await client.list_tools()]
        made = await client.call_tool("create_video", BOAT)
        answer = made.content[0].text
        status = (await client.call_tool("get_video_status", {"video_id": made.structured_content["video_id"]})).data
        file = status["file"] if isinstance(status, dict) else status.file
        path = file["path"] if isinstance(file, dict) else file.path
        assert path == made.structured_content["file"]["path"]
        content = (await client.read_resource(content_uri(answer)))[0]
        poster = (await client.read_resource(poster_uri(answer)))[0]
        refused = await client.call_tool("create_video", TOO_LONG, raise_on_error=False)
        assert refused.is_error
        report(
            tools=tools,
            answer=answer,
            refusal=refused.content[0].text,
            content=base64.b64decode(content.blob),
            poster=base64.b64decode(poster.blob),
        )


anyio.run(main)
