"""Who may call: static tokens and OAuth, with tokens of an issuer on another library."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest
from joserfc.jwk import ECKey

from tests.server.http.issuer import Issuer, an_issuer, rsa_key
from tests.server.http.serving import BOAT, MCP_HEADERS, Site, a_site, message
from video_mcp.errors import ConfigurationError, GatewayError
from video_mcp.server.http.key_set import KeySet
from video_mcp.server.http.tokens import new_token, token_line
from video_mcp.types import JsonObject

pytestmark = pytest.mark.anyio

PUBLIC = "http://localhost:8000"
RESOURCE = f"{PUBLIC}/mcp"
METADATA = f"{PUBLIC}/.well-known/oauth-protected-resource/mcp"
PING = message("ping")
LIST = message("tools/call", name="get_video_status", arguments={})
CREATE = message("tools/call", name="create_video", arguments={**BOAT, "dry_run": True})


@asynccontextmanager
async def guarded(folder: Path) -> AsyncGenerator[tuple[Site, Issuer]]:
    async with (
        an_issuer(RESOURCE) as issuer,
        a_site(folder, public_url=PUBLIC, oauth_issuer=issuer.url) as site,
    ):
        yield site, issuer


async def post(site: Site, body: object, token: str | None) -> httpx2.Response:
    async with site.http(token=token) as http:
        return await http.post("/mcp", json=body, headers=MCP_HEADERS)


async def test_good_tokens_of_an_issuer(tmp_path: Path) -> None:
    async with guarded(tmp_path) as (site, issuer):
        for token in (
            issuer.token(),
            issuer.token(aud=["https://other.example", RESOURCE]),
            issuer.token(aud=f"{RESOURCE}/"),
            issuer.token(scope=None, scp=["video:read", "video:create"]),
            issuer.token(header={"typ": "at+jwt"}),
            issuer.token(header={"alg": "PS256"}),
        ):
            assert (await post(site, CREATE, token)).status_code == 200
        assert issuer.fetches == 1


async def test_bad_tokens_of_an_issuer(tmp_path: Path) -> None:
    async with guarded(tmp_path) as (site, issuer):
        now = int(time.time())
        other = rsa_key("first")
        bad: dict[str, str | None] = {
            "none": None,
            "wrong audience": issuer.token(aud="https://other.example/mcp"),
            "the origin alone": issuer.token(aud=PUBLIC),
            "no audience": issuer.token(aud=None),
            "expired": issuer.token(exp=now - 60),
            "no expiry": issuer.token(exp=None),
            "not yet": issuer.token(nbf=now + 600),
            "wrong issuer": issuer.token(iss="https://other.example"),
            "no issuer": issuer.token(iss=None),
            "no subject": issuer.token(sub=None),
            "a subject with a line": issuer.token(sub="a\nb"),
            "a long subject": issuer.token(sub="a" * 300),
            "no signature": issuer.forged("none"),
            "the public key as a secret": issuer.forged("HS256"),
            "another key of the same name": issuer.token(key=other),
            "garbage": "garbage",
            "half a token": issuer.token().rpartition(".")[0],
        }
        for what, token in bad.items():
            answer = await post(site, PING, token)
            assert answer.status_code == 401, what
            header = answer.headers["www-authenticate"]
            assert f'resource_metadata="{METADATA}"' in header
            assert 'scope="video:create video:read"' in header
            assert ('error="invalid_token"' in header) is (token is not None)
            assert issuer.url not in answer.text


async def test_a_rotated_key_is_fetched_once_and_a_known_one_outlives_the_issuer(tmp_path: Path) -> None:
    async with guarded(tmp_path) as (site, issuer):
        assert (await post(site, PING, issuer.token())).status_code == 200
        issuer.key = rsa_key("second")
        issuer.published[:] = [issuer.key]
        assert (await post(site, PING, issuer.token())).status_code == 200
        assert issuer.fetches == 2
        for _ in range(3):
            assert (await post(site, PING, issuer.token(header={"kid": "invented"}))).status_code == 401
        issuer.is_down = True
        assert (await post(site, PING, issuer.token())).status_code == 200
        assert issuer.fetches == 2


async def test_keys_are_used_while_the_issuer_is_away_and_fetched_when_it_is_back() -> None:
    now, fetches, documents = [0.0], list[str](), list[JsonObject]()

    async def fetch(address: str) -> JsonObject:
        fetches.append(address)
        if not documents:
            raise GatewayError("away")
        return documents[-1]

    keys = KeySet(issuer="https://i.example/t", jwks_url=None, fetch=fetch, monotonic=lambda: now[0])
    assert await keys.key("first") is None
    assert fetches == [
        "https://i.example/.well-known/oauth-authorization-server/t",
        "https://i.example/t/.well-known/openid-configuration",
    ]
    published = cast("JsonObject", {"keys": [rsa_key("first").as_dict(private=False), {"kty": "unknown"}, 3]})
    documents.append({"issuer": "https://i.example/t", "jwks_uri": "https://i.example/keys", **published})
    now[0] = 2.0
    assert await keys.key("first") is not None
    assert await keys.key(None) is not None
    documents.clear()
    now[0] = 700.0
    assert await keys.key("first") is not None
    fetched = len(fetches)
    assert await keys.key("first") is not None
    assert len(fetches) == fetched


async def test_a_key_on_an_elliptic_curve(tmp_path: Path) -> None:
    async with guarded(tmp_path) as (site, issuer):
        issuer.key = ECKey.generate_key("P-256", {"kid": "curve", "use": "sig"})
        issuer.published[:] = [issuer.key]
        assert (await post(site, PING, issuer.token())).status_code == 200


async def test_a_message_needs_the_scope_of_what_it_does(tmp_path: Path) -> None:
    async with guarded(tmp_path) as (site, issuer):
        read, create, none = (issuer.token(scope=scope) for scope in ("video:read", "video:create", "openid"))
        for body, token, status in (
            (PING, read, 200),
            (PING, create, 200),
            (PING, none, 403),
            (LIST, read, 200),
            (LIST, create, 403),
            (CREATE, create, 200),
            (CREATE, read, 403),
            ([PING, CREATE], read, 403),
            (message("resources/list"), create, 403),
        ):
            assert (await post(site, body, token)).status_code == status, (body, token)
        refused = await post(site, CREATE, read)
        header = refused.headers["www-authenticate"]
        assert 'error="insufficient_scope"' in header
        assert 'scope="video:create video:read"' in header
        assert f'resource_metadata="{METADATA}"' in header


@pytest.mark.parametrize("path", ["/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp"])
async def test_everybody_may_read_whom_to_get_a_token_from(tmp_path: Path, path: str) -> None:
    async with guarded(tmp_path) as (site, issuer), site.http() as http:
        described = await http.get(path)
        assert described.json() == {
            "resource": RESOURCE,
            "authorization_servers": [issuer.url],
            "scopes_supported": ["video:read", "video:create"],
            "bearer_methods_supported": ["header"],
            "resource_name": "video-mcp",
        }
        assert described.headers["access-control-allow-origin"] == "*"


async def test_a_client_with_a_static_token_makes_a_video(tmp_path: Path) -> None:
    tokens, alice = tmp_path / "tokens", new_token()
    tokens.write_text(f"# the team\n{token_line('alice', alice)}\n{token_line('reader', 'r' * 40)} video:read\n")
    async with a_site(tmp_path, tokens=tokens) as site:
        async with site.connect(token=alice) as client:
            made = await client.call_tool("create_video", BOAT)
        assert made.structured_content is not None
        assert made.structured_content["status"] == "completed"
        assert (await post(site, CREATE, "r" * 40)).status_code == 403
        assert (await post(site, LIST, "r" * 40)).status_code == 200
        refused = await post(site, LIST, "x" * 40)
        assert refused.status_code == 401
        assert "resource_metadata" not in refused.headers["www-authenticate"]
        unknown = await post(site, LIST, None)
        assert (unknown.status_code, "send one as Authorization: Bearer" in unknown.text) == (401, True)
        async with site.http() as http:
            assert (await http.get("/.well-known/oauth-protected-resource")).status_code == 404
            assert (await http.get("/readyz")).status_code == 200


async def test_both_ways_at_once(tmp_path: Path) -> None:
    tokens = tmp_path / "tokens"
    tokens.write_text(token_line("alice", "a" * 40))
    async with (
        an_issuer(RESOURCE) as issuer,
        a_site(tmp_path, public_url=PUBLIC, oauth_issuer=issuer.url, tokens=tokens) as site,
    ):
        assert (await post(site, PING, "a" * 40)).status_code == 200
        assert (await post(site, PING, issuer.token())).status_code == 200


async def test_a_body_over_the_limit_is_refused_though_its_sender_may_call(tmp_path: Path) -> None:
    (tmp_path / "tokens").write_text(token_line("alice", "a" * 40))
    async with a_site(tmp_path, tokens=tmp_path / "tokens", max_request_bytes=64 * 1024) as site:
        large = message("ping", _meta={"padding": "x" * 70_000})
        assert (await post(site, large, "a" * 40)).status_code == 413
        assert (await post(site, large, None)).status_code == 401


async def test_too_many_requests_of_one_user_do_not_stop_another(tmp_path: Path) -> None:
    (tmp_path / "tokens").write_text(f"{token_line('alice', 'a' * 40)}\n{token_line('bob', 'b' * 40)}")
    async with a_site(tmp_path, tokens=tmp_path / "tokens", requests_per_minute=2) as site:
        answers = [await post(site, PING, "a" * 40) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert 1 <= int(answers[2].headers["retry-after"]) <= 60
        assert (await post(site, PING, "b" * 40)).status_code == 200


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({"oauth_issuer": "https://issuer.example"}, "VIDEO_MCP_PUBLIC_URL"),
        ({"oauth_issuer": "http://issuer.example", "public_url": PUBLIC}, "OAUTH_ISSUER is not an https"),
        ({"oauth_issuer": "https://a.example", "oauth_jwks_url": "http://a.example", "public_url": PUBLIC}, "JWKS"),
        ({"tokens": "missing"}, "TOKENS .* cannot be read"),
        ({"allowed_hosts": "a b"}, "ALLOWED_HOSTS"),
    ],
)
async def test_settings_that_cannot_work_are_told_before_anything_is_served(
    tmp_path: Path, overrides: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said):
        async with a_site(tmp_path, **overrides):
            pass
