"""Preparing a request: checked, its inputs read and hashed, priced; nothing is sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from video_mcp.errors import InvalidRequest
from video_mcp.families.catalog import Catalog
from video_mcp.families.params import VideoRequest
from video_mcp.families.validation.check import check_request
from video_mcp.families.validation.unwritable import unwritable
from video_mcp.findings import Finding
from video_mcp.gateway.dialects import judge, reads_addresses_only, wire_body
from video_mcp.jobs.inputs import MediaAccess, MediaResolver
from video_mcp.jobs.pricing import Pricing
from video_mcp.jobs.request import CreateRequest, PreparedVideo, fingerprint
from video_mcp.media.input_links import InputLinks
from video_mcp.types import Dialect, Principal, Validation


class Preparation:
    """Prepares requests as the user's settings say, for their model and the kind of server that they go to."""

    def __init__(
        self,
        *,
        catalog: Callable[[], Awaitable[Catalog]],
        media: MediaResolver,
        pricing: Pricing,
        validation: Validation,
        dialect: Dialect,
        links: InputLinks,
    ) -> None:
        self._catalog = catalog
        self._media = media
        self._pricing = pricing
        self._validation: Validation = validation
        self._dialect: Dialect = dialect
        self._links = links

    async def prepare(self, request: CreateRequest, principal: Principal) -> PreparedVideo:
        """Return a request that may be submitted.

        Raises:
            InvalidRequest: The model cannot do this; with every reason at once.
            MediaError: An input cannot be read.
        """
        if findings := unwritable(request.fields):
            raise InvalidRequest(findings)
        judgement = _Judgement(self._dialect, self._links)
        checked = check_request(
            await self._catalog(),
            request.fields,
            self._validation,
            server_check=judgement.findings,
        )
        resolved = await self._media.resolve(
            checked,
            fit_images=request.fit_images,
            needs_links=judgement.needs_links,
            access=MediaAccess(
                principal=principal, permitted_files=request.permitted_files, reads_files=request.reads_files
            ),
        )
        return PreparedVideo(
            request=resolved.request,
            fingerprint=fingerprint(checked, resolved.digests),
            cost=await self._pricing.of(resolved.request),
            body=wire_body(resolved.request, self._dialect),
            linked=resolved.linked,
        )


class _Judgement:
    """What the server in use makes of one request; `needs_links` after its findings."""

    def __init__(self, dialect: Dialect, links: InputLinks) -> None:
        self._dialect: Dialect = dialect
        self._links = links
        self.needs_links = False

    def findings(self, request: VideoRequest) -> list[Finding]:
        """Return what the server would lose; a file that it reads by its address is given by a link if possible."""
        findings = judge(request, self._dialect)
        self.needs_links = reads_addresses_only(request, self._dialect)
        if not self.needs_links:
            return findings
        media = set[str](request.params.media())
        lost = [one for one in findings if one.severity == "refuse" and one.field in media]
        if self._links.is_possible:
            return [one for one in findings if one not in lost]
        advice = self._links.advice
        return [replace(one, message=f"{one.message} {advice}".rstrip()) if one in lost else one for one in findings]
