"""Seedance's seven models as a table, from ByteDance's own documentation."""

from __future__ import annotations

from dataclasses import dataclass

from video_mcp.families.spec import CURRENT, Lifecycle


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What one model takes: a row of the table."""

    id: str
    lifecycle: Lifecycle
    seconds: tuple[int, ...]
    resolutions: tuple[str, ...]
    default_resolution: str = "720p"
    tolerated_resolutions: tuple[str, ...] = ()
    resolution_note: str = ""
    text: bool = True
    first_frame: bool = True
    last_frame: bool = True
    reference_images: int = 0
    reference_clips: int = 0
    audio: bool = False
    draft: bool = False
    flex: bool = True
    frames: bool = False
    camera_fixed: bool = True
    web_search: bool = False
    always_adaptive: bool = False


_TWO_TO_TWELVE = tuple(range(2, 13))
_LITE_HD = "1080p is documented, but several gateways stop at 720p"

ROWS: tuple[Capabilities, ...] = (
    Capabilities(
        id="doubao-seedance-2-0-260128",
        lifecycle=CURRENT,
        seconds=(*range(4, 16), -1),
        resolutions=("480p", "720p", "1080p"),
        tolerated_resolutions=("4k",),
        resolution_note="4k is documented by others than ByteDance",
        reference_images=9,
        reference_clips=3,
        audio=True,
        flex=False,
        camera_fixed=False,
        web_search=True,
        always_adaptive=True,
    ),
    Capabilities(
        id="doubao-seedance-2-0-fast-260128",
        lifecycle=CURRENT,
        seconds=(*range(4, 16), -1),
        resolutions=("480p", "720p"),
        reference_images=9,
        reference_clips=3,
        audio=True,
        flex=False,
        camera_fixed=False,
        web_search=True,
        always_adaptive=True,
    ),
    Capabilities(
        id="doubao-seedance-1-5-pro-251215",
        lifecycle=CURRENT,
        seconds=(*range(4, 13), -1),
        resolutions=("480p", "720p", "1080p"),
        audio=True,
        draft=True,
        always_adaptive=True,
    ),
    Capabilities(
        id="doubao-seedance-1-0-pro-250528",
        lifecycle=CURRENT,
        seconds=_TWO_TO_TWELVE,
        resolutions=("480p", "720p", "1080p"),
        default_resolution="1080p",
        frames=True,
    ),
    Capabilities(
        id="doubao-seedance-1-0-pro-fast-251015",
        lifecycle=CURRENT,
        seconds=_TWO_TO_TWELVE,
        resolutions=("480p", "720p", "1080p"),
        default_resolution="1080p",
        last_frame=False,
        frames=True,
    ),
    Capabilities(
        id="doubao-seedance-1-0-lite-t2v-250428",
        lifecycle=CURRENT,
        seconds=_TWO_TO_TWELVE,
        resolutions=("480p", "720p"),
        tolerated_resolutions=("1080p",),
        resolution_note=_LITE_HD,
        first_frame=False,
        last_frame=False,
        frames=True,
    ),
    Capabilities(
        id="doubao-seedance-1-0-lite-i2v-250428",
        lifecycle=CURRENT,
        seconds=_TWO_TO_TWELVE,
        resolutions=("480p", "720p"),
        tolerated_resolutions=("1080p",),
        resolution_note=_LITE_HD,
        text=False,
        reference_images=4,
        frames=True,
    ),
)
