"""What an operator sees of a server: metrics by real scrapes, spans, and the log; none of it holds what users write."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Generator
from pathlib import Path

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanContext, SpanKind
from prometheus_client.parser import text_string_to_metric_families

from tests.server.http.serving import BOAT, SLOW, Site, a_replica, a_site, until
from video_mcp.server.logs import JSONFormatter, Redaction
from video_mcp.settings import load_settings
from video_mcp.simulator import run_simulator

pytestmark = pytest.mark.anyio

SECRET_WORDS = "zebra-on-a-unicycle"
MODEL = "kling-v2-6"
PROMPT = {**BOAT, "prompt": f"A {SECRET_WORDS} at dusk"}

Samples = dict[tuple[str, ...], float]


async def scraped(site: Site) -> tuple[Samples, str]:
    """Scrape as Prometheus does; samples by name and the values of their labels."""
    async with site.http() as http:
        answer = await http.get("/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }, answer.text


@pytest.fixture(scope="module")
def exporter() -> InMemorySpanExporter:
    """Set up the SDK as `opentelemetry-instrument` does, once for the process."""
    kept, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    trace.set_tracer_provider(provider)
    return kept


@pytest.fixture
def log() -> Generator[list[str]]:
    """Collect this process's whole log as the lines of JSON that a server writes."""
    lines: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    handler = Kept()
    handler.setFormatter(JSONFormatter())
    handler.addFilter(Redaction(tuple))
    root = logging.getLogger("video_mcp")
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield lines
    root.removeHandler(handler)
    root.setLevel(before)


async def test_a_video_is_counted_traced_and_logged_and_nothing_of_its_prompt_is(
    tmp_path: Path, exporter: InMemorySpanExporter, log: list[str]
) -> None:
    exporter.clear()
    async with a_site(tmp_path, prices=price_list(tmp_path)) as site, site.connect() as client:
        with trace.get_tracer("an agent").start_as_current_span("its turn") as turn:
            made = await client.call_tool("create_video", PROMPT)
        samples, text = await scraped(site)
        key = site.simulator.api_key
    assert made.structured_content is not None
    video_id, size = made.structured_content["video_id"], made.structured_content["file"]["bytes"]

    assert samples["video_mcp_submits_total", MODEL, "accepted"] == 1
    assert samples["video_mcp_polls_total", MODEL, "rendered"] == 1
    assert samples["video_mcp_deliveries_total", MODEL, "delivered"] == 1
    assert samples["video_mcp_ended_jobs_total", MODEL, "completed"] == 1
    assert samples["video_mcp_spend_usd_total", MODEL] == pytest.approx(0.25)
    assert samples["video_mcp_delivered_bytes_total",] == size
    assert samples["video_mcp_delivery_lag_seconds_count",] == 1
    assert samples["video_mcp_step_seconds_count", "submit"] == 1
    assert samples["video_mcp_ledger_up",] == 1

    spans = {span.name: span for span in exporter.get_finished_spans() if span.name.startswith("video_mcp ")}
    call = next(span for span in exporter.get_finished_spans() if is_server_call(span))
    turns = turn.get_span_context().trace_id
    assert (trace_of(call), trace_of(spans["video_mcp submit"])) == (turns, turns)
    assert spans["video_mcp submit"].parent == remote(call)
    for name in ("video_mcp poll", "video_mcp deliver"):
        assert [link.context for link in spans[name].links] == [remote(call)]
        assert trace_of(spans[name]) != turns
        assert (spans[name].attributes or {})["video_mcp.video_id"] == video_id

    logged = [json.loads(line) for line in log]
    states = [line["state"] for line in logged if line.get("video_id") == video_id]
    assert states == ["rendering", "rendered", "completed"]
    everything = "\n".join((text, *log, *(span.to_json() for span in exporter.get_finished_spans())))
    assert SECRET_WORDS not in everything
    assert key not in everything
    assert video_id not in text


def price_list(folder: Path) -> Path:
    path = folder / "prices.toml"
    path.write_text('[models."kling-v2-6"]\nper_video = 0.25\n', encoding="utf-8")
    return path


def is_server_call(span: ReadableSpan) -> bool:
    return span.name == "tools/call create_video" and span.kind is SpanKind.SERVER


def remote(span: ReadableSpan) -> SpanContext:
    """Return a span as another process knows it."""
    assert span.context is not None
    return SpanContext(span.context.trace_id, span.context.span_id, True, span.context.trace_flags)


def trace_of(span: ReadableSpan) -> int:
    assert span.context is not None
    return span.context.trace_id


async def test_another_replicas_poll_is_linked_to_the_call_that_created_the_job(
    tmp_path: Path, database_url: str, exporter: InMemorySpanExporter
) -> None:
    exporter.clear()
    async with run_simulator(SLOW) as simulator:
        settings = load_settings(
            base_url=simulator.base_url,
            api_key=simulator.api_key,
            home=tmp_path,
            output_dir=tmp_path / "videos",
            database_url=database_url,
        )
        async with a_replica(settings, simulator) as one, one.connect() as client:
            await client.call_tool("create_video", {**PROMPT, "wait_seconds": 0})
        call = next(span for span in exporter.get_finished_spans() if is_server_call(span))
        exporter.clear()
        async with a_replica(settings, simulator) as other:
            await (await other.opened.context.service()).list(1)
            await until(lambda: "video_mcp poll" in [span.name for span in exporter.get_finished_spans()])
            samples, _ = await scraped(other)
    poll = next(span for span in exporter.get_finished_spans() if span.name == "video_mcp poll")
    assert [link.context for link in poll.links] == [remote(call)]
    assert samples["video_mcp_jobs", MODEL, "rendering"] == 1
    assert ("video_mcp_submits_total", MODEL, "accepted") not in samples


async def test_labels_hold_no_text_from_outside_and_refusals_are_counted_by_code(tmp_path: Path) -> None:
    async with a_site(tmp_path) as site, site.connect() as client:
        await client.call_tool("create_video", {**PROMPT, "seconds": 99})
        await client.call_tool("create_video", {**PROMPT, "model": SECRET_WORDS})
        await client.call_tool("get_video_status", {"video_id": SECRET_WORDS})
        samples, text = await scraped(site)
    failed = Counter({key[1:]: value for key, value in samples.items() if key[0] == "video_mcp_failed_calls_total"})
    assert failed == {
        ("invalid_request", "create_video"): 2,
        ("not_found", "get_video_status"): 1,
    }
    assert SECRET_WORDS not in text


@pytest.mark.parametrize(
    ("headers", "is_open", "status_code"),
    [
        ({}, False, 200),
        ({"X-Forwarded-For": "203.0.113.7"}, False, 403),
        ({"Host": "videos.example"}, False, 403),
        ({"Host": "10.1.2.3"}, False, 403),
        ({"Host": "videos.example"}, True, 200),
        ({"Host": "10.1.2.3", "X-Forwarded-For": "203.0.113.7"}, True, 200),
    ],
)
async def test_metrics_are_for_this_machine_or_where_the_operator_opens_them(
    tmp_path: Path, headers: dict[str, str], is_open: bool, status_code: int
) -> None:
    async with a_site(tmp_path, allowed_hosts=("videos.example",), open_metrics=is_open) as site, site.http() as http:
        answer = await http.get("/metrics", headers=headers)
    assert answer.status_code == status_code
    assert status_code == 200 or "VIDEO_MCP_OPEN_METRICS" in answer.json()["error_description"]
