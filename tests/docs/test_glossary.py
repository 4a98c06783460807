"""Every word of the glossary is carried by something that exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.docs.pages import ROOT

GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
CARRIERS = re.findall(r"\| `([a-z_.]+(?:\.[A-Z]\w*)?)` \|$", GLOSSARY, re.MULTILINE)


def defined_in(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
        elif isinstance(node, ast.ImportFrom) and path.name == "__init__.py":
            names |= {alias.name for alias in node.names}
    return names


@pytest.mark.parametrize("carrier", sorted(set(CARRIERS)))
def test_what_carries_a_word_exists(carrier: str) -> None:
    module, _, name = carrier.rpartition(".") if carrier.rpartition(".")[2][0].isupper() else (carrier, "", "")
    base = ROOT / "src" / "video_mcp" / module.replace(".", "/")
    path = base / "__init__.py" if base.is_dir() else base.with_suffix(".py")

    assert path.is_file()
    assert not name or name in defined_in(path)


def test_each_row_names_its_carrier_and_each_word_stands_once() -> None:
    rows = [row for row in GLOSSARY.splitlines() if row.startswith("| ") and not row.startswith("| word")]
    words = [row.split("|")[1].strip() for row in rows]

    assert len(CARRIERS) == len(rows) > 40
    assert len(set(words)) == len(words)
