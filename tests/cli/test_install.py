"""`install` as it is typed: files, backups, refusals."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest
import typer
from typer.testing import CliRunner, Result

from video_mcp.cli.app import app
from video_mcp.cli.commands.install import ask_for_folders

KEY = "sk-very-secret-key"
EXISTING = '{\n    "mcpServers": {\n        "docs": {"command": "docs"}\n    }\n}\n'


def install(*words: str, key: str = KEY) -> Result:
    env = {"VIDEO_MCP_API_KEY": key, "VIDEO_MCP_BASE_URL": "https://gw.example"}
    done = CliRunner().invoke(app, ["install", *words], env=env)
    assert KEY not in done.output
    return done


def test_the_change_is_shown_written_and_backed_up(tmp_path: Path) -> None:
    file = tmp_path / "mcp.json"
    file.write_text(EXISTING)
    file.chmod(0o640)
    done = install("cursor", "--file", str(file), "--base-url", "https://gw.example/v1")
    assert done.exit_code == 0, done.output
    assert '+        "video": {' in done.stdout
    written = json.loads(file.read_text())["mcpServers"]
    assert written["docs"] == {"command": "docs"}
    assert written["video"]["env"] == {"VIDEO_MCP_BASE_URL": "https://gw.example", "VIDEO_MCP_API_KEY": KEY}
    assert Path(written["video"]["command"]).is_absolute()
    (backup,) = tmp_path.glob("mcp.json.backup-*")
    assert backup.read_text() == EXISTING
    assert sys.platform == "win32" or stat.S_IMODE(file.stat().st_mode) == 0o640

    again = install("cursor", "--file", str(file), "--base-url", "https://gw.example")
    assert "has it already" in again.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([file.name, backup.name])


def test_a_new_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "new" / "config.toml"
    assert install("codex", "--file", str(file)).exit_code == 0
    assert sys.platform == "win32" or stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["config.toml"]


def test_a_link_to_the_real_file_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "dotfiles.json", tmp_path / "mcp.json"
    real.write_text(EXISTING)
    try:
        link.symlink_to(real)
    except OSError:
        pytest.skip("this system makes no links for us")
    assert install("cursor", "--file", str(link)).exit_code == 0
    assert link.is_symlink()
    assert "video" in json.loads(real.read_text())["mcpServers"]


@pytest.mark.parametrize("broken", ["{ broken", '{"servers": {"video": {"command": "ffmpeg"}}}', "\xff"])
def test_what_cannot_be_changed_is_left_and_the_block_is_shown(tmp_path: Path, broken: str) -> None:
    file = tmp_path / "mcp.json"
    file.write_bytes(broken.encode("latin-1"))
    done = install("vscode", "--file", str(file))
    assert done.exit_code == 2
    assert json.loads(done.stdout)["servers"]["video"]["env"]["VIDEO_MCP_API_KEY"] == "${input:video-mcp-api-key}"
    assert "was left as it is" in done.stderr
    assert file.read_bytes() == broken.encode("latin-1")
    assert list(tmp_path.iterdir()) == [file]


def test_print_writes_nothing(tmp_path: Path) -> None:
    done = install("gemini", "--print", "--file", str(tmp_path / "settings.json"), "--name", "films")
    assert done.exit_code == 0
    assert list(json.loads(done.stdout)["mcpServers"]) == ["films"]
    assert not list(tmp_path.iterdir())


def test_a_project_gets_a_file_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert install("claude-code", "--project").exit_code == 0
    env = json.loads((tmp_path / ".mcp.json").read_text())["mcpServers"]["video"]["env"]
    assert env == {"VIDEO_MCP_BASE_URL": "https://gw.example", "VIDEO_MCP_API_KEY": "${VIDEO_MCP_API_KEY}"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("claude-desktop", "--project"), "no configuration of a project"),
        (("cursor", "--name", "a b"), "is not a name for a server"),
        (("cursor", "--base-url", "ftp://gw"), "VIDEO_MCP_BASE_URL"),
        (("emacs",), "emacs"),
    ],
)
def test_wrong_use_is_a_sentence(words: tuple[str, ...], said: str) -> None:
    done = install(*words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_key_can_be_typed_unseen(tmp_path: Path) -> None:
    file = tmp_path / "mcp.json"
    done = CliRunner().invoke(
        app,
        ["install", "cursor", "--file", str(file), "--base-url", "https://gw.example", "--api-key", "-"],
        input=f"{KEY}\n",
    )
    assert done.exit_code == 0, done.output
    assert KEY not in done.output
    assert KEY in file.read_text()


@pytest.mark.parametrize(
    ("client", "variable", "written"),
    [
        ("claude-code", "CLAUDE_CONFIG_DIR", ".claude.json"),
        ("codex", "CODEX_HOME", "config.toml"),
        ("claude-desktop", "XDG_CONFIG_HOME", "Claude/claude_desktop_config.json"),
        ("vscode", "XDG_CONFIG_HOME", "Code/User/mcp.json"),
    ],
)
@pytest.mark.skipif(sys.platform != "linux", reason="other systems name these folders otherwise")
def test_it_writes_where_the_client_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, client: str, variable: str, written: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv(variable, str(tmp_path / "elsewhere"))
    assert install(client).exit_code == 0
    assert "https://gw.example" in (tmp_path / "elsewhere" / written).read_text()
    assert not (tmp_path / "home").exists()


def test_a_blank_folder_means_the_usual_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CODEX_HOME", " ")
    assert install("codex").exit_code == 0
    assert (tmp_path / ".codex" / "config.toml").exists()


def test_an_entry_that_can_make_no_video_is_not_written_unless_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("VIDEO_MCP_BASE_URL", "VIDEO_MCP_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / "mcp.json"
    words = ["install", "cursor", "--file", str(file)]
    refused = CliRunner().invoke(app, words)
    assert refused.exit_code == 2
    assert all(option in refused.stderr for option in ("--base-url", "--api-key", "--incomplete"))
    assert not file.exists()
    assert CliRunner().invoke(app, [*words, "--print"]).exit_code == 0
    assert CliRunner().invoke(app, [*words, "--incomplete"]).exit_code == 0
    assert file.exists()


@pytest.mark.parametrize("client", ["vscode", "cursor"])
@pytest.mark.parametrize("words", [(), ("--print",)])
def test_the_link_is_printed_too(tmp_path: Path, client: str, words: tuple[str, ...]) -> None:
    done = install(client, "--file", str(tmp_path / "mcp.json"), *words)
    assert done.exit_code == 0, done.output
    assert "https://gw.example" in unquote(done.stderr) or "config=ey" in done.stderr


@pytest.mark.parametrize(
    ("client", "folder"),
    [("claude-code", ".claude/skills"), ("codex", ".agents/skills"), ("gemini", ".gemini/skills")],
)
def test_the_skill_is_written_where_the_client_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, client: str, folder: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    for _twice in range(2):
        done = install(client, "--skill", "--simulate")
        assert done.exit_code == 0, done.output
    written = {path.relative_to(tmp_path / folder).as_posix() for path in (tmp_path / folder).rglob("*.*")}
    assert written == {"video-mcp/SKILL.md", "video-mcp/references/models.md"}
    assert (
        (tmp_path / folder / "video-mcp" / "SKILL.md").read_text(encoding="utf-8").startswith("---\nname: video-mcp\n")
    )


def test_a_project_gets_the_skill_in_its_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert install("vscode", "--project", "--skill").exit_code == 0
    assert (tmp_path / ".github" / "skills" / "video-mcp" / "SKILL.md").is_file()


def test_a_client_without_a_skills_folder_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    done = install("claude-desktop", "--skill", "--file", str(file))
    assert done.exit_code == 2
    assert "leave --skill out" in done.stderr
    assert not file.exists()


def test_claude_desktop_gets_the_folders_that_are_named(tmp_path: Path) -> None:
    file = tmp_path / "claude_desktop_config.json"
    done = install("claude-desktop", "--file", str(file), "--input-dir", "/photos", "--input-dir", "/clips")
    assert done.exit_code == 0, done.output
    env = json.loads(file.read_text())["mcpServers"]["video"]["env"]
    assert [Path(folder) for folder in env["VIDEO_MCP_INPUT_DIRS"].split(",")] == [
        Path("/photos").absolute(),
        Path("/clips").absolute(),
    ]
    assert "--input-dir" not in done.stderr


def test_claude_desktop_without_folders_says_what_it_can_read(tmp_path: Path) -> None:
    done = install("claude-desktop", "--file", str(tmp_path / "claude_desktop_config.json"))
    assert done.exit_code == 0, done.output
    assert "--input-dir ~/Pictures adds a folder" in done.stderr


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("", ["Pictures", "Desktop"]), ("-", []), ("~/Films, /media/disk", ["Films", "/media/disk"])],
)
def test_the_usual_folders_are_proposed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, expected: list[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    for name in ("Pictures", "Desktop"):
        (tmp_path / name).mkdir()
    asking = typer.Typer()
    asking.command()(lambda: typer.echo("found:" + "|".join(ask_for_folders(tmp_path))))
    done = CliRunner().invoke(asking, [], input=f"{answer}\n")
    assert done.exit_code == 0, done.output
    found = done.stdout.strip().splitlines()[-1].removeprefix("found:")
    assert [Path(word) for word in found.split("|") if word] == [tmp_path / name for name in expected]
