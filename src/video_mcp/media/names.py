"""File names as people type them against names as systems write them."""

from __future__ import annotations

import unicodedata
from itertools import islice
from pathlib import Path

_MOST_LISTED_NAMES = 5000
_PLAIN = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u02bc": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u2010": "-",
        "\u2011": "-",
        "\u2012": "-",
        "\u2013": "-",
        "\u2014": "-",
        "\u2212": "-",
    }
)


def folded(name: str) -> str:
    """Return what two spellings of a file name have in common. Pure.

    Case, Unicode normal form, kinds of blanks, dashes and quotes, and invisible characters make no difference:
    macOS writes a narrow no-break space into the name of a screenshot, and accents in two characters.
    """
    text = unicodedata.normalize("NFKC", name).translate(_PLAIN)
    seen = "".join(char for char in text if unicodedata.category(char) != "Cf")
    return unicodedata.normalize("NFKC", " ".join(seen.split()).casefold())


def existing_spelling(path: Path, root: Path) -> Path:
    """Return a path below a root with each part spelled as on the disk, where exactly one name there equals it folded.

    Otherwise the path comes back as it was. Blocks on the disk: use a thread.
    """
    found = root
    for part in path.relative_to(root).parts:
        if not (found / part).exists():
            names = _equal_names(found, part)
            if len(names) != 1:
                return path
            found /= names[0]
        else:
            found /= part
    return found


def _equal_names(folder: Path, name: str) -> list[str]:
    wanted = folded(name)
    try:
        return [item.name for item in islice(folder.iterdir(), _MOST_LISTED_NAMES) if folded(item.name) == wanted]
    except OSError:
        return []
