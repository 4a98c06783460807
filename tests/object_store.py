"""One S3 server for a session of tests, and a folder of its own in it for each test."""

from __future__ import annotations

import itertools
import os
from collections.abc import Generator

import pytest

from deploy.local.object_store import ObjectStoreServer, program, run_object_store

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def object_store() -> Generator[ObjectStoreServer]:
    """Run the server; its credentials are in the environment, where clients look for them."""
    if program() is None:
        pytest.skip("the wheel with the S3 server is for Linux")
    with run_object_store() as server:
        before = dict(os.environ)  # noqa: TID251 - the store's client reads its credentials there
        os.environ.update(server.variables)  # noqa: TID251 - see above
        yield server
        os.environ.clear()  # noqa: TID251 - see above
        os.environ.update(before)  # noqa: TID251 - see above


@pytest.fixture
def storage_url(object_store: ObjectStoreServer) -> str:
    """Return the address of an empty folder of the bucket."""
    return object_store.storage_url.replace("?", f"/test-{next(_numbers)}?")
