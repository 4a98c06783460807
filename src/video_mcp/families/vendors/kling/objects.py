"""The nested objects of Kling's requests, each with its own shape."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from video_mcp.families.spec import MediaRef
from video_mcp.types import JsonObject

CameraType = Literal["simple", "down_back", "forward_up", "right_turn_forward", "left_turn_forward"]
_Move = Annotated[float, Field(ge=-10, le=10)]


class Shape(BaseModel):
    """An object whose keys are all known."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


def _one_move(schema: JsonObject) -> None:
    """Say in a JSON Schema that exactly one of the numbers differs from 0."""
    names = ("horizontal", "vertical", "pan", "tilt", "roll", "zoom")
    still: JsonObject = {"const": 0}
    schema["oneOf"] = [
        {"required": [name], "properties": {other: {"not": still} if other == name else still for other in names}}
        for name in names
    ]


def _config_with_simple(schema: JsonObject) -> None:
    """Say in a JSON Schema that `config` belongs to the type simple."""
    simple: JsonObject = {"properties": {"type": {"const": "simple"}}, "required": ["type", "config"]}
    others: JsonObject = {"properties": {"type": {"not": {"const": "simple"}}, "config": False}, "required": ["type"]}
    schema["anyOf"] = [simple, others]


class CameraMoves(Shape):
    """How a simple camera moves: exactly one of the six, from -10 to 10."""

    model_config = ConfigDict(json_schema_extra=_one_move)

    horizontal: _Move = 0
    vertical: _Move = 0
    pan: _Move = 0
    tilt: _Move = 0
    roll: _Move = 0
    zoom: _Move = 0

    @model_validator(mode="after")
    def _one_move(self) -> Self:
        moving = [name for name in type(self).model_fields if getattr(self, name) != 0]
        if len(moving) == 1:
            return self
        found = f"here {' and '.join(moving)} do" if moving else "here none does"
        msg = f"moves one way at a time: exactly one of its six numbers differs from 0, and {found}"
        raise ValueError(msg)


class CameraControl(Shape):
    """A camera movement; `config` belongs to the type simple and to no other."""

    model_config = ConfigDict(json_schema_extra=_config_with_simple)

    type: CameraType
    config: CameraMoves | None = None

    @model_validator(mode="after")
    def _config_with_simple(self) -> Self:
        if self.type == "simple" and self.config is None:
            msg = 'of the type simple needs config, such as {"zoom": 5}'
            raise ValueError(msg)
        if self.type != "simple" and self.config is not None:
            msg = f"of the type {self.type} takes no config; leave config out, or use the type simple"
            raise ValueError(msg)
        return self


class Point(Shape):
    """A point of a trajectory in pixels from the lower left corner."""

    x: int
    y: int


class DynamicMask(Shape):
    """A part of the picture and the way it moves; the mask has the size of the first frame."""

    mask: MediaRef
    trajectories: Annotated[tuple[Point, ...], Field(min_length=2, max_length=77)]


class Voice(Shape):
    """A voice of Kling's library."""

    voice_id: Annotated[str, Field(min_length=1)]


class Element(Shape):
    """A thing or person of the account's element library."""

    element_id: int


class Shot(Shape):
    """One shot of several; the durations add up to the video's."""

    index: Annotated[int, Field(ge=1, le=6)]
    prompt: Annotated[str, Field(min_length=1, max_length=512)]
    duration: Annotated[int, Field(ge=1, le=15)]


class WatermarkInfo(Shape):
    """Whether Kling also makes a version with its watermark."""

    enabled: bool
