"""Kling: nine versions behind the gateway's one id `kling-video`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, ClassVar, Literal

from pydantic import Field, JsonValue

from video_mcp.families.gateway_params import GatewayParams
from video_mcp.families.messages import closest_word, listed, refusal, shown, warning
from video_mcp.families.params import Family
from video_mcp.families.spec import MediaRef, Mode, ModelSpec
from video_mcp.families.spelling import same_name
from video_mcp.families.vendors.kling.json_schemas import camera_schema, excluded_options, shots_schema
from video_mcp.families.vendors.kling.models import WIRE_MODEL, any_version, version_spec
from video_mcp.families.vendors.kling.objects import CameraControl, DynamicMask, Element, Shot, Voice, WatermarkInfo
from video_mcp.families.vendors.kling.versions import VERSIONS, Quality, Version
from video_mcp.findings import Finding
from video_mcp.types import JsonObject

_OWN_VIDEO = re.compile(r"^\s*(?:video://)?(?P<video_id>[A-Za-z0-9_-]+)(?:/content)?\s*$")
_MASKS: JsonValue = [{"mask": "mask.png", "trajectories": [{"x": 10, "y": 10}, {"x": 60, "y": 40}]}]
_SHOTS: JsonValue = [{"index": 1, "prompt": "Rain.", "duration": 5}]
_VERSIONS = {version.id: version for version in VERSIONS}


class KlingParams(GatewayParams):
    """Text, frames, several images or an earlier clip; `kling_quality` is what Kling itself calls mode."""

    instead_of_prompt: ClassVar[tuple[str, ...]] = ("multi_prompt",)
    further_rules: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "multi_prompt": "The durations in multi_prompt add up to seconds; the schema takes multi_prompt without "
            "seconds, which follows from it.",
            "video_id": "video_id is a finished Kling video known here, or Kling's own id of one.",
        }
    )

    model_name: Annotated[str | None, Field(description="The version; follows from a model such as kling-v3.")] = None
    kling_quality: Annotated[Quality | None, Field(description="std (the vendor's default), pro or 4k.")] = None
    negative_prompt: Annotated[str | None, Field(max_length=2500, description="What must not appear.")] = None
    cfg_scale: Annotated[float | None, Field(ge=0, le=1, description="How closely to follow the prompt.")] = None
    audio: Annotated[bool | None, Field(description="Whether the video has sound.")] = None
    voice_list: Annotated[
        tuple[Voice, ...], Field(max_length=2, examples=[[{"voice_id": "ID"}]], description="Voices that speak.")
    ] = ()
    camera_control: Annotated[
        CameraControl | None,
        Field(examples=[{"type": "simple", "config": {"zoom": 5}}], description="How the camera moves."),
    ] = None
    static_mask: Annotated[MediaRef | None, Field(description="Image of the parts that stand still.")] = None
    dynamic_masks: Annotated[
        tuple[DynamicMask, ...],
        Field(max_length=6, examples=[_MASKS], description="Parts of the picture and how they move."),
    ] = ()
    element_list: Annotated[
        tuple[Element, ...], Field(max_length=3, examples=[[{"element_id": 1}]], description="Things of your library.")
    ] = ()
    multi_shot: Annotated[bool | None, Field(description="Whether the video has several shots.")] = None
    shot_type: Annotated[Literal["customize", "intelligence"] | None, Field(description="Who cuts the shots.")] = None
    multi_prompt: Annotated[
        tuple[Shot, ...], Field(max_length=6, examples=[_SHOTS], description="One prompt for each shot.")
    ] = ()
    watermark_info: Annotated[
        WatermarkInfo | None, Field(examples=[{"enabled": True}], description="Whether to add Kling's watermark.")
    ] = None
    video_id: Annotated[
        str | None,
        Field(description="The clip to extend: the id of a Kling video made here, video://ID, or Kling's own id."),
    ] = None
    task_id: Annotated[str | None, Field(description="Kling's id of an earlier task; passed on.")] = None

    @classmethod
    def normalize(cls, values: JsonObject) -> tuple[JsonObject, list[Finding]]:
        """Find the version meant, and Kling's names for what the gateway calls otherwise."""
        values, findings = super().normalize(values)
        findings += _find_version(values)
        _task_of_mode(values)
        findings += _clip_to_extend(values)
        _quality_of_resolution(values)
        _seconds_of_shots(values)
        return values, findings

    @classmethod
    def narrowed(cls, spec: ModelSpec, mode: Mode) -> JsonObject:
        """Return what the camera does in this mode."""
        version = _VERSIONS.get(spec.id)
        return {} if version is None else camera_schema(version, mode)

    @classmethod
    def narrowed_by(cls, name: str) -> JsonObject:
        """Return the shots that surely fit the video's length, which follows from them."""
        return shots_schema() if name == "multi_prompt" else super().narrowed_by(name)

    @classmethod
    def excluded(cls, spec: ModelSpec, mode: Mode) -> Iterable[JsonObject]:
        """Return voices beside elements, shots that are named and not given, and qualities that a resolution means."""
        yield from super().excluded(spec, mode)
        version = _VERSIONS.get(spec.id)
        if version is not None:
            yield from excluded_options(version, spec.dependencies)

    def findings(self, spec: ModelSpec, mode: Mode) -> Iterable[Finding]:
        """Say where a version, a mode and the camera do not go together."""
        yield from super().findings(spec, mode)
        version = _VERSIONS.get(spec.id)
        if version is not None:
            yield from self._camera(version, mode)
            yield from self._v1_extension(version, mode)
        yield from self._shots()
        if self.video_id is not None and mode != "extend":
            yield warning("video_id", f"video_id is the clip to extend and means nothing in {mode}.")
        if self.voice_list and self.element_list:
            yield refusal("voice_list", "voice_list and element_list exclude one another; leave one of them out.")

    def _camera(self, version: Version, mode: Mode) -> Iterator[Finding]:
        if self.camera_control is None or not version.camera_mode:
            return
        if mode != version.camera_mode:
            others = [other.id for other in VERSIONS if other.camera_mode == mode]
            way_out = f" {listed(others)} takes it in {mode}." if others else ""
            message = f"{version.id} takes camera_control in {version.camera_mode} only, not in {mode}; leave it out."
            message += way_out
            yield refusal("camera_control", message)
        kind = self.camera_control.type
        if version.camera_mode == "i2v" and kind != "simple":
            message = f"{version.id} takes camera_control of the type simple only, not {kind}; kling-v1 takes {kind}."
            yield refusal("camera_control", message, value=kind, allowed=("simple",), models=("kling-v1",))

    def _v1_extension(self, version: Version, mode: Mode) -> Iterator[Finding]:
        if version.id != "kling-v1" or mode != "extend":
            return
        for name in ("negative_prompt", "cfg_scale"):
            if getattr(self, name) is not None:
                yield warning(name, f"kling-v1 has no {name} in extend; it is sent and probably ignored.")

    def _shots(self) -> Iterator[Finding]:
        if self.multi_shot and self.shot_type == "customize" and not self.multi_prompt:
            yield refusal("multi_prompt", "shot_type customize needs multi_prompt: one prompt for each shot.")
        if self.multi_prompt and not self.multi_shot:
            yield refusal("multi_shot", "multi_prompt belongs to several shots; set multi_shot to true.")
        total = sum(shot.duration for shot in self.multi_prompt)
        if self.multi_prompt and total != self.seconds:
            message = f"The shots last {total} s together, but seconds is {self.seconds}; make them equal."
            yield refusal("multi_prompt", message, value=total)
        elif self.multi_prompt:
            yield warning("multi_prompt", f"The shots last {total} s together, and so does the video.", value=total)


