"""The name of a finished video's file: date, words of the prompt, id. Pure."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from datetime import datetime

_MOST_SLUG_CHARS = 60
# A name is at most 255 bytes on most disks, and `.storyboard.jpg` or `.part` still comes after it.
_MOST_SLUG_BYTES = 120
_MOST_ID_CHARS = 40
_PLAIN_ID = re.compile(rf"[A-Za-z0-9_-]{{1,{_MOST_ID_CHARS}}}")


def video_name(video_id: str, prompt: str, created_at: datetime) -> str:
    """Return a file's name without its ending: date, words of the prompt, id. Pure."""
    parts = (f"{created_at:%Y-%m-%d}", _slug(prompt), _plain_id(video_id))
    return "-".join(part for part in parts if part)


def _slug(prompt: str) -> str:
    """Keep letters, marks and digits of every script; everything else is a break between words."""
    text = unicodedata.normalize("NFKC", prompt[: _MOST_SLUG_CHARS * 4]).lower()
    kept = "".join(char if unicodedata.category(char)[0] in "LMN" else " " for char in text)
    slug = "-".join(kept.split())[:_MOST_SLUG_CHARS]
    return slug.encode()[:_MOST_SLUG_BYTES].decode(errors="ignore").strip("-")


def _plain_id(video_id: str) -> str:
    """Return the id, or what of it is fit for a name with a mark that tells it from others."""
    if _PLAIN_ID.fullmatch(video_id):
        return video_id
    mark = hashlib.sha256(video_id.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", video_id)[: _MOST_ID_CHARS - len(mark) - 1].strip("-")
    return f"{plain}-{mark}" if plain else mark
