"""A create whose answer got lost is found again in the server's list, or stays unknown: never a guess."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from tests.gateway.servers import NOBODY, Pauses
from video_mcp.errors import GatewayUnreachable
from video_mcp.gateway import dialects
from video_mcp.gateway.client import GatewayClient
from video_mcp.gateway.dialects import dialect_names, profile_of
from video_mcp.gateway.network import Network
from video_mcp.gateway.transport import open_clients
from video_mcp.gateway.upstream import ListedVideo, WireBody
from video_mcp.jobs.effects import Effects
from video_mcp.jobs.job import Completed, Job, Problem, Rendering, Submitting, Unknown
from video_mcp.jobs.progress import Progress
from video_mcp.jobs.reconcile import own_video
from video_mcp.jobs.request import CreateRequest
from video_mcp.jobs.runtime import open_service
from video_mcp.settings import load_settings
from video_mcp.simulator import Fault, Simulator, SimulatorConfig, run_simulator
from video_mcp.simulator.answers import JsonAnswer
from video_mcp.simulator.body import Body

pytestmark = pytest.mark.anyio

MODEL = "some/model"
LOST = Unknown(problem=Problem(code="lost", message="No answer came."))
JOB = Job(
    id="video_1", model=MODEL, family="generic", mode="t2v", prompt="A fox.", expected_seconds=60.0,
    created_at=1000.0, updated_at=1060.0, finished_at=1060.0, state=LOST,
)  # fmt: skip
OWN = ListedVideo(id="video_gen_1", model=MODEL, created_at=1001.0, prompt="A fox.")


@pytest.mark.parametrize(
    ("listed", "found"),
    [
        pytest.param([OWN], True, id="its own"),
        pytest.param([replace(OWN, prompt=None)], True, id="a list without prompts"),
        pytest.param([], False, id="nothing"),
        pytest.param([OWN, replace(OWN, id="video_gen_2")], False, id="two candidates"),
        pytest.param([OWN, replace(OWN, id="video_gen_2", prompt="A cat.")], True, id="another prompt beside it"),
        pytest.param([replace(OWN, model="other/model")], False, id="another model"),
        pytest.param([replace(OWN, prompt="A cat.")], False, id="another prompt"),
        pytest.param([replace(OWN, created_at=990.0)], False, id="before the request"),
        pytest.param([replace(OWN, created_at=1070.0)], False, id="after its end"),
    ],
)
def test_one_video_that_can_only_be_its_own_is_found(listed: list[ListedVideo], found: bool) -> None:
    assert own_video(JOB, listed, [JOB]) == (OWN if found and listed[0].prompt else listed[0] if found else None)


@pytest.mark.parametrize(
    ("rival", "found"),
    [
        pytest.param(replace(JOB, id="video_2", state=Submitting()), False, id="on its way"),
        pytest.param(replace(JOB, id="video_2"), False, id="lost too"),
        pytest.param(replace(JOB, id="video_2", prompt="A cat."), True, id="of another prompt"),
        pytest.param(replace(JOB, id="video_2", state=Rendering(upstream_id="video_gen_9")), True, id="has its own id"),
        pytest.param(replace(JOB, id="video_2", created_at=1500.0, state=Submitting()), True, id="began later"),
    ],
)
def test_a_video_that_two_jobs_could_claim_is_left_to_nobody(rival: Job, found: bool) -> None:
    assert own_video(JOB, [OWN], [rival, JOB]) == (OWN if found else None)


async def no_report(_progress: Progress) -> None:
    return None


async def lost_create(
    folder: Path,
    simulator: Simulator,
    arrange: Callable[[Simulator], None] = lambda _: None,
    dialect: str = "vllm-omni",
) -> Job:
    """Return what became of a job whose answer was dropped after the server had begun the video."""
    settings = load_settings(
        base_url=simulator.base_url,
        api_key=simulator.api_key,
        home=folder / "home",
        output_dir=folder / "videos",
        extra_models=[MODEL],
    ).model_copy(update={"dialect": dialect})
    simulator.faults.arm(Fault(on="create", kind="drop_answer"))
    async with open_service(settings, Effects(sleep=anyio.sleep)) as service:
        prepared = await service.prepare(CreateRequest(fields={"model": MODEL, "prompt": "A fox."}))
        submitted = await service.submit(prepared)
        arrange(simulator)  # now and not before the service has opened: a slow machine takes its time for that
        job = await service.wait(submitted.job.id, wait_seconds=0, report=no_report, until_accepted=True)
        assert job.status in {"unknown", "in_progress", "queued"}
        return await service.wait(job.id, wait_seconds=60, report=no_report)


QUICK = SimulatorConfig(server="vllm-omni", render_seconds=0.2, max_side=96, poll_after_ms=50)


async def test_a_lost_create_is_found_in_the_list_and_finished(tmp_path: Path) -> None:
    async with run_simulator(QUICK) as simulator:
        job = await lost_create(tmp_path, simulator)
    assert isinstance(job.state, Completed)
    assert job.upstream_id == simulator.jobs[0].id
    assert job.charged == "yes"
    assert len(simulator.requests.matching("POST", "/v1/videos")) == 1


async def test_a_list_that_lags_leaves_it_unknown(tmp_path: Path) -> None:
    async with run_simulator(replace(QUICK, list_lag_seconds=3600.0)) as simulator:
        job = await lost_create(tmp_path, simulator)
    assert (job.status, job.charged) == ("unknown", "unknown")
    assert len(simulator.requests.matching("POST", "/v1/videos")) == 1


@pytest.mark.parametrize(("safely", "creates", "videos"), [(True, 2, 1), (False, 1, 1)], ids=["known", "not known"])
async def test_a_lost_create_is_sent_again_only_where_the_server_is_known_to_honour_its_key(
    safely: bool, creates: int, videos: int
) -> None:
    config = SimulatorConfig(server="vllm-omni", honours_key=True, render_seconds=0.2)
    async with (
        run_simulator(config) as simulator,
        open_clients(timeout_seconds=30, user_agent="test", network=Network(certificates=NOBODY)) as clients,
    ):
        client = GatewayClient(
            clients,
            base_url=simulator.base_url,
            api_key=simulator.api_key,
            jitter=lambda: 0.0,
            sleep=Pauses(),
            honours_idempotency_key=safely,
        )
        simulator.faults.arm(Fault(on="create", kind="drop_answer"))
        body = WireBody(json={"model": MODEL, "prompt": "A fox."})
        if safely:
            assert (await client.submit(body, key="video_1")).id == simulator.jobs[0].id
        else:
            with pytest.raises(GatewayUnreachable):
                await client.submit(body, key="video_1")
        posts = simulator.requests.matching("POST", "/v1/videos")
    assert [post.headers["idempotency-key"] for post in posts] == ["video_1"] * creates
    assert len(simulator.jobs) == videos


HONEST = """
from dataclasses import replace

