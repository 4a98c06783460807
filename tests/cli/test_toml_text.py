"""Edits of TOML text: our table is exchanged, and every other line is as it was."""

from __future__ import annotations

import pytest

from video_mcp.cli.clients.toml_text import parse, put_table
from video_mcp.types import JsonObject

PATH = ("mcp_servers", "video")
TABLE: JsonObject = {"command": "/bin/v", "args": ["a b", 'c"d'], "env": {"URL": "https://x", "odd key": "\\"}}
BLOCK = """\
[mcp_servers.video]
command = "/bin/v"
args = ["a b", "c\\"d"]

[mcp_servers.video.env]
URL = "https://x"
"odd key" = "\\\\"
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", BLOCK),
        ('model = "o"  # mine\n', f'model = "o"  # mine\n\n{BLOCK}'),
        (
            '# mine\n[mcp_servers.video]\ncommand = "old"\n\n[mcp_servers.video.env]\nA = "1"\n\n# next\n[x]\ny = 1\n',
            f"# mine\n{BLOCK}\n# next\n[x]\ny = 1\n",
        ),
        (
            '[mcp_servers.docs]\nargs = [\n  "a",\n]\n# end\n',
            f'[mcp_servers.docs]\nargs = [\n  "a",\n]\n# end\n\n{BLOCK}',
        ),
    ],
)
def test_the_table_comes_in_and_the_rest_stays(before: str, after: str) -> None:
    changed = put_table(before, PATH, TABLE)
    assert changed == after
    assert put_table(changed, PATH, TABLE) == changed


def test_lines_end_as_they_did() -> None:
    changed = put_table('a = "x"\r\n', PATH, TABLE)
    assert "\n" not in changed.replace("\r\n", "")
    assert parse(changed)["a"] == "x"


@pytest.mark.parametrize(
    "text",
    [
        'mcp_servers = { video = { command = "x" } }\n',
        '[mcp_servers]\nvideo.command = "x"\n',
        "mcp_servers = 1\n",
        'a = """\n[mcp_servers.video]\n"""\n',
        "a = \n",
    ],
)
def test_a_form_that_cannot_be_exchanged_by_lines_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        put_table(text, PATH, TABLE)
