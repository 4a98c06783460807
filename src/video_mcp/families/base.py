"""The words every family is written in: parameters, facts and limits.

A family is a parameter model (what can be said), a table of `ModelSpec` (what each model takes, as data with its
source) and a few rules (what no table can say). `check.py` reads them; nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from video_mcp.errors import Finding

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

MediaField = Literal[
    "image", "end_image", "reference_images", "reference_videos", "reference_audios", "source_video"
]
MEDIA_FIELDS: tuple[MediaField, ...] = get_args(MediaField)

Severity = Literal["refuse", "warn"]
JsonObject = dict[str, JsonValue]

MediaRef = Annotated[str, Field(min_length=1)]
"""A local path, an `https:` URL, a `data:` URI or `video://ID/...`."""


class VideoParams(BaseModel):
    """What can be said to every family; a family's model adds its own fields.

    Media fields hold references as the caller wrote them. Each family's further fields are reached through the
    tool's `options`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    prompt: Annotated[str, Field(description="What the video shows: subject, action, camera, light, sound.")] = ""
    seconds: Annotated[int | None, Field(description="Length of the video in seconds.")] = None
    aspect_ratio: Annotated[str | None, Field(description="Width to height, for example 16:9.")] = None
    resolution: Annotated[str | None, Field(description="Picture height class, for example 720p.")] = None
    image: Annotated[MediaRef | None, Field(description="First frame.")] = None
    end_image: Annotated[MediaRef | None, Field(description="Last frame; needs a first frame.")] = None
    reference_images: Annotated[
        tuple[MediaRef, ...], Field(description="Images of things or people that appear.")
    ] = ()
    reference_videos: Annotated[tuple[MediaRef, ...], Field(description="Videos to take motion or style from.")] = ()
    reference_audios: Annotated[tuple[MediaRef, ...], Field(description="Sounds or voices to use.")] = ()
    source_video: Annotated[MediaRef | None, Field(description="The video to edit.")] = None

    def media(self) -> Mapping[MediaField, tuple[str, ...]]:
        """Return the media given, each field's references in order; fields without any are absent."""
        given: dict[MediaField, tuple[str, ...]] = {
            "image": (self.image,) if self.image else (),
            "end_image": (self.end_image,) if self.end_image else (),
            "reference_images": self.reference_images,
            "reference_videos": self.reference_videos,
            "reference_audios": self.reference_audios,
            "source_video": (self.source_video,) if self.source_video else (),
        }
        return {name: refs for name, refs in given.items() if refs}

    @classmethod
    def spell(cls, values: JsonObject) -> JsonObject:
        """Turn the caller's spelling into the family's: letter case, a version inside `options`."""
        return values

    def findings(self, spec: ModelSpec, mode: Mode) -> Iterable[Finding]:  # noqa: ARG002 - for families to fill
        """Return what no table can say: fields that exclude or need one another."""
        return ()


Choice = int | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """The values a field may have: allowed ones pass, tolerated ones warn, the rest is `outside`.

    `source` is a key of the facts' source list (`gateway_page`, `kling_docs`, ...); `why` finishes the sentence
    that the caller reads.
    """

    allowed: tuple[Choice, ...]
    source: str
    default: Choice | None = None
    tolerated: tuple[Choice, ...] = ()
    outside: Severity = "refuse"
    why: str = ""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeSpec:
    """What one mode of one model takes; a limit that is None means that the mode has no such choice."""

    media: Mapping[MediaField, Count] = MappingProxyType({})
    needs: tuple[str, ...] = ()
    prompt_required: bool = True
    seconds: Choices | None = None
    resolution: Choices | None = None
    aspect_ratio: Choices | None = None
    size: Choices | None = None
    warning: str = ""
    source: str = "gateway_page"


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """Why a field or a mode is not for this model, and whether that stops the request."""

    why: str
    source: str
    severity: Severity = "refuse"
    instead: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """What the vendor says of the model's life; never a reason to refuse: the gateway decides what it serves."""

    state: Literal["current", "preview", "retired"]
    note: str = ""
    date: str = ""
    source: str = ""


CURRENT = Lifecycle(state="current")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """The facts about one model id, as data.

    `modes` are in order of preference: the first one that fits the media given is chosen. `denied` names modes and
    fields that this model lacks although its family has them. `latency_seconds` is the usual rendering time, until
    the ledger knows better.
    """

    id: str
    family: FamilyName
    modes: Mapping[Mode, ModeSpec]
    wire_model: str = ""
    denied: Mapping[str, Denial] = MappingProxyType({})
    lifecycle: Lifecycle = CURRENT
    audio: Literal["always", "never", "switch"] = "always"
    prompt_max_chars: int | None = None
    latency_seconds: int = 120
    notes: tuple[str, ...] = ()

    @property
    def model_on_wire(self) -> str:
        """The id that the gateway is asked for."""
        return self.wire_model or self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A family of models: how it is asked and what its models take.

    `aliases` are other names of its fields, taken in `options` beside those of the gateway's page.
    """

    name: FamilyName
    title: str
    params: type[VideoParams]
    models: tuple[ModelSpec, ...]
    aliases: Mapping[str, str] = MappingProxyType({})

    def option_names(self) -> tuple[str, ...]:
        """Return the fields of this family that only `options` can carry."""
        return tuple(name for name in self.params.model_fields if name not in CANONICAL_FIELDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoRequest:
    """A checked request: complete (mode, seconds, ratio and resolution explicit) and fit to be sent."""

    spec: ModelSpec
    mode: Mode
    params: VideoParams
    warnings: tuple[Finding, ...] = ()


CANONICAL_FIELDS: frozenset[str] = frozenset(VideoParams.model_fields) | {
    "model",
    "mode",
    "size",
    "negative_prompt",
    "seed",
    "audio",
    "options",
}
"""The arguments that `create_video` has of its own; everything else of a family goes through `options`."""
