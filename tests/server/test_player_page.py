from __future__ import annotations

import re

from mcp.server.apps import APP_MIME_TYPE, EXTENSION_ID

from tests.server.test_schema import tools_as_sent
from video_mcp.server import player
from video_mcp.server.player import PLAYER_URI, player_contents, player_html

MOST_BYTES = 60_000


def test_the_page_is_small_and_names_nothing_outside() -> None:
    page = player_html()
    assert len(page.encode()) < MOST_BYTES
    assert not re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}|@import|url\(|\bsrc=|\bhref=", page)


def test_the_page_makes_no_markup_of_what_it_is_told() -> None:
    assert not re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", player_html())


def test_the_policy_holds_digests_and_allows_nothing_else() -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', player_html())
    assert policy is not None
    assert policy[1].startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy[1]
    assert "HASH" not in policy[1]


def test_the_words_are_those_of_the_sdk() -> None:
    assert (player.EXTENSION_ID, player.MIME_TYPE) == (EXTENSION_ID, APP_MIME_TYPE)
    assert player_contents().mime_type == APP_MIME_TYPE


def test_the_host_is_told_that_nothing_outside_is_needed() -> None:
    meta = player_contents().meta
    assert meta is not None
    assert all(domains == [] for domains in meta["ui"]["csp"].values())


def test_the_tools_about_one_video_show_the_player() -> None:
    shown = {str(tool["name"]): tool.get("_meta") for tool in tools_as_sent()}
    ui = {"ui": {"resourceUri": PLAYER_URI}}
    assert shown == {"create_video": ui, "get_video_status": ui, "fetch_video": ui, "list_models": None}
