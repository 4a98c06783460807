"""Links to a job's own inputs, signed when its request is sent: one that waited would send links that have expired."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from video_mcp.gateway.upstream import WireBody
from video_mcp.jobs.job import Job
from video_mcp.json_texts import texts_in, with_texts
from video_mcp.media.input_links import NAME, InputLinks

_LINK = re.compile(rf"https?://[^\s\"'<>\\]+?/inputs?/(?P<name>{NAME})(?:\?[^\s\"'<>\\]*)?")


async def with_fresh_links(links: InputLinks, job: Job, body: WireBody) -> WireBody:
    """Return a body whose links to inputs of the job's principal work for a day from now.

    Raises:
        StorageUnavailable: The object storage cannot sign.
    """
    own = sorted(name for name in names_in(body) if links.is_of(name, job.principal))
    return renewed(body, {name: await links.url_of(name) for name in own})


def names_in(body: WireBody) -> frozenset[str]:
    """Return the names of the inputs that a body links to. Pure."""
    texts = (part.text or "" for part in body.form) if body.form is not None else texts_in(body.json)
    return frozenset(name for text in texts for name in names_in_text(text))


def names_in_text(text: str) -> Iterator[str]:
    """Yield the names of the inputs that a text links to. Pure."""
    return (found["name"] for found in _LINK.finditer(text))


def renewed(body: WireBody, urls: Mapping[str, str]) -> WireBody:
    """Return a body with these links in place of its own ones, by name. Pure."""
    if not urls:
        return body

    def fresh(text: str) -> str:
        return _LINK.sub(lambda found: urls.get(found["name"], found[0]), text)

    if body.form is not None:
        return WireBody(form=tuple(replace(one, text=fresh(one.text) if one.text else one.text) for one in body.form))
    return WireBody(json={name: with_texts(value, fresh) for name, value in (body.json or {}).items()})
