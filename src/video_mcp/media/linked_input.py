"""An input that goes out as a link: what is kept where the link leads, before the link is sent."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedInput:
    """A link, and the copy that it leads to once it is kept under `name`."""

    url: str
    name: str
    media_type: str
    data_uri: str = field(repr=False)
