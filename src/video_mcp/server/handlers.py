"""What happens when a tool is called."""

from __future__ import annotations

import logging
from typing import assert_never

import mcp_types as types

from video_mcp.errors import ConfigurationError, ConfirmationNeeded, Finding, InvalidRequest, JobError, VideoMCPError
from video_mcp.server.answers import bounded
from video_mcp.server.arguments import ListArguments, parse
from video_mcp.server.context import ServerContext
from video_mcp.server.model_listing import list_models
from video_mcp.server.tool_call import ToolAnswer, ToolCall
from video_mcp.server.tools import ToolName, result
from video_mcp.types import JsonObject

logger = logging.getLogger(__name__)

_MOST_ALLOWED = 12


async def call_tool(context: ServerContext, name: ToolName, call: ToolCall) -> ToolAnswer:
    """Run a tool; a domain error is an answer, and of any other error only its kind is told."""
    try:
        if name == "list_models":
            return await _list_models(context, call)
        from video_mcp.server import video_handlers as video_calls  # noqa: PLC0415 - the jobs room loads when it is first needed

        match name:
            case "create_video":
                return await video_calls.create_video(context, call)
            case "get_video_status":
                return await video_calls.get_video_status(context, call)
            case "fetch_video":
                return await video_calls.fetch_video(context, call)
            case _:
                assert_never(name)
    except VideoMCPError as error:
        return _refused(error)
    except Exception as error:
        logger.exception("%s failed", name)
        message = f"Something unexpected went wrong in video-mcp ({type(error).__name__})."
        advice = "Its log on stderr tells more; get_video_status shows whether a video was begun."
        return result(f"{message} {advice}", {"error": {"code": "internal", "message": message, "advice": advice}},
                      is_error=True)  # fmt: skip


async def _list_models(context: ServerContext, call: ToolCall) -> types.CallToolResult:
    arguments = parse(ListArguments, call.arguments)
    usable = await (await context.service()).usable_models() if not context.settings.missing() else None
    text, structured = list_models(context.catalog, arguments, usable)
    return result(text, structured)


def _refused(error: VideoMCPError) -> types.CallToolResult:
    facts: JsonObject = {"code": error.code, "message": error.message}
    advice = _advice(error)
    if advice is not None:
        facts["advice"] = advice
    if isinstance(error, InvalidRequest):
        facts["findings"] = [_finding(finding) for finding in error.findings]
    structured: JsonObject = {"error": facts, "charged": error.charged}
    if isinstance(error, ConfirmationNeeded):
        structured["confirmation_token"] = error.token
    if isinstance(error, JobError):
        structured["video_id"] = error.video_id
    return result(bounded(f"{error.message} {advice or ''}".strip(), 4000), structured, is_error=True)


def _advice(error: VideoMCPError) -> str | None:
    if isinstance(error, ConfigurationError):
        return "Set it in the server's environment in your client's configuration, then restart the client."
    return error.advice


def _finding(finding: Finding) -> JsonObject:
    """Return a finding as structure; a long list of allowed values is in the message and in list_models."""
    shown: JsonObject = {"field": finding.field, "message": finding.message}
    if finding.value is not None:
        shown["value"] = finding.value
    if 0 < len(finding.allowed) <= _MOST_ALLOWED:
        shown["allowed"] = [*finding.allowed]
    if finding.nearest is not None:
        shown["nearest"] = finding.nearest
    if finding.models:
        shown["models"] = [*finding.models]
    return shown
