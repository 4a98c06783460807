"""The moving picture: a prompt on a coloured ground, a travelling ball, a counter. Loads Pillow."""

# Pillow's stubs leave its optional NumPy arguments unknown.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import hashlib
from colorsys import hsv_to_rgb

from PIL import Image, ImageDraw, ImageFont, ImageOps

_MARGIN_SHARE = 0.06
_PROMPT_SHARE = 0.075
_CAPTION_SHARE = 0.035
_BALL_SHARE = 0.12
_SATURATION, _BRIGHTNESS = 0.75, 0.8
_SMALLEST_FONT = 7
_LONGEST_PROMPT = 400
_WHITE, _GREY = 235, 180


class Picture:
    """Draw one clip's frames as the Y, Cb and Cr planes that H.264 takes.

    Only the light moves; colour is painted once, which makes a frame cost little even at 4k.
    """

    def __init__(self, prompt: str, caption: str, width: int, height: int) -> None:
        self._width, self._height = width, height
        self._short = min(width, height)
        self._counter_font = _font(self._short * _CAPTION_SHARE)
        ground, self._cb, self._cr = _ground(prompt, width, height)
        self._ground = self._with_words(ground, prompt, caption)

    def planes(self, number: int, count: int) -> tuple[Image.Image, Image.Image, Image.Image]:
        """Return the three planes of frame `number` of `count`."""
        luma = self._ground.copy()
        draw = ImageDraw.Draw(luma)
        size = max(4, int(self._short * _BALL_SHARE))
        left = (self._width - size) * number // max(1, count - 1)
        top = self._height * 3 // 5
        draw.ellipse((left, top, left + size, top + size), fill=_WHITE)
        draw.text((left, top + size), f"{number:04d}", fill=_WHITE, font=self._counter_font)
        return luma, self._cb, self._cr

    def _with_words(self, ground: Image.Image, prompt: str, caption: str) -> Image.Image:
        draw = ImageDraw.Draw(ground)
        margin = int(self._short * _MARGIN_SHARE)
        font = _font(self._short * _PROMPT_SHARE)
        room = self._width - 2 * margin
        lines = _wrapped(draw, _printable(prompt)[:_LONGEST_PROMPT], font, room)
        draw.multiline_text((margin, margin), lines, fill=_WHITE, font=font)
        low = self._height - margin - int(self._short * _CAPTION_SHARE)
        draw.text((margin, low), _printable(caption), fill=_GREY, font=self._counter_font)
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
