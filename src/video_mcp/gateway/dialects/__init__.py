"""Pure: where each field of a checked request goes on the wire.

`gateway` writes the fields at the top level, as the gateway's page does. `new-api` is the stock software behind such
gateways: it reads few fields at the top level and a family's own in `metadata`. `openai` is the multipart form of
OpenAI's API and of the servers that copy it (vLLM-Omni, SGLang).
"""

from __future__ import annotations

from typing import assert_never

from video_mcp.families.params import VideoRequest
from video_mcp.gateway.dialects.gateway import gateway_body
from video_mcp.gateway.dialects.new_api import new_api_body
from video_mcp.gateway.dialects.openai import openai_form
from video_mcp.gateway.dialects.redacted import shortened
from video_mcp.gateway.upstream import WireBody
from video_mcp.types import Dialect

__all__ = ["shortened", "wire_body"]


def wire_body(request: VideoRequest, dialect: Dialect) -> WireBody:
    """Return the body that asks for a video.

    The media of the request are references that can be sent as they are: `https:` URLs or `data:` URIs.
    """
    match dialect:
        case "gateway":
            return WireBody(json=gateway_body(request))
        case "new-api":
            return WireBody(json=new_api_body(request))
        case "openai":
            return WireBody(form=openai_form(request))
        case _:
            assert_never(dialect)
