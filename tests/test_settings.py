from __future__ import annotations

import sys
from pathlib import Path

import pytest

from video_mcp.environment import network_variables
from video_mcp.errors import ConfigurationError
from video_mcp.settings import Settings, load_settings, read_settings, unknown_variables


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
        ("https://host.example/v1#", "https://host.example"),
        ("https://host.example/#/console", "https://host.example"),
        ("https://host.example/v1/videos", "https://host.example"),
        ("https://host.example/V1/videos/", "https://host.example"),
        ("https://host.example/api/v1/chat/completions", "https://host.example/api"),
        ("https://host.example//v1//", "https://host.example"),
        ("https://host.example?", "https://host.example"),
        ("'https://host.example/v1'", "https://host.example"),
        ('"https://host.example"', "https://host.example"),
        ("<https://host.example>", "https://host.example"),
        ("https://host.example,", "https://host.example"),
        ("HTTPS://host.example", "https://host.example"),
        ("host.example/v1", "https://host.example"),
        ("localhost:8000/v1", "http://localhost:8000"),
        ("192.168.1.5:8000", "http://192.168.1.5:8000"),
        ("gateway:8000", "http://gateway:8000"),
        ("[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_the_address_is_taken_with_or_without_its_v1(monkeypatch: pytest.MonkeyPatch, written: str, used: str) -> None:
    monkeypatch.setenv("VIDEO_MCP_BASE_URL", written)
    assert load_settings().base_url == used


@pytest.mark.parametrize(
    "written",
    [
        *("htp:/nowhere", "ftp://host.example", "https://user:pw@host.example", "https://h.example?x=1", "${URL}"),
        *("${user_config.base_url}", "https://host.example:99999", "https://a b.example", "nonsense", "https://"),
    ],
)
def test_an_address_that_cannot_work_is_refused(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("VIDEO_MCP_BASE_URL", written)
    with pytest.raises(ConfigurationError, match="VIDEO_MCP_BASE_URL"):
        load_settings()


@pytest.mark.parametrize(
    "written", ["sk-abc", "Bearer sk-abc", "  sk-abc\n", "'sk-abc'", "“sk-abc”", "Authorization: bearer sk-abc"]
)
def test_a_key_is_taken_as_people_paste_it(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("VIDEO_MCP_API_KEY", written)
    key = load_settings().api_key
    assert key is not None
    assert key.get_secret_value() == "sk-abc"


@pytest.mark.parametrize("written", ["sk-a b", "sk-ключ", "${KEY}", "$VIDEO_KEY", "${user_config.api_key}", "{{KEY}}"])
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


@pytest.mark.parametrize(
    ("name", "written", "used"),
    [
        ("log_level", "debug", "DEBUG"),
        ("log_level", " Warn ", "WARNING"),
        ("validation", "'STRICT'", "strict"),
        ("dialect", "New_API", "new-api"),
        ("confirm", "Always", "always"),
        ("confirm", "over: 0.5", "over:0.5"),
        ("extra_models", '["wan-2.5","wan-2.2"]', ("wan-2.5", "wan-2.2")),
        ("extra_models", "['wan-2.5', 'wan-2.2']", ("wan-2.5", "wan-2.2")),
        ("extra_models", "wan-2.5; wan-2.2", ("wan-2.5", "wan-2.2")),
        ("extra_models", "", ()),
        ("max_cost_per_day", "${user_config.max_cost_per_day}", None),
        ("max_cost_per_day", "$5", 5.0),
        ("max_cost_per_day", "0,5 USD", 0.5),
        ("max_cost_per_day", "1,000", 1000.0),
        ("max_cost_per_day", "unlimited", None),
        ("max_videos_per_day", " 20 ", 20),
        ("max_seconds_per_day", "2 min", 120.0),
        ("wait_seconds", "'30s'", 30.0),
        ("wait_seconds", "30.0", 30.0),
        ("job_deadline_hours", "2 days", 48.0),
        ("keep_days", "2 weeks", 14.0),
        ("max_download_bytes", "2 GB", 2_000_000_000),
        ("max_download_bytes", "5MiB", 5 * 1024**2),
        ("prices", "${user_config.prices}", None),
        ("prices", "~/prices.toml", Path.home() / "prices.toml"),
        ("output_dir", "$HOME/films", Path.home() / "films"),
        ("output_dir", "${HOME}/films", Path.home() / "films"),
        ("output_dir", '"~/films"', Path.home() / "films"),
        ("output_dir", "file:///srv/films", Path("/srv/films")),
        ("input_dirs", '["~/a","/b"]', (Path.home() / "a", Path("/b"))),
        ("input_dirs", "$HOME/a:/b", (Path.home() / "a", Path("/b"))),
    ],
)
def test_settings_are_taken_as_people_write_them(
    monkeypatch: pytest.MonkeyPatch, name: str, written: str, used: object
) -> None:
    monkeypatch.setenv(f"VIDEO_MCP_{name.upper()}", written)
    assert getattr(load_settings(), name) == used


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("max_cost_per_day", "${COST}"),
        ("max_cost_per_day", "much"),
        ("max_videos_per_day", "-1"),
        ("max_download_bytes", "unlimited"),
        ("output_dir", "${NOWHERE_SET}/films"),
        ("output_dir", "~nobody-of-this-name/films"),
        ("log_level", "loud"),
        ("confirm", "sometimes"),
    ],
)
def test_what_cannot_be_meant_is_told_and_replaced_by_the_default(
    monkeypatch: pytest.MonkeyPatch, name: str, written: str
) -> None:
    monkeypatch.setenv(f"VIDEO_MCP_{name.upper()}", written)
    settings = read_settings()
    (problem,) = settings.invalid
    assert problem.startswith(f"VIDEO_MCP_{name.upper()} ")
    assert getattr(settings, name) == Settings.model_fields[name].get_default(call_default_factory=True)
    assert set(settings.problems()) > {problem}


def test_a_key_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("\ufeffsk-from-a-file\r\n", encoding="utf-8")
    monkeypatch.setenv("VIDEO_MCP_API_KEY_FILE", str(tmp_path / "key"))
    key = load_settings().api_key
    assert key is not None
    assert key.get_secret_value() == "sk-from-a-file"
    monkeypatch.setenv("VIDEO_MCP_API_KEY", "sk-direct")
    direct = load_settings().api_key
    assert direct is not None
    assert direct.get_secret_value() == "sk-direct"


def test_a_key_may_be_printed_by_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDEO_MCP_API_KEY_COMMAND", f"{sys.executable} -c \"print('sk-printed')\"")
    key = load_settings().api_key
    assert key is not None
    assert key.get_secret_value() == "sk-printed"


