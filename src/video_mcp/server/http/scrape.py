"""`/metrics`, for the operator alone."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING

import anyio
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from video_mcp import version
from video_mcp.families.catalog import default_catalog
from video_mcp.server.context import ServerContext
from video_mcp.server.http.addresses import is_loopback, parse_host
from video_mcp.server.http.answers import refusal
from video_mcp.settings import Settings

if TYPE_CHECKING:
    from video_mcp.jobs.telemetry import Telemetry
    from video_mcp.server.http.metrics import Metrics

METRICS_PATH = "/metrics"
# Each replica's scrape would otherwise be a query of its own, however often somebody looks.
_KEPT_SECONDS = 5.0
_LEDGER_SECONDS = 5.0
_PROXY_HEADERS = ("forwarded", "x-forwarded-for", "via")

logger = logging.getLogger(__name__)


def new_metrics(settings: Settings) -> Metrics | None:
    """Return the metrics of one server; None without the extra `team`."""
    if find_spec("prometheus_client") is None:
        return None
    from prometheus_client import CollectorRegistry  # noqa: PLC0415 - the extra `team`

    from video_mcp.server.http.metrics import Metrics  # noqa: PLC0415 - see above

    return Metrics(CollectorRegistry(), models=frozenset(default_catalog(settings.extra_models).ids()))


def new_telemetry(metrics: Metrics | None) -> Telemetry | None:
    """Return what hears of a server's work: its metrics, and OpenTelemetry where an SDK is set up."""
    if metrics is None:
        return None
    from opentelemetry.trace import get_tracer  # noqa: PLC0415 - beside what uses it

    from video_mcp.server.http.telemetry import ServerTelemetry  # noqa: PLC0415 - the extra `team`
    from video_mcp.server.http.traces import Traces  # noqa: PLC0415 - see above

    return ServerTelemetry(metrics, Traces(get_tracer("video_mcp", version())), monotonic=time.perf_counter)


def metrics_routes(context: ServerContext, metrics: Metrics | None, *, is_open: bool) -> list[Route]:
    """Return `/metrics`; unless it is open to all, only for whoever calls on this machine and through no proxy."""
    numbers = OpenJobs(context, monotonic=anyio.current_time)

    async def scrape(request: Request) -> Response:
        if not is_open and not _is_of_this_machine(request):
            message = "Set VIDEO_MCP_OPEN_METRICS=true where only your own network reaches this port."
            return refusal(403, "forbidden", message)
        if metrics is None:
            return refusal(501, "not_installed", "Metrics need an extra: pip install 'video-mcp-gateway[team]'.")
        from prometheus_client.exposition import choose_encoder  # noqa: PLC0415 - the extra `team`

        metrics.set_jobs(await numbers.get())
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(metrics.registry), headers={"Content-Type": content_type})

    return [Route(METRICS_PATH, scrape, methods=["GET"])]


def _is_of_this_machine(request: Request) -> bool:
    """Tell whether a request names this machine and has come through no proxy that says so."""
    host = parse_host(request.headers.get("host", ""))
    has_passed_proxy = any(name in request.headers for name in _PROXY_HEADERS)
    caller = request.client.host if request.client is not None else ""
    return host is not None and is_loopback(host.name) and is_loopback(caller) and not has_passed_proxy


class OpenJobs:
    """How many jobs are open, read from the ledger at most every few seconds."""

    def __init__(self, context: ServerContext, *, monotonic: Callable[[], float]) -> None:
        self._context = context
        self._monotonic = monotonic
        self._lock = anyio.Lock()
        self._numbers: dict[tuple[str, str], int] | None = None
        self._read_at = float("-inf")

    async def get(self) -> dict[tuple[str, str], int] | None:
        """Return the numbers by state and model; None when the ledger does not say."""
        async with self._lock:
            if self._monotonic() - self._read_at > _KEPT_SECONDS:
                self._numbers = await self._read()
                self._read_at = self._monotonic()
            return self._numbers

    async def _read(self) -> dict[tuple[str, str], int] | None:
        try:
            with anyio.fail_after(_LEDGER_SECONDS):
                return await (await self._context.service()).lookup.open_by_model()
        except Exception as error:  # whatever keeps the ledger from answering, the other metrics are served
            logger.warning("the open jobs could not be counted (%s)", type(error).__name__)
            return None
