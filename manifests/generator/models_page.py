"""`docs/models.md`: every model, what it takes and what its vendor asks for it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from manifests.generator.models_guide import models_guide
from manifests.generator.pages import cell
from video_mcp.cli.commands.models import ranges
from video_mcp.families.catalog import Catalog
from video_mcp.families.examples import example, limits_in_words, sources_of
from video_mcp.families.further_rules import further_rules
from video_mcp.families.params import Family
from video_mcp.families.prices.published import PRICES, Price
from video_mcp.families.sources import SOURCES, Source
from video_mcp.families.spec import ModelSpec
from video_mcp.server.model_listing import summary_of, values_of

_HEAD = """\
<!-- Generated from src/video_mcp/families; run python -m manifests.generate. -->
# Models

{count} model ids in {families} families. `create_video` checks each request against these facts before it costs money.
`video-mcp models ID` shows one model with an example for each mode; agents get the same from `list_models`.

{guide}

## Reading the tables

`seconds: -1` lets the model choose the length. Prices are the vendors' own, with the month in which they were read.
Your gateway may charge something else: set [`VIDEO_MCP_PRICES`](settings.md#your-own-prices). *Ending* means that the
vendor has announced the end of a model; *retired* means that the vendor no longer serves it, though some gateways do.

For model ids that are not listed here, see [self-hosted servers](self-hosted.md).
"""
_AGES = ("current", "preview", "legacy", "ending", "retired")
_SOUND = {"always": "always", "never": "no", "switch": "on or off"}


def models_page(catalog: Catalog) -> str:
    """Return the page."""
    head = _HEAD.format(count=len(catalog.ids()), families=len(catalog.families), guide=models_guide(catalog))
    return "\n".join([head, *(_family(family) for family in sorted(catalog.families, key=_age))])


def _age(family: Family) -> int:
    """Return the age of a family's youngest model, so that families with current models come first."""
    return min(_AGES.index(spec.lifecycle.state) for spec in family.models)


def _family(family: Family) -> str:
    retired = [spec for spec in family.models if spec.lifecycle.state == "retired"]
    served = [spec for spec in family.models if spec not in retired]
    parts = [f"## {family.title}", "", *([_table(served), ""] if served else [])]
    parts += [*_options(family), *_example(served or retired), _sources(family), ""]
    facts = {spec.id: _facts(spec, family) for spec in family.models}
    shared = [line for line in facts[family.models[0].id] if all(line in lines for lines in facts.values())]
    if shared:
        parts += _bullets("All of them" if len(facts) > 1 else f"`{family.models[0].id}`", shared)
    parts += _facts_of(served, facts, shared)
    if retired:
        title = f"<summary>Retired: {', '.join(spec.id for spec in retired)}</summary>"
        parts += ["<details>", title, "", _table(retired), "", *_facts_of(retired, facts, shared), "</details>", ""]
    return "\n".join(parts)


def _facts_of(specs: Iterable[ModelSpec], facts: Mapping[str, Sequence[str]], shared: Collection[str]) -> Iterator[str]:
    for lines, ids in _alike({spec.id: facts[spec.id] for spec in specs}, shared).items():
        yield from _bullets(", ".join(f"`{model}`" for model in ids), lines)


def _sources(family: Family) -> str:
    """Return what was read about a family, where and when."""
    known: dict[Source, None] = {}
    for spec in family.models:
        known |= dict.fromkeys(sources_of(spec))
    read = [SOURCES[name] for name in known]
    return "Read: " + "; ".join(f"{one.title} ({one.address}, {one.read})" for one in read) + "."


def _alike(facts: Mapping[str, Sequence[str]], shared: Collection[str]) -> dict[tuple[str, ...], list[str]]:
    """Return models by what is true of them beyond the shared facts."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for model, lines in facts.items():
        own = tuple(line for line in lines if line not in shared)
        if own:
            alike.setdefault(own, []).append(model)
    return alike


def _bullets(title: str, lines: Iterable[str]) -> list[str]:
    return [f"{title}:", "", *(f"- {line}" for line in lines), ""]


def _table(specs: Iterable[ModelSpec]) -> str:
    names = ("model", "modes", "seconds", "resolution or size", "ratios", "references", "sound")
    rows = [f"| {' | '.join(names)} |", f"|{'---|' * len(names)}"]
    return "\n".join([*rows, *(_row(spec) for spec in specs)])


def _row(spec: ModelSpec) -> str:
    life = "" if spec.lifecycle.state == "current" else f" ({spec.lifecycle.state})"
    sizes = values_of(spec, "resolution") or values_of(spec, "size")
    cells = [
        f"`{spec.id}`{life}",
        ", ".join(spec.modes),
        ranges(values_of(spec, "seconds")),
        ", ".join(map(str, sizes)),
        ", ".join(map(str, values_of(spec, "aspect_ratio"))),
        str(summary_of(spec, None).get("references", "")),
        _SOUND[spec.audio],
    ]
    return f"| {' | '.join(cell(text) for text in cells)} |"


def _options(family: Family) -> list[str]:
    names = ", ".join(f"`{name}`" for name in family.option_names())
    return [f"`options` takes {names}.", ""] if names else []


def _example(specs: Sequence[ModelSpec]) -> list[str]:
    """Return a request of the family's first model in its first mode, as `create_video` takes it."""
    spec = specs[0]
    return ["```json", json.dumps(example(spec, next(iter(spec.modes))), indent=2, ensure_ascii=False), "```", ""]


def _facts(spec: ModelSpec, family: Family) -> tuple[str, ...]:
    price = PRICES.get(spec.id)
    priced = (price_in_words(price),) if price is not None else ()
    limits = limits_in_words(spec)
    further = further_rules(spec, family)
    unlisted = [rule for rule in further if rule not in limits]
    counted = f"Rules that its JSON Schema cannot state, and counts in its description: {len(further)}."
    return (*limits, *unlisted, counted, *priced)


def price_in_words(price: Price) -> str:
    """Return a price as a sentence."""
    parts = [
        *_rates(price.per_second, price.currency, "a second"),
        *_rates(price.per_second_with_audio, price.currency, "a second with sound"),
        *(f"{amount:g} {unit} for {seconds} s of {name}" for (name, seconds), (amount, unit) in price.per_clip.items()),
        *_token_rates(price),
    ]
    if price.per_input_image:
        parts.append(f"{price.per_input_image:g} {price.currency} more for each input image")
    remark = f" ({price.note})" if price.note else ""
    return f"Vendor's price{remark}, seen {price.date}: {'; '.join(parts)}."


def _rates(rates: Mapping[str, float], currency: str, unit: str) -> list[str]:
    names: dict[float, list[str]] = {}
    for name, rate in rates.items():
        names.setdefault(rate, []).append(name)
    return [f"{rate:g} {currency} {unit} of {', '.join(known)}" for rate, known in names.items()]


def _token_rates(price: Price) -> list[str]:
    if price.per_million_tokens is None:
        return []
    silent = price.silent_per_million_tokens
    parts = [f"{price.per_million_tokens:g} {price.currency} a million tokens (width x height x 24 x seconds / 1024)"]
    return [*parts, f"{silent:g} silent"] if silent is not None else parts
