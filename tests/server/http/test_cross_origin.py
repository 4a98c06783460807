"""Clients in a browser: a page of an allowed origin may call and read its answers, no other page may."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.server.http.serving import MCP_HEADERS, message
from tests.server.http.test_principals import ALICE, a_team

pytestmark = pytest.mark.anyio

PAGE = "https://inspector.example"


def preflight(origin: str) -> dict[str, str]:
    return {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,mcp-method,mcp-protocol-version",
    }


async def test_a_page_of_an_allowed_origin_may_call_and_read_its_answers(tmp_path: Path) -> None:
    async with a_team(tmp_path, allowed_origins=(PAGE,)) as site, site.http() as http:
        for path in ("/mcp", "/uploads", "/files/video_1/a.mp4"):
            allowed = await http.options(path, headers=preflight(PAGE))
            assert allowed.status_code == 200
            assert allowed.headers["access-control-allow-origin"] == PAGE
            assert "POST" in allowed.headers["access-control-allow-methods"]
            for name in ("authorization", "mcp-method"):
                assert name in allowed.headers["access-control-allow-headers"].lower()
            assert "access-control-allow-credentials" not in allowed.headers
        signed = {**MCP_HEADERS, "Origin": PAGE, "Authorization": f"Bearer {ALICE}"}
        answer = await http.post("/mcp", json=message("ping"), headers=signed)
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, PAGE)
        refused = await http.post("/mcp", json=message("ping"), headers={**MCP_HEADERS, "Origin": PAGE})
        assert refused.status_code == 401
        assert "WWW-Authenticate" in refused.headers["access-control-expose-headers"]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://inspector.example"])
async def test_a_page_of_another_origin_may_not(tmp_path: Path, origin: str) -> None:
    async with a_team(tmp_path, allowed_origins=(PAGE,)) as site, site.http() as http:
        answer = await http.options("/mcp", headers=preflight(origin))
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers
