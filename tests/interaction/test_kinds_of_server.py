"""One video from each kind of server, over its own paths and answers, with every medium where the model looks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast

import mcp_types as types
import pytest
from mcp import Client
from starlette.responses import Response

from tests.cli.shell import a_shell
from tests.gateway.servers import answering
from tests.interaction.conftest import QUICK, a_house
from tests.media.samples import picture
from video_mcp.simulator import FAIL_MARKER, SimulatorConfig, UnderstoodMedium

pytestmark = pytest.mark.anyio

MODEL = "some/model"
KINDS = ["sglang", "vllm-omni", "litellm", "new-api", "openrouter", "xai", "aimlapi"]


def dialect_of(server: str) -> str:
    return "openai" if server == "litellm" else server


async def created(client: Client, **arguments: object) -> tuple[types.CallToolResult, Mapping[str, object]]:
    asked = {"model": MODEL, "prompt": "A fox.", "seconds": 4, "wait_seconds": 45, **arguments}
    result = await client.call_tool("create_video", asked)
    return result, cast("dict[str, object]", result.structured_content or {})


@pytest.mark.parametrize("server", KINDS)
async def test_a_video_is_made_and_a_failure_keeps_its_reason(server: str, tmp_path: Path) -> None:
    config = replaced(server)
    async with (
        a_house(tmp_path, "auto", config, dialect=dialect_of(server), extra_models=[MODEL]) as house,
        house.connect() as client,
    ):
        _, job = await created(client)
        assert (job["status"], job["charged"]) == ("completed", "yes"), job
        _, failed = await created(client, prompt=f"A fox. {FAIL_MARKER}")
        assert failed["status"] == "failed"
        assert "moderation" in str(failed["error"])
    assert house.simulator.leaked_keys == 0
    assert [job.model for job in house.simulator.jobs] == [MODEL, MODEL]


@pytest.mark.parametrize(("server", "usd"), [("openrouter", 0.4), ("xai", 0.2)])
async def test_what_the_server_says_it_charged_is_told_and_counted(server: str, usd: float, tmp_path: Path) -> None:
    prices = tmp_path / "prices.toml"
    prices.write_text(f'[models."{MODEL}"]\nper_second = 1.0\n', encoding="utf-8")
    async with (
        a_house(
            tmp_path, "auto", replaced(server), dialect=server, extra_models=[MODEL], prices=prices,
            max_cost_per_day=4.5,
        ) as house,
        house.connect() as client,
    ):  # fmt: skip
        result, job = await created(client)
        assert (job["charged_usd"], job["estimated_cost_usd"]) == (usd, 4.0), job
        assert f"Charged: yes, {usd:.2f} USD (estimated about 4.00 USD)." in str(result.content)
        listed = cast(
            "dict[str, list[dict[str, object]]]", (await client.call_tool("get_video_status", {})).structured_content
        )
        assert listed["videos"][0]["charged_usd"] == usd
        assert cast("dict[str, object]", listed["spending"])["cost_usd"] == usd
        _, again = await created(client, prompt="A second fox fits below the cap, as the first was cheaper.")
        assert again["status"] == "completed", again


async def test_models_that_the_server_lists_are_shown_wherever_models_are(tmp_path: Path) -> None:
    model = "google/veo-3.1"
    async with a_house(tmp_path, "auto", replaced("openrouter"), dialect="openrouter") as house:
        async with house.connect() as client:
            listed = await client.call_tool("list_models", {"family": "veo"})
            alone = await client.call_tool("list_models", {"model": model})
            catalog = await client.read_resource("models://catalog")
            template = types.ResourceTemplateReference(uri="models://{model}")
            completed = await client.complete(template, {"name": "model", "value": "google"})
        shell = a_shell(tmp_path).setting(
            base_url=house.simulator.base_url, api_key=house.simulator.api_key, dialect="openrouter"
        )
        shown = await shell.run("models", "--json", model)
    assert '"usd_per_second": 0.4' in json.dumps(listed.structured_content)
    assert f'"id": "{model}", "family": "veo"' in json.dumps(alone.structured_content)
    assert model in str(catalog.contents)
    assert completed.completion.values == [model]
    assert model in json.dumps(shown.answer)


def replaced(server: str) -> SimulatorConfig:
    return replace(QUICK, server=server)


@pytest.mark.parametrize("server", ["litellm", "sglang", "vllm-omni"])
@pytest.mark.parametrize("by_address", [True, False], ids=["address", "file"])
async def test_a_first_frame_arrives_however_it_is_given(server: str, by_address: bool, tmp_path: Path) -> None:
    content = picture()
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    (tmp_path / "first.png").write_bytes(content)
    async with (
        answering(lambda _request: Response(content, media_type="image/png")) as images,
        a_house(
            tmp_path, "auto", replaced(server), dialect=dialect_of(server), extra_models=[MODEL], input_dirs=[tmp_path]
        ) as house,
        house.connect() as client,
    ):
        url = f"{images.url}/first.png"
        result, job = await created(client, image=url if by_address else str(tmp_path / "first.png"))
        assert job["status"] == "completed", result.content
        (made,) = house.simulator.jobs
        (medium,) = house.simulator.gateway.understood[made.id].media
    reads_addresses = server != "litellm"
    assert medium.source == (url if by_address and reads_addresses else digest)
    assert medium.kind == "image"
    assert isinstance(medium, UnderstoodMedium)
    assert len(images.seen) == (1 if by_address and not reads_addresses else 0)
    assert all("authorization" not in seen.headers for seen in images.seen)


async def test_what_the_server_would_lose_is_refused_before_it_is_paid(tmp_path: Path) -> None:
    async with (
        a_house(tmp_path, "auto", replaced("sglang"), dialect="sglang", extra_models=[MODEL]) as house,
        house.connect() as client,
    ):
        result, answer = await created(client, image="https://example.com/a.png", end_image="https://example.com/b.png")
        assert result.is_error
        assert "SGLang" in str(answer)
        assert "vllm-omni" in str(answer)
    assert house.simulator.jobs == ()


async def test_an_address_that_cannot_be_fetched_here_stops_the_request_and_stays_out_of_its_words(
    tmp_path: Path,
) -> None:
    async with (
        answering(lambda _request: Response("gone", status_code=404)) as images,
        a_house(tmp_path, "auto", replaced("litellm"), dialect="openai", extra_models=[MODEL]) as house,
        house.connect() as client,
    ):
        result, answer = await created(client, image=f"{images.url}/first.png?signature=secret")
        assert result.is_error
        assert "404" in str(answer)
        assert "secret" not in str(answer)
    assert house.simulator.jobs == ()
