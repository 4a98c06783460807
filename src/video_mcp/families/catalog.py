"""Every model that can be requested: model id -> family and facts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from itertools import chain

from video_mcp.families.near_names import keys_of_id, keys_of_text, most_alike
from video_mcp.families.params import Family
from video_mcp.families.spec import Choice, FamilyName, MediaField, Mode, ModelSpec, ModeSpec
from video_mcp.families.spelling import near_key, spelling_key
from video_mcp.families.vendors import gemini_omni, generic, grok, hailuo, happyhorse, sora, veo, vidu
from video_mcp.families.vendors.kling import family as kling
from video_mcp.families.vendors.seedance import family as seedance

_NAMED = (
    veo.FAMILY,
    seedance.FAMILY,
    kling.FAMILY,
    grok.FAMILY,
    gemini_omni.FAMILY,
    happyhorse.FAMILY,
    vidu.FAMILY,
    hailuo.FAMILY,
    sora.FAMILY,
)


@dataclass(frozen=True, slots=True)
class Catalog:
    """An immutable set of families; the same one for checking, listing and schemas."""

    families: tuple[Family, ...]

    def models(self, *, family: str | None = None, mode: str | None = None) -> tuple[ModelSpec, ...]:
        """Return the models of one family, or all, that know `mode`; in the catalogue's order."""
        return tuple(
            spec
            for known in self.families
            for spec in known.models
            if (family is None or spec.shown_family == family) and (mode is None or mode in spec.modes)
        )

    def find(self, model: str) -> tuple[Family, ModelSpec] | None:
        """Return the family and facts of a model id, however it is spelled; None where two may be meant."""
        meant = self.meant(model)
        if len(meant) != 1:
            return None
        return next((family, spec) for family in self.families for spec in family.models if spec.id == meant[0])

    def meant(self, text: str) -> tuple[str, ...]:
        """Return the ids that a text spells: the exact one, else those of the same key, else those of a near one."""
        ids, key = self.ids(), spelling_key(text)
        if text in ids:
            return (text,)
        same = tuple(dict.fromkeys(name for name in ids if spelling_key(name) == key))
        return same or tuple(
            spec.id
            for family in self.families
            for spec in family.models
            if keys_of_id(spec.id, family.makers) & keys_of_text(text, family.makers)
        )

    def begun_by(self, text: str) -> tuple[str, ...]:
        """Return the ids of living models that begin as a text does: `seedance 2` begins two."""
        return tuple(
            spec.id
            for family in self.families
            for spec in Catalog((family,))._living()
            if any(
                known.startswith(key)
                for key in keys_of_text(text, family.makers)
                for known in keys_of_id(spec.id, family.makers)
            )
        )

    def family(self, name: FamilyName) -> Family | None:
        """Return a family by its name."""
        return next((family for family in self.families if family.name == name), None)

    def closest(self, model: str) -> str | None:
        """Return the id spelled most like `model`; a retired one only when it is the only one that is close."""
        makers = tuple(chain.from_iterable(family.makers for family in self.families))
        return most_alike(model, [spec.id for spec in self._living()], makers) or most_alike(model, self.ids(), makers)

    def family_called(self, text: str) -> Family | None:
        """Return the family that people call so, by the longest name in the text; None where two are as long."""
        key = near_key(text)
        called = {
            family.name: [len(word) for word in family.called if near_key(word) in key] for family in self.families
        }
        longest = max(chain.from_iterable(called.values()), default=0)
        found = [family for family in self.families if longest in called[family.name]]
        return found[0] if len(found) == 1 else None

    def ids(self) -> list[str]:
        """Return every model id in the catalogue's order."""
        return [spec.id for spec in self.models()]

    def recommended(self) -> tuple[str, ...]:
        """Return the ids that no vendor has retired, current ones first."""
        living = [spec for spec in self._living() if not spec.needs_version]
        return tuple(spec.id for spec in sorted(living, key=lambda spec: spec.lifecycle.state != "current"))

    def supporting(self, mode: Mode) -> tuple[str, ...]:
        """Return ids of models that know `mode`, those to be recommended only."""
        return self._recommended(lambda known, _facts: known == mode)

    def taking(self, media: Collection[MediaField]) -> tuple[str, ...]:
        """Return ids of models that take all of these media in one request."""
        return self._recommended(lambda _mode, facts: all(facts.takes(name) for name in media))

    def takes_together(self, model: str, media: Collection[MediaField]) -> bool:
        """Return whether some mode of this model takes all of these media in one request."""
        found = self.find(model)
        return found is not None and any(all(map(facts.takes, media)) for facts in found[1].modes.values())

    def choosing(self, mode: Mode, name: str, value: Choice) -> tuple[str, ...]:
        """Return ids of models that allow this value of a chosen field in this mode."""

        def allows(known: Mode, facts: ModeSpec) -> bool:
            allowed = {choice for field, found in facts.choices().items() if field == name for choice in found.allowed}
            return known == mode and str(value).lower() in {str(choice).lower() for choice in allowed}

        return self._recommended(allows)

    def with_option(self, name: str, value: Choice) -> tuple[str, ...]:
        """Return ids of models that allow this value of an option."""
        return tuple(
            spec.id
            for spec in self.models()
            if name in spec.option_choices and value in spec.option_choices[name].allowed
        )[:4]

    def _living(self) -> list[ModelSpec]:
        return [spec for spec in self.models() if spec.lifecycle.state != "retired"]

    def _recommended(self, fits: Callable[[Mode, ModeSpec], bool]) -> tuple[str, ...]:
        """Return the first living model of each family that has a fitting mode without a warning."""
        first: dict[FamilyName, str] = {}
        for spec in self.models():
            living = spec.lifecycle.state in {"current", "ending"} and spec.family != "generic"
            fitting = any(fits(mode, facts) and not facts.warning for mode, facts in spec.modes.items())
            if living and fitting and not spec.needs_version:
                first.setdefault(spec.family, spec.id)
        return tuple(first.values())


def default_catalog(extra_models: Iterable[str] = (), listed: Iterable[ModelSpec] = ()) -> Catalog:
    """Return the catalogue of every family that video-mcp knows, and `generic` for `extra_models` and `listed` models.

    An id that a family knows already stays with that family.
    """
    named = Catalog(_NAMED)
    known = {model.casefold() for model in named.ids()}
    extra = tuple(dict.fromkeys(model for model in extra_models if model.casefold() not in known))
    told = tuple(_in_family(spec, named) for spec in listed if spec.id.casefold() not in known)
    return Catalog((*_NAMED, generic.family_of(extra, told))) if extra or told else named


def _in_family(spec: ModelSpec, named: Catalog) -> ModelSpec:
    family = named.family_called(spec.id.rpartition("/")[2])
    return replace(spec, vendor_family=family.name) if family is not None else spec
