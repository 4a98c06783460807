"""The words of the vendors' rules: rows of a table, and what is judged by them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from video_mcp.simulator.submission import Submission

Family = Literal["sora", "veo", "seedance", "grok", "kling", "gemini-omni", "happyhorse", "vidu", "hailuo"]

REFERENCE_MODES = frozenset({"reference_images", "reference_material", "multi_i2v", "r2v", "edit", "extend"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """Why a request is refused.

    Attributes:
        code: The gateway's error code.
        message: What is wrong, in the words of whoever refuses.
        vendor_code: The vendor's own code when the vendor refuses; the gateway wraps such a refusal.
    """

    code: str
    message: str
    vendor_code: str | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """How many media a mode takes; `most` None means no limit."""

    least: int = 0
    most: int | None = 0

    def takes(self, number: int) -> bool:
        """Tell whether a number fits."""
        return self.least <= number and (self.most is None or number <= self.most)

    def __str__(self) -> str:
        return str(self.least) if self.least == self.most else f"{self.least} to {self.most or 'any number of'}"


NONE = Count()
ANY = Count(0, None)
ONE = Count(1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeRow:
    """What one mode of a model takes; None falls back to the model's row."""

    first_frames: Count = NONE
    last_frames: Count = NONE
    references: Count = NONE
    videos: Count = NONE
    audios: Count = NONE
    seconds: frozenset[int] | None = None
    ratios: frozenset[str] | None = None
    prompt_max_chars: int | None = None
    prompt_optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaKeys:
    """Under which names a family reads its media; other names are dropped silently."""

    first_frames: tuple[str, ...] = ("image", "image_url", "input_reference", "first_frame_image")
    last_frames: tuple[str, ...] = ("end_image_url", "last_image_url", "image_tail", "last_frame_image")
    unlabelled: tuple[str, ...] = ("images", "image_urls")
    references: tuple[str, ...] = ("reference_images",)
    videos: tuple[str, ...] = ("video", "video_url", "videos", "video_urls")
    audios: tuple[str, ...] = ("audio_urls",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """The media of a request by what they are for."""

    first_frames: tuple[str, ...]
    last_frames: tuple[str, ...]
    references: tuple[str, ...]
    videos: tuple[str, ...]
    audios: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A submission with its mode and media settled: what a family's own rules look at."""

    submission: Submission
    mode: str
    media: Media
    seconds: int


Rule: TypeAlias = "Callable[[Request], str | None]"
"""Returns the vendor's complaint, or None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRow:
    """One model of the gateway.

    Attributes:
        seconds: The durations that the vendor renders; None means unchecked.
        rounds_up_to: The durations that others are rounded up to.
        ratios: The aspect ratios; None means unchecked.
        resolutions: The resolutions in lower case; None means unchecked.
        sizes: The pixel sizes; None means unchecked. A wrong one is `invalid_size`.
        only_mode: The mode that the model's id implies.
        image_mode: What a lone image without a mode means.
        material_mode: What videos and audios without a mode mean.
        images_are_references: Whether a reference mode reads single images as references too.
        asked_modes: The modes that a client may name; None means all of `modes`.
        rules: What no table can say.
    """

    id: str
    family: Family
    modes: Mapping[str, ModeRow]
    default_seconds: int
    seconds: frozenset[int] | None = None
    rounds_up_to: tuple[int, ...] = ()
    default_ratio: str = "16:9"
    ratios: frozenset[str] | None = None
    default_resolution: str = "720p"
    resolutions: frozenset[str] | None = None
    default_size: str = ""
    sizes: frozenset[str] | None = None
    seeds: range | None = None
    prompt_max_chars: int | None = None
    mode_required: bool = False
    only_mode: str = ""
    image_mode: str = "i2v"
    material_mode: str = "reference_material"
    images_are_references: bool = False
    accepts_uploads: bool = True
    asked_modes: frozenset[str] | None = None
    keys: MediaKeys = field(default_factory=MediaKeys)
    rules: tuple[Rule, ...] = ()
