"""What `doctor` looks at, each a pure judgement of a fact."""

from __future__ import annotations

import ssl
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from socket import gaierror
from typing import Literal
from urllib.parse import urlsplit

from video_mcp.errors import (
    GatewayProtocolError,
    GatewayRejected,
    GatewayTimeout,
    GatewayUnreachable,
    VideoMCPError,
)
from video_mcp.families.messages import closest_word
from video_mcp.settings import PREFIX

Verdict = Literal["ok", "warning", "problem"]

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_SKEW_SECONDS = 120.0
_SCARCE_BYTES = 1_000_000_000
_TOO_LITTLE_BYTES = 100_000_000


@dataclass(frozen=True, slots=True)
class Check:
    """One line of a diagnosis; what is not ok has a remedy."""

    name: str
    verdict: Verdict
    message: str
    remedy: str = ""


def settings_checks(problems: Iterable[str]) -> list[Check]:
    """Judge what keeps the settings from being read, `${...}` that nobody filled in among it."""
    remedy = "Correct it in the environment, or in your client's configuration of this server."
    return [Check("settings", "problem", problem, remedy) for problem in problems]


def unknown_variable_checks(unknown: Iterable[str], known: Collection[str]) -> Iterator[Check]:
    """Judge variables that begin like ours and are none."""
    own = [name.removeprefix(PREFIX) for name in known]
    for name in unknown:
        close = closest_word(name.removeprefix(PREFIX), own)
        remedy = f"Did you mean {PREFIX}{close}?" if close else "Take it out; video-mcp does not read it."
        yield Check("settings", "warning", f"{name} is no setting", remedy)


def address_check(base_url: str | None) -> Check:
    """Judge the gateway's address as it is written."""
    if base_url is None:
        remedy = "Set it to your gateway's address, such as https://gateway.example; video-mcp demo needs none."
        return Check("address", "problem", "VIDEO_MCP_BASE_URL is not set", remedy)
    parts = urlsplit(base_url)
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        remedy = "Use https: the key travels with every request."
        return Check("address", "warning", f"{base_url} is not encrypted", remedy)
    return Check("address", "ok", base_url)


def key_check(*, is_set: bool) -> Check:
    """Judge whether there is a key; what it is stays unsaid."""
    if is_set:
        return Check("key", "ok", "set")
    return Check("key", "problem", "VIDEO_MCP_API_KEY is not set", "Set it to the key that your gateway gave you.")


def gateway_check(outcome: Sequence[str] | VideoMCPError, known: Collection[str]) -> Check:
    """Judge what came of asking the gateway for its models."""
    if not isinstance(outcome, VideoMCPError):
        shared = len(set(outcome) & set(known))
        return Check("gateway", "ok", f"answers and takes the key; {len(outcome)} models, {shared} of them known here")
    if isinstance(outcome, GatewayRejected):
        return _rejected(outcome)
    if isinstance(outcome, GatewayProtocolError):
        remedy = "Check VIDEO_MCP_BASE_URL: something answers there that is no gateway's API."
        return Check("gateway", "problem", outcome.message, remedy)
    if isinstance(outcome, GatewayUnreachable):
        return _unreachable(outcome)
    return Check("gateway", "problem", outcome.message, outcome.advice or "")


def clock_check(*, now: float, gateway_now: float | None, newest_entry: float | None) -> Check:
    """Judge the clock by the gateway's, where it tells, and by the ledger's newest entry."""
    if gateway_now is not None and abs(now - gateway_now) > _SKEW_SECONDS:
        message = f"differs from the gateway's by {abs(now - gateway_now):.0f} s"
    elif newest_entry is not None and newest_entry - now > _SKEW_SECONDS:
        message = f"is {newest_entry - now:.0f} s behind the ledger's newest entry"
    else:
        return Check("clock", "ok", "agrees with what can be compared")
    return Check("clock", "warning", message, "Let the system set its time by itself.")


def folder_check(name: str, setting: str, folder: Path, *, is_writable: bool) -> Check:
    """Judge a folder that has to be written to."""
    if is_writable:
        return Check(name, "ok", str(folder))
    return Check(name, "problem", f"{folder} cannot be written", f"Set {setting} to a folder of your own.")


def input_check(folder: Path, *, is_folder: bool) -> Check:
    """Judge a folder that media are read from."""
    if is_folder:
        return Check("inputs", "ok", str(folder))
    return Check("inputs", "warning", f"{folder} is no folder", "Correct VIDEO_MCP_INPUT_DIRS.")


def ledger_check(place: str, outcome: float | Exception | None) -> Check:
    """Judge whether the ledger opens; `outcome` is the time of its newest entry, if there is one."""
    if isinstance(outcome, Exception):
        why = outcome.message if isinstance(outcome, VideoMCPError) else type(outcome).__name__
        remedy = f"Move {place} aside; a new one is made. Videos that are already there stay where they are."
        return Check("ledger", "problem", f"{place} does not open ({why})", remedy)
    return Check("ledger", "ok", place if outcome is not None else f"{place} (empty)")


def disk_check(folder: Path, free_bytes: int) -> Check:
    """Judge the room that is left for videos."""
    message = f"{free_bytes / 1e9:.1f} GB free for {folder}"
    if free_bytes >= _SCARCE_BYTES:
        return Check("disk", "ok", message)
    verdict: Verdict = "problem" if free_bytes < _TOO_LITTLE_BYTES else "warning"
    return Check("disk", verdict, message, "Make room, or set VIDEO_MCP_OUTPUT_DIR to a larger disk.")


def cause_of(error: BaseException) -> BaseException:
    """Return the innermost cause of an error: what the system itself said."""
    seen = {id(error)}
    while (inner := error.__cause__ or error.__context__) is not None and id(inner) not in seen:
        seen.add(id(inner))
        error = inner
    return error


def _rejected(error: GatewayRejected) -> Check:
    match error.status_code:
        case 401:
            remedy = "Copy VIDEO_MCP_API_KEY again from your gateway."
            return Check("gateway", "problem", "does not take the key (401)", remedy)
        case 403:
            remedy = "Look at the key's rights and its credit at your gateway."
            return Check("gateway", "problem", "knows the key and refuses it (403)", remedy)
        case 404:
            remedy = "Harmless with servers that list no models; otherwise correct the path in VIDEO_MCP_BASE_URL."
            return Check("gateway", "warning", "answers, and has no list of models (404)", remedy)
        case _:
            message = f"answers with {error.status_code}: {error.message}"
            return Check("gateway", "problem", message, error.advice or "Try again later.")


def _unreachable(error: GatewayUnreachable) -> Check:
    cause = cause_of(error)
    if isinstance(cause, gaierror):
        return Check("gateway", "problem", "its name is not known (DNS)", "Check VIDEO_MCP_BASE_URL and the network.")
    if isinstance(cause, ssl.SSLError):
        return _untrusted(cause)
    if isinstance(cause, ConnectionRefusedError):
        remedy = "Check the port in VIDEO_MCP_BASE_URL, and that the gateway runs."
        return Check("gateway", "problem", "nothing listens there", remedy)
    slow = "does not answer in time" if isinstance(error, GatewayTimeout) else error.message
    return Check("gateway", "problem", slow, "Check the network, a proxy or a firewall on the way.")


def _untrusted(error: ssl.SSLError) -> Check:
    why = error.verify_message if isinstance(error, ssl.SSLCertVerificationError) else (error.reason or "no TLS there")
    remedy = "Check VIDEO_MCP_BASE_URL, this machine's clock, and a proxy that puts in its own certificate."
    return Check("gateway", "problem", f"its TLS certificate is not trusted ({why})", remedy)