@pytest.mark.parametrize(
    ("name", "written", "why"),
    [
        ("API_KEY_FILE", "/nonexistent/key", "No such file"),
        ("API_KEY_FILE", "/dev/null", ""),
        ("API_KEY_COMMAND", "/nonexistent/command", "No such file"),
        ("API_KEY_COMMAND", f"{sys.executable} -c 'print(\"sk-secret\"); exit(3)'", "failed with exit code 3; run it"),
        ("API_KEY_COMMAND", "unbalanced 'quote", "a quotation mark without its partner"),
    ],
)
def test_a_key_that_cannot_be_had_is_told_without_its_text(
    monkeypatch: pytest.MonkeyPatch, name: str, written: str, why: str
) -> None:
    monkeypatch.setenv(f"VIDEO_MCP_{name}", written)
    (problem,) = read_settings().invalid
    assert f"VIDEO_MCP_{name}" in problem
    assert why in problem
    assert "sk-secret" not in problem


def test_proxies_and_certificates_are_read_with_the_lower_case_first(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in network_variables():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://upper")
    monkeypatch.setenv("https_proxy", "http://lower")
    monkeypatch.setenv("SSL_CERT_FILE", "/ca.pem")
    monkeypatch.setenv("MY_HTTPS_PROXY", "http://other")
    found = network_variables()
    assert list(found) == ["https_proxy", "SSL_CERT_FILE", "HTTPS_PROXY"]


@pytest.mark.parametrize(
    ("written", "used"),
    [
        ("postgres://me:s3cret@db.example/videos", "postgresql://me:s3cret@db.example/videos"),
        ("postgresql+asyncpg://me:s3cret@db.example:5432/videos?sslmode=require", None),
        (" 'POSTGRESQL+psycopg2://me:s3cret@one:5432,two:5433/videos' ", None),
        ("postgresql://me:p%40ss:w@[::1]:5432/videos", None),
        ("postgresql:///videos?host=/run/postgresql", None),
        ("sqlite+pysqlite:////data/ledger.sqlite3", "sqlite:////data/ledger.sqlite3"),
    ],
)
def test_an_address_of_a_database_is_taken_with_any_driver(
    monkeypatch: pytest.MonkeyPatch, written: str, used: str | None
) -> None:
    monkeypatch.setenv("VIDEO_MCP_DATABASE_URL", written)
    settings = load_settings()
    assert settings.ledger_url == (used or "postgresql://" + written.strip(" '").partition("://")[2])
    assert "s3cret" not in f"{settings!r} {settings}"


@pytest.mark.parametrize(
    "written",
    ["mysql://me:s3cret@db/videos", "s3cret", "postgresql://me:s3cret@db:s3cret/x", "postgres://u:${PW}s3cret@h/x"],
)
def test_what_is_no_database_is_told_without_its_password(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("VIDEO_MCP_DATABASE_URL", written)
    with pytest.raises(ConfigurationError, match="VIDEO_MCP_DATABASE_URL") as caught:
        load_settings()
    assert "s3cret" not in str(caught.value)
