"""The OpenAI Agents SDK: tools as its models are given them, strict where its argument says so."""

from __future__ import annotations

import base64
import json
import sys

import anyio
from agents.mcp import MCPServerStdio, MCPUtil
from report import BOAT, SECONDS, SERVER, TOO_LONG, content_uri, poster_uri, report

BLANK = {"string": "", "number": 0, "integer": 10, "boolean": False, "array": [], "object": {}}


async def main() -> None:
    strict = sys.argv[1] == "strict"
    async with MCPServerStdio(params=SERVER, client_session_timeout_seconds=SECONDS) as server:
        listed = await server.list_tools()
        schemas = {tool.name: MCPUtil.to_function_tool(tool, server, strict).params_json_schema for tool in listed}

        async def call(name: str, **given: object) -> object:
            """Call a tool; a strict model has to give every argument that its schema requires, blank or not."""
            schema = schemas[name]
            required = schema.get("required", [])
            blank = {key: BLANK[schema["properties"][key]["type"]] for key in required}
            return await server.call_tool(name, {**blank, **given})

        made = await call("create_video", **BOAT)
        answer = made.content[0].text
        newest = json.dumps((await call("get_video_status")).model_dump(mode="json"))
        assert content_uri(answer).split("/")[2] in newest
        content = (await server.read_resource(content_uri(answer))).contents[0]
        poster = (await server.read_resource(poster_uri(answer))).contents[0]
        refused = await call("create_video", **TOO_LONG)
        report(
            tools=[tool.name for tool in listed],
            answer=answer,
            refusal=refused.content[0].text,
            content=base64.b64decode(content.blob),
            poster=base64.b64decode(poster.blob),
        )


anyio.run(main)
