from __future__ import annotations

import signal

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.object_store", "tests.postgresql"]

# How long an example takes says nothing on a machine that does other work beside.
# What is drawn is the same at each run, so that a change is what a failure comes from; each night it is drawn anew.
settings.register_profile("nightly", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("video-mcp", settings.get_profile("nightly"), derandomize=True)
settings.load_profile("video-mcp")


def pytest_configure(config: pytest.Config) -> None:
    # A background job is started with SIGINT ignored, and all that it starts inherits that: no Ctrl-C would arrive.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if config.getoption("--nightly"):
        settings.load_profile("nightly")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-snapshots", action="store_true", help="write the snapshots anew; look at the diff in review"
    )
    parser.addoption("--third-party", action="store_true", help="install and run programs of others against the server")
    parser.addoption("--record-clients", action="store_true", help="with --third-party: write docs/clients.json anew")
    parser.addoption("--chaos-jobs", default="12", help="how many jobs run while replicas are killed; 300 each night")
    parser.addoption("--nightly", action="store_true", help="draw ten times as many requests for each model")


@pytest.fixture
def update_snapshots(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-snapshots"))


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
