"""The links that `install` prints: they hold the entry that it writes, and never the key."""

from __future__ import annotations

import base64
import json
from typing import cast
from urllib.parse import parse_qs, unquote, urlparse

import pytest

from video_mcp.cli.clients.entry import ServerOptions, server_entry
from video_mcp.cli.clients.links import install_link
from video_mcp.cli.clients.locations import CLIENTS, ClientName
from video_mcp.types import JsonObject

KEY = "sk-very-secret-key"
FULL = ServerOptions(name="films", base_url="https://gw.example", api_key=KEY)


def config_in(link: str) -> tuple[dict[str, str], JsonObject]:
    given = {name: values[0] for name, values in parse_qs(urlparse(link).query, strict_parsing=True).items()}
    text = given["config"]
    raw = text if text.startswith("{") else base64.b64decode(text, validate=True)
    return given, cast("JsonObject", json.loads(raw))


@pytest.mark.parametrize(
    ("client", "key"), [("vscode", "${input:video-gateway-key}"), ("cursor", "${env:VIDEO_MCP_API_KEY}")]
)
def test_the_link_holds_the_entry_and_a_reference_to_the_key(client: ClientName, key: str) -> None:
    link = install_link(client, server_entry(client, FULL, ("/opt/video-mcp",)))
    assert link is not None
    assert KEY not in unquote(link)
    given, config = config_in(link)
    assert given["name"] == "films"
    assert config == {
        "command": "/opt/video-mcp",
        "args": [],
        "env": {"VIDEO_MCP_BASE_URL": "https://gw.example", "VIDEO_MCP_API_KEY": key},
    }


def test_vs_code_prompts_for_what_is_not_known_and_hides_the_key() -> None:
    for options, prompts in ((FULL, 1), (ServerOptions(), 2), (ServerOptions(simulate=True), 0)):
        link = install_link("vscode", server_entry("vscode", options, ("video-mcp",)))
        assert link is not None
        inputs = json.loads(config_in(link)[0]["inputs"])
        assert len(inputs) == prompts
        assert [item["id"] for item in inputs if item.get("password")] == ["video-gateway-key"][:prompts]


@pytest.mark.parametrize("client", ["vscode", "cursor"])
def test_the_simulator_needs_no_variables(client: ClientName) -> None:
    link = install_link(client, server_entry(client, ServerOptions(simulate=True), ("video-mcp",)))
    assert link is not None
    assert config_in(link)[1] == {"command": "video-mcp", "args": ["serve", "--simulate"]}


@pytest.mark.parametrize("client", [client for client in CLIENTS if client not in {"vscode", "cursor"}])
def test_other_clients_have_no_link(client: ClientName) -> None:
    assert install_link(client, server_entry(client, FULL, ("video-mcp",))) is None
