from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.shell import a_shell
from video_mcp.server.http.identity import lacking
from video_mcp.server.http.rates import RequestRates
from video_mcp.server.http.tokens import StaticTokens, identity_of, parse_tokens, token_line
from video_mcp.types import Principal

ALICE, BOB = Principal("token:alice"), Principal("token:bob")


def test_a_token_is_known_by_its_digest_alone() -> None:
    entries = parse_tokens(f"{token_line('alice', 'secret')}\n\n# bob has left\n")
    found = identity_of("secret", entries)
    assert found is not None
    assert (found.principal, found.scopes) == (ALICE, {"video:read", "video:create"})
    assert identity_of("secre", entries) is None
    assert identity_of("\ud800", entries) is None


@pytest.mark.parametrize(
    "text",
    ["alice", "alice md5:00", token_line("a b", "x"), f"{token_line('a', 'x')} video:delete", "../x sha256:0"],
)
def test_a_line_that_is_no_entry_is_named_by_its_number_alone(text: str) -> None:
    with pytest.raises(ValueError, match="line 2 is not an entry"):
        parse_tokens(f"# first\n{text}")


def test_a_name_stands_once() -> None:
    with pytest.raises(ValueError, match="line 2 names alice a second time"):
        parse_tokens(f"{token_line('alice', 'x')}\n{token_line('alice', 'y')}")


@pytest.mark.anyio
async def test_a_token_that_is_taken_out_lets_nobody_in(tmp_path: Path) -> None:
    path, now = tmp_path / "tokens", [0.0]
    path.write_text(token_line("alice", "x"))
    tokens = StaticTokens(path, monotonic=lambda: now[0])
    await tokens.load()
    path.write_text(token_line("bob", "y"))
    assert await tokens.verify("x") is not None
    now[0] = 3.0
    assert await tokens.verify("x") is None
    assert await tokens.verify("y") is not None
    path.unlink()
    now[0] = 6.0
    assert await tokens.verify("y") is None


def test_rates_refill_evenly_and_count_for_all_together() -> None:
    rates = RequestRates(per_principal=60, for_all=61)
    assert [rates.seconds_to_wait(ALICE, now=100.0) for _ in range(60)] == [0.0] * 60
    assert rates.seconds_to_wait(ALICE, now=100.0) == 1.0
    assert rates.seconds_to_wait(BOB, now=100.0) == 0.0
    assert rates.seconds_to_wait(BOB, now=100.0) > 0
    assert rates.seconds_to_wait(ALICE, now=102.0) == 0.0


def test_what_cannot_be_read_needs_nothing_but_some_scope() -> None:
    assert lacking(b"{", frozenset({"video:create"})) == frozenset()
    assert lacking(b"{", frozenset()) == {"video:read"}
    assert lacking(b'[1, {"method": "tools/call", "params": 3}]', frozenset()) == {"video:read"}


@pytest.mark.anyio
async def test_a_new_token_is_printed_once_and_its_digest_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "team" / "tokens"
    shell = a_shell(tmp_path).setting(tokens=str(path))
    made = await shell.run("token", "new", "alice")
    token = made.stdout.strip()
    assert identity_of(token, parse_tokens(path.read_text())) is not None
    assert token not in path.read_text() + made.stderr
    assert path.stat().st_mode & 0o077 == 0
    again = await shell.run("token", "new", "alice")
    assert (again.code, "has a token" in again.stderr) == (2, True)
