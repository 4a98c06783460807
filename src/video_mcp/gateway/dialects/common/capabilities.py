"""What a server would lose of a request: the dialect's half of the check. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from video_mcp.families.messages import listed, refusal, warning
from video_mcp.families.params import VideoRequest
from video_mcp.families.spec import MediaField, Mode, ModelSpec, ModeSpec
from video_mcp.families.validation.constraints import denied_among
from video_mcp.families.validation.library_assets import is_asset
from video_mcp.families.validation.modes import MEDIA_WORDS
from video_mcp.findings import Finding
from video_mcp.gateway.dialects.common.profile import Combination, NamedProfile, Profile, Reading

Media = Mapping[MediaField, Sequence[str]]

_NOT_DETAILS = frozenset({"prompt", "content", "metadata", "parameters", "extra", "model_name", "n"})
"""What every server reads, what the caller adds at their own risk, and what says nothing of its own.

A reading's `ignored` goes first. Of what the model itself does not have, its family speaks.
"""


def judge(request: VideoRequest, named: NamedProfile, others: Callable[[], Iterable[NamedProfile]]) -> list[Finding]:
    """Return what a server of this kind would not read: refused when it is media, warned about when it is a detail.

    The media are references as the caller wrote them, or as they go out. `others` are read only by a refusal,
    which names the kinds of server that would read what this one does not.
    """
    reading = named.profile.reading(request.spec, request.mode)
    lost = list(_lost_media(request, named, reading))
    if lost:
        lost = [_with_way_out(finding, request, others) for finding in lost]
    return [*lost, *_details(request, named, reading), *named.profile.findings(request)]


def combination_for(reading: Reading, media: Media) -> Combination | None:
    """Return the first combination that these media fit."""
    return next((one for one in reading.combinations if _fits(one, media)), None)


def addresses_to_fetch(request: VideoRequest, profile: Profile) -> frozenset[str]:
    """Return the addresses whose bytes have to be in the request, because the server fetches none of them."""
    media = request.params.media()
    combination = combination_for(profile.reading(request.spec, request.mode), media)
    if combination is None or not combination.takes_bytes:
        return frozenset()
    every = [reference for references in media.values() for reference in references]
    addresses = frozenset(filter(is_address, every))
    mixed = combination.uniform and len(addresses) < len(set(every))
    return addresses if mixed or not combination.takes_addresses else frozenset()


def reads_addresses_only(request: VideoRequest, profile: Profile) -> bool:
    """Return whether media are lost because some of them are files, and would not be as addresses."""
    media, reading = request.params.media(), profile.reading(request.spec, request.mode)
    return combination_for(reading, media) is None and combination_for(reading, as_addresses(media)) is not None


def as_addresses(media: Media) -> Media:
    """Return media as they are once each file is given as a web address."""
    return {name: [one if is_asset(one) else "https://linked.invalid" for one in ones] for name, ones in media.items()}


def modes_through(spec: ModelSpec, profile: Profile) -> tuple[Mode, ...]:
    """Return the model's modes that a server of this kind lets through: none of the media they need is lost."""
    return tuple(mode for mode, facts in spec.modes.items() if _passes(spec, mode, facts, profile))


def is_address(reference: str) -> bool:
    """Tell whether a reference is a web address, and not a file or data."""
    return reference.strip().lower().startswith(("http://", "https://"))


def _passes(spec: ModelSpec, mode: Mode, facts: ModeSpec, profile: Profile) -> bool:
    reading = profile.reading(spec, mode)
    needed: Media = {name: ("https://",) * count.least for name, count in facts.media.items() if count.least}
    choices: list[Media] = [{**needed, name: ("https://",)} for name in facts.needs_one_of] or [needed]
    return mode not in reading.modes_lost and any(
        not media or combination_for(reading, media) is not None for media in choices
    )


def _fits(combination: Combination, media: Media) -> bool:
    few_enough = all(len(references) <= combination.media.get(name, 0) for name, references in media.items())
    return few_enough and all(_arrives(combination, reference) for ones in media.values() for reference in ones)


def _arrives(combination: Combination, reference: str) -> bool:
    """Tell whether a reference can be sent: an address as it is or as the bytes behind it."""
    if is_asset(reference):
        return "asset" in combination.forms
    return combination.takes_bytes or (combination.takes_addresses and is_address(reference))


