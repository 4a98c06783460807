"""What an unsent job will send comes back from the ledger as it was."""

from __future__ import annotations

import pytest

from video_mcp.gateway.upstream import FormPart, WireBody
from video_mcp.jobs.store.bodies import from_text, to_text

BODIES = {
    "json": WireBody(
        json={"model": "veo3", "prompt": "B\u00e4r \u718a", "images": ["data:image/png;base64,AAAA"], "n": None}
    ),
    "form": WireBody(
        form=(
            FormPart(name="prompt", text="B\u00e4r"),
            FormPart(name="input_reference", file=b"\x00\xff\x89PNG", filename="a.png", media_type="image/png"),
        )
    ),
    "empty form": WireBody(form=()),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_comes_back_as_it_was(name: str) -> None:
    assert from_text(to_text(BODIES[name])) == BODIES[name]
