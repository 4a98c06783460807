"""Untrusted text made fit for a message or a terminal: short, plain, and without secrets."""

from __future__ import annotations

import html
import json
import re
from urllib.parse import quote

from video_mcp.plain_text import one_line, printable

_MAX_CHARS = 300
# Far more than is shown, and little enough for the patterns below to be quick on hostile text.
_MAX_READ = 10_000
_MAX_CODE_CHARS = 64
_MIN_KEY_CHARS = 6

_REQUEST_ID = re.compile(r"\(\s*request id:\s*([^\s()]+)\s*\)", re.IGNORECASE)
_UNSEEN = re.compile(r"<(script|style)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[a-zA-Z/!][^<>]*>")
_SECRETS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\bbearer\s+(?=\S*\d|\S{16})[^\s\"',;]+", re.IGNORECASE), "Bearer ***"),
    (re.compile(r"\bsk-[\w\-]+"), "sk-***"),
    (re.compile(r"(https?:\\?/\\?/)[^\s/@\"'<>]+@", re.IGNORECASE), r"\1"),
    (re.compile(r"(https?:\\?/\\?/[^\s?#\"'<>]*)[?#][^\s\"'<>]*", re.IGNORECASE), r"\1?***"),
    (re.compile(r"\bdata:[\w.+\-]+/[\w.+\-]+[;,][^\s\"'<>]*", re.IGNORECASE), "data:***"),
)
_CODE_LETTERS = re.compile(r"[^A-Za-z0-9_.:-]+")


def sanitized(text: str, *, key: str = "", max_chars: int = _MAX_CHARS) -> str:
    """Return text without tags, keys, URL queries, request ids and unprintable characters, on one line, bounded.

    `key` is taken out literally, in every form in which a gateway may repeat it.
    """
    text = _REQUEST_ID.sub("", text[:_MAX_READ])
    text = printable(html.unescape(_TAG.sub(" ", _UNSEEN.sub(" ", text))))
    text = without_key(text, key)
    for secret, mark in _SECRETS:
        text = secret.sub(mark, text)
    text = one_line(text)
    return text if len(text) <= max_chars else f"{text[: max_chars - 3].rstrip()}..."


def without_key(text: str, key: str) -> str:
    """Return text with the configured key taken out, however it is escaped."""
    if len(key) < _MIN_KEY_CHARS:
        return text
    for form in sorted(
        {key, quote(key, safe=""), json.dumps(key)[1:-1], key.replace("/", "\\/")}, key=len, reverse=True
    ):
        text = text.replace(form, "***")
    return text


def plain_code(text: str | None, *, key: str = "") -> str | None:
    """Return an untrusted error code as one word of at most 64 plain characters; None when nothing is left of it."""
    if text is None:
        return None
    code = _CODE_LETTERS.sub("_", sanitized(text, key=key)).strip("_")[:_MAX_CODE_CHARS].rstrip("_")
    return None if code.lower().startswith("sk-") else code or None


def request_id_in(text: str) -> str | None:
    """Return the request id that gateways write behind their messages; the outermost one's is last."""
    found: list[str] = _REQUEST_ID.findall(text[:_MAX_READ])
    return found[-1] if found else None


def quoted(text: str) -> str:
    """Return untrusted text as a quotation that it cannot end itself."""
    return '"' + sentence(text.replace('"', "'")) + '"'


def sentence(text: str) -> str:
    """Return text with an end."""
    return text if text.endswith((".", "!", "?", "。", "！", "？")) else f"{text}."  # noqa: RUF001 - Chinese ends
