"""A team's server on one machine: replicas behind a proxy, on a PostgreSQL and an S3 server that run already."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import anyio
import anyio.to_thread
import psycopg
from mcp import Client
from mcp.client.session import ElicitationFnT
from psycopg import sql

from deploy.local.object_store import ObjectStoreServer
from deploy.local.postgresql import free_port
from deploy.local.replica import Replica
from deploy.local.round_robin import run_round_robin
from video_mcp.jobs.store.versions import upgrade_database


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """Where the replicas are reached together, each of them, their database, and each user's token."""

    url: str
    replicas: Sequence[Replica]
    database_url: str
    tokens: Mapping[str, str]


@asynccontextmanager
async def run_team(
    folder: Path,
    *,
    postgresql: str,
    object_store: ObjectStoreServer,
    gateway: tuple[str, str],
    number: int = 2,
    users: Sequence[str] = ("alice", "bob"),
    settings: Mapping[str, str] | None = None,
) -> AsyncGenerator[Team]:
    """Run so many replicas for some users; `gateway` is its address and its key."""
    name = f"team_{secrets.token_hex(4)}"
    await anyio.to_thread.run_sync(partial(_make_database, postgresql, name))
    database_url = f"{postgresql}/{name}"
    await upgrade_database(database_url, None)
    tokens = {user: secrets.token_urlsafe(32) for user in users}
    entries = [f"{user} sha256:{hashlib.sha256(token.encode()).hexdigest()}" for user, token in tokens.items()]
    await anyio.Path(folder / "tokens").write_text("".join(f"{entry}\n" for entry in entries))
    shared = {
        "BASE_URL": gateway[0],
        "API_KEY": gateway[1],
        "DATABASE_URL": database_url,
        "STORAGE_URL": object_store.storage_url.replace("?", f"/{name}?"),
        "TOKENS": str(folder / "tokens"),
        **(settings or {}),
    }
    replicas = [
        Replica(folder=folder / f"replica-{one}", port=free_port(), settings=shared, variables=object_store.variables)
        for one in range(number)
    ]
    try:
        async with anyio.create_task_group() as tasks:
            for replica in replicas:
                tasks.start_soon(replica.start)
        async with run_round_robin([replica.origin for replica in replicas]) as origin:
            yield Team(url=f"{origin}/mcp", replicas=replicas, database_url=database_url, tokens=tokens)
    finally:
        with anyio.CancelScope(shield=True):
            async with anyio.create_task_group() as tasks:
                for replica in replicas:
                    tasks.start_soon(replica.stop)


def _make_database(server: str, name: str) -> None:
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


@asynccontextmanager
async def connect(
    url: str, token: str, *, mode: str = "auto", answer: ElicitationFnT | None = None
) -> AsyncGenerator[Client]:
    """Connect as a user, who answers questions by `answer`; `legacy` is the 2025 era."""
    import httpx2  # noqa: PLC0415 - beside the transport that uses it
    from mcp.client.streamable_http import streamable_http_client  # noqa: PLC0415 - see above

    headers = {"Authorization": f"Bearer {token}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=300) as http,
        Client(
            streamable_http_client(url, http_client=http),
            mode="legacy" if mode == "legacy" else "auto",
            elicitation_callback=answer,
        ) as client,
    ):
        yield client
