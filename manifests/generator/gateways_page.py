"""`docs/gateways.md`: every kind of server, who speaks it, and what arrives there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from manifests.generator.pages import cell
from video_mcp.families.spec import MEDIA_FIELDS
from video_mcp.gateway.dialects.common.profile import ANY_NUMBER, Combination, NamedProfile, Reading

_HEAD = """\
<!-- Generated from src/video_mcp/gateway/dialects; run python -m manifests.generate. -->
# Gateways

A gateway is the service that renders your videos: one address and one key for many video models. `VIDEO_MCP_DIALECT`
names its kind, which decides the request format. If the server would ignore media in a request, the request is
refused before it costs money; if it may ignore a detail, you get a warning. `VIDEO_MCP_VALIDATION=warn` sends
everything. `video-mcp doctor` recognizes new-api and its forks, LiteLLM, SGLang, vLLM-Omni and OpenRouter, and warns
if the setting is wrong.

If the server accepts media URLs, it downloads them itself. If it accepts only files or `data:` URIs, video-mcp
downloads the URL and sends the bytes. For your own server, see [self-hosted](self-hosted.md).
"""
_FORMS = {"url": "web address", "data": "`data:` URI", "file": "file", "asset": "`asset://` id"}


def gateways_page(profiles: Iterable[NamedProfile]) -> str:
    """Return the page."""
    known = tuple(profiles)
    rows = ["| dialect | servers | example of a base URL | verified |", "|---|---|---|---|"]
    rows += [_row(named) for named in known]
    return "\n".join([_HEAD, *rows, "", *(line for named in known for line in _section(named))]).rstrip() + "\n"


def _row(named: NamedProfile) -> str:
    profile = named.profile
    cells = (
        f"[`{named.name}`](#{named.name})",
        ", ".join(profile.spoken_by),
        f"`{profile.base_url}`",
        profile.verified,
    )
    return f"| {' | '.join(map(cell, cells))} |"


def _section(named: NamedProfile) -> Iterator[str]:
    paths = named.profile.paths
    yield from (f"## {named.name}", "", f"Create: `POST {paths.create}`. Poll: `GET {paths.video}`.", "")
    yield from ("| models | accepted media | not accepted | source |", "|---|---|---|---|")
    for reading in named.profile.readings:
        cells = (
            _models(reading),
            "; ".join(map(_media, reading.combinations)) or "none",
            _lost(reading),
            reading.source,
        )
        yield f"| {' | '.join(map(cell, cells))} |"
    yield ""


def _models(reading: Reading) -> str:
    families = ", ".join(sorted(reading.families))
    return families or (f"ids that match `{reading.models}`" if reading.models else "all others")


def _media(combination: Combination) -> str:
    taken = [(name, combination.media[name]) for name in MEDIA_FIELDS if combination.media.get(name)]
    if len(taken) == len(MEDIA_FIELDS):
        what = "all"
    else:
        what = " with ".join(
            f"`{name}`" + (f" (up to {most})" if 1 < most < ANY_NUMBER else "") for name, most in taken
        )
    return f"{what}: {' or '.join(_FORMS[form] for form in combination.forms)}"


def _lost(reading: Reading) -> str:
    taken = {name for one in reading.combinations for name in one.media if one.media[name] >= 1}
    lost = {f"`{name}`": why for name, why in reading.media_lost.items() if name not in taken}
    lost |= {f"mode `{mode}`": why for mode, why in reading.modes_lost.items()}
    lost |= {f"`{name}` (warned about)": why for name, why in reading.ignored.items()}
    by_reason: dict[str, list[str]] = {}
    for name, why in lost.items():
        by_reason.setdefault(why, []).append(name)
    return "; ".join(f"{', '.join(names)}: {why}" for why, names in by_reason.items())
