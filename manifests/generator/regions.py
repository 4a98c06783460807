"""Parts of a hand-written page that are generated, between two comments."""

from __future__ import annotations

import re
from collections.abc import Mapping

_REGION = re.compile(
    r"(?P<begin><!-- begin generated: (?P<name>[a-z-]+) -->\n)(?P<text>.*?)(?P<end><!-- end generated -->)", re.DOTALL
)


def filled(page: str, texts: Mapping[str, str]) -> str:
    """Return a page with each of its regions holding the text of its name.

    Raises:
        ValueError: A region has a name that nothing is generated for.
    """

    def fill(region: re.Match[str]) -> str:
        name = region["name"]
        if name not in texts:
            msg = f"nothing is generated for the region {name!r}; there are {', '.join(sorted(texts))}"
            raise ValueError(msg)
        return f"{region['begin']}{texts[name]}\n{region['end']}"

    return _REGION.sub(fill, page)


def region_names(page: str) -> tuple[str, ...]:
    """Return the names of a page's regions."""
    return tuple(region["name"] for region in _REGION.finditer(page))
