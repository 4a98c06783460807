"""Every module of the product in one line, from its own docstring."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import PurePosixPath

_PACKAGE = "src/video_mcp"


def modules_list(modules: Mapping[str, str]) -> str:
    """Return each folder with its modules, a line each; `modules` are the docstrings by path below the package."""
    paths = sorted((PurePosixPath(path) for path in modules), key=lambda path: (str(path.parent), path.name))
    rooms = groupby(paths, key=lambda path: path.parent)
    return "\n\n".join(_room(str(folder), list(found), modules) for folder, found in rooms)


def _room(folder: str, paths: Iterable[PurePosixPath], modules: Mapping[str, str]) -> str:
    lines = [f"- `{path.name}`: {modules[str(path)]}" for path in paths if path.name != "__init__.py"]
    introduction = modules.get(f"{folder}/__init__.py", "") if folder != "." else modules.get("__init__.py", "")
    title = f"**`{_PACKAGE if folder == '.' else folder}/`** {introduction}".rstrip()
    return "\n".join([title, "", *lines])


def first_line(source: str) -> str:
    """Return the first line of a module's docstring; empty when it has none."""
    return (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]
