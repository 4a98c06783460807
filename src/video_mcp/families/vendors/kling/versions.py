"""Kling's nine versions as a table: what each takes, from Kling's own documentation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from video_mcp.families.spec import CURRENT, Lifecycle

Quality = Literal["std", "pro", "4k"]
"""Kling's own `mode`; at the gateway that word names the task."""

_STD_PRO: Mapping[Quality, str] = {"std": "720p", "pro": "1080p"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One row of Kling's capability map.

    `resolutions` says what each quality renders; `end_frame` and `brush` name the qualities that can do it.
    """

    id: str
    lifecycle: Lifecycle
    resolutions: Mapping[Quality, str]
    fixed_resolution: str = ""
    text: bool = True
    end_frame: tuple[Quality, ...] = ()
    end_frame_seconds: tuple[int, ...] = ()
    camera_mode: Literal["t2v", "i2v", ""] = ""
    camera_quality: Quality = "std"
    brush: tuple[Quality, ...] = ()
    multi_image: bool = False
    extends: bool = False
    seconds: tuple[int, ...] = (5, 10)
    sound: tuple[Quality, ...] = ()
    cfg_scale_warns: bool = False
    voices: bool = False
    elements_and_shots: bool = False


VERSIONS: tuple[Version, ...] = (
    Version(
        id="kling-v1",
        lifecycle=CURRENT,
        resolutions={"std": "720p", "pro": "720p"},
        end_frame=("std", "pro"),
        end_frame_seconds=(5,),
        camera_mode="t2v",
        brush=("std", "pro"),
        extends=True,
    ),
    Version(
        id="kling-v1-5",
        lifecycle=CURRENT,
        resolutions=_STD_PRO,
        text=False,
        end_frame=("pro",),
        camera_mode="i2v",
        camera_quality="pro",
        brush=("pro",),
        extends=True,
    ),
    Version(
        id="kling-v1-6", lifecycle=CURRENT, resolutions=_STD_PRO, end_frame=("pro",), multi_image=True, extends=True
    ),
    Version(id="kling-v2-master", lifecycle=CURRENT, resolutions={}, fixed_resolution="720p", cfg_scale_warns=True),
    Version(
        id="kling-v2-1", lifecycle=CURRENT, resolutions=_STD_PRO, text=False, end_frame=("pro",), cfg_scale_warns=True
    ),
    Version(id="kling-v2-1-master", lifecycle=CURRENT, resolutions={}, fixed_resolution="1080p", cfg_scale_warns=True),
    Version(id="kling-v2-5-turbo", lifecycle=CURRENT, resolutions=_STD_PRO, end_frame=("pro",), cfg_scale_warns=True),
    Version(
        id="kling-v2-6",
        lifecycle=CURRENT,
        resolutions=_STD_PRO,
        end_frame=("pro",),
        sound=("pro",),
        cfg_scale_warns=True,
        voices=True,
    ),
    Version(
        id="kling-v3",
        lifecycle=CURRENT,
        resolutions={**_STD_PRO, "4k": "4k"},
        end_frame=("std", "pro"),
        seconds=tuple(range(3, 16)),
        sound=("std", "pro", "4k"),
        elements_and_shots=True,
    ),
)
