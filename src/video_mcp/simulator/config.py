"""What a simulator can be told before it starts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Clock = Callable[[], float]
"""Answers the seconds since 1970; a test hands in its own to move time by hand."""

IdStyle = Literal["task", "colon", "base64", "long"]
"""The ids of real gateways: `task_...`, `sora-2:task/...`, base64 with `+ / =`, and 512 characters."""

MediaOrigin = Literal["same", "other_port", "other_host"]
"""Where a finished video's link points: the gateway itself, a second port, or `localhost` by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorConfig:
    """Say how the simulated gateway behaves; every field has a default that works.

    Attributes:
        api_key: The only key that is accepted.
        render_seconds: How long a job takes from its acceptance to its end.
        queue_share: Which part of `render_seconds` a job waits before it renders.
        max_side: The longest side of a clip in pixels; smaller clips encode faster. None keeps the full size.
        poll_after_ms: The `openai-poll-after-ms` header of unfinished jobs; None leaves it out.
        id_style: Which kind of ids the gateway gives.
        media_origin: Where the link of a finished video points.
        link_seconds: How long such a link works.
        max_body_bytes: A longer request is refused with 413.
        seed: Makes ids and links repeatable.
        call_prices_usd: What GET /api/pricing says of each model; None is a gateway without a price list.
        server: Which kind of server this is: a file of `simulator/servers/`, or `gateway` for the documented API.
        honours_key: Whether a create with a known `Idempotency-Key` makes no second job; None is as the kind does.
        clip_folder: Where encoded clips stay for the next simulator; None encodes them anew each time.
        list_lag_seconds: How long a job is missing from the list of videos.
        further_keys: Keys of other accounts, each of which knows its own jobs alone.
        calls_back: Whether a job's `callback_url` is called at every change of its status.
    """

    api_key: str = "sk-simulator"
    render_seconds: float = 6.0
    queue_share: float = 0.2
    max_side: int | None = None
    poll_after_ms: int | None = 250
    id_style: IdStyle = "task"
    media_origin: MediaOrigin = "other_port"
    link_seconds: float = 3600.0
    max_body_bytes: int = 128 * 1024 * 1024
    seed: int = 0
    call_prices_usd: Mapping[str, float] | None = None
    server: str = "gateway"
    honours_key: bool | None = None
    list_lag_seconds: float = 0.0
    clip_folder: Path | None = None
    further_keys: tuple[str, ...] = ()
    calls_back: bool = False
