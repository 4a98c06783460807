"""Models of self-hosted servers (SGLang, vLLM-Omni) and ids that the catalogue does not know.

Nothing is known of their limits, so only what every server shares is checked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, ClassVar

from pydantic import Field

from video_mcp.families.gateway_params import GatewayParams
from video_mcp.families.messages import refusal
from video_mcp.families.params import Family
from video_mcp.families.spec import CURRENT, Count, MediaField, Mode, ModelSpec, ModeSpec
from video_mcp.findings import Finding
from video_mcp.types import JsonObject

_PositiveInt = Annotated[int | None, Field(ge=1)]
_Scale = Annotated[float | None, Field(ge=0, le=100)]


class GenericParams(GatewayParams):
    """The common fields of servers with an OpenAI-like `/v1/videos`, and `extra` for everything else."""

    further_rules: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"extra": "Nothing is known here of this model's limits: its server decides."}
    )

    size: Annotated[str | None, Field(description="Pixels, for example 832x480.")] = None
    width: Annotated[_PositiveInt, Field(description="Pixels across.")] = None
    height: Annotated[_PositiveInt, Field(description="Pixels down.")] = None
    num_frames: Annotated[_PositiveInt, Field(description="Length in frames, instead of seconds.")] = None
    seed: Annotated[int | None, Field(description="Same seed, similar video.")] = None
    negative_prompt: Annotated[str | None, Field(description="What must not appear.")] = None
    audio: Annotated[bool | None, Field(description="Whether to generate sound, where the model can.")] = None
    guidance_scale: Annotated[_Scale, Field(description="How closely to follow the prompt.")] = None
    guidance_scale_2: Annotated[_Scale, Field(description="The same, for a model's second expert.")] = None
    true_cfg_scale: Annotated[_Scale, Field(description="True classifier-free guidance.")] = None
    num_inference_steps: Annotated[int | None, Field(ge=1, le=1000, description="Denoising steps.")] = None
    flow_shift: Annotated[float | None, Field(description="Shift of the flow-matching schedule.")] = None
    boundary_ratio: Annotated[float | None, Field(ge=0, le=1, description="Where a second expert takes over.")] = None
    max_sequence_length: Annotated[_PositiveInt, Field(description="Longest prompt in tokens.")] = None
    short_edge: Annotated[_PositiveInt, Field(description="Shorter side in pixels.")] = None
    enhance_prompt: Annotated[bool | None, Field(description="Whether the server may rewrite the prompt.")] = None
    task_type: Annotated[str | None, Field(description="What kind of task the model does, such as t2v.")] = None
    lora: Annotated[JsonObject | None, Field(description="An adapter to load, as the server wants it.")] = None
    extra: Annotated[JsonObject | None, Field(description="Further fields, sent unchecked.")] = None

    @classmethod
    def excluded(cls, spec: ModelSpec, mode: Mode) -> Iterable[JsonObject]:
        """Return one of width and height without the other."""
        yield from super().excluded(spec, mode)
        for given, missing in (("width", "height"), ("height", "width")):
            options: JsonObject = {"required": [given], "not": {"required": [missing]}}
            yield {"properties": {"options": options}, "required": ["options"]}

    def findings(self, spec: ModelSpec, mode: Mode) -> Iterable[Finding]:
        """Check that width and height come together."""
        yield from super().findings(spec, mode)
        if (self.width is None) is not (self.height is None):
            missing = "width" if self.width is None else "height"
            yield refusal(missing, f"width and height belong together; add {missing}.")


_ONE = Count(0, 1)
_ANY = Count(0, 99)
_EVERY: dict[MediaField, Count] = {
    "image": _ONE,
    "end_image": _ONE,
    "reference_images": _ANY,
    "reference_videos": _ANY,
    "reference_audios": _ANY,
    "source_video": _ONE,
}


def _mode(least: dict[MediaField, Count], *, prompt_required: bool = True) -> ModeSpec:
    return ModeSpec(media={**_EVERY, **least}, prompt_required=prompt_required, open_choices=True, source="self_hosted")


_MODES: dict[Mode, ModeSpec] = {
    "t2v": ModeSpec(open_choices=True, source="self_hosted"),
    "i2v": _mode({"image": Count(1, 1)}),
    "i2v_first_last": _mode({"image": Count(1, 1), "end_image": Count(1, 1)}),
    "reference_images": _mode({"reference_images": Count(1, 99)}),
    "reference_material": _mode({}),
    "r2v": _mode({}),
    "edit": _mode({"source_video": Count(1, 1)}),
    "extend": _mode({}, prompt_required=False),
    "multi_i2v": _mode({"reference_images": Count(1, 99)}),
}


def family_of(models: Sequence[str], listed: Sequence[ModelSpec] = ()) -> Family:
    """Return the family of ids that the catalogue does not know; `listed` are those whose facts the gateway tells."""
    told = {spec.id for spec in listed}
    return Family(
        name="generic",
        title="This server",
        params=GenericParams,
        models=(
            *listed,
            *(
                ModelSpec(id=model, family="generic", modes=_MODES, lifecycle=CURRENT, audio="switch")
                for model in models
                if model not in told
            ),
        ),
        aliases={"generate_sound": "audio", "reference_url": "image", "extra_params": "extra", "extra_body": "extra"},
    )