from video_mcp.gateway.dialects.vllm_omni import PROFILE as LISTING
from video_mcp.gateway.upstream import Paths

PROFILE = replace(LISTING, honours_idempotency_key="the server's own documentation", paths=Paths())
"""


@pytest.fixture
def honest_dialect(tmp_path: Path) -> Generator[str]:
    """A kind of server of which a source says that it honours keys, as one more file."""
    folder = tmp_path / "dialects"
    folder.mkdir()
    (folder / "honest_server.py").write_text(HONEST)
    dialects.__path__.append(str(folder))
    try:
        yield "honest-server"
    finally:
        dialects.__path__.remove(str(folder))
        sys.modules.pop("video_mcp.gateway.dialects.honest_server", None)


async def test_a_lost_create_is_sent_again_by_the_service_where_the_dialect_has_a_source_for_it(
    tmp_path: Path, honest_dialect: str
) -> None:
    async with run_simulator(replace(QUICK, honours_key=True)) as simulator:
        job = await lost_create(tmp_path, simulator, dialect=honest_dialect)
    assert isinstance(job.state, Completed)
    assert (len(simulator.jobs), job.upstream_id) == (1, simulator.jobs[0].id)
    posts = simulator.requests.matching("POST", "/v1/videos")
    assert [post.headers["idempotency-key"] for post in posts] == [job.id, job.id]


@pytest.mark.parametrize("dialect", dialect_names())
def test_no_real_kind_of_server_is_known_to_honour_keys(dialect: str) -> None:
    assert profile_of(dialect).honours_idempotency_key is None


async def test_a_server_that_ignores_the_key_gets_one_create_and_two_candidates_leave_the_job_unknown(
    tmp_path: Path,
) -> None:
    async with run_simulator(replace(QUICK, honours_key=False)) as simulator:
        job = await lost_create(tmp_path, simulator, arrange=make_another)
    assert (job.status, job.charged, len(simulator.jobs)) == ("unknown", "unknown", 2)
    own = [post for post in simulator.requests.matching("POST", "/v1/videos") if "idempotency-key" in post.headers]
    assert len(own) == 1


def make_another(simulator: Simulator) -> None:
    """Make an equal video for another program with the same account, at the same time."""
    made = simulator.gateway.create(Body(fields={"model": MODEL, "prompt": "A fox."}), "another")
    assert isinstance(made, JsonAnswer)
