"""Write everything that is derived from the code: `python -m manifests.generate [--check]`.

With `--check` nothing is written; what is stale is named, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from manifests.generator.derived import PAGES, Sources, derived_files
from manifests.generator.modules import first_line

ROOT = Path(__file__).parent.parent


def read_sources(root: Path) -> Sources:
    """Return what a checkout's derived files are derived from."""
    return Sources(
        pyproject=_read(root / "pyproject.toml"),
        changelog=_read(root / "CHANGELOG.md"),
        client_results=_read(root / "docs" / "clients.json"),
        modules={path: first_line(text) for path, text in _modules(root).items()},
        documents={path.relative_to(root).as_posix(): _read(path) for path in sorted((root / "docs").glob("*.md"))},
        pages={path: _read(root / path) for path in PAGES if (root / path).exists()},
    )


def stale_files(root: Path) -> dict[str, str]:
    """Return each derived file that is not as it should be, with what it should be."""
    wanted = derived_files(read_sources(root))
    return {path: text for path, text in wanted.items() if not (root / path).exists() or _read(root / path) != text}


def main() -> int:
    """Write what is stale, or with `--check` name it."""
    parser = argparse.ArgumentParser(prog="python -m manifests.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when something is stale")
    check: bool = parser.parse_args().check
    stale = stale_files(ROOT)
    for path, text in stale.items():
        sys.stdout.write(f"{'stale: ' if check else 'wrote '}{path}\n")
        if not check:
            (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
            (ROOT / path).write_text(text, encoding="utf-8", newline="\n")
    return 1 if check and stale else 0


def _modules(root: Path) -> dict[str, str]:
    package = root / "src" / "video_mcp"
    return {path.relative_to(package).as_posix(): _read(path) for path in package.rglob("*.py")}


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
