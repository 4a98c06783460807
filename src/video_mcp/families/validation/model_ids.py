"""The model that a request names, or a refusal that says which models there are."""

from __future__ import annotations

from pydantic import JsonValue

from video_mcp.errors import InvalidRequest
from video_mcp.families.catalog import Catalog
from video_mcp.families.messages import listed, refusal, short_text
from video_mcp.families.params import Family
from video_mcp.families.spec import ModelSpec
from video_mcp.families.spelling import near_key, spelling_key
from video_mcp.findings import Finding

_GROUPS = ("official", "stable")
"""Groups of an account, which the gateway's page calls no part of a model's id."""

_MOST_LISTED = 6
_MOST_MEANT = 3
_SEE_ALL = "list_models shows them all; VIDEO_MCP_EXTRA_MODELS adds ids that only your gateway has."


def find_model(catalog: Catalog, model: JsonValue) -> tuple[Family, ModelSpec]:
    """Return the family and facts of the model that is named.

    Raises:
        InvalidRequest: Naming the models that may be meant.
    """
    text = model.strip() if isinstance(model, str) else ""
    found = catalog.find(text) if text else None
    if found is None:
        raise InvalidRequest([_unknown(catalog, text)])
    return found


def _unknown(catalog: Catalog, text: str) -> Finding:
    if not text:
        return refusal("model", f"model is missing; name one. {_SEE_ALL}")
    for group in _GROUPS:
        base = catalog.find(spelling_key(text).removesuffix(group)) if spelling_key(text).endswith(group) else None
        if base is not None:
            message = f"{short_text(text)}: {group} is a group of the key and no part of a model's id; "
            return refusal("model", f"{message}write {base[1].id}.", value=short_text(text), nearest=base[1].id)
    may_mean = catalog.meant(text) or catalog.begun_by(text)
    if 2 <= len(may_mean) <= _MOST_MEANT:
        message = f"{short_text(text)} may be {listed(may_mean)}; write one of them."
        return refusal("model", message, value=short_text(text), allowed=may_mean)
    family = catalog.family_called(text)
    return _unknown_id(catalog, text) if family is None else _unknown_of_family(text, family)


def _unknown_id(catalog: Catalog, text: str) -> Finding:
    close = catalog.closest(text)
    hint = f" Did you mean {close}?" if close else ""
    message = f"{short_text(text)} is not a known model.{hint} {_SEE_ALL}"
    return refusal("model", message, value=short_text(text), nearest=close)


def _unknown_of_family(text: str, family: Family) -> Finding:
    own = Catalog((family,))
    living = own.recommended()
    close = _meant_of_family(own, text, family) if len(living) > 1 else None
    message = f"{short_text(text)} is not a model's id; "
    if not living:
        message += f"every {family.title} model is retired at its vendor. {_SEE_ALL}"
    else:
        hint = f" Did you mean {close}?" if close else ""
        message += f"{family.title} has {listed(living, last='and', most=_MOST_LISTED)}.{hint}"
    return refusal("model", message, value=short_text(text), allowed=living, nearest=close)


def _meant_of_family(own: Catalog, text: str, family: Family) -> str | None:
    """Return the living model that a text is most like; None where it names the family and nothing more."""
    if near_key(text) in map(near_key, family.called):
        return None
    begun = own.begun_by(text)
    close = begun[0] if len(begun) == 1 else own.closest(text)
    return close if close in own.recommended() else None
