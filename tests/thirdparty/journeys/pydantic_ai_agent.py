"""An agent of pydantic-ai whose language model is a script: it calls, reads the answer, and corrects itself."""

from __future__ import annotations

import anyio
from fastmcp.client.transports import StdioTransport
from pydantic_ai import Agent
from pydantic_ai.mcp import MCPToolset
from pydantic_ai.messages import ModelMessage, ModelResponse, RetryPromptPart, TextPart, ToolCallPart, ToolReturnPart
from pydantic_ai.models.function import AgentInfo, FunctionModel
from report import BOAT, SERVER, TOO_LONG, report


async def main() -> None:
    tools: list[str] = []
    results: list[str] = []

    def reply(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        tools[:] = [tool.name for tool in info.function_tools]
        last = messages[-1].parts[-1]
        if not isinstance(last, RetryPromptPart | ToolReturnPart):
            return ModelResponse(parts=[ToolCallPart("create_video", TOO_LONG)])
        results.append(str(last.content))
        if len(results) == 1:
            return ModelResponse(parts=[ToolCallPart("create_video", BOAT)])
        return ModelResponse(parts=[TextPart("done")])

    toolset = MCPToolset(StdioTransport(**SERVER), init_timeout=600)
    result = await Agent(FunctionModel(reply), toolsets=[toolset], retries=3).run("Make a video of a paper boat.")
    assert result.output == "done"
    report(tools=tools, answer=results[1], refusal=results[0])


anyio.run(main)
