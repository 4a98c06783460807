"""Over HTTP too, a message that cannot be read is answered with an error, and with its id where one can be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.server.http.serving import MCP_HEADERS, a_site, message
from tests.server.test_unreadable import INVALID, SILENT, UNREADABLE, WITH_A_WRONG_ID

pytestmark = pytest.mark.anyio

_NEW = {**MCP_HEADERS, "MCP-Protocol-Version": "2026-07-28"}
EXPECTED = {
    **UNREADABLE,
    **{f"an id that is {name}": (line, None, INVALID) for name, line in WITH_A_WRONG_ID.items()},
    "notification": (SILENT["notification"], None, INVALID),
}
# Since 2026 the SDK reads half a character, and the tools refuse it by the argument's name.
READ_SINCE_2026 = {"lone surrogate", "id with a surrogate"}


async def test_each_is_answered_and_logged_in_both_eras(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with a_site(tmp_path) as site, site.http() as http:
        for headers in (MCP_HEADERS, _NEW):
            for name, (line, message_id, code) in EXPECTED.items():
                if headers is _NEW and name in READ_SINCE_2026:
                    continue
                caplog.clear()
                answer = await http.post("/mcp", content=line, headers={**headers, "Content-Type": "application/json"})
                error = answer.json()
                assert (answer.status_code, error["id"], error["error"]["code"]) == (400, message_id, code), name
                assert len([one for one in caplog.messages if "request was refused" in one]) == 1, name
        known = await http.post("/mcp", json=message("ping"), headers=MCP_HEADERS)
        assert known.status_code == 200
