from __future__ import annotations

from pathlib import Path

import pytest

from video_mcp.errors import ConfigurationError
from video_mcp.settings import Settings, load_settings, unknown_variables


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"VIDEO_MCP_{name.upper()}", raising=False)


def test_without_any_setting_everything_has_a_default_but_gateway_and_key() -> None:
    settings = load_settings()
    assert settings.missing() == ("VIDEO_MCP_BASE_URL", "VIDEO_MCP_API_KEY")
    assert settings.wait_seconds == 45
    assert settings.ledger_path == settings.home / "ledger.sqlite3"


def test_every_problem_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    bad = {
        "BASE_URL": "htp:/nowhere",
        "API_KEY": "${VIDEO_KEY}",
        "DIALECT": "klingon",
        "WAIT_SECONDS": "5000",
        "VALIDATION": "perhaps",
    }
    for name, value in bad.items():
        monkeypatch.setenv(f"VIDEO_MCP_{name}", value)
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    assert len(caught.value.problems) == len(bad)
    assert all(any(f"VIDEO_MCP_{name}" in problem for problem in caught.value.problems) for name in bad)


@pytest.mark.parametrize(
    ("written", "used"),
    [
        ("https://host.example", "https://host.example"),
        ("https://host.example/", "https://host.example"),
        ("https://host.example/v1", "https://host.example"),
        ("https://host.example/v1/", "https://host.example"),
        (" http://127.0.0.1:8000/gateway ", "http://127.0.0.1:8000/gateway"),
    ],
)
def test_the_address_is_taken_with_or_without_its_v1(monkeypatch: pytest.MonkeyPatch, written: str, used: str) -> None:
    monkeypatch.setenv("VIDEO_MCP_BASE_URL", written)
    assert load_settings().base_url == used


@pytest.mark.parametrize(
    "written", ["host.example", "ftp://host.example", "https://user:pw@host.example", "https://h.example?x=1", "${URL}"]
)
def test_an_address_that_cannot_work_is_refused(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("VIDEO_MCP_BASE_URL", written)
    with pytest.raises(ConfigurationError, match="VIDEO_MCP_BASE_URL"):
        load_settings()


@pytest.mark.parametrize("written", ["sk-abc", "Bearer sk-abc", "  sk-abc\n"])
def test_a_key_is_taken_as_people_paste_it(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("VIDEO_MCP_API_KEY", written)
    key = load_settings().api_key
    assert key is not None
    assert key.get_secret_value() == "sk-abc"


@pytest.mark.parametrize("written", ["sk-a b", "sk-ключ", "${KEY}", "$VIDEO_KEY"])
def test_a_key_that_cannot_be_one_is_refused_without_repeating_it(
    monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    monkeypatch.setenv("VIDEO_MCP_API_KEY", written)
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    assert written not in str(caught.value)


def test_a_key_is_never_shown_by_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDEO_MCP_API_KEY", "sk-secret")
    assert "sk-secret" not in repr(load_settings())


def test_lists_are_split_where_people_split_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDEO_MCP_EXTRA_MODELS", "wan-2, ltx-video ,")
    monkeypatch.setenv("VIDEO_MCP_INPUT_DIRS", "/a:/b,~/c")
    settings = load_settings()
    assert settings.extra_models == ("wan-2", "ltx-video")
    assert settings.input_dirs == (Path("/a").absolute(), Path("/b").absolute(), Path.home() / "c")


def test_windows_folders_are_split_at_semicolons(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDEO_MCP_INPUT_DIRS", r"C:\clips;D:\more clips")
    assert [folder.name for folder in load_settings().input_dirs] == [
        Path(r"C:\clips").name,
        Path(r"D:\more clips").name,
    ]


def test_a_misspelled_variable_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDEO_MCP_BASEURL", "https://host.example")
    assert unknown_variables() == ("VIDEO_MCP_BASEURL",)


def test_what_the_caller_says_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDEO_MCP_WAIT_SECONDS", "10")
    assert load_settings(wait_seconds=3).wait_seconds == 3
