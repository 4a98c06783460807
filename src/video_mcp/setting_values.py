"""Settings as people write them, tidied before they are parsed. Pure.

What is plain is forgiven: quotes, blanks, case, units, a decimal comma, a list as JSON, a path behind the address.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from types import UnionType
from typing import Annotated, Literal, Union, cast, get_args, get_origin
from urllib.parse import urlsplit

_QUOTES = ('""', "''", "``", "<>", "“”", "‘’")  # noqa: RUF001 - typographic quotes are what is to be recognised
_SYNONYMS = {"warn": "warning", "trace": "debug", "critical": "error", "fatal": "error", "none": "off"}
_UNFILLED = re.compile(r"\$\{(?:user_config\.|input:)[^}]*\}")
_PLACEHOLDER = re.compile(r"\$\{[^}]*\}|\$[A-Z_]{3,}$|\{\{[^}]*\}\}|^%[A-Za-z_]+%$")
_BEHIND_BASE = re.compile(r"/v1(?:/(?:videos|models|chat|images|responses|files)\b.*)?/*$", re.IGNORECASE)
_PRIVATE_HOST = re.compile(
    r"(localhost|127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|\[::1\]|[^.:/]+(?=:\d))", re.IGNORECASE
)
_BARE_HOST = re.compile(
    r"(?:[\w-]+(?:\.[\w-]+)+|[\w.-]+(?=:\d)|localhost|\[[\da-f:]+\])(?::\d+)?(?:[/#?]|$)", re.IGNORECASE
)
_NUMBER = re.compile(r"[$€]?\s*(?P<number>-?[\d.,_ ]*\d)\s*(?P<unit>[a-zA-Z$€]*)\.?")
_STORES = frozenset({"s3", "gs", "az", "file"})
_DATABASES = {"postgres": "postgresql", "postgresql": "postgresql", "sqlite": "sqlite"}
_PORT = re.compile(r"^(?:\[[^\]]*\]|[^:]*)(?::\d{0,5})?$")
_NO_NUMBER = frozenset({"none", "null", "unlimited", "no limit", "off", "-"})
_UNITS: dict[str, dict[str, float]] = {
    "bytes": {"": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12, "k": 1e3, "m": 1e6, "g": 1e9}
    | {"kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40, "bytes": 1},
    "seconds": {"": 1, "s": 1, "sec": 1, "secs": 1, "second": 1, "seconds": 1, "ms": 1e-3, "min": 60, "m": 60}
    | {"minutes": 60, "minute": 60, "h": 3600, "hour": 3600, "hours": 3600},
    "hours": {"": 1, "h": 1, "hour": 1, "hours": 1, "d": 24, "day": 24, "days": 24, "min": 1 / 60, "m": 1 / 60},
    "days": {"": 1, "d": 1, "day": 1, "days": 1, "w": 7, "week": 7, "weeks": 7, "h": 1 / 24, "hours": 1 / 24},
    "cost": {"": 1, "$": 1, "usd": 1, "dollar": 1, "dollars": 1},
}


def tidied(text: str) -> str | None:
    """Return a value without blanks and quotes around it; None when a client left an optional field unfilled."""
    text = text.strip().removeprefix("\ufeff")
    while len(text) > 1 and text[0] + text[-1] in _QUOTES:
        text = text[1:-1].strip()
    return None if _UNFILLED.fullmatch(text) else text


def unfilled(text: str) -> bool:
    """Tell whether a value is, or holds, something that a client should have filled in."""
    return _PLACEHOLDER.search(text) is not None


def word_of(text: str, words: Sequence[str], synonyms: dict[str, str]) -> str:
    """Return the one of `words` that a text means, whatever its case and its dashes; the text itself when none."""
    plain = text.lower().replace("_", "-").replace(" ", "-")
    plain = synonyms.get(plain, plain)
    return next((word for word in words if word.lower().replace("_", "-") == plain), text)


def list_of(text: str, *, separators: str) -> list[str]:
    """Return the parts of a list, written as JSON or with separators."""
    if text.startswith("["):
        try:
            parsed: object = json.loads(text)
        except ValueError:
            text = text.strip("[]")
        else:
            items = cast("list[object]", parsed) if isinstance(parsed, list) else []
            return [item.strip() for item in items if isinstance(item, str) and item.strip()]
    parts = re.split(f"[{re.escape(separators)}\n]", text)
    return [tidy for part in parts if (tidy := tidied(part))]


def path_separators(text: str) -> str:
    """Return where a list of folders is split: a colon is none where drives have letters."""
    return ",;" if re.search(r"(^|[;,\[\"'])\s*[A-Za-z]:[\\/]", text) else ",;:"


def number_of(text: str, kind: str) -> str | None:
    """Return a number without its unit, in the unit of its setting; None for a word that means no limit.

    `kind` is a key of the units, or empty for a plain count. What is no such number is returned as it is.
    """
    if text.lower() in _NO_NUMBER:
        return None
    match = _NUMBER.fullmatch(text)
    factor = _UNITS.get(kind, {"": 1.0}).get(match["unit"].lower()) if match is not None else None
    if match is None or factor is None:
        return text
    digits = re.sub(r"[_ ]", "", match["number"])
    grouped = re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", digits)
    digits = digits.replace(",", "" if grouped else ".")
    try:
        value = float(digits) * factor
    except ValueError:
        return text
    return str(int(value)) if value == int(value) else str(value)


def base_url_of(text: str) -> str:
    """Return an address without what does not belong behind it; one without a scheme gets the likely one.

    Raises:
        ValueError: It says what cannot be forgiven.
    """
    if unfilled(text):
        msg = f"holds {text!r}, which the client did not fill in; write the address itself"
        raise ValueError(msg)
    if _BARE_HOST.match(text):
        text = f"{'http' if _PRIVATE_HOST.match(text) else 'https'}://{text}"
    parts = urlsplit(text.rstrip(",;. "))
    if parts.scheme.lower() not in {"http", "https"} or not parts.hostname or re.search(r"\s", text):
        msg = f"is {text!r}, which is no web address; write for example https://api.example.com"
        raise ValueError(msg)
    if "@" in parts.netloc or parts.query:
        msg = "holds a user name or a query; write only scheme, host and path"
        raise ValueError(msg)
    path = _BEHIND_BASE.sub("", re.sub(r"/{2,}", "/", parts.path)).rstrip("/")
    _ = parts.port  # raises ValueError for a port that does not exist
    return f"{parts.scheme.lower()}://{parts.netloc}{path}"


def database_url_of(text: str) -> str:
    """Return a database's address without the driver that it names: the one in use is chosen here.

    Raises:
        ValueError: It says what cannot be forgiven, and repeats nothing: an address holds a password.
    """
    if unfilled(text):
        msg = "holds a placeholder that was not filled in; write the address itself"
        raise ValueError(msg)
    scheme, separator, rest = text.partition("://")
    backend = _DATABASES.get(scheme.lower().partition("+")[0])
    hosts = rest.partition("?")[0].rpartition("@")[2].partition("/")[0].split(",")
    has_bad_port = any(_PORT.search(host) is None for host in hosts)
    if backend is None or not separator or has_bad_port:
        msg = "is not an address of a database; write postgresql://USER:PASSWORD@HOST/NAME"
        raise ValueError(msg)
    return f"{backend}://{rest}"


def storage_url_of(text: str) -> str:
    """Return the address of an object store.

    Raises:
        ValueError: It says what cannot be forgiven, and repeats nothing that may be a credential.
    """
    scheme, separator, rest = text.partition("://")
    place = rest.partition("?")[0]
    if unfilled(text) or scheme.lower() not in _STORES or not separator or not place.strip("/"):
        msg = "is not an address of an object store; write s3://BUCKET, gs://BUCKET, az://CONTAINER or file:///FOLDER"
        raise ValueError(msg)
    if "@" in place:
        msg = "holds credentials; set them as the store's own variables, such as AWS_ACCESS_KEY_ID, and take them out"
        raise ValueError(msg)
    return f"{scheme.lower()}://{rest}"


def tidied_for(name: str, annotation: object, value: str) -> str | None:
    """Return a value as its field is to read it, by the kind of the field."""
    text = tidied(value)
    if text is None or name in {"api_key", "base_url"}:
        return value if text is None else text
    text = text.removeprefix("file://") if name != "storage_url" else text
    kinds = _kinds(annotation)
    words = tuple(word for kind in kinds if get_origin(kind) is Literal for word in get_args(kind))
    if words:
        return word_of(text, words, _SYNONYMS)
    if kinds & {int, float} and str not in kinds:
        unit = next((unit for unit in ("bytes", "seconds", "hours", "days", "cost") if unit in name), "")
        number = number_of(text, unit if name != "max_seconds_per_day" else "seconds")
        return number if number is not None or type(None) in kinds else text
    return text


def _kinds(annotation: object) -> set[object]:
    parts = get_args(annotation)
    if get_origin(annotation) is Annotated:
        return _kinds(parts[0])
    is_union = get_origin(annotation) in {Union, UnionType}
    return {kind for part in parts for kind in _kinds(part)} if is_union else {annotation}
