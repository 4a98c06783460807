"""What the doctor says of each fact."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

import pytest

from video_mcp.cli.commands import doctor_checks as checks
from video_mcp.cli.commands.doctor_checks import Verdict
from video_mcp.errors import (
    ConfigurationError,
    GatewayProtocolError,
    GatewayRejected,
    GatewayTimeout,
    GatewayUnreachable,
    VideoMCPError,
)


def unreachable(cause: Exception) -> GatewayUnreachable:
    error = GatewayUnreachable("The gateway cannot be reached.", delivered=False)
    middle = RuntimeError("of the HTTP client")
    middle.__cause__ = cause
    error.__cause__ = middle
    return error


EXPIRED = ssl.SSLCertVerificationError(1, "certificate verify failed")
EXPIRED.verify_message = "certificate has expired"


@pytest.mark.parametrize(
    ("outcome", "verdict", "said"),
    [
        (("sora-2", "odd"), "ok", "2 models, 1 of them known here"),
        (GatewayRejected("no", status_code=401), "problem", "does not take the key"),
        (GatewayRejected("no", status_code=403), "problem", "refuses it"),
        (GatewayRejected("no", status_code=404), "warning", "no list of models"),
        (GatewayRejected("busy", status_code=503), "problem", "503: busy"),
        (GatewayProtocolError("A page came.", status_code=200), "problem", "A page came."),
        (unreachable(socket.gaierror(-2, "unknown")), "problem", "DNS"),
        (unreachable(EXPIRED), "problem", "certificate has expired"),
        (unreachable(ConnectionRefusedError(111, "refused")), "problem", "nothing listens"),
        (unreachable(OSError("odd")), "problem", "cannot be reached"),
        (GatewayTimeout("slow", delivered=False), "problem", "in time"),
        (ConfigurationError(["VIDEO_MCP_BASE_URL is odd"]), "problem", "VIDEO_MCP_BASE_URL is odd"),
    ],
)
def test_the_gateway(outcome: tuple[str, ...] | VideoMCPError, verdict: Verdict, said: str) -> None:
    check = checks.gateway_check(outcome, ["sora-2", "veo3.1"])
    assert check.verdict == verdict
    assert said in check.message
    assert bool(check.remedy) == (verdict != "ok") or isinstance(outcome, ConfigurationError)


@pytest.mark.parametrize(
    ("base_url", "verdict"),
    [
        (None, "problem"),
        ("https://gw.example", "ok"),
        ("http://127.0.0.1:8117", "ok"),
        ("http://[::1]:1", "ok"),
        ("http://gw.example", "warning"),
    ],
)
def test_the_address(base_url: str | None, verdict: Verdict) -> None:
    assert checks.address_check(base_url).verdict == verdict


@pytest.mark.parametrize(
    ("gateway_now", "newest", "verdict"),
    [
        (None, None, "ok"),
        (1000.0, 900.0, "ok"),
        (1100.0, None, "ok"),
        (1200.0, None, "warning"),
        (700.0, None, "warning"),
        (None, 2000.0, "warning"),
    ],
)
def test_the_clock(gateway_now: float | None, newest: float | None, verdict: Verdict) -> None:
    assert checks.clock_check(now=1000.0, gateway_now=gateway_now, newest_entry=newest).verdict == verdict


@pytest.mark.parametrize(("free", "verdict"), [(5e9, "ok"), (5e8, "warning"), (5e6, "problem")])
def test_the_disk(free: float, verdict: Verdict) -> None:
    assert checks.disk_check(Path("/v"), int(free)).verdict == verdict


def test_the_ledger() -> None:
    assert checks.ledger_check("/l", None).message == "/l (empty)"
    assert checks.ledger_check("/l", 1.0).verdict == "ok"
    ill = checks.ledger_check("/l", ValueError("sk-secret"))
    assert (ill.verdict, "sk-secret" in ill.message) == ("problem", False)


def test_folders_and_settings() -> None:
    assert checks.folder_check("home", "VIDEO_MCP_HOME", Path("/h"), is_writable=False).verdict == "problem"
    assert checks.folder_check("home", "VIDEO_MCP_HOME", Path("/h"), is_writable=True).verdict == "ok"
    assert checks.input_check(Path("/i"), is_folder=False).verdict == "warning"
    assert checks.key_check(is_set=False).verdict == "problem"
    (typo,) = checks.unknown_variable_checks(["VIDEO_MCP_BASEURL"], ["VIDEO_MCP_BASE_URL"])
    assert typo.remedy == "Did you mean VIDEO_MCP_BASE_URL?"
    (stray,) = checks.unknown_variable_checks(["VIDEO_MCP_QQQ"], ["VIDEO_MCP_BASE_URL"])
    assert "Take it out" in stray.remedy
    (unset,) = checks.settings_checks(["VIDEO_MCP_HOME holds '${X}'"])
    assert unset.verdict == "problem"
