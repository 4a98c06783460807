"""The moving picture: a paper boat that sails through the rain below the prompt. Loads Pillow."""

# Pillow's stubs leave its optional NumPy arguments unknown.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from colorsys import hsv_to_rgb

from PIL import Image, ImageDraw, ImageFont, ImageOps

_MARGIN_SHARE = 0.06
_PROMPT_SHARE = 0.075
_CAPTION_SHARE = 0.035
_BOAT_SHARE = 0.34
_SATURATION, _BRIGHTNESS = 0.75, 0.8
_SMALLEST_FONT = 7
_LONGEST_PROMPT = 400
_WHITE, _PAPER, _SHADE, _GREY, _RAIN, _WATER = 235, 225, 190, 180, 150, (70, 50)
_NEUTRAL = 128
_WATER_LINE = 0.72
_DROPS = 90
_SPREAD = (0.754878, 0.569840)
"""Steps that fill a square evenly and without a pattern."""
_FALLS_A_CLIP = 14
_WAVE_POINTS = 48

Point = tuple[float, float]


class Picture:
    """Draw one clip's frames as the Y, Cb and Cr planes that H.264 takes.

    The light is drawn anew for each frame; of the colour only the boat changes, which makes a frame cost little.
    """

    def __init__(self, prompt: str, caption: str, width: int, height: int) -> None:
        self._width, self._height = width, height
        self._short = min(width, height)
        self._counter_font = _font(self._short * _CAPTION_SHARE)
        ground, self._cb, self._cr = _ground(prompt, width, height)
        self._ground = ground
        self._words = self._with_words(Image.new("L", (width, height), 0), prompt, caption)

    def planes(self, number: int, count: int) -> tuple[Image.Image, Image.Image, Image.Image]:
        """Return the three planes of frame `number` of `count`."""
        share = number / max(1, count - 1)
        luma, cb, cr = self._ground.copy(), self._cb.copy(), self._cr.copy()
        draw = ImageDraw.Draw(luma)
        for start, end in self._rain(share):
            draw.line((start, end), fill=_RAIN, width=max(1, self._short // 400))
        draw.polygon(self._wave(share, crests=3, amplitude=0.012, offset=-0.02), fill=_WATER[0])
        hull, sail, fold = self._boat(share)
        draw.polygon(sail, fill=_PAPER)
        draw.polygon(hull, fill=_PAPER)
        draw.polygon(fold, fill=_SHADE)
        front = self._wave(share, crests=4, amplitude=0.015, offset=0.03)
        draw.polygon(front, fill=_WATER[1])
        paper = self._paper(hull, sail, front)
        for plane in (cb, cr):
            plane.paste(_NEUTRAL, mask=paper)
        luma.paste(_WHITE, mask=self._words)
        counter = (self._width - 4 * self._short * _CAPTION_SHARE, self._height * 0.93)
        draw.text(counter, f"{number:04d}", fill=_GREY, font=self._counter_font)
        return luma, cb, cr

    def _paper(self, hull: list[Point], sail: list[Point], water: list[Point]) -> Image.Image:
        """Return where the boat's white paper can be seen, in the half size of the colour planes."""
        mask = Image.new("L", self._cb.size, 0)
        draw = ImageDraw.Draw(mask)
        for part, shown in ((hull, 255), (sail, 255), (water, 0)):
            draw.polygon([(x / 2, y / 2) for x, y in part], fill=shown)
        return mask

    def _rain(self, share: float) -> Iterator[tuple[Point, Point]]:
        """Yield each drop as a short slanted line; a drop falls through the picture again and again."""
        length = self._height * 0.05
        for drop in range(_DROPS):
            across, down = (drop * _SPREAD[0]) % 1, (drop * _SPREAD[1] + share * _FALLS_A_CLIP) % 1
            x, y = across * self._width * 1.1, down * self._height * 1.1 - length
            yield (x, y), (x - length * 0.25, y + length)

    def _surface(self, across: float, share: float, *, crests: int, amplitude: float) -> float:
        """Return the height of the water, in pixels from the top, at a share of the width."""
        swell = math.sin(2 * math.pi * (across * crests - share * crests * 2))
        return self._height * (_WATER_LINE + amplitude * swell)

    def _wave(self, share: float, *, crests: int, amplitude: float, offset: float) -> list[Point]:
        line = [
            (
                self._width * at / _WAVE_POINTS,
                self._surface(at / _WAVE_POINTS, share, crests=crests, amplitude=amplitude) + offset * self._height,
            )
            for at in range(_WAVE_POINTS + 1)
        ]
        return [*line, (self._width, self._height), (0, self._height)]

    def _boat(self, share: float) -> tuple[list[Point], list[Point], list[Point]]:
        """Return hull, sail and the sail's shaded fold; the boat bobs and leans as it crosses the picture."""
        size = self._short * _BOAT_SHARE
        across = 0.12 + 0.76 * share
        x, y = self._width * across, self._surface(across, share, crests=3, amplitude=0.03)
        lean = 0.12 * math.sin(2 * math.pi * share * 5)
        turn = complex(math.cos(lean), math.sin(lean)) * size

        def placed(*points: complex) -> list[Point]:
            turned = [point * turn for point in points]
            return [(x + point.real, y + point.imag) for point in turned]

        hull = placed(-0.6 - 0.16j, 0.6 - 0.16j, 0.34 + 0.18j, -0.34 + 0.18j)
        sail = placed(-0.3 - 0.16j, 0.3 - 0.16j, -0.62j)
        fold = placed(0 - 0.16j, 0.3 - 0.16j, -0.62j)
        return hull, sail, fold

    def _with_words(self, ground: Image.Image, prompt: str, caption: str) -> Image.Image:
        draw = ImageDraw.Draw(ground)
        margin = int(self._short * _MARGIN_SHARE)
        font = _font(self._short * _PROMPT_SHARE)
        room = self._width - 2 * margin
        lines = _wrapped(draw, _printable(prompt)[:_LONGEST_PROMPT], font, room)
        draw.multiline_text((margin, margin), lines, fill=_WHITE, font=font)
        low = self._height - margin - int(self._short * _CAPTION_SHARE)
        draw.text((margin, low), _printable(caption), fill=_WHITE, font=self._counter_font)
        return ground


def _ground(prompt: str, width: int, height: int) -> tuple[Image.Image, Image.Image, Image.Image]:
    hue = hashlib.sha256(prompt.encode("utf-8", "backslashreplace")).digest()[0] / 255
    tint = hsv_to_rgb(hue, _SATURATION, _BRIGHTNESS)
    glow = ImageOps.invert(Image.radial_gradient("L")).resize((width, height))
    bands = [glow.point([int(value * part) for value in range(256)]) for part in tint]
    luma, cb, cr = Image.merge("RGB", bands).convert("YCbCr").split()
    half = (width // 2, height // 2)
    # Video keeps light in 16..235 and colour in 16..240; Pillow's YCbCr uses the full byte.
    colour = [128 + (value - 128) * 224 // 255 for value in range(256)]
    light = [16 + value * 219 // 255 for value in range(256)]
    return luma.point(light), cb.resize(half).point(colour), cr.resize(half).point(colour)


def _font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size=max(_SMALLEST_FONT, int(size)))


def _printable(text: str) -> str:
    """Replace what no font draws: lone surrogates, control characters, line breaks."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(letter if letter.isprintable() else " " for letter in whole)


def _wrapped(
    draw: ImageDraw.ImageDraw, text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, room: int
) -> str:
    """Break text into lines that fit, at spaces where there are some and anywhere else (CJK, long words)."""
    lines = [""]
    for word in text.split():
        joined = f"{lines[-1]} {word}".strip()
        if draw.textlength(joined, font=font) <= room:
            lines[-1] = joined
            continue
        lines.append("")
        for letter in word:
            if draw.textlength(lines[-1] + letter, font=font) > room:
                lines.append("")
            lines[-1] += letter
    return "\n".join(lines).strip("\n")
