"""The four tools: what a model reads of them, and what a call does."""

from __future__ import annotations

from typing import Literal

import mcp_types as types

from video_mcp.families.catalog import Catalog
from video_mcp.server.answer_models import VideoJob, VideoSummary
from video_mcp.server.icons import ARROW_DOWN, HOURGLASS, LINES, PLAY, icon
from video_mcp.server.player import tool_meta
from video_mcp.server.schema import VIDEO_ID, answer_schema, create_schema, fields_of, object_schema, wait_schema
from video_mcp.types import JsonObject

ToolName = Literal["create_video", "get_video_status", "fetch_video", "list_models"]

_CREATE = (
    "Make a video and wait for it. COSTS MONEY, once per call; what is started cannot be cancelled, and a lost call is "
    "never repeated for you. Answers the file, or status in_progress with a video_id: then call get_video_status, do "
    "not create again. Invalid parameters are refused unpaid, with what would work."
)
_STATUS = (
    "How is a video doing? Waits for its end. Free. Without video_id: the newest videos of all sessions (a lost id is "
    "among them), what the last 24 hours cost, and with wait_seconds which open video ends first."
)
_FETCH = (
    "Get a finished video's file: waits for it, downloads it again if it is gone, copies it (save_as), shows it "
    "(preview) or joins several into one film (join). Free."
)
_LIST = (
    "Which models there are, with modes, seconds and USD per second; with family or mode also resolutions and ratios; "
    "with model its JSON Schema, limits and an example per mode. Free."
)


def definitions(catalog: Catalog, wait_seconds: float = 45.0) -> list[types.Tool]:
    """Return the tools in their fixed order, schemas derived from the catalogue."""
    job = fields_of(VideoJob)
    return [
        types.Tool(
            name="create_video",
            title="Create a video",
            icons=[icon(PLAY)],
            _meta=tool_meta(),
            description=_CREATE,
            input_schema=create_schema(catalog, wait_seconds),
            output_schema=answer_schema(
                job,
                in_full=job,
                without=(*_OF_STATUS, *_OF_FETCH),
                would_send={"type": "object"},
            ),
            annotations=types.ToolAnnotations(read_only_hint=False, destructive_hint=False),
        ),
        types.Tool(
            name="get_video_status",
            title="Video status",
            icons=[icon(HOURGLASS)],
            _meta=tool_meta(),
            description=_STATUS,
            input_schema=object_schema(
                {
                    "video_id": {"type": "string", "description": f"{VIDEO_ID} Leave it out to list."},
                    "wait_seconds": wait_schema(wait_seconds),
                    "limit": {"type": "integer", "minimum": 1, "maximum": 100, "description": "How many to list."},
                }
            ),
            output_schema=answer_schema(
                job,
                without=(*_OF_CREATE, *_OF_FETCH),
                ended_video_id={"type": "string"},
                videos={"type": "array", "items": answer_schema(fields_of(VideoSummary))},
                spending=_SPENDING,
            ),
            annotations=_reading(),
        ),
        types.Tool(
            name="fetch_video",
            title="Fetch a video file",
            icons=[icon(ARROW_DOWN)],
            _meta=tool_meta(),
            description=_FETCH,
            input_schema=object_schema(
                {
                    "video_id": {"type": "string", "description": VIDEO_ID},
                    "save_as": {"type": "string", "description": "File or folder below the allowed folders."},
                    "overwrite": {"type": "boolean", "description": "Replace a file that is there."},
                    "preview": {
                        "type": "string",
                        "enum": ["none", "poster", "storyboard"],
                        "description": "One frame to look at, or up to 12 with their times.",
                    },
                    "join": {
                        "type": "array",
                        "items": {"type": "string"},
                        "description": "Ids of the shots that follow, in order.",
                    },
                    "wait_seconds": wait_schema(wait_seconds),
                },
                required=("video_id",),
            ),
            output_schema=answer_schema(job, in_full=_OF_FETCH, without=(*_OF_CREATE, *_OF_STATUS, *_NOT_OF_A_FILE)),
            annotations=types.ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=True),
        ),
        types.Tool(
            name="list_models",
            title="List video models",
            icons=[icon(LINES)],
            description=_LIST,
            input_schema=object_schema(
                {
                    "model": {"type": "string", "description": "Show this one in full."},
                    "family": {
                        "type": "string",
                        "description": f"Only its models, e.g. {catalog.families[0].name}.",
                    },
                    "mode": {"type": "string", "description": "Models with it, e.g. i2v."},
                }
            ),
            output_schema={
                "type": "object",
                "properties": {"models": {"type": "array", "items": _ROW}},
            },
            annotations=_reading(),
        ),
    ]


_OF_CREATE = ("duplicate_of",)
_OF_STATUS = ("upstream_id",)
_OF_FETCH = ("preview",)
"""What one tool alone answers of a job."""

_NOT_OF_A_FILE = ("elapsed_seconds", "eta_seconds", "estimated_cost", "estimated_cost_usd", "charged_usd")
"""What fetch_video answers too, and get_video_status spells."""

_SPENDING: JsonObject = {
    "type": "object",
    "properties": {"videos": {"type": "integer"}, "seconds": {"type": "number"}, "cost_usd": {"type": "number"}},
}
_ROW: JsonObject = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "family": {"type": "string"},
        "modes": {"type": "array", "items": {"type": "string"}},
        "seconds": {"type": "string"},
        "usd_per_second": {"type": "number"},
    },
}


def _reading() -> types.ToolAnnotations:
    """Return the hints of a tool that only reads; the protocol gives the others no meaning there."""
    return types.ToolAnnotations(read_only_hint=True)


def result(
    text: str,
    structured: JsonObject,
    *more: types.ContentBlock,
    is_error: bool = False,
) -> types.CallToolResult:
    """Return a tool's answer: plain text first, the same facts structured."""
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=text), *more],
        structured_content=structured,
        is_error=is_error,
    )
