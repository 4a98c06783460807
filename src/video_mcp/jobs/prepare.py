"""Preparing a request: checked, its inputs read and hashed, priced; nothing is sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from video_mcp.errors import InvalidRequest
from video_mcp.families.catalog import Catalog
from video_mcp.families.validation.check import check_request
from video_mcp.families.validation.unwritable import unwritable
from video_mcp.gateway.dialects import judge, wire_body
from video_mcp.jobs.inputs import MediaAccess, MediaResolver
from video_mcp.jobs.pricing import Pricing
from video_mcp.jobs.request import CreateRequest, PreparedVideo, fingerprint
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
    ) -> None:
        self._catalog = catalog
        self._media = media
        self._pricing = pricing
        self._validation: Validation = validation
        self._dialect: Dialect = dialect

    async def prepare(self, request: CreateRequest, principal: Principal) -> PreparedVideo:
        """Return a request that may be submitted.

        Raises:
            InvalidRequest: The model cannot do this; with every reason at once.
            MediaError: An input cannot be read.
        """
        if findings := unwritable(request.fields):
            raise InvalidRequest(findings)
        checked = check_request(
            await self._catalog(),
            request.fields,
            self._validation,
            server_check=lambda known: judge(known, self._dialect),
        )
        resolved = await self._media.resolve(
            checked,
            fit_images=request.fit_images,
            access=MediaAccess(
                principal=principal, permitted_files=request.permitted_files, reads_files=request.reads_files
            ),
        )
        return PreparedVideo(
            request=resolved.request,
            fingerprint=fingerprint(checked, resolved.digests),
            cost=await self._pricing.of(resolved.request),
            body=wire_body(resolved.request, self._dialect),
        )
