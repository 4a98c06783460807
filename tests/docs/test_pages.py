"""What holds for whole pages: links lead somewhere, and nobody is sent to somebody else's package."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from manifests.generator.project import read_project
from tests.docs.pages import PAGES, ROOT
from video_mcp.cli.app import app
from video_mcp.errors import ConfigurationError
from video_mcp.gateway.protocol.rejections import rejection
from video_mcp.gateway.upstream import HTTPResponse
from video_mcp.server.error_results import error_result
from video_mcp.types import TROUBLESHOOTING_URL

TEXTS = (*PAGES, *(path for path in sorted((ROOT / "manifests").rglob("*")) if path.is_file()))
SOMEBODY_ELSES = re.compile(
    r"\b(uvx|pipx run|pipx install|uv tool install|pip install)\s+(-\S+\s+)*video-mcp(?!-gateway)\b"
)
PROJECT = tuple((ROOT / name).read_text(encoding="utf-8") for name in ("pyproject.toml", "CHANGELOG.md"))
_LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)

each_page = pytest.mark.parametrize("page", [pytest.param(page, id=page.name) for page in PAGES])


def anchors_of(page: Path) -> set[str]:
    """Return the names under which a page's headings can be linked to, as GitHub makes them."""
    headings = _HEADING.findall(page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@each_page
def test_links_within_the_checkout_lead_somewhere(page: Path) -> None:
    for link in _LINK.finditer(page.read_text(encoding="utf-8")):
        path, _, anchor = link["target"].partition("#")
        if ":" in path:
            continue
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{page.name} links to {path}"
        assert not anchor or target.suffix != ".md" or anchor in anchors_of(target), f"{path} has no {anchor}"


@pytest.mark.parametrize("path", [pytest.param(path, id=path.relative_to(ROOT).as_posix()) for path in TEXTS])
def test_nobody_is_told_to_install_the_package_that_is_not_ours(path: Path) -> None:
    text = path.read_text(encoding="utf-8", errors="replace")
    assert SOMEBODY_ELSES.search(text) is None


def test_the_readme_doctor_and_the_two_commonest_errors_lead_to_troubleshooting() -> None:
    rejected = rejection(HTTPResponse(status_code=401, headers={}, body=b'{"error": {"message": "Invalid token"}}'))
    unset = error_result(ConfigurationError(["VIDEO_MCP_API_KEY is not set"])).error
    checked = CliRunner().invoke(app, ["doctor"], env={"VIDEO_MCP_BASE_URL": "", "VIDEO_MCP_API_KEY": ""})

    assert "docs/troubleshooting.md" in (ROOT / "README.md").read_text(encoding="utf-8")
    for said in (rejected.advice or "", unset.advice or "", checked.stdout):
        assert TROUBLESHOOTING_URL in said
    assert TROUBLESHOOTING_URL.startswith(read_project(*PROJECT).repository)


def test_what_would_install_the_other_package_is_recognised() -> None:
    assert SOMEBODY_ELSES.search("$ uvx video-mcp")
    assert SOMEBODY_ELSES.search("pip install -U video-mcp")
    assert not SOMEBODY_ELSES.search("uvx video-mcp-gateway")
    assert not SOMEBODY_ELSES.search("uvx --from dist/x.whl video-mcp")


@pytest.mark.parametrize("path", [pytest.param(path, id=path.relative_to(ROOT).as_posix()) for path in TEXTS])
def test_no_page_knows_the_machine_it_was_written_on(path: Path) -> None:
    text = path.read_text(encoding="utf-8", errors="replace")
    assert str(ROOT) not in text
    assert str(Path.home()) not in text or len(Path.home().parts) < 3
