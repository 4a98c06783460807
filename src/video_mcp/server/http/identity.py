"""Who calls and what they may: identities, scopes, and the challenge that tells a client what it lacks. Pure."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Literal, cast, get_args

from video_mcp.types import Principal

Scope = Literal["video:read", "video:create"]

SCOPES: tuple[Scope, ...] = get_args(Scope)
_NEUTRAL_METHODS = frozenset(
    {"initialize", "ping", "server/discover", "tools/list", "prompts/list", "resources/templates/list"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A caller who has proved who they are."""

    principal: Principal
    scopes: frozenset[Scope]


Verify = Callable[[str], Awaitable[Identity | None]]
"""Returns whose token it is; None when it is unknown or no longer valid."""


def known_scopes(words: Iterable[str]) -> frozenset[Scope]:
    """Return the scopes of ours among some words."""
    given = {*words}
    return frozenset(scope for scope in SCOPES if scope in given)


def lacking(body: bytes, granted: frozenset[Scope]) -> frozenset[Scope]:
    """Return the scopes that a message, or a batch of them, needs beyond those that were granted.

    What shows and changes nothing of a caller's needs either scope; what cannot be read is refused later.
    """
    try:
        parsed: object = json.loads(body)
    except (ValueError, RecursionError):
        parsed = None
    messages = cast("list[object]", parsed) if isinstance(parsed, list) else [parsed]
    needed = frozenset[Scope]().union(*(_needed(message) for message in messages))
    if not needed and not granted:
        return frozenset({"video:read"})
    return needed - granted


def _needed(message: object) -> frozenset[Scope]:
    known = cast("dict[str, object]", message) if isinstance(message, dict) else {}
    method, params = known.get("method"), known.get("params")
    if not isinstance(method, str) or method in _NEUTRAL_METHODS or method.startswith("notifications/"):
        return frozenset()
    name = cast("dict[str, object]", params).get("name") if isinstance(params, dict) else None
    # An answer to a task is what lets its video be paid.
    spends = (method == "tools/call" and name == "create_video") or method == "tasks/update"
    return frozenset({"video:create" if spends else "video:read"})


def challenge(*, metadata_url: str | None, scopes: Iterable[Scope], error: str | None = None) -> str:
    """Return the `WWW-Authenticate` header: what is wrong, what to ask for, and where that is described."""
    parts = [
        f'error="{error}"' if error is not None else "",
        f'scope="{" ".join(sorted(scopes))}"',
        f'resource_metadata="{metadata_url}"' if metadata_url is not None else "",
    ]
    return f"Bearer {', '.join(part for part in parts if part)}"
