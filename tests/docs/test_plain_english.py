"""What people and models read is plain technical English, and the README stays short."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from manifests.generator.variables import variables
from tests.docs.pages import PAGES, ROOT
from video_mcp.families.catalog import default_catalog
from video_mcp.server.tools import definitions

MOST_WORDS = 900
BANNED = {
    r"\b(?:brought|bring|brings|bringing|comes|came) home\b": "downloaded, downloads",
    r"\bleads? a job\b|\bleading (?:a|the) job\b|\bthe process that leads\b": "holds the job's lease",
    r"\bnobody here knows\b": "the price is unknown",
    r"\bthe page's?\b": "the gateway's API",
    r"\bnothing but patience\b": "polling continues",
    r"\b(?:is|are|was|were) ridden out\b|\brides? out\b": "is retried",
    r"\bShall it be made\b": "Make it anyway?",
    r"\bdear video\b|\bdearer\b": "expensive",
    r"\bhouse in one page\b": "overview",
    r"\bwhat an agent reads of it\b": "description",
    r"\bonly its bill tells\b": "the bill shows",
    r"\bgone on with\b": "resumed",
    r"\bwhat hangs together\b|\bhang together\b": "depend on one another",
    r"\b(?:is|are) sent all the same\b|\bstarts all the same\b": "is sent anyway, still starts",
    r"\bNobody can be asked\b": "there is no terminal to ask in",
    r"\bwithout being asked\b": "without a prompt",
    r"\basks? for it unseen\b": "prompts for it",
    r"\bgoes on where (?:that|a) \w+ ends\b": "continues that video",
    r"\bserves it not\b": "does not serve it",
    r"\bthat nobody here knows\b|\bnobody looked up\b": "unknown",
    r"(?<!here )\bis no (?:JSON|TOML|UTF-8|setting|folder|address|name for|kind of server)\b": "is not a",
    r"\bis no model known here\b": "is not a known model",
    r"\bbrings it again\b": "downloads it again",
    r"\b(?:the )?person's yes\b": "the user's approval",
    r"\bcomes from a stranger\b": "is untrusted",
    r"\btalked into\b": "prompt injection",
    r"\basked\b": "requested, prompted, polled",
    r"(?i)\bnobody\b": "no user, unknown, unused",
    r"(?i)\bstrangers?\b": "untrusted",
    r"\bwas forgotten\b|\bremembered\b": "kept, stored",
}
MESSAGES = tuple(path for path in sorted((ROOT / "src" / "video_mcp").rglob("*.py")) if "migrations" not in path.parts)


def objections(text: str) -> list[str]:
    """Return each banned phrase in a text, with what to write instead."""
    flat = " ".join(re.sub(r"`[^`]*`", "", text).split())
    return [
        f"{found[0]!r}: write {instead!r}" for banned, instead in BANNED.items() for found in re.finditer(banned, flat)
    ]


def messages_in(path: Path) -> Iterator[str]:
    """Yield every string of a module that is no docstring: messages, help, descriptions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value


def docstrings_in(path: Path) -> Iterator[str]:
    """Yield every docstring of a module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""


@pytest.mark.parametrize("page", [pytest.param(page, id=page.name) for page in PAGES])
def test_a_page_holds_no_banned_phrase(page: Path) -> None:
    assert objections(page.read_text(encoding="utf-8")) == []


def test_no_message_holds_a_banned_phrase() -> None:
    assert [
        f"{path.name}: {found}" for path in MESSAGES for text in messages_in(path) for found in objections(text)
    ] == []


def test_no_docstring_holds_a_banned_phrase() -> None:
    assert [
        f"{path.name}: {found}" for path in MESSAGES for text in docstrings_in(path) for found in objections(text)
    ] == []


def test_tools_and_settings_are_described_without_a_banned_phrase() -> None:
    texts = [tool.description or "" for tool in definitions(default_catalog())]
    texts += [variable.description for variable in variables()]

    assert [found for text in texts for found in objections(text)] == []


def test_a_banned_phrase_is_found_across_a_line_break() -> None:
    assert objections("asked first, then brought\nhome")
    assert not objections("polled first, then downloaded")


def test_the_readme_is_read_in_a_few_minutes() -> None:
    words = re.sub(r"\]\([^)]*\)|<[^>]*>", "", (ROOT / "README.md").read_text(encoding="utf-8")).split()

    assert len(words) <= MOST_WORDS
