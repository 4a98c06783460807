"""A minimal host of MCP Apps: headless Chromium with the player in a sandboxed frame, and a real server behind it."""

from __future__ import annotations

import importlib
import importlib.util
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import anyio
import mcp_types as types
import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError

PAGE = Path(__file__).with_name("host.html")
CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
)
needs_browser = pytest.mark.skipif(
    not CHROMIUM or importlib.util.find_spec("playwright") is None,
    reason="the player is tested in a browser: apt-get install chromium, and pip install --group browser",
)
EVERYTHING: dict[str, object] = {
    "serverTools": {},
    "serverResources": {},
    "downloadFile": {},
    "message": {"text": {}},
    "updateModelContext": {"structuredContent": {}},
}


class ConsoleMessage(Protocol):
    """What a page wrote to its console."""

    type: str
    text: str


class Request(Protocol):
    """What a page loaded."""

    url: str


@dataclass(kw_only=True)
class Host:
    """The page around the player; `asked` is what the player asked of the host, `faults` what its console said."""

    page: Any
    client: Client
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list[tuple[str, dict[str, Any]]])
    faults: list[str] = field(default_factory=list[str])
    requests: list[str] = field(default_factory=list[str])

    @property
    def app(self) -> Any:  # noqa: ANN401 - playwright is not installed everywhere, so its types are not known
        """The player's own document."""
        return self.page.frame_locator("#app")

    async def show(self, html: str, *, theme: str = "light", capabilities: dict[str, object] | None = None) -> None:
        """Load the player, and return when it has said that it is ready."""
        given = EVERYTHING if capabilities is None else capabilities
        await self.page.evaluate("([html, theme, given]) => start(html, theme, given)", [html, theme, given])
        await self.page.wait_for_function("heard.some((m) => m.method === 'ui/notifications/initialized')")

    async def call(self, name: str, arguments: dict[str, Any]) -> types.CallToolResult:
        """Call a tool as the model would, and hand the player what a host hands it."""
        await self.tell("ui/notifications/tool-input", {"arguments": arguments})
        result = await self.client.call_tool(name, arguments)
        await self.tell("ui/notifications/tool-result", _as_sent(result))
        return result

    async def tell(self, method: str, params: dict[str, Any]) -> None:
        """Send the player a notification."""
        await self.page.evaluate("([method, params]) => send({ method, params })", [method, params])

    async def reads(self, selector: str, text: str) -> None:
        """Return when an element of the player holds a text."""
        await self.app.locator(selector).filter(has_text=text).wait_for(timeout=60_000)

    def hear_console(self, message: ConsoleMessage) -> None:
        """Keep an error, and what the policy blocked."""
        if message.type == "error":
            self.faults.append(message.text)

    def hear_error(self, error: Exception) -> None:
        """Keep what the page's script did not catch."""
        self.faults.append(str(error))

    def hear_request(self, request: Request) -> None:
        """Keep what the page loaded."""
        self.requests.append(request.url)

    async def answer_server(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """Hand a request of the player to the real server."""
        try:
            if method == "tools/call":
                return _as_sent(await self.client.call_tool(params["name"], params["arguments"]))
            return _as_sent(await self.client.read_resource(params["uri"]))
        except MCPError as error:
            raise RuntimeError(error.error.message) from None

    async def answer_host(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """Note what the player asks of the host itself."""
        self.asked.append((method, params))
        return {}


def _as_sent(result: types.Result) -> dict[str, Any]:
    return result.model_dump(by_alias=True, exclude_none=True, mode="json")


@asynccontextmanager
async def open_browser() -> AsyncGenerator[Any]:
    """Start the browser that the tests of a module share; each test has a context of its own in it."""
    playwright = importlib.import_module("playwright.async_api")
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def open_host(browser: Any, client: Client, **options: object) -> AsyncGenerator[Host]:  # noqa: ANN401 - see above
    """Open a page with nothing in its frame so far."""
    context: Any = await browser.new_context(viewport={"width": 720, "height": 700}, **options)
    try:
        page: Any = await context.new_page()
        host = Host(page=page, client=client)
        page.set_default_timeout(60_000)
        page.on("console", partial(host.hear_console))
        page.on("pageerror", partial(host.hear_error))
        page.on("request", partial(host.hear_request))
        await page.expose_function("toServer", partial(host.answer_server))
        await page.expose_function("toHost", partial(host.answer_host))
        await page.set_content(await anyio.Path(PAGE).read_text(encoding="utf-8"))
        yield host
    finally:
        await context.close()
