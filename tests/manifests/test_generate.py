"""What is generated is what the code says now, and it is the same wherever it is generated."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from manifests.generate import ROOT, read_sources, stale_files
from manifests.generator.derived import PAGES, Sources, derived_files
from manifests.generator.project import read_project
from manifests.generator.regions import filled, region_names

PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_nothing_generated_is_stale() -> None:
    assert sorted(stale_files(ROOT)) == [], "run: python -m manifests.generate"


def test_a_change_of_a_generated_file_is_noticed(tmp_path: Path) -> None:
    documents = [path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")]
    for path in ("pyproject.toml", "CHANGELOG.md", "docs/clients.json", *documents, *derived_files(read_sources(ROOT))):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    (tmp_path / "manifests" / "server.json").write_text("{}", encoding="utf-8")
    (tmp_path / "docs" / "models.md").write_text("", encoding="utf-8")
    settings = tmp_path / "docs" / "settings.md"
    settings.write_text(settings.read_text(encoding="utf-8").replace("VIDEO_MCP_CONFIRM", "CONFIRM"), encoding="utf-8")

    assert sorted(stale_files(tmp_path)) == ["docs/models.md", "docs/settings.md", "manifests/server.json"]


def test_nothing_generated_holds_a_path_of_this_machine() -> None:
    for path, text in derived_files(read_sources(ROOT)).items():
        assert str(ROOT) not in text, path
        assert "\\Users\\" not in text, path


@pytest.mark.parametrize("page", PAGES)
def test_pages_that_are_filled_have_something_to_fill(page: str) -> None:
    assert region_names((ROOT / page).read_text(encoding="utf-8"))


def test_a_region_is_filled_and_what_stands_around_it_stays() -> None:
    page = "before\n<!-- begin generated: a -->\nold\n\nolder\n<!-- end generated -->\nafter\n"

    assert filled(page, {"a": "new"}) == "before\n<!-- begin generated: a -->\nnew\n<!-- end generated -->\nafter\n"
    assert filled("none", {"a": "new"}) == "none"


def test_a_region_of_an_unknown_name_is_refused() -> None:
    with pytest.raises(ValueError, match="'b'"):
        filled("<!-- begin generated: b -->\n<!-- end generated -->", {"a": ""})


def test_the_version_is_the_newest_release_of_the_changelog() -> None:
    changelog = "# Changelog\n\n## [Unreleased]\n\n## [1.2.3] - 2027-01-01\n\n## [1.2.2] - 2026-12-01\n"

    assert read_project(PYPROJECT, changelog).version == "1.2.3"


def test_before_the_first_release_the_version_is_the_one_that_the_build_falls_back_to() -> None:
    assert read_project(PYPROJECT, "# Changelog\n\n## [Unreleased]\n").version == "0.1.0"


def test_the_readme_proves_to_the_registry_whose_package_this_is() -> None:
    sources = read_sources(ROOT)
    files = derived_files(sources)
    name = read_project(sources.pyproject, sources.changelog).registry_name

    assert f'"name": "{name}"' in files["manifests/server.json"]
    assert f"mcp-name: {name}" in files["README.md"]


def test_only_what_the_texts_say_decides() -> None:
    sources = Sources(pyproject=PYPROJECT, changelog="", client_results="{}", modules={}, pages={})

    assert derived_files(sources) == derived_files(sources)
    assert "README.md" not in derived_files(sources)
