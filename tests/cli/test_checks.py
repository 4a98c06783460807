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
from video_mcp.gateway.dialects import Recognized
from video_mcp.gateway.network import open_network


def unreachable(cause: Exception) -> GatewayUnreachable:
    error = GatewayUnreachable("The gateway cannot be reached.", delivered=False)
    middle = RuntimeError("of the HTTP client")
    middle.__cause__ = cause
    error.__cause__ = middle
    return error


EXPIRED = ssl.SSLCertVerificationError(1, "certificate verify failed")
EXPIRED.verify_message = "certificate has expired"
PLAIN_HTTP = ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number")
PLAIN_HTTP.reason = "WRONG_VERSION_NUMBER"


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
        (unreachable(PLAIN_HTTP), "problem", "plain HTTP"),
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
    assert checks.key_check(None).verdict == "problem"
    assert checks.key_check("sk-4fj39dk2").verdict == "ok"
    assert [checks.key_check(key).verdict for key in ("your-api-key", "sk-xxxx", "sk-...", "token")] == ["warning"] * 4
    assert (checks.wait_check(45).verdict, checks.wait_check(300).verdict) == ("ok", "warning")
    assert checks.prices_check(Path("/p"), 3).verdict == "ok"
    assert checks.prices_check(Path("/p"), "it is not TOML").verdict == "problem"
    (typo,) = checks.unknown_variable_checks(["VIDEO_MCP_BASEURL"], ["VIDEO_MCP_BASE_URL"])
    assert typo.remedy == "Did you mean VIDEO_MCP_BASE_URL?"
    (stray,) = checks.unknown_variable_checks(["VIDEO_MCP_QQQ"], ["VIDEO_MCP_BASE_URL"])
    assert "Take it out" in stray.remedy
    (unset,) = checks.settings_checks(["VIDEO_MCP_HOME holds '${X}'"])
    assert unset.verdict == "problem"


@pytest.mark.parametrize(
    ("probed", "verdict"),
    [
        (GatewayRejected('The gateway answered 404: "Invalid URL (GET /v1/v1/videos/x)."', status_code=404), "problem"),
        (GatewayRejected('The gateway answered 404: "Not Found."', status_code=404), "problem"),
        (GatewayRejected("The gateway answered 404: Not Found.", status_code=404), "problem"),
        (GatewayRejected('The gateway answered 404: "Cannot GET /v1/videos/x."', status_code=404), "problem"),
        (GatewayRejected("The gateway answered 405: Method Not Allowed.", status_code=405), "problem"),
        (GatewayProtocolError("The gateway answered 200 with a web page.", status_code=200), "problem"),
        (GatewayRejected('The gateway answered 404: "Video not found."', status_code=404), "ok"),
        (
            GatewayRejected(
                'The gateway answered 400: "task_not_exist."', status_code=400, upstream_code="task_not_exist"
            ),
            "ok",
        ),
        (GatewayRejected('The gateway answered 403: "no."', status_code=403), "ok"),
        (GatewayProtocolError("The gateway answered 502 with a web page.", status_code=502), "ok"),
        (None, "ok"),
    ],
)
@pytest.mark.parametrize("lists", [True, False])
def test_a_wrong_path_is_told_from_a_missing_list(probed: VideoMCPError | None, verdict: Verdict, lists: bool) -> None:
    listed = ("sora-2",) if lists else GatewayRejected("no list", status_code=404)
    check = checks.gateway_check(listed, ["sora-2"], probed=probed)
    assert check.verdict == (verdict if lists or verdict == "problem" else "warning")


@pytest.mark.parametrize(
    ("variables", "base_url", "verdict", "said"),
    [
        ({}, "https://gw.example", "ok", "without a proxy"),
        ({"HTTPS_PROXY": "http://p:1"}, "https://gw.example", "ok", "HTTPS_PROXY"),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "gw.example"}, "https://gw.example", "ok", "without a proxy"),
        ({"ALL_PROXY": "socks4://p:1"}, "https://gw.example", "problem", "socks4"),
        ({"SSL_CERT_FILE": "/nonexistent/ca.pem"}, "https://gw.example", "problem", "SSL_CERT_FILE"),
        ({"SSL_CERT_FILE": "/nonexistent/ca.pem"}, "http://127.0.0.1:1", "ok", "without a proxy"),
    ],
)
def test_the_way_to_the_gateway(variables: dict[str, str], base_url: str, verdict: Verdict, said: str) -> None:
    check = checks.network_check(open_network(variables), base_url)
    assert (check.verdict, said in check.message) == (verdict, True)


NEW_API = Recognized("new-api", "stock new-api", "a header", frozenset({"gateway", "openai"}))
SGLANG = Recognized("sglang", "SGLang", "an owner")


@pytest.mark.parametrize(
    ("found", "dialect", "is_set", "verdict", "said"),
    [
        (None, "gateway", False, "ok", "gateway (default); the server does not show"),
        (None, "sglang", True, "ok", "sglang; the server does not show"),
        (SGLANG, "sglang", True, "ok", "as the server shows: an owner"),
        (SGLANG, "gateway", False, "warning", "looks like SGLang: an owner"),
        (SGLANG, "vllm-omni", True, "warning", "looks like SGLang: an owner"),
        (NEW_API, "gateway", False, "warning", "looks like stock new-api: a header"),
        (NEW_API, "gateway", True, "ok", "looks like stock new-api: a header"),
        (NEW_API, "openai", True, "ok", "looks like stock new-api: a header"),
        (NEW_API, "sglang", True, "warning", "looks like stock new-api: a header"),
    ],
)
def test_the_dialect(found: Recognized | None, dialect: str, is_set: bool, verdict: Verdict, said: str) -> None:
    check = checks.dialect_check(found, dialect, is_set=is_set)
    assert check.verdict == verdict
    assert said in check.message
    wanted = f"VIDEO_MCP_DIALECT={found.dialect}" if found is not None and verdict == "warning" else ""
    assert wanted in check.remedy
    assert bool(check.remedy) == (verdict == "warning")
