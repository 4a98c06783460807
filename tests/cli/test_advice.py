"""Each advice of the command line is followed once, with the real commands; what is new has to be entered here."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import pytest
from anyio.from_thread import start_blocking_portal
from typer.testing import CliRunner, Result

from manifests.generator.variables import variables
from tests.cli import test_terminal
from tests.cli.shell import QUICK
from tests.interaction.advice import COMMAND_ROOMS, advice_in_source
from video_mcp.cli.app import app
from video_mcp.server.http.tokens import identity_of, parse_tokens
from video_mcp.simulator import Simulator, run_simulator

BOAT = ("create", "A paper boat", "--model", "kling-v2-6", "--seconds", "5")


@dataclass(frozen=True, slots=True)
class User:
    """Types commands in a folder, with the variables that are set there."""

    folder: Path
    gateway: Simulator
    variables: Mapping[str, str] = field(default_factory=dict[str, str])

    def setting(self, **more: str) -> User:
        return replace(self, variables={**self.variables, **{f"VIDEO_MCP_{key.upper()}": more[key] for key in more}})

    @property
    def at_the_gateway(self) -> User:
        return self.setting(base_url=self.gateway.base_url, api_key=self.gateway.api_key)

    def types(self, *words: str) -> Result:
        return CliRunner(env=dict(self.variables)).invoke(app, words)

    def is_told(self, advice: str, *words: str) -> None:
        """Type a command that fails with this advice."""
        told = self.types(*words)
        assert told.exit_code != 0
        assert advice in told.stderr, told.output

    def does(self, *words: str) -> str:
        done = self.types(*words)
        assert done.exit_code == 0, done.output
        return done.stdout

    def remedies(self) -> dict[str, str]:
        """Return what the doctor says to do, by check."""
        found = cast("list[dict[str, str]]", json.loads(self.types("doctor", "--json").stdout)["checks"])
        return {check["name"]: check["remedy"] for check in found if check["verdict"] != "ok"}


def correct_settings(user: User) -> None:
    (user.folder / "file").write_bytes(b"")
    output, inputs = str(user.folder / "file" / "videos"), str(user.folder / "nowhere")
    told = user.setting(api_keys="x", wait_seconds="300", output_dir=output, input_dirs=inputs).remedies()
    assert told["settings"] == "Did you mean VIDEO_MCP_API_KEY?"
    assert told["address"].startswith("Set it to your gateway's address, such as https://")
    assert told["key"].startswith("Set it to the key")
    assert told["wait"].startswith("Set VIDEO_MCP_WAIT_SECONDS to 45")
    assert told["output"].startswith("Set VIDEO_MCP_OUTPUT_DIR to a folder")
    assert told["inputs"].startswith("Correct VIDEO_MCP_INPUT_DIRS")
    followed = user.at_the_gateway.setting(wait_seconds="45", input_dirs=str(user.folder))
    assert followed.remedies() == {}


def take_out(user: User) -> None:
    assert user.at_the_gateway.setting(qqq="x").remedies()["settings"].startswith("Take it out")
    assert user.at_the_gateway.remedies() == {}


def correct_value(user: User) -> None:
    told = user.at_the_gateway.setting(wait_seconds="long").remedies()["settings"]
    assert told.startswith("Correct it in the environment")
    assert user.at_the_gateway.setting(wait_seconds="45").remedies() == {}


def correct_prices(user: User) -> None:
    prices = user.folder / "prices.toml"
    prices.write_text("not a table", encoding="utf-8")
    priced = user.at_the_gateway.setting(prices=str(prices))
    assert priced.remedies()["prices"].startswith("Correct the file that VIDEO_MCP_PRICES names")
    prices.write_text("[models.kling-v3]\nper_second = 0.1\n", encoding="utf-8")
    assert priced.remedies() == {}


def move_ledger(user: User) -> None:
    ledger = user.folder / "home" / "ledger.sqlite3"
    ledger.parent.mkdir()
    ledger.write_text("no database" * 100, encoding="utf-8")
    told = user.at_the_gateway.remedies()["ledger"]
    named = re.search(r"Move (\S+) aside", told)
    assert named is not None
    Path(named[1]).rename(user.folder / "aside")
    assert user.at_the_gateway.remedies() == {}


def correct_gateway(user: User) -> None:
    there = user.at_the_gateway
    wrong = {
        "Copy VIDEO_MCP_API_KEY again": there.setting(api_key="sk-of-somebody-else"),
        "Check the port": there.setting(base_url="http://127.0.0.1:9"),
        "Write http://": there.setting(base_url=user.gateway.base_url.replace("http:", "https:")),
        "Correct the path in VIDEO_MCP_BASE_URL": there.setting(base_url=f"{user.gateway.base_url}/elsewhere"),
    }
    assert {advice: advice in one.remedies()["gateway"] for advice, one in wrong.items()} == dict.fromkeys(wrong, True)
    assert there.setting(api_key="your-key").remedies()["key"].startswith("Set VIDEO_MCP_API_KEY to the key")
    assert there.remedies() == {}


def set_dialect(user: User) -> None:
    with a_gateway(server="sglang") as running:
        there = replace(user, gateway=running).at_the_gateway
        named = re.match(r"Set VIDEO_MCP_DIALECT=([\w-]+);", there.remedies()["dialect"])
        assert named is not None
        assert "dialect" not in there.setting(dialect=named[1]).remedies()


def make_one(user: User) -> None:
    there = user.at_the_gateway
    assert "Make one: video-mcp create PROMPT --model MODEL" in there.types("status").stderr
    there.does(*BOAT)
    assert "completed" in there.does("status")


def agree(user: User) -> None:
    there = user.at_the_gateway.setting(confirm="always")
    there.is_told("Add --yes to agree.", *BOAT)
    assert user.gateway.jobs == ()
    there.does(*BOAT, "--yes")


def agree_to_a_batch(user: User) -> None:
    there, file = user.at_the_gateway.setting(confirm="always"), user.folder / "shots.jsonl"
    there.is_told("Give a file of JSON lines.", "batch", str(file))
    file.write_text(json.dumps({"model": "kling-v2-6", "prompt": "A boat", "seconds": 5}), encoding="utf-8")
    refused = there.types("batch", str(file))
    assert refused.exit_code == 2
    assert json.loads(refused.stdout)["error"]["advice"] == "Add --yes to agree to the cost of the whole batch."
    assert user.gateway.jobs == ()
    there.does("batch", str(file), "--yes")


def another_name(user: User) -> None:
    there, taken = user.at_the_gateway, user.folder / "taken.mp4"
    taken.write_bytes(b"a film of the user's")
    there.is_told("Choose another name.", *BOAT, "--save-as", str(taken))
    there.is_told("Choose another name.", *BOAT, "--save-as", str(taken.with_suffix(".txt")))
    assert user.gateway.jobs == ()
    there.does(*BOAT, "--save-as", str(taken.with_name("free.mp4")))
    assert taken.read_bytes() == b"a film of the user's"


def keep_token(user: User) -> None:
    made = user.types("token", "new", "alice")
    said = made.stderr.split("Put this line into the file that VIDEO_MCP_TOKENS names:\n")
    assert identity_of(made.stdout.strip(), parse_tokens(said[1])) is not None


def approve(_user: User) -> None:
    assert "Run video-mcp approve in a terminal." in TERMINAL


TERMINAL = Path(test_terminal.__file__).read_text(encoding="utf-8")
Follow = Callable[[User], None]
OUTSIDE = None
"""Done outside of the program: the network, the gateway's account, a clock, a disk, a client."""

