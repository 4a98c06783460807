"""The tables of the troubleshooting page: each symptom and remedy is what the code itself says."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path

from manifests.generator.pages import cell
from video_mcp.cli.commands import doctor_checks as checks
from video_mcp.cli.commands.doctor_checks import Check
from video_mcp.errors import GatewayError, GatewayUnreachable
from video_mcp.gateway import protocol
from video_mcp.gateway.dialects import recognize
from video_mcp.gateway.network import problem_with_proxy
from video_mcp.gateway.proxies import Proxy
from video_mcp.gateway.transport import ADVICE_BY_TLS_REASON, CHECK_ADDRESS, TRY_LATER, blocked_by_proxy
from video_mcp.gateway.upstream import HTTPResponse, ServerSigns, UpstreamVideo
from video_mcp.jobs import problems
from video_mcp.jobs.job import Problem
from video_mcp.types import TROUBLESHOOTING_URL

Row = tuple[str, str, str]

_CHALLENGE = b"<html><title>Just a moment...</title></html>"
_PAGE = b"<html><title>Welcome</title></html>"
_CREATES: tuple[tuple[int, object, dict[str, str], str], ...] = (
    (401, "Invalid token", {}, "The key is wrong, expired or of another gateway."),
    (402, "Insufficient balance", {}, "The account has no credit left."),
    (403, "This token has no access to model sora-2", {}, "The key may not use this model."),
    (403, _CHALLENGE, {}, "A firewall such as Cloudflare's blocks programs."),
    (404, "Invalid URL (POST /v1/v1/videos)", {}, "The address has a wrong or a missing path."),
    (413, "Request Entity Too Large", {}, "An image or a video is too large for the gateway."),
    (429, "Rate limit reached", {"retry-after": "3600"}, "Too many requests, or too many videos at once."),
    (
        503,
        "No available channel for model sora-2 (distributor)",
        {},
        "The gateway lists the model but does not serve it.",
    ),
    (200, _PAGE, {}, "The address is the one of a website or a dashboard."),
)


def gateway_answers() -> str:
    """Return what a gateway answers to a create, why, and what to do."""
    rows = [_create_row(status, body, headers, cause) for status, body, headers, cause in _CREATES]
    return _table(rows)


def connection_troubles() -> str:
    """Return what keeps a request from the gateway, why, and what to do."""
    unreachable = "The gateway cannot be reached."
    rows: list[Row] = [
        (unreachable, "Its name does not resolve, nothing listens there, or a firewall blocks it.", CHECK_ADDRESS),
        (unreachable, "Its certificate is not trusted, often because a proxy replaces it.", _tls("CERTIFICATE_VERIFY")),
        (unreachable, "The server uses plain HTTP.", _tls("WRONG_VERSION")),
        _row_of(blocked_by_proxy("gateway", "407", "HTTPS_PROXY"), "The proxy requires a user name and a password."),
        _row_of(blocked_by_proxy("gateway", "", "ALL_PROXY"), "The proxy does not answer."),
        (
            f"ALL_PROXY {problem_with_proxy(Proxy(variable='ALL_PROXY', url='socks5h://proxy:1080'), has_socks=False)}",
            "The system or the shell sets a SOCKS proxy (also `socks://`).",
            "See the message.",
        ),
        ("The video's host cannot be reached.", "The video is on another host than the API.", TRY_LATER),
    ]
    return _table(rows)


def job_problems() -> str:
    """Return how a job can end without a file, why, and what to do."""
    failed = UpstreamVideo(status="failed", word="failed")
    lost = problems.lost(GatewayUnreachable("The gateway did not answer in time.", delivered=True))
    rows = [
        _problem_row(
            problems.refused_by_model(failed), "The model or its filter refused; a reason is quoted if given."
        ),
        _problem_row(lost, "The request left, and no answer came back."),
        _problem_row(problems.orphaned(), "The program was stopped during the request."),
        _problem_row(problems.overdue(24 * 3600), "The gateway never reported the end."),
        _problem_row(problems.vanished(), "The gateway has deleted the video, or the key has changed."),
    ]
    return _table(rows)


def doctor_findings() -> str:
    """Return what `doctor` says of settings and folders, and what to do."""
    found: Iterable[tuple[Check, str]] = (
        (checks.address_check(None), "The client does not pass the shell's variables to the server."),
        (checks.key_check(None), "The same."),
        (checks.key_check("your-api-key"), "An example was copied and not filled in."),
        (checks.wait_check(300.0), "The client stops waiting; the video continues, and `get_video_status` finds it."),
        (_folder("output", "VIDEO_MCP_OUTPUT_DIR"), "The folder belongs to another user, or the disk is read-only."),
        (
            checks.dialect_check(recognize(ServerSigns(headers={"x-new-api-version": "v1"})), "gateway", is_set=False),
            "Each kind of server reads different fields. A field that it ignores is lost, and the video is charged.",
        ),
        (checks.prices_check(Path("prices.toml"), "it is not TOML"), "A bracket or a quotation mark is missing."),
        (checks.disk_check(Path("videos"), 50_000_000), "Finished videos pile up."),
        (checks.clock_check(now=0.0, gateway_now=4000.0, newest_entry=None), "The system clock is wrong."),
    )
    return _table((f"{check.name}: {check.message}", cause, check.remedy) for check, cause in found)


def _folder(name: str, setting: str) -> Check:
    return checks.folder_check(name, setting, Path("videos"), is_writable=False)


def _create_row(status_code: int, body: object, headers: dict[str, str], cause: str) -> Row:
    content = body if isinstance(body, bytes) else json.dumps({"error": {"message": body}}).encode()
    response = HTTPResponse(status_code=status_code, headers=headers, body=content)
    return _row_of(_raised_by(lambda: protocol.read_created(response)), cause)


def _raised_by(read: Callable[[], object]) -> GatewayError:
    try:
        read()
    except GatewayError as error:
        return error
    msg = "this response is a video"
    raise ValueError(msg)


def _row_of(error: GatewayError, cause: str) -> Row:
    return error.message, cause, (error.advice or "").replace(f" (help: {TROUBLESHOOTING_URL})", "")


def _problem_row(problem: Problem, cause: str) -> Row:
    return problem.message, cause, problem.advice or ""


def _tls(reason: str) -> str:
    return next(advice for name, advice in ADVICE_BY_TLS_REASON.items() if name.startswith(reason))


def _table(rows: Iterable[Row]) -> str:
    lines = ["| what you read | why | what to do |", "|---|---|---|"]
    lines += [f"| {cell(symptom)} | {cell(cause)} | {cell(remedy)} |" for symptom, cause, remedy in rows]
    return "\n".join(lines)
