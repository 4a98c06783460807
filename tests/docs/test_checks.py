"""The checks of the pages see what they are there to see."""

from __future__ import annotations

import pytest

from tests.docs.commands import objection, typed_in
from tests.docs.configurations import objections
from tests.docs.pages import Block, blocks_of


def test_blocks_are_found_with_their_language_line_and_mark() -> None:
    page = "text\n\n<!-- run: A=b -->\n```console\n$ one\n```\n\n```\nx\n```\n"

    assert list(blocks_of("p.md", page)) == [
        Block(page="p.md", line=4, language="console", text="$ one\n", run="A=b"),
        Block(page="p.md", line=8, language="", text="x\n"),
    ]


def test_a_command_goes_on_after_a_backslash_and_ends_where_its_answer_begins() -> None:
    block = Block(page="p.md", line=1, language="console", text="$ video-mcp \\\n  status # now\n{}\n$ make test\n")

    first, second = typed_in(block)

    assert (first.words, first.answer) == (["video-mcp", "status"], "{}")
    assert (second.words, second.answer) == (["make", "test"], "")


@pytest.mark.parametrize(
    "line",
    [
        "video-mcp crate x",
        "video-mcp create x --modell kling-v3",
        "video-mcp create x --model",
        "video-mcp install emacs",
        "make coffee",
        "pip install --index-url x .",
        "claude mcp add video -- video-mcp serv",
        "curl https://example.com",
        "",
    ],
)
def test_a_command_that_does_not_exist_is_told(line: str) -> None:
    assert objection(line.split()) is not None


@pytest.mark.parametrize(
    "entry",
    [
        {"command": "uvx", "args": ["video-mcp"]},
        {"command": "video-mcp", "args": ["serv"]},
        {"command": "video-mcp", "cmd": ""},
        {"command": "video-mcp", "env": {"VIDEO_MCP_KEY": "x"}},
        {"command": "video-mcp", "type": "http"},
        {"command": "video-mcp", "env": {"VIDEO_MCP_API_KEY": "${input:nobody}"}},
    ],
)
def test_a_configuration_that_starts_nothing_is_told(entry: dict[str, object]) -> None:
    assert list(objections({"mcpServers": {"video": entry}}))
