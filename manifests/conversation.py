"""Draw the README's picture from one real conversation: `python -m manifests.conversation`.

A real client talks to the real server over stdio, and the server to the simulator. What is drawn is what they said,
with the storyboard of the file that came out of it; once on a light ground and once on a dark one.
"""

# Pillow's stubs leave its optional NumPy arguments unknown.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import io
import sys
import tempfile
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import anyio
import mcp_types as types
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from PIL import Image, ImageDraw, ImageFont

from video_mcp.simulator import SimulatorConfig, run_simulator

IMAGES = Path(__file__).parent.parent / "docs" / "images"
PROMPT = "A paper boat sails down a rainy street"
_REQUEST: dict[str, object] = {"model": "kling-v3", "prompt": PROMPT, "seconds": 5, "wait_seconds": 60}
_WIDTH_PX, _MARGIN_PX, _GAP_PX, _LINE_PX, _FONT_PX = 1280, 40, 18, 30, 20
_SHOWN_PROGRESS = 3
_COLOURS = 192


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """What was said: the lines of progress, the answer's text, and the storyboard as a JPEG."""

    progress: tuple[str, ...]
    answer: str
    storyboard: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """The colours of one ground."""

    ground: str
    text: str
    faint: str
    bubble: str
    accent: str


THEMES = {
    "light": Theme(ground="#ffffff", text="#1f2328", faint="#59636e", bubble="#eef2f6", accent="#0969da"),
    "dark": Theme(ground="#0d1117", text="#f0f6fc", faint="#9198a1", bubble="#1c232c", accent="#4493f8"),
}


async def converse(folder: Path) -> Conversation:
    """Make one video through the real server and return what was said."""
    said: list[str] = []

    async def progress(progress: float, total: float | None, message: str | None) -> None:  # noqa: ARG001 - the SDK's names
        said.append((message or "").split(" (")[0])

    async with run_simulator(SimulatorConfig(render_seconds=12.0)) as simulator:
        environment = {
            "VIDEO_MCP_BASE_URL": simulator.base_url,
            "VIDEO_MCP_API_KEY": simulator.api_key,
            "VIDEO_MCP_HOME": str(folder / "home"),
            "VIDEO_MCP_OUTPUT_DIR": str(folder),
        }
        server = StdioServerParameters(command=sys.executable, args=["-m", "video_mcp"], env=environment)
        async with Client(stdio_client(server)) as client:
            made = await client.call_tool("create_video", _REQUEST, progress_callback=progress)
            video_id = str(cast("dict[str, object]", made.structured_content)["video_id"])
            seen = await client.call_tool("fetch_video", {"video_id": video_id, "preview": "storyboard"})
    picture = next(block.data for block in seen.content if isinstance(block, types.ImageContent))
    answer = next(block.text for block in made.content if isinstance(block, types.TextContent))
    return Conversation(progress=tuple(said), answer=answer.splitlines()[0], storyboard=b64decode(picture))


def lines_of(conversation: Conversation) -> Iterator[tuple[str, str]]:
    """Yield each line with its role: `person`, `call`, `progress` or `answer`."""
    yield "person", f'You: "{PROMPT}, five seconds, wide."'
    yield "call", f'create_video  model: kling-v3, seconds: 5, prompt: "{PROMPT}"'
    step = max(1, len(conversation.progress) // _SHOWN_PROGRESS)
    for line in conversation.progress[::step][:_SHOWN_PROGRESS]:
        yield "progress", line
    yield "answer", conversation.answer
    yield "call", "fetch_video  preview: storyboard"


def draw(conversation: Conversation, theme: Theme) -> Image.Image:
    """Return the conversation as a picture."""
    board = Image.open(io.BytesIO(conversation.storyboard)).convert("RGB")
    width = _WIDTH_PX - 2 * _MARGIN_PX
    board = board.resize((width, board.height * width // board.width))
    lines = list(lines_of(conversation))
    height = 2 * _MARGIN_PX + len(lines) * (_LINE_PX + _GAP_PX) + board.height
    picture = Image.new("RGB", (_WIDTH_PX, height), theme.ground)
    pen = ImageDraw.Draw(picture)
    font = ImageFont.load_default(size=_FONT_PX)
    top = _MARGIN_PX
    for role, text in lines:
        _line(pen, font, theme, role=role, text=text, top=top)
        top += _LINE_PX + _GAP_PX
    picture.paste(board, (_MARGIN_PX, top))
    return picture


def _line(
    pen: ImageDraw.ImageDraw,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    theme: Theme,
    *,
    role: str,
    text: str,
    top: int,
) -> None:
    indent = _MARGIN_PX if role == "person" else _MARGIN_PX + 24
    if role in {"person", "call"}:
        right = indent + 24 + pen.textlength(text, font=font)
        pen.rounded_rectangle((indent, top - 6, right, top + _LINE_PX), radius=10, fill=theme.bubble)
    colour = {"person": theme.text, "call": theme.accent, "progress": theme.faint, "answer": theme.text}[role]
    pen.text((indent + 12, top), text, fill=colour, font=font)


def main() -> None:
    """Write the picture in both themes."""
    with tempfile.TemporaryDirectory() as folder:
        conversation = anyio.run(converse, Path(folder))
    for name, theme in THEMES.items():
        draw(conversation, theme).quantize(_COLOURS).save(IMAGES / f"conversation-{name}.png", optimize=True)


if __name__ == "__main__":
    main()
