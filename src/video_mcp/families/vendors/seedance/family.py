"""Seedance: ByteDance's models 1.0 to 2.0."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from video_mcp.families.content import EXAMPLE, MIXED_CONTENT, ContentItem, content_forms, unfold_content
from video_mcp.families.gateway_params import GatewayParams
from video_mcp.families.messages import warning
from video_mcp.families.params import Family
from video_mcp.families.spec import Mode, ModelSpec
from video_mcp.families.spelling import spelling_key
from video_mcp.families.vendors.seedance.models import spec_of
from video_mcp.families.vendors.seedance.rows import ROWS
from video_mcp.findings import Finding
from video_mcp.types import JsonObject

_FRAMES_PER_SECOND = 24
_COUNTABLE: JsonObject = {"enum": [*range(29, 290, 4)]}
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_MOST_CHINESE_CHARS = 500
_MOST_WORDS = 1000


def _countable(frames: int) -> int:
    if (frames - 25) % 4:
        lower = frames - (frames - 25) % 4
        msg = f"is 25 plus a multiple of 4, not {frames}; nearest: {max(lower, 29)} and {min(lower + 4, 289)}"
        raise ValueError(msg)
    return frames


class WebSearch(BaseModel):
    """Lets the model look things up."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)
    type: Literal["web_search"]


class SeedanceParams(GatewayParams):
    """Text, frames, or references to images, videos and sounds; `content` may carry them all."""

    instead_of_prompt: ClassVar[tuple[str, ...]] = ("draft_task_id",)
    further_rules: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"content": MIXED_CONTENT, "draft_task_id": "draft_task_id is the id of a draft of the same account."}
    )

    content: Annotated[
        tuple[ContentItem, ...],
        Field(examples=[EXAMPLE], description="Typed items with roles, instead of prompt and media."),
    ] = ()
    draft_task_id: Annotated[str | None, Field(description="The draft to render in full.")] = None
    audio: Annotated[bool | None, Field(description="Whether the video has sound (vendor's default: yes).")] = None
    seed: Annotated[int | None, Field(ge=-1, le=4_294_967_295, description="-1 is random.")] = None
    frames: Annotated[
        Annotated[
            int, Field(ge=29, le=289, json_schema_extra={"enum": [*range(29, 290, 4)]}), AfterValidator(_countable)
        ]
        | None,
        Field(description="Length in frames at 24 a second, 25 plus a multiple of 4; wins over seconds."),
    ] = None
    camera_fixed: Annotated[bool | None, Field(description="Whether the camera stands still.")] = None
    watermark: Annotated[bool | None, Field(description="Whether to mark the video as made by AI.")] = None
    draft: Annotated[bool | None, Field(description="Whether to make a cheap preview.")] = None
    return_last_frame: Annotated[bool | None, Field(description="Whether to return the last frame too.")] = None
    service_tier: Annotated[Literal["default", "flex"] | None, Field(description="flex: half price, later.")] = None
    execution_expires_after: Annotated[
        int | None, Field(ge=3600, le=259_200, description="Seconds after which a waiting job lapses.")
    ] = None
    tools: Annotated[
        tuple[WebSearch, ...], Field(examples=[[{"type": "web_search"}]], description="Tools that the model may use.")
    ] = ()

    @classmethod
    def normalize(cls, values: JsonObject) -> tuple[JsonObject, list[Finding]]:
        """Read `content`, and an edit as what Seedance 2.0 takes it for: a reference video."""
        values, findings = super().normalize(values)
        findings += unfold_content(values, image_role="image", video_field="reference_videos")
        findings += _edit_as_reference(values)
        frames = values.get("frames")
        if "seconds" not in values and isinstance(frames, int):
            values["seconds"] = max(2, min(12, round(frames / _FRAMES_PER_SECOND)))
        return values, findings

    @classmethod
    def content_forms(cls, spec: ModelSpec, mode: Mode) -> Iterable[tuple[bool, JsonObject]]:
        """Return the forms of `content`, as ByteDance documents them."""
        return content_forms(spec, mode)

    def findings(self, spec: ModelSpec, mode: Mode) -> Iterable[Finding]:
        """Say what is allowed but unwise."""
        yield from super().findings(spec, mode)
        if self.frames is not None:
            message = f"frames decides the length: {self.frames} frames are {self.frames / _FRAMES_PER_SECOND:.1f} s, "
            yield warning("frames", message + "whatever seconds says.", value=self.frames)
        chinese, words = len(_CHINESE.findall(self.prompt)), len(self.prompt.split())
        if chinese > _MOST_CHINESE_CHARS or words > _MOST_WORDS:
            message = f"{spec.id} is made for prompts of up to {_MOST_CHINESE_CHARS} Chinese characters or "
            yield warning("prompt", f"{message}{_MOST_WORDS} words; details of a longer one get lost.")


def _edit_as_reference(values: JsonObject) -> Iterator[Finding]:
    """Turn `edit` and `extend` into `reference_material`, which is how Seedance 2.0 does both."""
    if not spelling_key(str(values.get("model"))).startswith("doubaoseedance20"):
        return
    mode, source = values.get("mode"), values.pop("source_video", None)
    if mode in {"edit", "extend"}:
        values["mode"] = "reference_material"
        yield warning("mode", f"Seedance 2.0 does {mode} with reference videos; reference_material is used.")
    if source is not None:
        others = values.get("reference_videos")
        values["reference_videos"] = [source, *(others if isinstance(others, list) else [])]
        yield warning("source_video", "Seedance 2.0 takes the video to edit as a reference video.")


FAMILY = Family(
    name="seedance",
    title="Seedance",
    called=("seedance", "doubao", "bytedance", "jimeng"),
    makers=("doubao", "bytedance", "jimeng"),
    params=SeedanceParams,
    models=tuple(spec_of(row) for row in ROWS),
)
