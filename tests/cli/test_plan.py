"""What `install` would write, for every client."""

from __future__ import annotations

import pytest

from video_mcp.cli.clients import json_text, toml_text
from video_mcp.cli.clients.entry import ServerOptions, server_entry
from video_mcp.cli.clients.locations import CLIENTS, ClientName
from video_mcp.cli.clients.plan import block_to_paste, diff, planned_change
from video_mcp.cli.commands.install import missing_in, remarks, running_command
from video_mcp.errors import ConfigurationError
from video_mcp.types import JsonObject

KEY = "sk-very-secret-key"
COMMAND = ("/opt/video-mcp",)
FULL = ServerOptions(base_url="https://gw.example", api_key=KEY)


def change(existing: str, client: ClientName, options: ServerOptions = FULL) -> str:
    return planned_change(existing, server_entry(client, options, COMMAND), client)


def read(text: str, client: ClientName) -> JsonObject:
    whole = toml_text.parse(text) if client == "codex" else json_text.parse(text)
    assert isinstance(whole, dict)
    return whole


def entry_in(text: str, client: ClientName, name: str = "video") -> JsonObject:
    servers = read(text, client)[CLIENTS[client].servers_key]
    assert isinstance(servers, dict)
    entry = servers[name]
    assert isinstance(entry, dict)
    return entry


def others(client: ClientName) -> str:
    if client == "codex":
        return 'model = "o"  # mine\n\n[mcp_servers.docs]\ncommand = "docs"\n'
    return f'{{\n  "theme": "dark", // mine\n  "{CLIENTS[client].servers_key}": {{"docs": {{"command": "docs"}}}}\n}}\n'


@pytest.mark.parametrize("client", CLIENTS)
def test_a_new_entry_leaves_the_rest_and_a_second_run_changes_nothing(client: ClientName) -> None:
    before = others(client)
    after = change(before, client)
    entry = entry_in(after, client)
    assert (entry["command"], entry["args"]) == (COMMAND[0], [])
    assert entry["env"] == {"VIDEO_MCP_BASE_URL": "https://gw.example", "VIDEO_MCP_API_KEY": KEY}
    assert entry_in(after, client, "docs") == {"command": "docs"}
    assert "mine" in after
    assert change(after, client) == after


@pytest.mark.parametrize("client", CLIENTS)
def test_an_entry_of_ours_is_renewed_and_keeps_what_the_person_added(client: ClientName) -> None:
    text = (
        '[mcp_servers.video]\ncommand = "/old/video-mcp"\nargs = ["serve"]\ntool_timeout_sec = 600\n\n'
        '[mcp_servers.video.env]\nVIDEO_MCP_OUTPUT_DIR = "/v"\n'
        if client == "codex"
        else f'{{"{CLIENTS[client].servers_key}": {{"video": {{"command": "/old/video-mcp", "args": ["serve"], '
        '"tool_timeout_sec": 600, "env": {"VIDEO_MCP_OUTPUT_DIR": "/v"}}}}'
    )
    entry = entry_in(change(text, client), client)
    assert (entry["command"], entry["args"], entry["tool_timeout_sec"]) == (COMMAND[0], [], 600)
    env = entry["env"]
    assert isinstance(env, dict)
    assert (env["VIDEO_MCP_OUTPUT_DIR"], env["VIDEO_MCP_BASE_URL"]) == ("/v", "https://gw.example")


@pytest.mark.parametrize("client", CLIENTS)
def test_a_strangers_entry_of_the_same_name_is_left_alone(client: ClientName) -> None:
    stranger = '[mcp_servers.video]\ncommand = "ffmpeg"\n'
    if client != "codex":
        stranger = f'{{"{CLIENTS[client].servers_key}": {{"video": {{"command": "ffmpeg"}}}}}}'
    with pytest.raises(ValueError, match="--name"):
        change(stranger, client)


@pytest.mark.parametrize(
    ("client", "reference"),
    [
        ("claude-code", "${VIDEO_MCP_API_KEY}"),
        ("cursor", "${env:VIDEO_MCP_API_KEY}"),
        ("vscode", "${input:video-mcp-api-key}"),
        ("gemini", "$VIDEO_MCP_API_KEY"),
    ],
)
def test_a_projects_file_refers_to_the_key(client: ClientName, reference: str) -> None:
    options = ServerOptions(base_url="https://gw.example", known_key=KEY, project=True)
    after = change("", client, options)
    assert KEY not in after
    env = entry_in(after, client)["env"]
    assert isinstance(env, dict)
    assert env["VIDEO_MCP_API_KEY"] == reference


