"""What `doctor` looks at, each a pure judgement of a fact."""

from __future__ import annotations

import re
import ssl
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from socket import gaierror
from typing import Literal
from urllib.parse import urlsplit

from video_mcp.environment import PREFIX
from video_mcp.errors import (
    ConfigurationError,
    GatewayProtocolError,
    GatewayRejected,
    GatewayTimeout,
    GatewayUnreachable,
    VideoMCPError,
)
from video_mcp.families.messages import closest_word
from video_mcp.gateway.dialects import Recognized
from video_mcp.gateway.network import Network, problem_with_proxy
from video_mcp.types import Dialect

_CLIENTS_LISTEN_SECONDS = 60.0
_EXAMPLE_KEY = re.compile(r"(?i)your|example|placeholder|changeme|xxx|\.\.\.|^(sk-)?(key|token|secret|test|\*+)$")
_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "UNKNOWN_PROTOCOL", "HTTP_REQUEST"})
_PATH_WORDS = re.compile(
    r"(?i)invalid url|no such (path|route|page)|(path|route|page|endpoint|resource) (was )?not found|cannot (get|post)"
    r"|no route|unknown (path|endpoint)|^the gateway answered 40\d: \W*not found\W*$"
)

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
    """Judge what keeps the settings from being read, unexpanded `${...}` among it."""
    remedy = "Correct it in the environment, or in your client's configuration of this server."
    return [Check("settings", "problem", problem, remedy) for problem in problems]


def unknown_variable_checks(unknown: Iterable[str], known: Collection[str]) -> Iterator[Check]:
    """Judge variables that begin like ours and are none."""
    own = [name.removeprefix(PREFIX) for name in known]
    for name in unknown:
        close = closest_word(name.removeprefix(PREFIX), own)
        remedy = f"Did you mean {PREFIX}{close}?" if close else "Take it out; video-mcp does not read it."
        yield Check("settings", "warning", f"{name} is not a setting", remedy)


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


def key_check(key: str | None) -> Check:
    """Judge whether there is a key; what it is stays unsaid."""
    if key is None:
        return Check("key", "problem", "VIDEO_MCP_API_KEY is not set", "Set it to the key that your gateway gave you.")
    if _EXAMPLE_KEY.search(key):
        return Check(
            "key", "warning", "looks like an example's", "Set VIDEO_MCP_API_KEY to the key of your own account."
        )
    return Check("key", "ok", "set")


def wait_check(wait_seconds: float) -> Check:
    """Judge how long calls wait: most clients stop listening after a minute."""
    if wait_seconds <= _CLIENTS_LISTEN_SECONDS:
        return Check("wait", "ok", f"calls wait {wait_seconds:g} s")
    message = f"calls wait {wait_seconds:g} s, and most clients stop listening after {_CLIENTS_LISTEN_SECONDS:g} s"
    remedy = "Set VIDEO_MCP_WAIT_SECONDS to 45, or raise the client's own time limit for tools above it."
    return Check("wait", "warning", message, remedy)


def network_check(network: Network, base_url: str) -> Check:
    """Judge the way to the gateway: a proxy, and the certificates that are trusted."""
    parts = urlsplit(base_url)
    if parts.scheme == "https" and isinstance(network.certificates, ConfigurationError):
        return Check("network", "problem", network.certificates.message, "Correct the variable, or take it out.")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    proxy = network.proxies.proxy_for(parts.scheme, parts.hostname or "", port)
    if proxy is None:
        return Check("network", "ok", "the gateway is reached without a proxy")
    problem = problem_with_proxy(proxy)
    if problem is not None:
        remedy = f"Correct {proxy.variable}, or name {parts.hostname} in NO_PROXY to reach it without a proxy."
        return Check("network", "problem", f"{proxy.variable} {problem}", remedy)
    return Check("network", "ok", f"the gateway is reached through the proxy in {proxy.variable}")


def gateway_check(
    outcome: Sequence[str] | VideoMCPError, known: Collection[str], *, probed: VideoMCPError | None = None
) -> Check:
    """Judge what came of asking the gateway for its models, and for a video that cannot exist."""
    if probed is not None and _names_no_path(probed):
        remedy = "Correct the path in VIDEO_MCP_BASE_URL, and check that this gateway makes videos."
        return Check("gateway", "problem", f"answers, and knows no path for videos: {probed.message}", remedy)
    if not isinstance(outcome, VideoMCPError):
        shared = len(set(outcome) & set(known))
        return Check("gateway", "ok", f"answers and takes the key; {len(outcome)} models, {shared} of them known here")
    if isinstance(outcome, GatewayRejected):
        return _rejected(outcome)
    if isinstance(outcome, GatewayProtocolError):
        remedy = outcome.advice or "Check VIDEO_MCP_BASE_URL: the server there is no gateway's API."
        return Check("gateway", "problem", outcome.message, remedy)
    if isinstance(outcome, GatewayUnreachable):
        return _unreachable(outcome)
    return Check("gateway", "problem", outcome.message, outcome.advice or "Correct it in the environment.")


