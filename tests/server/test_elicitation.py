"""The state of a question that a client brings back: whatever was changed in it is refused."""

from __future__ import annotations

import mcp_types as types
import pytest
from mcp.shared.exceptions import MCPError

from video_mcp.server.elicitation import signed_state, tokens_of

SECRET = b"a secret of this server"
STATE = signed_state(["read-file", "pay"], SECRET)
SIGNATURE = STATE.rpartition(" ")[2]


@pytest.mark.parametrize("tokens", [["pay"], ["read-file", "pay"]])
def test_a_state_brings_back_what_was_asked(tokens: list[str]) -> None:
    assert tokens_of(signed_state(tokens, SECRET), SECRET) == tokens


@pytest.mark.parametrize(
    "state",
    [
        "",
        " ",
        "pay",
        "é",
        SIGNATURE,
        f"pay {SIGNATURE}",
        f"pay read-file {SIGNATURE}",
        STATE.replace("read-file", "read-files"),
        f"{STATE}-TAMPERED",
        f"{STATE} {SIGNATURE}",
        STATE[:-1],
        STATE.upper(),
        signed_state(["read-file", "pay"], b"the secret of another server"),
    ],
)
def test_a_changed_state_is_refused(state: str) -> None:
    with pytest.raises(MCPError, match="without it; nothing was sent") as refused:
        tokens_of(state, SECRET)
    assert refused.value.error.code == types.INVALID_PARAMS
