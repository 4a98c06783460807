"""One PostgreSQL server for a session of tests, and a database of its own for each test."""

from __future__ import annotations

import itertools
from collections.abc import Generator
from pathlib import Path

import anyio
import psycopg
import pytest
from psycopg import sql

from deploy.local.postgresql import is_installed, run_postgresql
from tests.ledger_places import LedgerPlace
from video_mcp.jobs.store.versions import upgrade_database

_TEMPLATE = "ledger_template"
_ALWAYS_ON_BOTH = frozenset({"tests/jobs/test_ledger.py"})
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgresql() -> Generator[str]:
    """Return the address of a server, without a database."""
    if not is_installed():
        pytest.skip("the wheel with PostgreSQL is for Linux")
    with run_postgresql() as address:
        yield address


@pytest.fixture
def empty_database_url(postgresql: str) -> str:
    """Return the address of a database without any table."""
    return new_database(postgresql, template="template0")


@pytest.fixture(scope="session")
def ledger_template(postgresql: str) -> str:
    """Return the name of a database with the newest tables, to be copied."""
    url = new_database(postgresql, template="template0", name=_TEMPLATE)
    anyio.run(upgrade_database, url, None)
    return _TEMPLATE


@pytest.fixture
def database_url(postgresql: str, ledger_template: str) -> str:
    """Return the address of a database with the ledger's tables."""
    return new_database(postgresql, template=ledger_template)


@pytest.fixture
def shared_database(request: pytest.FixtureRequest) -> str | None:
    """Return the address of a database with the ledger's tables, or None in a test's variant on SQLite."""
    return request.getfixturevalue("database_url") if getattr(request, "param", "") == "postgresql" else None


@pytest.fixture
def place(tmp_path: Path, shared_database: str | None) -> LedgerPlace:
    """Return where the ledger of this variant of a test lies."""
    return LedgerPlace(path=tmp_path / "home" / "ledger.sqlite3", url=shared_database)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run on PostgreSQL too what uses a ledger: each night all of it, and always what shows the most for its time."""
    own_database = {"database_url", "empty_database_url", "postgresql"} & {*metafunc.fixturenames}
    if "shared_database" not in metafunc.fixturenames or own_database:
        return
    if metafunc.definition.get_closest_marker("sqlite") is not None:
        return
    if metafunc.config.getoption("--nightly") or metafunc.definition.nodeid.partition("::")[0] in _ALWAYS_ON_BOTH:
        metafunc.parametrize("shared_database", ["sqlite", "postgresql"], indirect=True)


def new_database(server: str, *, template: str, name: str | None = None) -> str:
    name = name or f"test_{next(_numbers)}"
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(statement)
    return f"{server}/{name}"
