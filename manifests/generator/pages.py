"""The tables of README and docs: tools, prompts and settings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

import mcp_types as types

from manifests.generator.variables import Variable


def tools_table(tools: Iterable[types.Tool]) -> str:
    """Return the tools with what an agent reads of them; required arguments are bold."""
    rows = ["| tool | description | arguments |", "|---|---|---|"]
    rows += [f"| `{tool.name}` | {cell(tool.description or '')} | {_arguments(tool)} |" for tool in tools]
    return "\n".join(rows)


def prompts_table(prompts: Iterable[types.Prompt]) -> str:
    """Return the prompts with their arguments; required arguments are bold."""
    rows = ["| prompt | what it does | arguments |", "|---|---|---|"]
    for prompt in prompts:
        names = [f"**`{known.name}`**" if known.required else f"`{known.name}`" for known in prompt.arguments or []]
        rows.append(f"| `{prompt.name}` | {cell(prompt.description or '')} | {', '.join(names)} |")
    return "\n".join(rows)


def _arguments(tool: types.Tool) -> str:
    names = list(cast("dict[str, object]", tool.input_schema.get("properties", {})))
    required = cast("list[str]", tool.input_schema.get("required", []))
    return ", ".join(f"**`{name}`**" if name in required else f"`{name}`" for name in names)


def settings_table(variables: Iterable[Variable]) -> str:
    """Return every setting with its default."""
    rows = ["| variable | what it sets | default |", "|---|---|---|"]
    rows += [f"| `{variable.name}` | {_meaning(variable)} | {variable.default_in_words} |" for variable in variables]
    return "\n".join(rows)


def _meaning(variable: Variable) -> str:
    parts = [variable.description]
    if variable.choices:
        parts.append(f"One of {', '.join(f'`{choice}`' for choice in variable.choices)}.")
    if variable.is_required:
        parts.append("**Required.**")
    return cell(" ".join(parts))


def cell(text: str) -> str:
    """Return a text fit for a table's cell."""
    return text.replace("|", "\\|").replace("\n", " ")
