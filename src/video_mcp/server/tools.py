"""The four tools: what a model reads of them, and what a call does."""

from __future__ import annotations

from typing import Literal

import mcp_types as types

from video_mcp.families.catalog import Catalog
from video_mcp.server.icons import icon
from video_mcp.server.results import VideoJob, VideoSummary
from video_mcp.server.schema import WAIT, answer_schema, closed_object, create_schema
from video_mcp.types import JsonObject

ToolName = Literal["create_video", "get_video_status", "fetch_video", "list_models"]

_CREATE = (
    "Make a video and wait for it. COSTS MONEY, once per call; an unfinished or lost call is never repeated for you. "
    "Answers the finished file (path, link) or, when wait_seconds end first, status in_progress and a video_id: then "
    "call get_video_status, do not create again. Invalid parameters are refused before anything is paid, with what "
    "would work. Local files, URLs and earlier videos can be inputs."
)
_STATUS = (
    "How is a video doing? Waits up to wait_seconds for its end (free). Without video_id: the newest videos of all "
    "sessions, also after a restart, so a lost id is found here. When completed it holds the file's path."
)
_FETCH = (
    "Get a finished video's file: its path and details; waits for it if needed and downloads it again if it is gone. "
    "save_as copies it to a place of your choice. Free; the video's bytes never enter the conversation."
)
_LIST = (
    "What can be asked for: models with modes, seconds, resolutions and ratios, filtered by family or mode. With "
    "model: its whole JSON Schema, its limits and one working example per mode. Free; call it before create_video "
    "when unsure."
)


def definitions(catalog: Catalog) -> list[types.Tool]:
    """Return the tools in their fixed order, schemas derived from the catalogue."""
    return [
        types.Tool(
            name="create_video",
            title="Create a video",
            icons=[icon("create_video")],
            description=_CREATE,
            input_schema=create_schema(catalog),
            output_schema=answer_schema(
                VideoJob,
                in_full=True,
                would_send={"type": "object", "description": "dry_run: the body, media shortened."},
            ),
            annotations=types.ToolAnnotations(
                read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=True
            ),
        ),
        types.Tool(
            name="get_video_status",
            title="Video status",
            icons=[icon("get_video_status")],
            description=_STATUS,
            input_schema=closed_object(
                {
                    "video_id": {"type": "string", "description": "From create_video; leave out to list."},
                    "wait_seconds": dict(WAIT),
                    "limit": {"type": "integer", "minimum": 1, "maximum": 100, "description": "How many to list."},
                }
            ),
            output_schema=answer_schema(
                VideoJob,
                in_full=False,
                videos={"type": "array", "items": answer_schema(VideoSummary, in_full=True)},
            ),
            annotations=_reading(),
        ),
        types.Tool(
            name="fetch_video",
            title="Fetch a video file",
            icons=[icon("fetch_video")],
            description=_FETCH,
            input_schema=closed_object(
                {
                    "video_id": {"type": "string"},
                    "save_as": {"type": "string", "description": "File or folder below the allowed folders."},
                    "overwrite": {"type": "boolean"},
                    "preview": {"type": "string", "enum": ["none", "poster", "storyboard"]},
                    "wait_seconds": dict(WAIT),
                },
                required=("video_id",),
            ),
            output_schema=answer_schema(VideoJob, in_full=False),
            annotations=types.ToolAnnotations(
                read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=True
            ),
        ),
        types.Tool(
            name="list_models",
            title="List video models",
            icons=[icon("list_models")],
            description=_LIST,
            input_schema=closed_object(
                {
                    "model": {"type": "string"},
                    "family": {"type": "string", "enum": [family.name for family in catalog.families]},
                    "mode": {"type": "string"},
                }
            ),
            output_schema={
                "type": "object",
                "properties": {"models": {"type": "array", "items": {"type": "object"}}},
            },
            annotations=_reading(),
        ),
    ]


def _reading() -> types.ToolAnnotations:
    return types.ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=True)


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
