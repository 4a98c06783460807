"""What to do after a refusal, by its status and what it states."""

from __future__ import annotations

import re

from video_mcp.gateway.protocol.stated_errors import StatedError, names_no_channel
from video_mcp.gateway.protocol.status_words import is_about_real_people, is_refusal_word
from video_mcp.gateway.protocol.waits import spelled
from video_mcp.types import TROUBLESHOOTING_URL

_CHANGE_PROMPT = "Change the prompt or the input: the model's filter does not let it pass."
REAL_PEOPLE = (
    "Use a picture in which no real person can be recognized; where the model takes asset:// ids, as Seedance 2.0 "
    "does, a portrait of the vendor's own library is the documented way to a face."
)
_ADVICE_BY_CODE = {
    "model_not_found": "Choose another model: list_models shows what this gateway serves.",
    "task_not_exist": "The gateway knows no such video for this key.",
}
_TOP_UP = "Top up the account or raise the key's quota at the gateway."
_ADVICE_BY_STATUS = {
    401: f"Check VIDEO_MCP_API_KEY: the key may be wrong, expired or out of quota (help: {TROUBLESHOOTING_URL}).",
    402: _TOP_UP,
    403: "This key may not do that: check which models it may use.",
    404: "Check VIDEO_MCP_BASE_URL; the gateway knows no such path or video.",
    413: "Send smaller media, or https URLs instead of files.",
    429: "Wait a little, then try again.",
}
_PLAIN_TO_TLS = re.compile(r"(?i)http request (was sent )?to (an )?https (port|server)")


def advice(status_code: int, stated: StatedError, wait_seconds: float | None) -> str | None:
    """Return what to do after an error; None when there is nothing to do."""
    code = (stated.code or "").lower()
    if status_code == 503 and names_no_channel(stated):
        code = "model_not_found"
    if code in _ADVICE_BY_CODE:
        return _ADVICE_BY_CODE[code]
    if status_code < 500 and is_about_real_people(f"{stated.code or ''} {stated.message}"):
        return REAL_PEOPLE
    if "quota" in code or "balance" in code:
        return _TOP_UP
    if status_code == 400 and _PLAIN_TO_TLS.search(stated.message):
        return "Write https: in VIDEO_MCP_BASE_URL."
    if status_code == 400 and is_refusal_word(code):
        return _CHANGE_PROMPT
    if status_code == 429 or "overload" in code or (status_code == 503 and wait_seconds):
        return f"Try again in {spelled(wait_seconds)}." if wait_seconds else _ADVICE_BY_STATUS[429]
    return _ADVICE_BY_STATUS.get(status_code)
