"""The words every family is written in: its parameters and what a checked request is.

A family is a parameter model (its fields), a table of `ModelSpec` (what each model takes, as data with its
source) and a few rules (what no table can say). `check.py` reads them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from video_mcp.families.spec import FamilyName, MediaField, MediaRef, Mode, ModelSpec
from video_mcp.findings import Finding
from video_mcp.types import JsonObject


class VideoParams(BaseModel):
    """The fields of every family; a family's model adds its own fields.

    Media fields hold references as the caller wrote them. Each family's further fields are reached through the
    tool's `options`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    prompt: Annotated[str, Field(description="What the video shows: subject, action, camera, light, sound.")] = ""
    seconds: Annotated[int | None, Field(description="Length of the video in seconds.")] = None
    aspect_ratio: Annotated[str | None, Field(description="Width to height, for example 16:9.")] = None
    resolution: Annotated[str | None, Field(description="Picture height class, for example 720p.")] = None
    image: Annotated[MediaRef | None, Field(description="First frame.")] = None
    end_image: Annotated[MediaRef | None, Field(description="Last frame; needs a first frame.")] = None
    reference_images: Annotated[tuple[MediaRef, ...], Field(description="Images of things or people that appear.")] = ()
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

    instead_of_prompt: ClassVar[tuple[str, ...]] = ()
    """Fields that say what to show in the prompt's place."""

    further_rules: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """What the JSON Schema cannot state of a field, or states more strictly than it is, as a sentence by field."""

    def has_prompt(self) -> bool:
        """Return whether the request says what to show."""
        return bool(self.prompt.strip() or any(getattr(self, name) for name in self.instead_of_prompt))

    @classmethod
    def normalize(cls, values: JsonObject) -> tuple[JsonObject, list[Finding]]:
        """Turn what is given in a family's own way into the canonical fields, with what cannot be understood in it."""
        return dict(values), []

    @classmethod
    def narrowed(cls, spec: ModelSpec, mode: Mode) -> JsonObject:  # noqa: ARG003 - for families to fill
        """Return JSON Schemas of fields that take less in this mode than they take elsewhere; False is nothing."""
        return {}

    @classmethod
    def narrowed_by(cls, name: str) -> JsonObject:
        """Return JSON Schemas of a field that stands in the prompt's place and of those beside it; False is nothing."""
        return {name: {"pattern": "\\S"}}

    @classmethod
    def excluded(cls, spec: ModelSpec, mode: Mode) -> Iterable[JsonObject]:  # noqa: ARG003 - for families to fill
        """Return JSON Schemas that no request may fit: the refusals of `findings`."""
        return ()

    @classmethod
    def content_forms(cls, spec: ModelSpec, mode: Mode) -> Iterable[tuple[bool, JsonObject]]:  # noqa: ARG003 - the same
        """Return JSON Schemas of `content` that carries a mode's media, and whether it carries the prompt too."""
        return ()

    def findings(self, spec: ModelSpec, mode: Mode) -> Iterable[Finding]:  # noqa: ARG002 - for families to fill
        """Return what no table can say: fields that exclude or need one another."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A family of models: what can be requested and what its models take.

    `aliases` are other names of its fields, taken in `options` beside those of the gateway's page; `called` are the
    words for the family in a text, `makers` those that may stand before a model's name.
    """

    name: FamilyName
    title: str
    params: type[VideoParams]
    models: tuple[ModelSpec, ...]
    called: tuple[str, ...] = ()
    makers: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict[str, str])

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
