"""What a server's answers show of its kind, before any request that costs."""

from __future__ import annotations

from pydantic import JsonValue

from video_mcp.gateway.protocol.json_values import json_or_none, parse_beginning
from video_mcp.gateway.upstream import HTTPResponse, ServerSigns
from video_mcp.types import JsonObject


def read_signs(models: HTTPResponse, schema: HTTPResponse | None) -> ServerSigns:
    """Return the signs in a list of models, or in what came instead, and in an OpenAPI description."""
    body = json_or_none(models.body)
    entries = body.get("data") if isinstance(body, dict) else body
    return ServerSigns(
        headers=models.headers,
        models=tuple(entry for entry in entries if isinstance(entry, dict)) if isinstance(entries, list) else (),
        error=_object(body.get("error")) if isinstance(body, dict) else {},
        schema=_schema(schema) if schema is not None and schema.status_code == 200 else {},
    )


def _schema(response: HTTPResponse) -> JsonObject:
    """Parse a description; LiteLLM's is so long that its end may be missing, and its title comes first."""
    try:
        return _object(parse_beginning(response.body))
    except ValueError:
        return {}


def _object(value: JsonValue) -> JsonObject:
    return value if isinstance(value, dict) else {}