def test_codex_gets_time_for_the_start_and_for_a_call_and_keeps_what_was_set() -> None:
    entry = entry_in(change("", "codex"), "codex")
    assert (entry["startup_timeout_sec"], entry["tool_timeout_sec"], entry["required"]) == (30, 120, True)
    own = '[mcp_servers.video]\ncommand = "video-mcp"\ntool_timeout_sec = 600\nrequired = false\n'
    kept = entry_in(change(own, "codex"), "codex")
    assert (kept["startup_timeout_sec"], kept["tool_timeout_sec"], kept["required"]) == (30, 600, False)


def test_codex_hands_the_key_on_and_drops_a_written_one() -> None:
    after = change(change("", "codex"), "codex", ServerOptions(project=True, known_key=KEY))
    entry = entry_in(after, "codex")
    assert entry["env_vars"] == ["VIDEO_MCP_API_KEY"]
    assert entry["env"] == {"VIDEO_MCP_BASE_URL": "https://gw.example"}


def test_vs_code_asks_for_the_key_once() -> None:
    inputs = '{"inputs": [{"id": "other"}], "servers": {}}'
    after = change(inputs, "vscode", ServerOptions(known_key=KEY))
    assert KEY not in after
    asked = read(after, "vscode")["inputs"]
    assert isinstance(asked, list)
    assert [item["id"] for item in asked if isinstance(item, dict)] == ["other", "video-mcp-api-key"]
    assert change(after, "vscode", ServerOptions(known_key=KEY)) == after


@pytest.mark.parametrize(
    ("client", "options"),
    [
        ("cursor", ServerOptions(api_key=KEY, project=True)),
        ("claude-desktop", ServerOptions(key_variable="MY_KEY")),
        ("codex", ServerOptions(key_variable="MY_KEY")),
    ],
)
def test_what_a_client_cannot_do_is_refused(client: ClientName, options: ServerOptions) -> None:
    with pytest.raises(ConfigurationError) as refused:
        server_entry(client, options, COMMAND)
    assert KEY not in str(refused.value)


@pytest.mark.parametrize("text", ["{", '{"mcpServers": [1]}', "[]", '{"mcpServers": {"video": 1}}', "a: 1"])
def test_a_file_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        change(text, "cursor")


def test_the_simulator_needs_neither_address_nor_key() -> None:
    entry = entry_in(change("", "cursor", ServerOptions(simulate=True, known_key=KEY)), "cursor")
    assert entry == {"command": COMMAND[0], "args": ["serve", "--simulate"]}


def test_a_byte_order_mark_stays_where_it_is() -> None:
    after = change('\ufeff{"a": 1}', "cursor")
    assert after.startswith("\ufeff{")
    assert after.count("\ufeff") == 1


def test_no_secret_is_shown() -> None:
    before = (
        '{"mcpServers": {\n"git": {"env": {"GIT_TOKEN": "abc", "h": "Bearer xyzxyz"}, "args": ["ghp_1234567890"]}\n}}'
    )
    after = change(before, "cursor")
    shown = diff(before, after, "mcp.json") + block_to_paste(server_entry("cursor", FULL, COMMAND), "cursor")
    assert "[hidden]" in shown
    assert not [secret for secret in (KEY, "abc", "xyzxyz", "ghp_1234567890") if secret in shown]
    assert "${input:video-mcp-api-key}" in block_to_paste(server_entry("vscode", ServerOptions(), COMMAND), "vscode")


def test_the_command_is_the_one_that_runs(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("bin")
    script, windows = folder / "video-mcp", folder / "video-mcp-gateway.exe"
    script.touch()
    windows.touch()
    assert running_command(str(script), "/py") == (str(script),)
    assert running_command(str(folder / "video-mcp-gateway"), "/py") == (str(windows),)
    assert running_command(str(folder / "__main__.py"), "/py") == ("/py", "-m", "video_mcp")


def test_what_is_missing_is_said() -> None:
    address, key = missing_in(ServerOptions(), server_entry("claude-desktop", ServerOptions(), COMMAND))
    assert "--base-url" in address
    assert "--api-key" in key
    assert missing_in(FULL, server_entry("claude-desktop", FULL, COMMAND)) == []
    folders, restart = remarks("claude-desktop", server_entry("claude-desktop", FULL, COMMAND))
    assert "--input-dir" in folders
    assert "reopen Claude Desktop" in restart
    cached = server_entry("cursor", FULL, ("/c/uv/archive-v0/x/bin/video-mcp",))
    assert "uv's cache" in remarks("cursor", cached)[0]