def _find_version(values: JsonObject) -> list[Finding]:
    """Write the version into both `model` and `model_name`, whichever of them names it."""
    named = values.pop("model_name", None)
    version = same_name(str(named), _VERSIONS)
    model = same_name(str(values["model"]), (*_VERSIONS, WIRE_MODEL))
    if model in _VERSIONS:
        values["model_name"] = model
        if named is None or version == model:
            return []
        message = f"model says {model} and model_name says {shown(named)}; give one of them."
        return [refusal("model_name", message, value=shown(named))]
    if version is None:
        return [_no_version(named)]
    values["model"] = values["model_name"] = version
    return []


def _no_version(named: JsonValue) -> Finding:
    allowed = tuple(_VERSIONS)
    if named is None:
        message = f"kling-video needs options.model_name: {listed(allowed)}. Each is also a model id of its own."
        return refusal("model_name", message, allowed=allowed)
    close = closest_word(str(named), allowed)
    hint = f" Nearest: {close}." if close else ""
    message = f"model_name is {listed(allowed)}, not {shown(named)}.{hint}"
    return refusal("model_name", message, value=str(named), allowed=allowed, nearest=close)


def _task_of_mode(values: JsonObject) -> None:
    """Read Kling's own `mode` (std, pro) as the quality."""
    mode = str(values.get("mode")).lower()
    if mode in {"std", "pro", "4k"}:
        values.setdefault("kling_quality", mode)
        values.pop("mode")


def _clip_to_extend(values: JsonObject) -> Iterator[Finding]:
    """Read a video of ours as the clip to extend: Kling knows its clips by id only."""
    if values.get("mode") not in (None, "extend") or "source_video" not in values:
        return
    source = str(values.pop("source_video"))
    own = _OWN_VIDEO.match(source)
    if own is None:
        message = (
            f"Kling extends clips of its own by their id, not {shown(source)}; give the video_id of a Kling video "
        )
        yield refusal("source_video", message + "made here, or video://ID.", value=shown(source))
        return
    values.setdefault("video_id", own["video_id"])
    values["mode"] = "extend"


def _quality_of_resolution(values: JsonObject) -> None:
    """Say a resolution as the quality that renders it: that is how Kling chooses."""
    version = _VERSIONS.get(str(values.get("model")))
    resolution = values.get("resolution")
    if version is None or resolution is None or "kling_quality" in values:
        return
    tiers = [quality for quality, rendered in version.resolutions.items() if rendered == resolution]
    if tiers and tiers[0] != "std":  # std is the vendor's default
        values["kling_quality"] = tiers[0]


def _seconds_of_shots(values: JsonObject) -> None:
    shots = values.get("multi_prompt")
    if "seconds" in values or not isinstance(shots, list):
        return
    durations = [shot.get("duration") for shot in shots if isinstance(shot, dict)]
    known = [int(str(duration)) for duration in durations if str(duration).isdigit()]
    if known and len(known) == len(shots):
        values["seconds"] = sum(known)


FAMILY = Family(
    name="kling",
    title="Kling",
    called=("kling", "kuaishou"),
    makers=("kuaishou", "kwaivgi"),
    params=KlingParams,
    models=(any_version(), *(version_spec(version) for version in reversed(VERSIONS))),
    aliases={"image_tail": "end_image", "image_list": "reference_images", "cfg": "cfg_scale"},
)
