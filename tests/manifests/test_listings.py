"""What directories and installing agents read of this project."""

from __future__ import annotations

import json
import re

from PIL import Image, ImageChops

from manifests.generate import ROOT
from manifests.generator.llms import title_of
from manifests.icon import ICON, SIDE_PX, draw_icon
from video_mcp.cli.clients.locations import CLIENTS
from video_mcp.server.icons import server_icon

DOCS = ROOT / "docs"


def test_llms_txt_names_every_page_with_its_title_and_a_sentence() -> None:
    lines = re.findall(
        r"^- \[(.+)\]\(.*/docs/(.+)\): (.+)$", (ROOT / "llms.txt").read_text(encoding="utf-8"), re.MULTILINE
    )

    assert {name: title for title, name, _sentence in lines} == {
        path.name: title_of(path.read_text(encoding="utf-8")) for path in DOCS.glob("*.md")
    }
    assert all(sentence.endswith(".") and len(sentence) > 10 for _title, _name, sentence in lines)


def test_an_installing_agent_is_told_of_every_client_and_to_spend_nothing() -> None:
    page = (ROOT / "llms-install.md").read_text(encoding="utf-8")

    assert all(f"`{client}`" in page for client in CLIENTS)
    assert "--simulate" in page
    assert "Never call it to test the installation" in page


def test_glama_knows_the_maintainer() -> None:
    listing = json.loads((ROOT / "glama.json").read_text(encoding="utf-8"))

    assert listing["maintainers"]
    assert listing["$schema"].startswith("https://glama.ai/")


def test_the_icon_is_the_one_that_the_code_draws() -> None:
    picture = Image.open(ICON)
    difference = ImageChops.difference(picture.convert("RGB"), draw_icon())

    assert (picture.format, picture.size) == ("PNG", (SIDE_PX, SIDE_PX))
    assert max(difference.tobytes()) <= 2, "run: python -m manifests.icon"
    assert server_icon().src.startswith("data:image/svg+xml,")
