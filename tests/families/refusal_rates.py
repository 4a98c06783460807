"""How many requests that are valid by a model's JSON Schema are refused all the same.

Run `python -m tests.families.refusal_rates` to measure; a number behind it is the number of requests for each model.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from hypothesis import HealthCheck, Phase, given, settings
from jsonschema import Draft202012Validator

from tests.families.samples import CATALOG
from tests.families.schema_draws import values_of
from video_mcp.errors import InvalidRequest
from video_mcp.families.params import Family
from video_mcp.families.schemas import model_schema
from video_mcp.families.spec import ModelSpec
from video_mcp.families.validation.check import check_request
from video_mcp.types import JsonObject

SAMPLES = 25
"""Requests for each model in `make test`; ten times as many with `pytest --nightly`."""

NO_HEALTH_CHECKS = (HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.large_base_example)


class Validator(Protocol):
    """What we use of jsonschema, whose own annotations are loose."""

    def is_valid(self, instance: JsonObject) -> bool: ...


@dataclass(frozen=True, slots=True)
class Measured:
    """What became of a model's requests: how many were valid, and why some of them were refused."""

    model: str
    valid: int
    refusals: tuple[str, ...]

    @property
    def rate(self) -> float:
        """The share that was refused."""
        return len(self.refusals) / max(self.valid, 1)


def validator_of(schema: JsonObject) -> Validator:
    return cast("Validator", Draft202012Validator(schema))


def single_branches(schema: JsonObject) -> Iterator[JsonObject]:
    """Yield the schema with one of its branches each time, so that each is drawn from."""
    for branch in cast("list[JsonObject]", schema.get("anyOf", [])):
        if "mode" in cast("JsonObject", branch["properties"]):
            yield _one_of(schema, branch)
        else:
            yield from (_one_of(schema, inner) for inner in single_branches(branch))


def _one_of(schema: JsonObject, branch: JsonObject) -> JsonObject:
    return {**schema, "anyOf": [branch]}


def drawn_requests(schema: JsonObject, count: int) -> list[JsonObject]:
    """Return requests that fit a schema, the same ones each time, from each of its branches."""
    branches = list(single_branches(schema))
    is_valid = validator_of(schema).is_valid
    drawn = [request for branch in branches for request in _drawn(branch, -(-count // len(branches)))]
    return [request for request in drawn if is_valid(request)]


def _drawn(schema: JsonObject, count: int) -> list[JsonObject]:
    drawn: list[JsonObject] = []

    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=NO_HEALTH_CHECKS,
    )
    @given(values_of(schema))
    def draw(request: object) -> None:
        drawn.append(cast("JsonObject", request))

    draw()
    return drawn


def measure(spec: ModelSpec, family: Family, count: int) -> Measured:
    """Draw requests that are valid by a model's schema and have them checked."""
    requests = drawn_requests(model_schema(spec, family), count)
    refusals: list[str] = []
    for request in requests:
        try:
            check_request(CATALOG, request, "strict")
        except InvalidRequest as refused:
            refusals.append(str(refused))
    return Measured(spec.id, len(requests), tuple(refusals))


def measure_all(count: int) -> Iterator[Measured]:
    for family in CATALOG.families:
        for spec in family.models:
            yield measure(spec, family, count)


def main(arguments: Sequence[str]) -> int:
    """Print one line for each model, and fail where more than one in a hundred is refused."""
    count = int(arguments[0]) if arguments else SAMPLES
    measured: list[Measured] = []
    for one in measure_all(count):
        measured.append(one)
        sys.stdout.write(f"{one.model:40} {len(one.refusals):4} of {one.valid:4} refused ({one.rate:.1%})\n")
        sys.stdout.flush()
    refused, valid = sum(len(one.refusals) for one in measured), sum(one.valid for one in measured)
    sys.stdout.write(f"{'all models':40} {refused:4} of {valid:4} refused ({refused / max(valid, 1):.1%})\n")
    return int(refused > valid / 100)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
