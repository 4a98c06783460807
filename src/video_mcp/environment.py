"""The variables of the process that are no settings of ours: the network's, the clients', and misspelled ones."""

from __future__ import annotations

import os
import re

PREFIX = "VIDEO_MCP_"
_NETWORK = re.compile(r"(?i:https?|all|no)_(?i:proxy)|SSL_CERT_(?:FILE|DIR)")
_SCHEMES = frozenset({"http", "https", "all", "no"})


def variables_with_prefix() -> tuple[str, ...]:
    """Return the names of all variables that begin like ours."""
    return tuple(name for name in os.environ if name.startswith(PREFIX))  # noqa: TID251 - the one place


def network_variables() -> dict[str, str]:
    """Return the variables about proxies and certificates, and the proxies that the system itself knows.

    Names keep their case; where both cases are set, the lower one comes first, as curl reads them.
    """
    from urllib.request import getproxies  # noqa: PLC0415 - most commands send no request

    found = {name: value for name, value in sorted(os.environ.items(), reverse=True) if _NETWORK.fullmatch(name)}  # noqa: TID251 - the one place
    known = {name.lower() for name in found}
    system = {f"{scheme}_proxy": address for scheme, address in getproxies().items() if scheme in _SCHEMES}
    return {**found, **{name: address for name, address in system.items() if name not in known}}


def client_folders() -> dict[str, str]:
    """Return the folders that clients are told to keep their configuration in, where that is set."""
    names = ("CLAUDE_CONFIG_DIR", "CODEX_HOME", "XDG_CONFIG_HOME", "APPDATA")
    return {name: value for name in names if (value := os.environ.get(name, "").strip())}  # noqa: TID251 - the one place
