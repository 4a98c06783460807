"""Ids as real gateways give them."""

from __future__ import annotations

import base64
import random
import string
from typing import assert_never

from video_mcp.simulator.config import IdStyle

_LETTERS = string.ascii_letters + string.digits
_LONGEST = 512


def new_id(style: IdStyle, model: str, source: random.Random) -> str:
    """Return the next id of a style; equal sources give equal ids."""
    word = "".join(source.choices(_LETTERS, k=32))
    match style:
        case "task":
            return f"task_{word}"
        case "colon":
            return f"{model}:task/{word.lower()}"
        case "base64":
            # 0xfb 0xff spell `+/`, and 32 bytes end in `=`: the three characters that break a naive path.
            return base64.b64encode(b"\xfb\xff\xfe" + word[:29].encode()).decode()
        case "long":
            return (f"task_{word}+/=:" + "x" * _LONGEST)[:_LONGEST]
        case _:
            assert_never(style)
