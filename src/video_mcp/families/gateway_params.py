"""The gateway page's own optional fields, which every family takes besides its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

from pydantic import Field

from video_mcp.families.messages import short_text, warning
from video_mcp.families.params import VideoParams
from video_mcp.families.spec import Mode, ModelSpec
from video_mcp.findings import Finding
from video_mcp.types import JsonObject


class GatewayParams(VideoParams):
    """The fields that the gateway's API names for every model; no vendor's limits are known for them."""

    callback_url: Annotated[str | None, Field(description="Where the gateway reports the end of the job.")] = None
    external_task_id: Annotated[str | None, Field(description="Your own name for the job, unique per account.")] = None
    quality: Annotated[str | None, Field(description="Passed on as it is; the gateway documents no values.")] = None
    function_mode: Annotated[str | None, Field(description="Passed on as it is; the gateway documents no values.")] = (
        None
    )
    fps: Annotated[int | None, Field(ge=1, le=240, description="Passed on; no model here lets you choose.")] = None
    n: Annotated[Literal[1] | None, Field(description="Always 1: one call makes one video.")] = None
    response_format: Annotated[str | None, Field(description="Passed on as it is.")] = None
    user: Annotated[str | None, Field(description="Your own name for the end user, passed on.")] = None
    metadata: Annotated[JsonObject | None, Field(description="Passed on unchecked in the gateway's metadata.")] = None
    parameters: Annotated[JsonObject | None, Field(description="Passed on unchecked.")] = None

    def findings(self, spec: ModelSpec, mode: Mode) -> Iterable[Finding]:
        """Say which of the gateway's fields go out without anyone having checked them."""
        yield from super().findings(spec, mode)
        yield from self._unchecked(spec)

    def _unchecked(self, spec: ModelSpec) -> Iterator[Finding]:
        if self.fps is not None and spec.family != "generic":
            yield warning("fps", f"{spec.id} chooses its own frame rate; fps {self.fps} is sent and probably ignored.",
                          value=self.fps)  # fmt: skip
        for name in ("quality", "function_mode"):
            value: str | None = getattr(self, name)
            if value is not None:
                yield warning(name, f"The gateway names no values for {name}; {short_text(value)} is sent unchecked.",
                              value=short_text(value))  # fmt: skip
        for name in ("metadata", "parameters"):
            given: JsonObject | None = getattr(self, name)
            if given:
                keys = short_text(", ".join(given))
                message = f"What {name} carries ({keys}) is sent unchecked and may override the fields that were."
                yield warning(name, message)
