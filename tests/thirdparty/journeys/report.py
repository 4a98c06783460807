"""What every journey uses and says: the server to start, the calls to make, and one line of JSON in the end."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from typing import Any

SERVER: dict[str, Any] = json.loads(os.environ["JOURNEY_SERVER"])  # noqa: TID251 - a script has no settings of ours
BOAT: dict[str, Any] = {"model": "kling-v3", "prompt": "A paper boat", "seconds": 5}
TOO_LONG: dict[str, Any] = {**BOAT, "seconds": 20}
SECONDS = 600


def video_id_in(text: str) -> str:
    """Return the id that an answer names."""
    return re.findall(r"video_[0-9a-z]+", text)[0]


def content_uri(text: str) -> str:
    return f"video://{video_id_in(text)}/content"


def poster_uri(text: str) -> str:
    return f"video://{video_id_in(text)}/poster"


def report(*, tools: list[str], answer: str, refusal: str, content: bytes | None = None, poster: bytes = b"") -> None:
    """Say what was seen; without `content`, this client reads no resources."""
    seen = {
        "tools": tools,
        "answer": answer,
        "refusal": refusal,
        "content_sha256": hashlib.sha256(content).hexdigest() if content is not None else None,
        "poster_start": poster[:2].hex(),
    }
    sys.stdout.write("\n" + json.dumps(seen) + "\n")