def _lost_media(request: VideoRequest, named: NamedProfile, reading: Reading) -> Iterator[Finding]:
    if request.mode in reading.modes_lost:
        yield refusal(
            "mode",
            f"{request.spec.id} does {request.mode}, but {_server(named)} has no way to it: "
            f"{reading.modes_lost[request.mode]}; another video would be made and charged.",
            value=request.mode,
        )
        return
    media = request.params.media()
    if not media or combination_for(reading, media) is not None:
        return
    single: list[MediaField] = [name for name, ones in media.items() if not _readable(reading, name, ones)]
    for name in single:
        yield refusal(name, _why_not(request, named, reading, name, media[name]))
    if not single:
        words = listed([MEDIA_WORDS[name] for name in media], last="and")
        yield refusal(
            list(media)[-1],
            f"{_first(named)} does not read {words} together from {request.spec.id}; one of them would be lost, and "
            "the video charged. Leave one out.",
        )


def _readable(reading: Reading, name: MediaField, references: Sequence[str]) -> bool:
    return combination_for(reading, {name: references}) is not None


def _why_not(
    request: VideoRequest, named: NamedProfile, reading: Reading, name: MediaField, references: Sequence[str]
) -> str:
    model, words = request.spec.id, MEDIA_WORDS[name]
    most = max((one.media.get(name, 0) for one in reading.combinations), default=0)
    if most == 0:
        why = f" ({reading.media_lost[name]})" if name in reading.media_lost else ""
        return (
            f"{model} takes {words}, but {_server(named)} does not read {name}{why}: "
            "the video would be made without it and charged."
        )
    if len(references) > most:
        return f"{_first(named)} reads {most} {name} of {model}, not {len(references)}; give {most}."
    if any(map(is_asset, references)):
        why = f"{_first(named)} passes no asset:// ids on"
        return f"{why}, so {name} of {model} cannot be one; give a file or a web address."
    alone = next((count for count in range(most, 0, -1) if _readable(reading, name, references[:count])), 0)
    fewer = f", or give {alone}" if alone else ""
    return f"{_first(named)} reads {name} of {model} as web addresses only; give https: addresses{fewer}."


def _with_way_out(finding: Finding, request: VideoRequest, others: Callable[[], Iterable[NamedProfile]]) -> Finding:
    able = [other.name for other in others() if _serves(request, other.profile) and not _loses(request, other)]
    way_out = f" A server of the kind {listed(able)} would take it." if able else ""
    return refusal(finding.field, f"{finding.message}{way_out}", value=finding.value)


def _serves(request: VideoRequest, profile: Profile) -> bool:
    return request.spec.family == "generic" or not profile.own_ids


def _loses(request: VideoRequest, named: NamedProfile) -> bool:
    reading = named.profile.reading(request.spec, request.mode)
    return next(_lost_media(request, named, reading), None) is not None


def _details(request: VideoRequest, named: NamedProfile, reading: Reading) -> Iterator[Finding]:
    said = request.params.model_dump(mode="python", exclude_none=True, exclude_defaults=True)
    own = {*request.params.media(), *(_NOT_DETAILS - reading.ignored.keys()), *denied_among(request.spec, said)}
    details = [name for name in said if name not in own]
    for name in details:
        if name in reading.ignored or (reading.fields is not None and name not in reading.fields):
            why = f": {reading.ignored[name]}" if name in reading.ignored else ""
            yield warning(name, f"{_first(named)} may not read {name}{why}. It is sent anyway.")
    for name, (least, most) in reading.limits.items():
        value = said.get(name)
        if isinstance(value, int | float) and not least <= value <= most:
            message = f"{_first(named)} takes {name} from {least:g} to {most:g}, not {value:g}."
            yield refusal(name, message, value=value, nearest=least if value < least else most)


def _server(named: NamedProfile) -> str:
    return f"{named.profile.title} (VIDEO_MCP_DIALECT={named.name})"


def _first(named: NamedProfile) -> str:
    """Return what a server is called where a sentence begins."""
    title = _server(named)
    return f"{title[0].upper()}{title[1:]}"
