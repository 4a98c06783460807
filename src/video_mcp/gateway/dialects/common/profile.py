"""The words of a dialect: its paths, its body, and what its servers read of a request."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from video_mcp.families.params import VideoRequest
from video_mcp.families.spec import MEDIA_FIELDS, FamilyName, MediaField, Mode, ModelSpec
from video_mcp.findings import Finding
from video_mcp.gateway.upstream import ChargePlace, Paths, ServerSigns, WireBody
from video_mcp.types import Dialect

USAGE_CHARGES = (ChargePlace(path=("usage", "cost")), ChargePlace(path=("usage", "cost_usd")))
"""Dollars beside the other usage, as OpenRouter states them and gateways after it."""

MediumForm = Literal["url", "data", "file", "asset"]
"""How a medium travels: an address that the server fetches, a `data:` URI in a text, a file in a form, or the
`asset://` id of the vendor's library."""

ANY_NUMBER = 99
"""More media than any request holds: what the server does not count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Combination:
    """Media that a server reads together: how many of each field, and in which forms.

    With `uniform` all of them travel in one form; a mixture of files and addresses becomes files.
    """

    media: Mapping[MediaField, int]
    forms: tuple[MediumForm, ...]
    uniform: bool = False

    @property
    def takes_addresses(self) -> bool:
        """Whether the server fetches a medium itself."""
        return "url" in self.forms

    @property
    def takes_bytes(self) -> bool:
        """Whether a medium's bytes can be in the request."""
        return "data" in self.forms or "file" in self.forms


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a server reads of the requests that this entry covers: those of some families, models and modes.

    `combinations` are in order of preference; media that fit none of them are refused. `fields` are the details that
    are read, None when all are; others are warned about, with the reason in `ignored` where one is known. `modes_lost`
    are modes without a way through, `media_lost` says why a medium is not read, `limits` are the server's own bounds.
    """

    source: str
    families: frozenset[FamilyName] = frozenset()
    models: str = ""
    modes: frozenset[Mode] = frozenset()
    combinations: tuple[Combination, ...] = ()
    fields: frozenset[str] | None = None
    ignored: Mapping[str, str] = field(default_factory=dict[str, str])
    modes_lost: Mapping[Mode, str] = field(default_factory=dict[Mode, str])
    media_lost: Mapping[MediaField, str] = field(default_factory=dict[MediaField, str])
    limits: Mapping[str, tuple[float, float]] = field(default_factory=dict[str, tuple[float, float]])

    def covers(self, spec: ModelSpec, mode: Mode) -> bool:
        """Return whether this entry is about requests of this model in this mode."""
        return (
            (not self.families or spec.family in self.families)
            and (not self.modes or mode in self.modes)
            and re.search(self.models, spec.id, re.IGNORECASE) is not None
        )


def _no_findings(_request: VideoRequest) -> Iterable[Finding]:
    return ()


def _no_sign(_signs: ServerSigns) -> str | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One kind of server.

    `title` is how a sentence calls it, `spoken_by` who speaks it, `base_url` an example, `verified` how and when its
    facts were seen. With `own_ids` its models are none of the catalogue's. `charges` are where its answers say what a
    video really cost, the first that does counts. `honours_idempotency_key` names the source which says that a create
    with the key of an earlier one makes no second video; None means that none is known, and a create that got lost is
    not sent again. `sweep_seconds` is how often the server itself looks at what its vendors render: polling it more
    often shows nothing new. `findings` says what no table can. `sign` names what shows that a server is of this kind,
    None when nothing does; `alternatives` are the dialects that the owner of a server with that sign may set as well.
    """

    title: str
    spoken_by: tuple[str, ...]
    base_url: str
    verified: str
    body: Callable[[VideoRequest], WireBody]
    readings: tuple[Reading, ...]
    paths: Paths = field(default_factory=Paths)
    charges: tuple[ChargePlace, ...] = USAGE_CHARGES
    own_ids: bool = False
    honours_idempotency_key: str | None = None
    sweep_seconds: float | None = None
    findings: Callable[[VideoRequest], Iterable[Finding]] = _no_findings
    sign: Callable[[ServerSigns], str | None] = _no_sign
    alternatives: frozenset[Dialect] = frozenset()

    def reading(self, spec: ModelSpec, mode: Mode) -> Reading:
        """Return what the server reads of such requests; nothing, where nothing is known."""
        return next((entry for entry in self.readings if entry.covers(spec, mode)), NOTHING_KNOWN)


NOTHING_KNOWN = Reading(source="no source", fields=frozenset())

ANY_MEDIA: Mapping[MediaField, int] = dict.fromkeys(MEDIA_FIELDS, ANY_NUMBER)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedProfile:
    """A profile with the name that `VIDEO_MCP_DIALECT` has for it."""

    name: Dialect
    profile: Profile
