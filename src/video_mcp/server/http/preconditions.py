"""What RFC 9110 makes of the conditions and ranges of a GET. Pure."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from typing import Literal

from starlette.datastructures import Headers

Outcome = Literal["send", "not_modified", "failed"]

_TAG = re.compile(r'(?P<weak>W/)?(?P<tag>"[^"]*")')
_RANGE = re.compile(r"(?P<first>[0-9]{1,18})-(?P<last>[0-9]{0,18})|-(?P<suffix>[0-9]{1,18})")


def outcome_of(headers: Headers, *, etag: str, modified_at: float) -> Outcome:
    """Return what a request's conditions make of a file with a strong `etag`, in the order of section 13.2.2."""
    second = int(modified_at)
    if (wanted := _field(headers, "if-match")) is not None:
        if wanted.strip() != "*" and etag not in _strong_tags(wanted):
            return "failed"
    elif (unmodified_since := _date(headers, "if-unmodified-since")) is not None and second > unmodified_since:
        return "failed"
    if (known := _field(headers, "if-none-match")) is not None:
        is_known = known.strip() == "*" or etag in {found["tag"] for found in _TAG.finditer(known)}
        return "not_modified" if is_known else "send"
    modified_since = _date(headers, "if-modified-since")
    return "not_modified" if modified_since is not None and second <= modified_since else "send"


def satisfiable(header: str, size_bytes: int) -> str | None:
    """Return a Range field with the ranges that a file can satisfy; None where it counts as not there.

    One in another unit counts as not there, and so does one that is malformed. Where no range can be satisfied, neither
    can what is returned.
    """
    unit, _, ranges = header.partition("=")
    parts = [part.strip() for part in ranges.split(",") if part.strip()]
    found = [_RANGE.fullmatch(part) for part in parts]
    if unit.strip().lower() != "bytes" or not parts or not all(one is not None and _is_valid(one) for one in found):
        return None
    kept = [one[0] for one in found if one is not None and _is_satisfiable(one, size_bytes)]
    return f"bytes={','.join(kept or [f'{size_bytes}-'])}"


def _is_valid(found: re.Match[str]) -> bool:
    return not found["last"] or int(found["first"]) <= int(found["last"])


def _is_satisfiable(found: re.Match[str], size_bytes: int) -> bool:
    return int(found["first"]) < size_bytes if found["first"] is not None else int(found["suffix"]) > 0


def _strong_tags(field: str) -> set[str]:
    return {found["tag"] for found in _TAG.finditer(field) if found["weak"] is None}


def _field(headers: Headers, name: str) -> str | None:
    return ", ".join(headers.getlist(name)) if name in headers else None


def _date(headers: Headers, name: str) -> float | None:
    """Return the time of a field; one that is no date counts as not there."""
    try:
        return parsedate_to_datetime(headers.get(name, "")).timestamp()
    except (ValueError, OverflowError):
        return None