FOLLOWED: dict[str, Follow | None] = {
    "Add --yes to agree": agree,
    "Add --yes to agree to the cost of the whole batch": agree_to_a_batch,
    "Check VIDEO_MCP_BASE_URL and the network": OUTSIDE,
    "Check VIDEO_MCP_BASE_URL, this machine's clock, and a proxy that puts in its own certificate": OUTSIDE,
    "Check VIDEO_MCP_BASE_URL: the server there is no gateway's API": OUTSIDE,
    "Check the network, a proxy or a firewall on the way": OUTSIDE,
    "Check the port in VIDEO_MCP_BASE_URL, and that the gateway runs": correct_gateway,
    "Choose another name": another_name,
    "Copy VIDEO_MCP_API_KEY again from your gateway": correct_gateway,
    "Correct VIDEO_MCP_INPUT_DIRS": correct_settings,
    "Correct it in the environment": correct_value,
    "Correct it in the environment, or in your client's configuration of this server": correct_value,
    "Correct the file that VIDEO_MCP_PRICES names": correct_prices,
    "Correct the path in VIDEO_MCP_BASE_URL, and check that this gateway makes videos": correct_gateway,
    "Correct the variable, or take it out": OUTSIDE,
    "Correct {}, or name {} in NO_PROXY to reach it without a proxy": OUTSIDE,
    "Did you mean {}{}": correct_settings,
    "Give a file of JSON lines": agree_to_a_batch,
    "Look at the key's rights and its credit at your gateway": OUTSIDE,
    "Make one: video-mcp create PROMPT --model MODEL": make_one,
    "Make room, or set VIDEO_MCP_OUTPUT_DIR to a larger disk": OUTSIDE,
    "Move {} aside": move_ledger,
    "Put this line into the file that VIDEO_MCP_TOKENS names:\n{}": keep_token,
    "Restart it to load the server": OUTSIDE,
    "Run `MCP: List Servers` and start it": OUTSIDE,
    "Run video-mcp approve in a terminal": approve,
    "Set VIDEO_MCP_API_KEY to the key of your own account": correct_gateway,
    "Set VIDEO_MCP_DIALECT={}": set_dialect,
    "Set VIDEO_MCP_WAIT_SECONDS to 45, or raise the client's own time limit for tools above it": correct_settings,
    "Set it to the key that your gateway gave you": correct_settings,
    "Set it to your gateway's address, such as https://gateway.example": correct_settings,
    "Set {} to a folder of your own": correct_settings,
    "Start a new session": OUTSIDE,
    "Take it out": take_out,
    "Try again later": OUTSIDE,
    "Turn on automatic time in the system settings": OUTSIDE,
    "Use https: the key travels with every request": OUTSIDE,
    "Write http:// in VIDEO_MCP_BASE_URL if it is a server of your own": correct_gateway,
}
FOLLOWS = sorted({one for one in FOLLOWED.values() if one is not None}, key=lambda one: one.__name__)


@contextmanager
def a_gateway(**config: object) -> Generator[Simulator]:
    """Run a simulated gateway on a thread of its own: commands run in this one."""
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(run_simulator(replace(QUICK, **config))) as running,
    ):
        yield running


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[User]:
    for variable in variables():
        monkeypatch.delenv(variable.name, raising=False)
    with a_gateway() as running:
        yield User(tmp_path, running).setting(home=str(tmp_path / "home"), output_dir=str(tmp_path / "videos"))


@pytest.mark.parametrize("follow", [pytest.param(one, id=one.__name__) for one in FOLLOWS])
def test_advice_leads_to_where_it_says(user: User, follow: Follow) -> None:
    follow(user)


def test_all_advice_of_the_command_line_is_followed() -> None:
    assert advice_in_source(COMMAND_ROOMS) == FOLLOWED.keys()


def test_advice_names_settings_that_exist() -> None:
    own = {variable.name for variable in variables()}
    assert {name for advice in FOLLOWED for name in re.findall(r"VIDEO_MCP_[A-Z_]+", advice)} <= own
