"""What `options` may hold beside a family's fields: how this server is to treat the request. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from video_mcp.errors import Finding, InvalidRequest

_TOKEN = "confirmation_token"
_FIT = "fit_images"


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """The person's yes from an earlier call, and whether too large images are scaled down."""

    confirmation_token: str | None = None
    fit_images: bool = False


def split_controls(arguments: Mapping[str, JsonValue]) -> tuple[Controls, dict[str, JsonValue]]:
    """Return the controls in `options`, and the request without them.

    Raises:
        InvalidRequest: If `fit_images` is neither true nor false.
    """
    options = arguments.get("options")
    if not isinstance(options, dict):
        return Controls(), dict(arguments)
    token, fit = options.get(_TOKEN), options.get(_FIT, False)
    if not isinstance(fit, bool):
        raise InvalidRequest([Finding(severity="refuse", field=_FIT, message="fit_images is true or false.")])
    rest = {name: value for name, value in options.items() if name not in {_TOKEN, _FIT}}
    controls = Controls(confirmation_token=token if isinstance(token, str) else None, fit_images=fit)
    return controls, {**arguments, "options": rest}
