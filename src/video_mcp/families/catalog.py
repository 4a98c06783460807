"""Every model that can be asked for: model id -> family and facts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from video_mcp.families import generic, grok, kling, sora, veo
from video_mcp.families.base import Family, FamilyName, Mode, ModelSpec
from video_mcp.families.findings import closest_word

@dataclass(frozen=True, slots=True)
class Catalog:
    """An immutable set of families; the same one for checking, listing and schemas."""

    families: tuple[Family, ...]

    def models(self, *, family: str | None = None, mode: str | None = None) -> tuple[ModelSpec, ...]:
        """Return the models of one family, or all, that know `mode`; in the catalogue's order."""
        return tuple(
            spec
            for known in self.families
            if family is None or known.name == family
            for spec in known.models
            if mode is None or mode in spec.modes
        )

    def find(self, model: str) -> tuple[Family, ModelSpec] | None:
        """Return the family and facts of a model id; letter case does not matter."""
        wanted = model.strip().lower()
        for family in self.families:
            for spec in family.models:
                if spec.id.lower() == wanted:
                    return family, spec
        return None

    def family(self, name: FamilyName) -> Family | None:
        """Return a family by its name."""
        return next((family for family in self.families if family.name == name), None)

    def closest(self, model: str) -> str | None:
        """Return the id spelled most like `model`."""
        return closest_word(model, self.ids())

    def ids(self) -> list[str]:
        """Return every model id in the catalogue's order."""
        return [spec.id for spec in self.models()]

    def supporting(self, mode: Mode, *, except_family: FamilyName | None = None) -> Sequence[str]:
        """Return ids of models that know `mode` without a warning."""
        return [
            spec.id
            for spec in self.models(mode=mode)
            if spec.family != except_family and not spec.modes[mode].warning
        ]


def default_catalog(extra_models: Iterable[str] = ()) -> Catalog:
    """Return the catalogue of every family that video-mcp knows, and `generic` for `extra_models`."""
    named = (sora.FAMILY, veo.FAMILY, kling.FAMILY, grok.FAMILY)
    extra = tuple(extra_models)
    return Catalog((*named, generic.family_of(extra)) if extra else named)
