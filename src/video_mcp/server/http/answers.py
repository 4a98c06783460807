"""Answers that are no MCP: a status and one sentence."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import JSONResponse

from video_mcp.types import JsonObject


def refusal(status_code: int, error: str, message: str, *, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return a refusal: a word for programs and a sentence that says what to do."""
    body: JsonObject = {"error": error, "error_description": message}
    return JSONResponse(body, status_code=status_code, headers=dict(headers or {}))
