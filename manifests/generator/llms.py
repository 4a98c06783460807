"""`llms.txt`: the index of the documentation for language models (llmstxt.org)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from manifests.generator.project import Project

_TITLE = re.compile(r"^# (?P<title>.+)$", re.MULTILINE)
_MARKUP = re.compile(r"\[([^\]]*)\]\([^)]*\)|[*`]")
_SENTENCE = re.compile(r"\A(?P<first>.*?\.)(?:\s|\Z)", re.DOTALL)
_IS_PROSE = re.compile(r"\w|`\w")
_FIRST = ("docs/getting-started.md", "docs/clients.md", "docs/recipes.md", "docs/models.md")


def llms_txt(project: Project, documents: Mapping[str, str]) -> str:
    """Return the index: each page with its title and its first sentence, what a user needs first."""
    paths = sorted(documents, key=lambda path: (_FIRST.index(path) if path in _FIRST else len(_FIRST), path))
    return "\n".join(
        [
            f"# {project.name}",
            "",
            f"> {project.description}",
            "",
            "To install it for a user, follow [llms-install.md](" + _address(project, "llms-install.md") + ").",
            "",
            "## Docs",
            "",
            *(
                f"- [{title_of(documents[path])}]({_address(project, path)}): {_summary(documents[path])}"
                for path in paths
            ),
            "",
        ]
    )


def title_of(page: str) -> str:
    """Return a page's heading."""
    heading = _TITLE.search(page)
    return heading["title"] if heading is not None else ""


def _summary(page: str) -> str:
    """Return the first sentence below the heading."""
    heading = _TITLE.search(page)
    text = page[heading.end() :] if heading is not None else page
    paragraph = next((part for part in text.split("\n\n") if part.strip() and _IS_PROSE.match(part.strip())), "")
    plain = " ".join(_MARKUP.sub(r"\1", paragraph).split())
    sentence = _SENTENCE.match(plain)
    return sentence["first"] if sentence is not None else plain


def _address(project: Project, path: str) -> str:
    return f"{project.repository}/blob/main/{path}"
