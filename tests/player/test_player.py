"""The player in a real browser, in front of a real server."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import anyio
import pytest

from tests.interaction.conftest import House, a_house
from tests.player.host import EVERYTHING, Host, needs_browser, open_browser, open_host
from video_mcp.server.player import player_html
from video_mcp.simulator import Fault, SimulatorConfig

pytestmark = [pytest.mark.anyio, needs_browser]

IMAGES = Path(__file__).parents[2] / "docs" / "images"
MOST_IMAGE_BYTES = 200_000
REQUEST = {
    "model": "kling-v3",
    "prompt": "A paper boat sails down a rainy street; low tracking shot, warm lamps, soft rain.",
    "seconds": 5,
}
CLIP = SimulatorConfig(render_seconds=0.5, max_side=640, poll_after_ms=50)
SLOW = SimulatorConfig(render_seconds=600, max_side=96, poll_after_ms=50)


Hosted = Callable[..., AbstractAsyncContextManager[tuple[House, Host]]]


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def hosted() -> AsyncGenerator[Hosted]:
    """What opens a server and the player in front of it, in the one browser of this module."""
    async with open_browser() as browser:

        @asynccontextmanager
        async def open_one(
            folder: Path, config: SimulatorConfig = CLIP, *, reduced_motion: str = "no-preference", **settings: object
        ) -> AsyncGenerator[tuple[House, Host]]:
            async with (
                a_house(folder, "auto", config, **settings) as house,
                house.connect() as client,
                open_host(browser, client, reduced_motion=reduced_motion) as host,
            ):
                yield house, host

        yield open_one


async def look(host: Host, name: str, *, update: bool) -> None:
    """Take a picture of the page for the documentation; it is written only when snapshots are."""
    await host.page.wait_for_timeout(300)
    height = await host.page.evaluate("document.getElementById('app').offsetHeight + 32")
    await host.page.set_viewport_size({"width": 720, "height": height})
    raw: bytes = await host.page.screenshot(type="jpeg", quality=82)
    assert len(raw) < MOST_IMAGE_BYTES
    if update:
        await anyio.Path(IMAGES / f"{name}.jpg").write_bytes(raw)


def complaints(host: Host) -> list[str]:
    return [fault for fault in host.faults if fault]


def outside(host: Host) -> list[str]:
    return [url for url in host.requests if not url.startswith(("data:", "about:"))]


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_a_film_is_followed_and_plays(hosted: Hosted, tmp_path: Path, theme: str, update_snapshots: bool) -> None:
    async with hosted(tmp_path, host_output_dir="/home/you/Videos/video-mcp") as (_house, host):
        await host.show(player_html(), theme=theme)
        await host.call("create_video", {**REQUEST, "wait_seconds": 0})
        await host.reads("#state", "Ready.")
        await host.app.locator("#poster").wait_for()
        assert "fps" in await host.app.locator("#facts").inner_text()
        await look(host, f"player-{theme}", update=update_snapshots)
        background = await host.app.locator("body").evaluate("(body) => getComputedStyle(body).backgroundColor")
        await host.app.locator("#play").click()
        await host.app.locator("#film").wait_for()
        film = host.app.locator("#film")
        await film.evaluate(
            "async (film) => { while (!(film.currentTime > 0.2)) await new Promise((go) => setTimeout(go, 50)); }"
        )
        assert complaints(host) == []
        assert outside(host) == []
    assert background == {"light": "rgb(255, 255, 255)", "dark": "rgb(23, 22, 29)"}[theme]


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_progress_is_shown_while_it_renders(
    hosted: Hosted, tmp_path: Path, theme: str, update_snapshots: bool
) -> None:
    async with hosted(tmp_path, SLOW) as (_house, host):
        await host.show(player_html(), theme=theme)
        await host.call("create_video", {**REQUEST, "wait_seconds": 1})
        await host.reads("#state", "left")
        await host.app.locator("#bar").wait_for()
        assert int(await host.app.locator("#bar").get_attribute("aria-valuenow")) >= 0
        await look(host, f"player-rendering-{theme}", update=update_snapshots)
        assert complaints(host) == []


async def test_a_job_that_failed_says_why_and_what_it_cost(hosted: Hosted, tmp_path: Path) -> None:
    async with hosted(tmp_path) as (house, host):
        house.simulator.faults.arm(Fault(on="status", kind="failed_in_500", times=None))
        await host.show(player_html())
        await host.call("create_video", {**REQUEST, "wait_seconds": 0})
        await host.reads("#state", "Failed.")
        assert await host.app.locator("#trouble").inner_text()
        assert "Charged" in await host.app.locator("#facts").inner_text()
        assert not await host.app.locator("#screen").is_visible()
        assert complaints(host) == []


async def test_a_refused_request_says_what_would_work(hosted: Hosted, tmp_path: Path) -> None:
    async with hosted(tmp_path) as (_house, host):
        await host.show(player_html())
        await host.call("create_video", {**REQUEST, "seconds": 99})
        await host.reads("#state", "Nothing was charged.")
        assert "3 to 15" in await host.app.locator("#trouble").inner_text()


async def test_a_film_that_is_too_large_shows_its_frames_and_its_path(hosted: Hosted, tmp_path: Path) -> None:
    async with hosted(tmp_path, resource_max_bytes=1) as (_house, host):
        await host.show(player_html())
        result = await host.call("create_video", {**REQUEST, "wait_seconds": 20})
        await host.app.locator("#play").click()
        await host.app.locator("#storyboard").wait_for()
        assert result.structured_content is not None
        assert result.structured_content["file"]["path"] in await host.app.locator("#note").inner_text()
        assert not await host.app.locator("#film").is_visible()


async def test_the_keyboard_alone_plays_saves_and_continues(hosted: Hosted, tmp_path: Path) -> None:
    async with hosted(tmp_path) as (_house, host):
        await host.show(player_html())
        made = await host.call("create_video", {**REQUEST, "wait_seconds": 20})
        await host.app.locator("#poster").wait_for()
        await host.app.locator("#play").focus()
        await host.page.keyboard.press("Enter")
        await host.app.locator("#film").wait_for()
        await host.app.locator("#save").focus()
        await host.page.keyboard.press("Enter")
        await host.reads("#note", "Saved.")
        await host.page.keyboard.press("Tab")
        await host.page.keyboard.type("the boat reaches the sea")
        await host.page.keyboard.press("Enter")
        await host.reads("#note", "Asked.")
    assert made.structured_content is not None
    video_id = made.structured_content["video_id"]
    asked = dict(host.asked)
    assert asked["ui/download-file"]["contents"][0]["resource"]["uri"] == f"video://{video_id}/content"
    said = asked["ui/message"]["content"][0]["text"]
    assert f"video://{video_id}/last-frame" in said
    assert "the boat reaches the sea" in said
    assert asked["ui/update-model-context"]["structuredContent"]["video_id"] == video_id


async def test_a_frame_of_any_width_holds_everything(hosted: Hosted, tmp_path: Path) -> None:
    async with hosted(tmp_path) as (_house, host):
        await host.show(player_html())
        await host.call("create_video", {**REQUEST, "wait_seconds": 20})
        await host.app.locator("#poster").wait_for()
        for width in (1200, 320, 240):
            await host.page.set_viewport_size({"width": width, "height": 700})
            await host.app.locator("#poster").wait_for()
            wider = await host.app.locator("html").evaluate("(root) => root.scrollWidth - root.clientWidth")
            assert wider <= 0, width


async def test_nothing_moves_for_who_wants_no_motion(hosted: Hosted, tmp_path: Path) -> None:
    async with hosted(tmp_path, SLOW, reduced_motion="reduce") as (_house, host):
        await host.show(player_html())
        await host.call("create_video", {**REQUEST, "wait_seconds": 0})
        await host.app.locator("#bar").wait_for()
        style = "(fill) => [getComputedStyle(fill).animationName, getComputedStyle(fill).transitionDuration]"
        assert await host.app.locator("#fill").evaluate(style) == ["none", "0s"]


async def test_a_host_that_can_do_nothing_still_shows_the_answer(hosted: Hosted, tmp_path: Path) -> None:
    async with hosted(tmp_path) as (_house, host):
        await host.show(player_html(), capabilities={})
        result = await host.call("create_video", {**REQUEST, "wait_seconds": 20})
        await host.reads("#state", "Ready.")
        assert result.structured_content is not None
        assert result.structured_content["file"]["path"] in await host.app.locator("#facts").inner_text()
        for absent in ("#play", "#save", "#continue"):
            assert not await host.app.locator(absent).is_visible()


async def test_the_list_of_videos_opens_one(hosted: Hosted, tmp_path: Path) -> None:
    async with hosted(tmp_path) as (_house, host):
        await host.client.call_tool("create_video", {**REQUEST, "wait_seconds": 20})
        await host.show(player_html())
        await host.call("get_video_status", {})
        await host.app.locator("#videos button").first.click()
        await host.reads("#state", "Ready.")


async def test_a_server_that_cannot_be_asked_is_asked_again(hosted: Hosted, tmp_path: Path) -> None:
    async with hosted(tmp_path, SLOW) as (_house, host):
        await host.show(player_html(), capabilities={**EVERYTHING, "serverTools": None})
        await host.call("create_video", {**REQUEST, "wait_seconds": 0})
        await host.reads("#note", "Ask the assistant how the video is doing.")
        assert complaints(host) == []


async def test_a_theme_that_changes_is_followed(hosted: Hosted, tmp_path: Path) -> None:
    async with hosted(tmp_path) as (_house, host):
        await host.show(player_html(), theme="light")
        await host.tell("ui/notifications/host-context-changed", {"theme": "dark"})
        await host.app.locator(":root[data-theme=dark]").wait_for()
