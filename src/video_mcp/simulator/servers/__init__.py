"""The kinds of server that the simulator can be, one file each, written from their sources and documentation."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from video_mcp.simulator.understanding import ServerKind


def server_names() -> tuple[str, ...]:
    """Return the names of all kinds of server."""
    return tuple(sorted(found.name.replace("_", "-") for found in pkgutil.iter_modules(__path__)))


def server_named(name: str) -> ServerKind:
    """Return a kind of server.

    Raises:
        ValueError: There is none of this name.
    """
    if name not in server_names():
        msg = f"{name!r} is not a kind of server; take {', '.join(server_names())}"
        raise ValueError(msg)
    kind: object = import_module(f"{__name__}.{name.replace('-', '_')}").SERVER
    if not isinstance(kind, ServerKind):
        msg = f"simulator/servers/{name}.py has no SERVER"
        raise TypeError(msg)
    return kind
