"""Draw the icon that listings show: `python -m manifests.icon`.

It is the server's own icon (`server/icons.py`), 400 by 400 pixels, as a PNG.
"""

# Pillow's stubs leave its optional NumPy arguments unknown.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

from video_mcp.server.icons import BODY, COLOUR, LENS, VIEW

ICON = Path(__file__).parent.parent / "docs" / "images" / "icon.png"
SIDE_PX = 400
_SMOOTHING = 4
_MARGIN = 1
_GROUND = "#ffffff"


def draw_icon() -> Image.Image:
    """Return the icon: the camera on a white ground, drawn large and reduced for smooth edges."""
    scale = SIDE_PX * _SMOOTHING / (VIEW + 2 * _MARGIN)
    picture = Image.new("RGB", (SIDE_PX * _SMOOTHING, SIDE_PX * _SMOOTHING), _GROUND)
    pen = ImageDraw.Draw(picture)
    for shape in (BODY, LENS):
        pen.polygon([((x + _MARGIN) * scale, (y + _MARGIN) * scale) for x, y in shape], fill=COLOUR)
    return picture.resize((SIDE_PX, SIDE_PX), Image.Resampling.LANCZOS)


def main() -> None:
    """Write the icon."""
    draw_icon().save(ICON, optimize=True)


if __name__ == "__main__":
    main()
