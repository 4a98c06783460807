"""The gateway's words made fit for a message: short, plain, and without secrets."""

from __future__ import annotations

import html
import re

_MAX_CHARS = 300
# Far more than is shown, and little enough for the patterns below to be quick on hostile text.
_MAX_READ = 10_000

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


def sanitized(text: str) -> str:
    """Return text without tags, keys, URL queries and request ids, on one line, at most 300 characters."""
    text = _REQUEST_ID.sub("", text[:_MAX_READ])
    text = html.unescape(_TAG.sub(" ", _UNSEEN.sub(" ", text)))
    for secret, mark in _SECRETS:
        text = secret.sub(mark, text)
    text = " ".join(text.split())
    return text if len(text) <= _MAX_CHARS else f"{text[: _MAX_CHARS - 3].rstrip()}..."


def request_id_in(text: str) -> str | None:
    """Return the request id that gateways write behind their messages; the outermost one's is last."""
    found: list[str] = _REQUEST_ID.findall(text[:_MAX_READ])
    return found[-1] if found else None


def sentence(text: str) -> str:
    """Return text with an end."""
    return text if text.endswith((".", "!", "?", "。", "！", "？")) else f"{text}."  # noqa: RUF001 - Chinese ends
