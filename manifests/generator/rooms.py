"""The rooms and arrows of the house, as import-linter holds them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class _Contract(BaseModel):
    model_config = ConfigDict(frozen=True)

    type: str
    name: str
    containers: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()


class _Contracts(BaseModel):
    model_config = ConfigDict(frozen=True)

    contracts: Annotated[tuple[_Contract, ...], Field(min_length=1)]


def rooms_diagram(pyproject: str) -> str:
    """Return every layered contract as a picture: a room sees what lies below it, neighbours do not see each other."""
    found = _Contracts.model_validate(tomllib.loads(pyproject)["tool"]["importlinter"])
    pictures = ["\n".join(_picture(contract)) for contract in found.contracts if contract.type == "layers"]
    return "\n".join(["```text", "\n\n".join(pictures), "```"])


def _picture(contract: _Contract) -> Iterator[str]:
    yield f"{', '.join(contract.containers)}: {contract.name}"
    width = max(len(layer) for layer in contract.layers) + 4
    for layer in contract.layers[:-1]:
        yield f"  {layer.center(width).rstrip()}"
        yield f"  {'v'.center(width).rstrip()}"
    yield f"  {contract.layers[-1].center(width).rstrip()}"
