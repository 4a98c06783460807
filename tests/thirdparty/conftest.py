"""Programs of others: some run with every change where they are installed, all with `--third-party`."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from tests.thirdparty.packages import NODE, Programs
from tests.thirdparty.results import RESULTS, Recorder

Provide = Callable[[Programs], Programs]


@pytest.fixture(scope="session")
def provide(request: pytest.FixtureRequest) -> Provide:
    """Return what gives installed programs, or skips the test and says why."""
    may_install = bool(request.config.getoption("--third-party"))

    def provide_programs(programs: Programs) -> Programs:
        if programs.is_installed:
            return programs
        if not may_install:
            pytest.skip(f"{programs.name} is not installed: pytest --third-party installs it")
        problem = programs.install()
        if problem:
            pytest.skip(f"{programs.name} cannot be installed here: {problem}")
        return programs

    return provide_programs


@pytest.fixture(scope="session")
def provide_nightly(request: pytest.FixtureRequest, provide: Provide) -> Provide:
    """Return what gives programs to the tests that take too long for every change."""
    if not request.config.getoption("--third-party"):
        pytest.skip("programs of others are installed and run with --third-party only")
    return provide


@pytest.fixture
def node_environment(provide: Provide, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the environment in which Node's programs run."""
    node = provide(NODE).folder / "node_modules" / "node" / "bin"
    path = f"{node}{os.pathsep}{os.environ['PATH']}"  # noqa: TID251 - what a shell hands on
    return {"PATH": path, "HOME": str(tmp_path_factory.mktemp("home"))}


@pytest.fixture(scope="session")
def recorder(request: pytest.FixtureRequest) -> Recorder:
    """Return what keeps the results of this run, with `--record-clients`."""
    return Recorder(RESULTS if request.config.getoption("--record-clients") else None)
