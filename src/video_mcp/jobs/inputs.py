"""Media references of a request, made ready for the wire; `video://ID/...` means an earlier video."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import assert_never

from video_mcp.errors import GatewayError, InputRefused, InvalidRequest
from video_mcp.families.params import VideoRequest
from video_mcp.families.spec import MediaField, MediaLimits
from video_mcp.findings import Finding
from video_mcp.gateway.input_download import FetchMedium
from video_mcp.jobs.own_videos import KIND_OF, OwnVideos
from video_mcp.media.images import fit_image, upright_image
from video_mcp.media.input_links import InputLinks
from video_mcp.media.inputs import AssetInput, DataInput, InputReader, MediaInput, RemoteInput
from video_mcp.media.limits import check_media, check_total, needs_link
from video_mcp.media.linked_input import LinkedInput
from video_mcp.media.measurements import ImageFacts
from video_mcp.media.references import LocalFile, parse_reference
from video_mcp.media.uploads import Uploads
from video_mcp.types import LOCAL_PRINCIPAL, Principal, Validation

_UPLOAD_SCHEME = "upload://"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """A request that is ready for the wire; `digests` tells its inputs apart, `linked` are kept on submission."""

    request: VideoRequest
    digests: Mapping[MediaField, tuple[str, ...]]
    linked: tuple[LinkedInput, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerFetches:
    """What becomes of web addresses that the server in use does not fetch itself: `needed` says which, `fetch` how."""

    needed: Callable[[VideoRequest], frozenset[str]]
    fetch: FetchMedium


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaAccess:
    """Whose inputs are read, and whether paths are of this machine; `permitted_files` the user has allowed each."""

    principal: Principal = LOCAL_PRINCIPAL
    permitted_files: Set[Path] = frozenset()
    reads_files: bool = True


LOCAL_ACCESS = MediaAccess()


class MediaResolver:
    """Reads every input of a request and holds it against the model's limits, before anything is sent.

    `reason_to_keep` says why an address is not passed on to the gateway.
    """

    def __init__(
        self,
        *,
        own_videos: OwnVideos,
        uploads: Uploads,
        links: InputLinks,
        reader: InputReader,
        validation: Validation,
        fetches: ServerFetches | None = None,
        reason_to_keep: Callable[[str], str | None] = lambda _url: None,
    ) -> None:
        self._own_videos = own_videos
        self._uploads = uploads
        self._reader = reader
        self._validation: Validation = validation
        self._fetches = fetches
        self._reason_to_keep = reason_to_keep
        self._links = links

    async def resolve(
        self,
        request: VideoRequest,
        *,
        fit_images: bool = False,
        needs_links: bool = False,
        access: MediaAccess = LOCAL_ACCESS,
    ) -> Resolved:
        """Return the request with each reference as an address, a `data:` URI or an `asset://` id, and the digests.

        A photo that is stored turned is sent as a viewer shows it. With `fit_images`, an image that is too large for
        the model, or of a format that it does not take, is scaled down and converted. With `needs_links`, the server in
        use reads these media by their address only. Nothing is stored.

        Raises:
            InputOutsideFolders: A file lies elsewhere, and is not one of the permitted ones.
            InputRefused: An input may not be read or is no such thing.
            InvalidRequest: Inputs are not what the model takes; with every reason at once.
        """
        ready: dict[str, str | tuple[str, ...]] = {}
        digests: dict[MediaField, tuple[str, ...]] = {}
        read_by: dict[MediaField, tuple[Sequence[MediaInput], bool]] = {}
        findings: list[Finding] = []
        needed = self._fetches.needed(request) if self._fetches else frozenset[str]()
        turned: list[Finding] = []
        for name, references in request.params.media().items():
            limits = request.spec.media_limits.get(name)
            read = [
                await self._read(name, reference, fetched=reference in needed, access=access)
                for reference in references
            ]
            turned += [_rotation_warning(name) for media in read if _is_turned(media)]
            inputs = [await self._upright(media) for media in read]
            if limits is not None:
                inputs = [await self._fitted(media, limits) for media in inputs] if fit_images else inputs
                findings += self._judged(limits, inputs, name)
            is_linked = self._links.is_possible and (needs_links or (limits is not None and needs_link(limits)))
            read_by[name] = (inputs, is_linked)
            digests[name] = tuple(_digest(media) for media in inputs)
        warnings = (*request.warnings, *turned, *self._settled(findings))
        linked: list[LinkedInput] = []
        for name, (inputs, is_linked) in read_by.items():
            out = [await self._on_wire(media, access.principal, is_linked=is_linked) for media in inputs]
            linked += [one for one in out if isinstance(one, LinkedInput)]
            wire = tuple(one.url if isinstance(one, LinkedInput) else one for one in out)
            ready[name] = wire if name.startswith("reference_") else wire[0]
        request = await self._own_videos.with_upstream_id(request, access.principal)
        params = request.params.model_copy(update=ready)
        ready_request = replace(request, params=params, warnings=warnings)
        return Resolved(request=ready_request, digests=digests, linked=tuple(linked))

    def _settled(self, findings: Sequence[Finding]) -> tuple[Finding, ...]:
        match self._validation:
            case "strict":
                if findings:
                    raise InvalidRequest(findings)
                return ()
            case "warn":
                return tuple(replace(finding, severity="warn") for finding in findings)
            case "off":
                return ()
            case _:
                assert_never(self._validation)

    def _judged(self, limits: MediaLimits, inputs: Sequence[MediaInput], name: MediaField) -> list[Finding]:
        can_link, how = self._links.is_possible, self._links.advice
        found = [check_media(limits, media, name, can_link=can_link, how_to_link=how) for media in inputs]
        return [*(finding for findings in found for finding in findings), *check_total(limits, inputs, name)]

    async def _on_wire(self, media: MediaInput, principal: Principal, *, is_linked: bool) -> str | LinkedInput:
        match media:
            case RemoteInput(url=url) | AssetInput(uri=url):
                return url
            case DataInput():
                return await self._links.link_to(principal, media) if is_linked else media.data_uri
            case _:
                assert_never(media)

    async def _upright(self, media: MediaInput) -> MediaInput:
        if not isinstance(media, DataInput) or not _is_turned(media):
            return media
        return await self._reader.read_bytes(await upright_image(media.content()), "image")

    async def _fitted(self, media: MediaInput, limits: MediaLimits) -> MediaInput:
        if not isinstance(media, DataInput) or not media.media_type.startswith("image/"):
            return media
        return await self._reader.read_bytes(await fit_image(media.content(), limits), "image")

    async def _read(self, name: MediaField, reference: str, *, fetched: bool, access: MediaAccess) -> MediaInput:
        if fetched and self._fetches is not None:
            return await self._fetch(name, reference, self._fetches.fetch)
        if reference.startswith(_UPLOAD_SCHEME):
            return await self._uploaded(name, reference, access.principal)
        own = await self._own_videos.read(name, reference, access.principal)
        if own is not None:
            return own
        if not access.reads_files:
            refuse_file(name, reference)
        media = await self._reader.read(reference, KIND_OF[name], permitted_files=access.permitted_files)
        return self._passed_on(name, media)

    async def _uploaded(self, name: MediaField, reference: str, principal: Principal) -> MediaInput:
        content = await self._uploads.read(principal, reference.removeprefix(_UPLOAD_SCHEME))
        if content is None:
            raise InputRefused(
                f"{name}: no upload of this address is known here; uploads are kept for a day.",
                advice="Send the file with POST /uploads, and give the upload:// address that it answers.",
            )
        return await self._reader.read_bytes(content, KIND_OF[name])

    def _passed_on(self, name: MediaField, media: MediaInput) -> MediaInput:
        """Return an input, unless it is an address that the gateway must not be given."""
        reason = self._reason_to_keep(media.url) if isinstance(media, RemoteInput) else None
        if reason is not None:
            advice = "Give a local file, or an https: address that the gateway can reach."
            raise InputRefused(f"{name}: its address {reason}.", advice=advice)
        return media

    async def _fetch(self, name: MediaField, address: str, fetch: FetchMedium) -> MediaInput:
        """Read the bytes behind an address; the address itself stays out of every sentence: it may be signed."""
        try:
            content = await fetch(address)
        except GatewayError as error:
            raise InputRefused(
                f"{name}: the server in use reads files only, and this address cannot be fetched here: {error.message}",
                advice="Give a local file instead.",
            ) from error
        return await self._reader.read_bytes(content, KIND_OF[name])


def refuse_file(name: MediaField, reference: str) -> None:
    """Return when a reference is not a path: over HTTP, a path is one of the caller's machine, or none of theirs.

    Raises:
        InputRefused: It is a path; nothing is said about whether there is such a file.
    """
    if isinstance(parse_reference(reference), LocalFile):
        raise InputRefused(
            f"{name}: this server does not read files by their path, as callers do not share its disk.",
            advice="Send the file itself with POST /uploads and give the upload:// address that it answers; or give an "
            "https: address, a data: URI, or the id of an earlier video.",
        )


def _is_turned(media: MediaInput) -> bool:
    return isinstance(media, DataInput) and isinstance(media.facts, ImageFacts) and media.facts.is_turned


def _rotation_warning(name: MediaField) -> Finding:
    message = f"{name} was rotated: the photo is stored turned, with an EXIF orientation that a vendor may not read."
    return Finding(severity="warn", field=name, message=message)


def _digest(media: MediaInput) -> str:
    match media:
        case RemoteInput(url=url) | AssetInput(uri=url):
            return url
        case DataInput():
            return media.sha256
        case _:
            assert_never(media)
