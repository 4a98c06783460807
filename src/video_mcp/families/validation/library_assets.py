"""References to a vendor's own library: `asset://ID` goes out as it is, to the models that know it."""

from __future__ import annotations

from collections.abc import Iterator

from video_mcp.families.catalog import Catalog
from video_mcp.families.messages import listed, refusal, short_text
from video_mcp.families.params import VideoParams
from video_mcp.families.spec import MediaField, ModelSpec
from video_mcp.findings import Finding

_SCHEME = "asset://"


def is_asset(reference: str) -> bool:
    """Return whether a medium is named by its id in the vendor's library."""
    return reference.strip().lower().startswith(_SCHEME)


def takes_assets(spec: ModelSpec, name: MediaField) -> bool:
    """Return whether a field takes ids of the vendor's library; nothing is known of a self-hosted server's."""
    limits = spec.media_limits.get(name)
    return spec.family == "generic" or (limits is not None and "asset" in limits.forms)


def check_assets(catalog: Catalog, spec: ModelSpec, params: VideoParams) -> Iterator[Finding]:
    """Yield a refusal for each field that holds a library reference and does not know any."""
    for name, references in params.media().items():
        asset = next((reference for reference in references if is_asset(reference)), None)
        if asset is not None and not takes_assets(spec, name):
            others = _models_with_assets(catalog, name)
            message = (
                f"{spec.id} knows no library of assets, so {name} cannot be {short_text(asset)}; give a file or a URL."
            )
            message += f" {listed(others)} takes asset:// ids." if others else ""
            yield refusal(name, message, value=short_text(asset), models=others)


def _models_with_assets(catalog: Catalog, name: MediaField) -> tuple[str, ...]:
    named = (spec for spec in catalog.models() if spec.family != "generic")
    return tuple(
        spec.id for spec in named if takes_assets(spec, name) and any(f.takes(name) for f in spec.modes.values())
    )
