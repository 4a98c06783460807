"""Which kind of server shows such signs: exactly one, or none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from video_mcp.gateway.dialects.common.profile import NamedProfile
from video_mcp.gateway.upstream import ServerSigns
from video_mcp.types import Dialect

ONE_API_REQUEST_ID = "x-oneapi-request-id"
NEW_API_VERSION = "x-new-api-version"


@dataclass(frozen=True, slots=True)
class Recognized:
    """A kind of server, and the sign that shows it; the server's owner may set one of `alternatives` as well."""

    dialect: Dialect
    title: str
    sign: str
    alternatives: frozenset[Dialect] = frozenset()


def recognize(signs: ServerSigns, profiles: Iterable[NamedProfile]) -> Recognized | None:
    """Return the kind of server that alone shows its sign; None when there is none, or more than one."""
    found = [
        Recognized(named.name, named.profile.title, sign, named.profile.alternatives)
        for named in profiles
        if (sign := named.profile.sign(signs)) is not None
    ]
    return found[0] if len(found) == 1 else None


def every_model_has(signs: ServerSigns, name: str, value: str | None = None) -> bool:
    """Tell whether there are models, and each has a text of this name; with `value`, that one."""
    texts = [model.get(name) for model in signs.models]
    return bool(texts) and all(isinstance(text, str) and value in {None, text} for text in texts)
