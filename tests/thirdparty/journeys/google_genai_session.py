"""google-genai, to which a session is a tool: the language model behind GOOGLE_GEMINI_BASE_URL is a script."""

from __future__ import annotations

import anyio
from google import genai
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from report import SERVER, report


async def main() -> None:
    async with stdio_client(StdioServerParameters(**SERVER)) as streams, ClientSession(*streams) as session:
        await session.initialize()
        tools = [tool.name for tool in (await session.list_tools()).tools]
        said = await genai.Client().aio.models.generate_content(
            model="gemini-2.5-flash", contents="Make a video of a paper boat.", config={"tools": [session]}
        )
        # The answers of the tools go to the language model, which keeps them.
        report(tools=tools, answer=said.text or "", refusal="")


anyio.run(main)
