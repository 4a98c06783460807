"""Pure: the kinds of server, one file each; a file's name is what `VIDEO_MCP_DIALECT` says.

`README.md` beside this file says how to add one.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module

from video_mcp.errors import ConfigurationError
from video_mcp.families.catalog import Catalog
from video_mcp.families.params import VideoRequest
from video_mcp.families.spec import Mode, ModelSpec
from video_mcp.findings import Finding
from video_mcp.gateway.dialects.common import capabilities, recognition
from video_mcp.gateway.dialects.common.profile import NamedProfile, Profile
from video_mcp.gateway.dialects.common.recognition import Recognized
from video_mcp.gateway.dialects.common.shown import shortened
from video_mcp.gateway.upstream import ServerSigns, WireBody
from video_mcp.types import Dialect

__all__ = [
    "Recognized",
    "addresses_to_fetch",
    "catalog_through",
    "dialect_names",
    "judge",
    "modes_through",
    "profile_of",
    "profiles",
    "reads_addresses_only",
    "reads_field",
    "recognize",
    "shortened",
    "wire_body",
]


def dialect_names() -> tuple[Dialect, ...]:
    """Return every kind of server that has a file here."""
    return tuple(sorted(found.name.replace("_", "-") for found in pkgutil.iter_modules(__path__) if not found.ispkg))


def profile_of(dialect: Dialect) -> Profile:
    """Return what is known of a kind of server.

    Raises:
        ConfigurationError: There is no file for it.
    """
    if dialect not in dialect_names():
        raise ConfigurationError([f"VIDEO_MCP_DIALECT is {dialect!r}; write one of {', '.join(dialect_names())}"])
    return _profile_in_file(dialect)


def _profile_in_file(dialect: Dialect) -> Profile:
    profile: object = import_module(f"{__name__}.{dialect.replace('-', '_')}").PROFILE
    if not isinstance(profile, Profile):
        msg = f"gateway/dialects/{dialect.replace('-', '_')}.py has no PROFILE"
        raise TypeError(msg)
    return profile


def profiles() -> Iterator[NamedProfile]:
    """Yield every kind of server with its name."""
    for name in dialect_names():
        yield NamedProfile(name=name, profile=_profile_in_file(name))


def recognize(signs: ServerSigns) -> Recognized | None:
    """Return the kind of server that shows such signs; None when that is not sure."""
    return recognition.recognize(signs, profiles())


def wire_body(request: VideoRequest, dialect: Dialect) -> WireBody:
    """Return the body that asks for a video.

    The media of the request are references that can be sent as they are: `https:` URLs or `data:` URIs.
    """
    return profile_of(dialect).body(request)


def judge(request: VideoRequest, dialect: Dialect) -> list[Finding]:
    """Return what a server of this kind would not read of a request."""
    return capabilities.judge(request, NamedProfile(name=dialect, profile=profile_of(dialect)), profiles)


def reads_field(request: VideoRequest, dialect: Dialect, name: str) -> bool:
    """Return whether a server of this kind reads a detail of such requests."""
    fields = profile_of(dialect).reading(request.spec, request.mode).fields
    return fields is None or name in fields


def addresses_to_fetch(request: VideoRequest, dialect: Dialect) -> frozenset[str]:
    """Return the media's addresses whose bytes have to be in the request; the server fetches the others itself."""
    return capabilities.addresses_to_fetch(request, profile_of(dialect))


def reads_addresses_only(request: VideoRequest, dialect: Dialect) -> bool:
    """Return whether a server of this kind reads such media only where each is a web address, and some are not."""
    return capabilities.reads_addresses_only(request, profile_of(dialect))


def modes_through(spec: ModelSpec, dialect: Dialect) -> tuple[Mode, ...]:
    """Return the model's modes that a server of this kind lets through."""
    return capabilities.modes_through(spec, profile_of(dialect))


def catalog_through(catalog: Catalog, dialect: Dialect) -> Catalog:
    """Return the catalogue with the modes that a server of this kind lets through."""
    profile = profile_of(dialect)  # it looks into the folder of dialects: once, not for each model

    def limited(spec: ModelSpec) -> ModelSpec:
        modes = capabilities.modes_through(spec, profile)
        return replace(spec, modes={mode: spec.modes[mode] for mode in modes}) if modes else spec

    return Catalog(tuple(replace(family, models=tuple(map(limited, family.models))) for family in catalog.families))
