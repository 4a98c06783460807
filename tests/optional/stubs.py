"""Loads some of a package's modules as they are, and stands in for all that they import and cannot have here.

Run by the other interpreter, beside the router that uses it.
"""

# ruff: noqa: ANN401 - the other interpreter's modules have no types here
# pyright: basic

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import sys
import types
from pathlib import Path
from typing import Any


class Stub:
    """Anything that a stubbed module is asked for: a value, a decorator, a base class, a subscripted type."""

    def __init__(self, *_args: Any, **_options: Any) -> None:
        pass

    def __call__(self, *args: Any, **options: Any) -> Any:
        return args[0] if len(args) == 1 and callable(args[0]) and not options else Stub()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Stub()

    def __getitem__(self, _key: Any) -> Any:
        return Stub()

    def __mro_entries__(self, _bases: tuple[type, ...]) -> tuple[type, ...]:
        return ()

    def __or__(self, _other: Any) -> Any:
        return object

    __ror__ = __or__


class StubModule(types.ModuleType):
    """A module that has whatever it is asked for."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__path__ = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Stub()


class _StubFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, packages: frozenset[str]) -> None:
        self._packages = packages

    def find_spec(self, name: str, *_args: Any) -> importlib.machinery.ModuleSpec | None:
        is_stubbed = name.partition(".")[0] in self._packages
        return importlib.machinery.ModuleSpec(name, self, is_package=True) if is_stubbed else None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return StubModule(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        pass


def root_of(package: str) -> Path:
    """Return the folder of an installed package, without importing it."""
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        sys.exit(f"{package} is not installed here")
    return Path(next(iter(found.submodule_search_locations)))


def stub(*packages: str) -> None:
    """Stand in for packages from now on, but for their modules that `load` loads."""
    sys.meta_path.insert(0, _StubFinder(frozenset(packages)))


def path_of(root: Path, name: str) -> Path:
    """Return the file of a module."""
    return root / f"{name.partition('.')[2].replace('.', '/')}.py"


def load(root: Path, name: str) -> Any:
    """Load one module of a stubbed package as it is."""
    spec = importlib.util.spec_from_file_location(name, path_of(root, name))
    if spec is None or spec.loader is None:
        raise ImportError(name)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
