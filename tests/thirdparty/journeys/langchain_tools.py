"""LangChain's adapters: tools with their artifacts, resources, and schemas as OpenAI's models take them."""

from __future__ import annotations

import anyio
from langchain_core.utils.function_calling import convert_to_openai_tool
from langchain_mcp_adapters.client import MultiServerMCPClient
from langchain_mcp_adapters.resources import load_mcp_resources
from langchain_mcp_adapters.tools import load_mcp_tools
from report import BOAT, SERVER, TOO_LONG, content_uri, poster_uri, report


def call(name: str, arguments: dict[str, object]) -> dict[str, object]:
    return {"type": "tool_call", "id": "1", "name": name, "args": arguments}


async def main() -> None:
    client = MultiServerMCPClient({"video": {"transport": "stdio", **SERVER}})
    async with client.session("video") as session:
        tools = {tool.name: tool for tool in await load_mcp_tools(session)}
        for tool in tools.values():
            assert convert_to_openai_tool(tool)["function"]["parameters"]["properties"]
            assert convert_to_openai_tool(tool, strict=True)["function"]["strict"]
        made = await tools["create_video"].ainvoke(call("create_video", BOAT))
        answer = made.content[0]["text"]
        assert made.artifact["structured_content"]["status"] == "completed"
        (content,) = await load_mcp_resources(session, uris=content_uri(answer))
        (poster,) = await load_mcp_resources(session, uris=poster_uri(answer))
        refused = await tools["create_video"].ainvoke(call("create_video", TOO_LONG))
        assert refused.status == "error"
        report(
            tools=list(tools),
            answer=answer,
            refusal=str(refused.content),
            content=content.as_bytes(),
            poster=poster.as_bytes(),
        )


anyio.run(main)
