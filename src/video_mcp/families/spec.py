"""The facts about models, as data: modes, choices, counts, what is denied and what depends on what.

Nothing here decides anything: `check.py` and its neighbours read these tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal, get_args

from pydantic import Field

from video_mcp.families.sources import Source
from video_mcp.findings import FindingValue

Mode = Literal[
    "t2v",
    "i2v",
    "i2v_first_last",
    "reference_images",
    "reference_material",
    "multi_i2v",
    "r2v",
    "edit",
    "extend",
]
MODES: tuple[Mode, ...] = get_args(Mode)

FamilyName = Literal[
    "sora", "veo", "seedance", "grok", "kling", "gemini-omni", "happyhorse", "vidu", "hailuo", "generic"
]
FAMILY_NAMES: tuple[FamilyName, ...] = get_args(FamilyName)

MediaField = Literal["image", "end_image", "reference_images", "reference_videos", "reference_audios", "source_video"]
MEDIA_FIELDS: tuple[MediaField, ...] = get_args(MediaField)

ChosenField = Literal["seconds", "resolution", "aspect_ratio", "size"]
CHOSEN_FIELDS: tuple[ChosenField, ...] = get_args(ChosenField)
"""The fields that are always said aloud: gateways' own defaults surprise."""

Severity = Literal["refuse", "warn"]

MediaRef = Annotated[str, Field(min_length=1)]
"""A local path, an `https:` URL, a `data:` URI or `video://ID/...`."""


Choice = int | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """The values a field may have: allowed ones pass, tolerated ones warn, the rest is `outside`.

    `why` stands in brackets in the sentence that the caller reads. With `rounds_up`, a tolerated number becomes the
    next allowed one.
    """

    allowed: tuple[Choice, ...]
    source: Source
    default: Choice | None = None
    tolerated: tuple[Choice, ...] = ()
    outside: Severity = "refuse"
    why: str = ""
    rounds_up: bool = False

    def judge(self, value: Choice) -> Severity | None:
        """Return what to do about `value`, or None when it is fine."""
        if value in self.allowed:
            return None
        return "warn" if value in self.tolerated else self.outside


@dataclass(frozen=True, slots=True)
class Count:
    """How many files a media field takes; above `most` and up to `tolerated` they are sent with a warning."""

    least: int
    most: int
    tolerated: int = 0

    @property
    def limit(self) -> int:
        """The number above which a request is refused."""
        return max(self.most, self.tolerated)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeSpec:
    """What one mode of one model takes; a limit that is None means that the mode has no such choice.

    `needs` are fields without which the mode makes no sense; of `needs_one_of`, one media field is enough.
    `warning` is said whenever the mode is used. With `open_choices`, what has no `Choices` takes any value.
    """

    media: Mapping[MediaField, Count] = field(default_factory=dict[MediaField, Count])
    needs: tuple[str, ...] = ()
    needs_one_of: tuple[MediaField, ...] = ()
    prompt_required: bool = True
    seconds: Choices | None = None
    resolution: Choices | None = None
    aspect_ratio: Choices | None = None
    size: Choices | None = None
    warning: str = ""
    open_choices: bool = False
    source: Source = "gateway_page"

    def choices(self) -> Mapping[ChosenField, Choices]:
        """Return the choices that this mode has, by field."""
        every: dict[ChosenField, Choices | None] = {
            "seconds": self.seconds,
            "resolution": self.resolution,
            "aspect_ratio": self.aspect_ratio,
            "size": self.size,
        }
        return {name: choices for name, choices in every.items() if choices is not None}

    def takes(self, name: MediaField) -> bool:
        """Return whether a media field may be given at all."""
        count = self.media.get(name)
        return count is not None and count.limit > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """Two fields that depend on one another: where `when` has one of `values`, `then` must have one of `allowed`.

    Without `values` it is enough that `when` is given; without `allowed`, `then` must be absent. A `then` that the
    caller left open is filled in when it is one of the chosen fields, and otherwise judged by `when_open`.
    """

    when: str
    then: str
    why: str
    source: Source
    values: tuple[FindingValue, ...] = ()
    allowed: tuple[FindingValue, ...] = ()
    modes: tuple[Mode, ...] = ()
    severity: Severity = "refuse"
    when_open: Severity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """Why a field or a mode is not for this model, and whether that stops the request."""

    why: str
    source: Source
    severity: Severity = "refuse"
    instead: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """What the vendor says of the model's life; never a reason to refuse: the gateway decides what it serves."""

    state: Literal["current", "preview", "legacy", "ending", "retired"]
    source: Source
    note: str = ""


CURRENT = Lifecycle(state="current", source="gateway_page")

MediaForm = Literal["url", "data", "base64", "asset"]
"""How a medium may travel: a web address, a `data:` URI, bare base64, an id of the vendor's library."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaLimits:
    """What the vendor says of the files of one media field; None means that it says nothing."""

    source: Source
    formats: tuple[str, ...] = ()
    max_bytes: int | None = None
    min_side_px: int | None = None
    max_side_px: int | None = None
    min_ratio: float | None = None
    max_ratio: float | None = None
    min_seconds: float | None = None
    max_seconds: float | None = None
    max_total_seconds: float | None = None
    min_fps: float | None = None
    max_fps: float | None = None
    forms: tuple[MediaForm, ...] = ("url", "data")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRate:
    """What a second costs in dollars by the gateway's own list, for one resolution or with or without sound alone."""

    usd_per_second: float
    resolution: str | None = None
    audio: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """The facts about one model id, as data.

    `modes` are in order of preference: the first one that fits the media given is chosen. `denied` names modes and
    fields that this model lacks although its family has them, `option_choices` the values of further fields, and
    `dependencies` the fields that depend on one another. `latency_seconds` is the usual rendering time, until the
    ledger knows better, and `listed_rates` are prices of a gateway that lists its models. `vendor_family` is the family
    that such a model belongs to by its name, while its parameters are checked by the gateway's list.
    """

    id: str
    family: FamilyName
    modes: Mapping[Mode, ModeSpec]
    lifecycle: Lifecycle
    wire_model: str = ""
    denied: Mapping[str, Denial] = field(default_factory=dict[str, Denial])
    option_choices: Mapping[str, Choices] = field(default_factory=dict[str, Choices])
    dependencies: tuple[Dependency, ...] = ()
    media_limits: Mapping[MediaField, MediaLimits] = field(default_factory=dict[MediaField, MediaLimits])
    audio: Literal["always", "never", "switch"] = "always"
    prompt_max_chars: int | None = None
    latency_seconds: int = 120
    notes: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    listed_rates: tuple[ListedRate, ...] = ()
    vendor_family: FamilyName | None = None

    @property
    def shown_family(self) -> FamilyName:
        """The family that a reader knows the model by."""
        return self.vendor_family or self.family

    @property
    def needs_version(self) -> bool:
        """Whether the id alone names no model: `options.model_name` has to say which of `versions` is meant."""
        return bool(self.versions)

    @property
    def model_on_wire(self) -> str:
        """The id that is sent to the gateway."""
        return self.wire_model or self.id