def _names_no_path(error: VideoMCPError) -> bool:
    """Tell whether a refusal is about the address and not about the video."""
    if isinstance(error, GatewayProtocolError):
        return error.status_code in {200, 404, 405}
    if not isinstance(error, GatewayRejected) or error.status_code not in {400, 404, 405}:
        return False
    if error.upstream_code == "task_not_exist":
        return False
    return error.status_code == 405 or _PATH_WORDS.search(error.message) is not None


def dialect_check(found: Recognized | None, dialect: Dialect, *, is_set: bool) -> Check:
    """Judge the dialect by the kind of server that was recognized; `is_set` says that it is not just the default."""
    setting = f"VIDEO_MCP_DIALECT is {dialect}{'' if is_set else ' (default)'}"
    if found is None:
        return Check("dialect", "ok", f"{setting}; the server does not show which kind it is")
    if found.dialect == dialect:
        return Check("dialect", "ok", f"{setting}, as the server shows: {found.sign}")
    shown = f"the server looks like {found.title}: {found.sign}"
    if is_set and dialect in found.alternatives:
        return Check("dialect", "ok", f"{setting}; {shown}")
    remedy = f"Set VIDEO_MCP_DIALECT={found.dialect}; with a wrong dialect a server may lose media and still charge."
    if found.alternatives:
        others = " or ".join(sorted(found.alternatives))
        remedy += f" Set {others} if the server's own documentation describes that form."
    return Check("dialect", "warning", f"{setting}, but {shown}", remedy)


def prices_check(path: Path, outcome: int | str) -> Check:
    """Judge the user's table of prices: for how many models it has one, or why it cannot be read."""
    if isinstance(outcome, int):
        return Check("prices", "ok", f"{path}, {outcome} models")
    remedy = "Correct the file that VIDEO_MCP_PRICES names; no video is made before."
    return Check("prices", "problem", f"{path} cannot be used: {outcome}", remedy)


def clock_check(*, now: float, gateway_now: float | None, newest_entry: float | None) -> Check:
    """Judge the clock by the gateway's, where it tells, and by the ledger's newest entry."""
    if gateway_now is not None and abs(now - gateway_now) > _SKEW_SECONDS:
        message = f"differs from the gateway's by {abs(now - gateway_now):.0f} s"
    elif newest_entry is not None and newest_entry - now > _SKEW_SECONDS:
        message = f"is {newest_entry - now:.0f} s behind the ledger's newest entry"
    else:
        return Check("clock", "ok", "agrees with what can be compared")
    return Check("clock", "warning", message, "Turn on automatic time in the system settings.")


def folder_check(name: str, setting: str, folder: Path, *, is_writable: bool) -> Check:
    """Judge a folder that has to be written to."""
    if is_writable:
        return Check(name, "ok", str(folder))
    return Check(name, "problem", f"{folder} cannot be written", f"Set {setting} to a folder of your own.")


def input_check(folder: Path, *, is_folder: bool, is_default: bool = False) -> Check:
    """Judge a folder that media are read from."""
    if is_folder:
        return Check("inputs", "ok", f"{folder}{' (default)' if is_default else ''}")
    return Check("inputs", "warning", f"{folder} is not a folder", "Correct VIDEO_MCP_INPUT_DIRS.")


def left_out_checks(left_out: Path | None) -> list[Check]:
    """Tell that the working folder is none that media are read from, and how to name one."""
    if left_out is None:
        return []
    found = f"not {left_out}, where this was started: it holds too much; name folders in VIDEO_MCP_INPUT_DIRS"
    return [Check("inputs", "ok", found)]


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
    if isinstance(cause, ssl.SSLError) and any(reason in str(cause) for reason in _NO_TLS):
        remedy = "Write http:// in VIDEO_MCP_BASE_URL if it is a server of your own; the key then travels unencrypted."
        return Check("gateway", "problem", "speaks plain HTTP where https: is set", remedy)
    if isinstance(cause, ssl.SSLError):
        return _untrusted(cause)
    if isinstance(cause, ConnectionRefusedError):
        remedy = "Check the port in VIDEO_MCP_BASE_URL, and that the gateway runs."
        return Check("gateway", "problem", "nothing listens there", remedy)
    slow = "does not answer in time" if isinstance(error, GatewayTimeout) else error.message
    remedy = error.advice if "NO_PROXY" in (error.advice or "") else None
    return Check("gateway", "problem", slow, remedy or "Check the network, a proxy or a firewall on the way.")


def _untrusted(error: ssl.SSLError) -> Check:
    why = error.verify_message if isinstance(error, ssl.SSLCertVerificationError) else (error.reason or "no TLS there")
    remedy = "Check VIDEO_MCP_BASE_URL, this machine's clock, and a proxy that puts in its own certificate."
    return Check("gateway", "problem", f"its TLS certificate is not trusted ({why})", remedy)
