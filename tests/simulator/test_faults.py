"""Every fault as a real client sees it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace
from urllib.parse import urlsplit

import anyio
import httpx2
import pytest

from video_mcp.simulator import Fault, FaultKind, FaultPoint, Simulator, run_simulator

from .visits import SMALL, Visit, creation

pytestmark = pytest.mark.anyio

CODES = httpx2.codes
IMPATIENT = httpx2.Timeout(60.0, read=0.1)


@pytest.mark.parametrize(
    ("kind", "jobs"), [("drop_request", 0), ("drop_answer", 1), ("reset_request", 0), ("reset_answer", 1)]
)
async def test_a_create_can_lose_its_connection_before_or_after_the_job_exists(
    visit: Visit, kind: FaultKind, jobs: int
) -> None:
    visit.simulator.faults.arm(Fault(on="create", kind=kind))

    with pytest.raises((httpx2.RemoteProtocolError, httpx2.ReadError)):
        await visit.post()

    assert len(visit.simulator.jobs) == jobs
    assert len(visit.simulator.requests.matching("POST")) == 1


async def test_a_drop_ends_the_connection_and_a_reset_breaks_it(visit: Visit) -> None:
    visit.simulator.faults.arm(Fault(on="create", kind="drop_answer"), Fault(on="create", kind="reset_answer"))

    with pytest.raises(httpx2.RemoteProtocolError):
        await visit.post()
    with pytest.raises(httpx2.ReadError):
        await visit.post()


async def test_a_fault_happens_as_often_as_it_says_and_then_no_more(visit: Visit) -> None:
    visit.simulator.faults.arm(Fault(on="create", kind="rate_limit_empty", times=2))

    codes = [(await visit.post()).status_code for _ in range(3)]

    assert codes == [CODES.TOO_MANY_REQUESTS, CODES.TOO_MANY_REQUESTS, CODES.OK]
    assert visit.simulator.faults.pending() == ()
    assert [fault.kind for fault in visit.simulator.faults.happened()] == ["rate_limit_empty"] * 2


async def test_a_fault_can_wait_for_some_requests_to_pass(visit: Visit) -> None:
    visit.simulator.faults.arm(Fault(on="create", kind="overloaded", after=1))

    codes = [(await visit.post()).status_code for _ in range(3)]

    assert codes == [CODES.OK, CODES.SERVICE_UNAVAILABLE, CODES.OK]


async def test_an_endless_fault_lasts_until_it_is_cleared(visit: Visit) -> None:
    visit.simulator.faults.arm(Fault(on="models", kind="html_502", times=None))
    assert [(await visit.client.get("/v1/models")).status_code for _ in range(3)] == [CODES.BAD_GATEWAY] * 3

    visit.simulator.faults.clear()
    assert (await visit.client.get("/v1/models")).status_code == CODES.OK


@pytest.mark.parametrize(
    ("kind", "status_code", "words"),
    [
        ("html_502", CODES.BAD_GATEWAY, "<html>"),
        ("rate_limit", CODES.TOO_MANY_REQUESTS, "fail_to_fetch_task"),
        ("server_error", CODES.INTERNAL_SERVER_ERROR, "unmarshal_response_body_failed"),
        ("model_not_found", CODES.SERVICE_UNAVAILABLE, "model_not_found"),
        ("overloaded", CODES.SERVICE_UNAVAILABLE, "system_cpu_overloaded"),
        ("unauthorized", CODES.UNAUTHORIZED, "Invalid token"),
        ("quota_exhausted", CODES.FORBIDDEN, "insufficient_user_quota"),
    ],
)
async def test_a_canned_answer_takes_the_place_of_the_work(
    visit: Visit, kind: FaultKind, status_code: int, words: str
) -> None:
    visit.simulator.faults.arm(Fault(on="create", kind=kind))

    answer = await visit.post()

    assert answer.status_code == status_code
    assert words in answer.text
    assert visit.simulator.jobs == ()


@pytest.mark.parametrize("status_code", [CODES.REQUEST_TIMEOUT, CODES.CONFLICT, CODES.TOO_EARLY])
async def test_a_refusal_has_the_status_that_a_test_wants(visit: Visit, status_code: int) -> None:
    visit.simulator.faults.arm(Fault(on="create", kind="refused", status_code=status_code))

    answer = await visit.post()

    assert answer.status_code == status_code
    assert answer.json()["code"] == "fail_to_fetch_task"
    assert visit.simulator.jobs == ()


async def test_half_of_a_json_may_stand_for_an_accepted_job(visit: Visit) -> None:
    visit.simulator.faults.arm(Fault(on="create", kind="broken_json"))

    answer = await visit.post()

    assert answer.status_code == CODES.OK
    assert answer.headers["content-type"] == "application/json"
    with pytest.raises(ValueError, match=r"Unterminated|Expecting|delimiter"):
        answer.json()
    assert len(visit.simulator.jobs) == 1


async def test_a_canned_answer_can_hide_an_accepted_job(visit: Visit) -> None:
    visit.simulator.faults.arm(Fault(on="create", kind="server_error", accepted=True))

    assert (await visit.post()).status_code == CODES.INTERNAL_SERVER_ERROR
    assert len(visit.simulator.jobs) == 1


async def test_a_429_comes_with_and_without_a_time_to_wait_and_even_empty(visit: Visit) -> None:
    visit.simulator.faults.arm(
        Fault(on="create", kind="rate_limit", retry_after="7"),
        Fault(on="create", kind="rate_limit"),
        Fault(on="create", kind="rate_limit_empty"),
    )

    stated, silent, empty = [await visit.post() for _ in range(3)]

    assert stated.headers["retry-after"] == "7"
    assert "retry-after" not in silent.headers
    assert empty.content == b""
    assert "content-type" not in empty.headers


async def test_a_page_with_200_may_stand_for_an_accepted_job(visit: Visit) -> None:
    visit.simulator.faults.arm(Fault(on="create", kind="html_200"))

    answer = await visit.post()

    assert answer.status_code == CODES.OK
    assert answer.headers["content-type"].startswith("text/html")
    assert len(visit.simulator.jobs) == 1


@pytest.mark.parametrize(("kind", "left"), [("no_id", None), ("task_id_only", "task_id")])
async def test_a_create_answer_can_lack_its_id(visit: Visit, kind: FaultKind, left: str | None) -> None:
    visit.simulator.faults.arm(Fault(on="create", kind=kind))

    ids = {name for name in (await visit.post()).json() if name in ("id", "task_id")}

    assert ids == ({left} if left else set())


async def job_made(visit: Visit) -> None:
    with anyio.fail_after(60):
        while not visit.simulator.jobs:  # noqa: ASYNC110 - the simulator has no event to wait for
            await anyio.sleep(0.01)


async def test_a_stalled_answer_comes_late_but_the_work_is_done(visit: Visit) -> None:
    visit.simulator.faults.arm(Fault(on="create", kind="stall", seconds=30))

    with pytest.raises(httpx2.ReadTimeout):
        await visit.client.post("/v1/videos", json=creation(), timeout=IMPATIENT)

    await job_made(visit)
    assert len(visit.simulator.jobs) == 1


async def test_a_stalled_answer_comes_as_soon_as_it_is_released(visit: Visit) -> None:
    visit.simulator.faults.arm(Fault(on="create", kind="stall", seconds=3600), Fault(on="status", kind="stall"))
    answers: list[httpx2.Response] = []

    async def create() -> None:
        answers.append(await visit.post())

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(create)
        await job_made(visit)
        visit.simulator.faults.release()

    assert answers[0].json()["id"] == visit.simulator.jobs[0].id


async def test_nothing_stalls_after_a_release_until_faults_are_armed_again(visit: Visit) -> None:
    stall = Fault(on="create", kind="stall", seconds=3600)
    visit.simulator.faults.arm(stall)
    visit.simulator.faults.release()
    assert (await visit.post()).status_code == CODES.OK

    visit.simulator.faults.arm(stall)
    with pytest.raises(httpx2.ReadTimeout):
        await visit.client.post("/v1/videos", json=creation(), timeout=IMPATIENT)


async def test_a_changed_id_leads_nowhere(visit: Visit) -> None:
    video_id = await visit.created()
    visit.simulator.faults.arm(Fault(on="status", kind="changed_id"))

    other_id = (await visit.status(video_id)).json()["id"]

    assert other_id != video_id
    assert (await visit.status(other_id)).json()["code"] == "task_not_exist"


async def test_a_completed_job_can_lack_its_link_so_that_only_content_delivers(visit: Visit) -> None:
    visit.simulator.faults.arm(Fault(on="status", kind="no_link"))
    video_id = await visit.created()
    assert (await visit.status(video_id)).json()["status"] == "queued"
    visit.clock.advance()

    video = (await visit.status(video_id)).json()

    assert video["status"] == "completed"
    assert not {"video_url", "url"} & set(video)
    assert (await visit.content(video_id)).status_code == CODES.OK


async def test_a_link_can_hide_in_metadata(visit: Visit) -> None:
    video_id = await visit.finished()
    visit.simulator.faults.arm(Fault(on="status", kind="link_in_metadata"))

    video = (await visit.status(video_id)).json()

    assert "video_url" not in video
    assert (await visit.client.get(video["metadata"]["url"])).status_code == CODES.OK


async def test_a_stale_link_is_refreshed_by_the_next_poll(visit: Visit) -> None:
    video_id = await visit.finished()
    visit.simulator.faults.arm(Fault(on="status", kind="stale_link"))

    stale, fresh = await visit.link(video_id), await visit.link(video_id)

    assert (await visit.client.get(stale)).status_code == CODES.FORBIDDEN
    assert (await visit.client.get(fresh)).status_code == CODES.OK


async def test_a_link_can_be_refused_by_its_storage(visit: Visit) -> None:
    visit.simulator.faults.arm(
        Fault(on="link", kind="link_refused"), Fault(on="link", kind="link_refused", status_code=404)
    )
    link = await visit.link(await visit.finished())

    answers = [await visit.client.get(link) for _ in range(3)]

    assert [one.status_code for one in answers] == [CODES.FORBIDDEN, CODES.NOT_FOUND, CODES.OK]
    assert answers[0].headers["content-type"] == "application/xml"


async def test_a_failed_job_can_come_inside_a_500(visit: Visit) -> None:
    video_id = await visit.created()
    visit.simulator.faults.arm(Fault(on="status", kind="failed_in_500"))

    answer = await visit.status(video_id)

    assert answer.status_code == CODES.INTERNAL_SERVER_ERROR
    assert (answer.json()["id"], answer.json()["status"]) == (video_id, "failed")
    assert answer.json()["error"]["code"] == 500


async def test_clocks_can_be_in_milliseconds(visit: Visit) -> None:
    video_id = await visit.finished()
    visit.simulator.faults.arm(Fault(on="status", kind="milliseconds"))

    video = (await visit.status(video_id)).json()

    assert video["created_at"] > 10**12
    assert video["completed_at"] > 10**12


@pytest.mark.parametrize("word", ["SUCCESS", "processing", "done", "unknown", "NOT_START", "等待中"])
async def test_the_status_can_be_any_word(visit: Visit, word: str) -> None:
    video_id = await visit.created()
    visit.simulator.faults.arm(Fault(on="status", kind="status_word", word=word))

    assert (await visit.status(video_id)).json()["status"] == word


@pytest.mark.parametrize("point", ["create", "status"])
async def test_answers_can_come_in_an_envelope(visit: Visit, point: FaultPoint) -> None:
    video_id = await visit.created()
    visit.simulator.faults.arm(Fault(on=point, kind="envelope"))

    answer = (await (visit.post() if point == "create" else visit.status(video_id))).json()

    assert answer["code"] == "success"
    assert answer["data"]["object"] == "video"


async def test_progress_can_be_a_percentage(visit: Visit) -> None:
    video_id = await visit.created()
    visit.clock.advance(5)
    visit.simulator.faults.arm(Fault(on="status", kind="percent_progress"))

    assert (await visit.status(video_id)).json()["progress"] == "30%"


async def test_the_first_polls_may_not_know_the_job_yet(visit: Visit) -> None:
    video_id = await visit.created()
    visit.simulator.faults.arm(Fault(on="status", kind="task_not_found", times=2))

    answers = [await visit.status(video_id) for _ in range(3)]

    assert [one.status_code for one in answers] == [CODES.BAD_REQUEST, CODES.BAD_REQUEST, CODES.OK]
    assert answers[0].json()["code"] == "task_not_exist"


@pytest.mark.parametrize("point", ["content", "link"])
async def test_a_cut_body_is_seen_as_incomplete_and_can_be_resumed(visit: Visit, point: FaultPoint) -> None:
    video_id = await visit.finished()
    whole = (await visit.content(video_id)).content
    url = await visit.link(video_id) if point == "link" else f"/v1/videos/{video_id}/content"
    visit.simulator.faults.arm(Fault(on=point, kind="cut_body"))

    async with visit.client.stream("GET", url) as answer:
        assert answer.headers["content-length"] == str(len(whole))
        received = await bytes_until_broken(answer)

    assert 0 < len(received) < len(whole)
    rest = await visit.client.get(url, headers={"Range": f"bytes={len(received)}-"})
    assert received + rest.content == whole


async def test_a_body_of_unknown_length_can_be_cut_too(visit: Visit) -> None:
    video_id = await visit.finished()
    visit.simulator.faults.arm(Fault(on="content", kind="no_length"))

    answer = await visit.content(video_id)

    assert "content-length" not in answer.headers
    assert answer.content[4:8] == b"ftyp"


async def test_a_body_can_stall_in_its_middle(visit: Visit) -> None:
    video_id = await visit.finished()
    visit.simulator.faults.arm(Fault(on="content", kind="stall_body", seconds=30))

    with pytest.raises(httpx2.ReadTimeout):
        await visit.client.get(f"/v1/videos/{video_id}/content", timeout=IMPATIENT)


@pytest.mark.parametrize("kind", ["json_200", "html_200"])
async def test_something_else_can_come_with_200_where_bytes_were_asked_for(visit: Visit, kind: FaultKind) -> None:
    video_id = await visit.finished()
    visit.simulator.faults.arm(Fault(on="content", kind=kind))

    answer = await visit.content(video_id)

    assert answer.status_code == CODES.OK
    assert not answer.headers["content-type"].startswith("video/")


async def test_a_range_can_be_ignored(visit: Visit) -> None:
    video_id = await visit.finished()
    whole = (await visit.content(video_id)).content
    visit.simulator.faults.arm(Fault(on="content", kind="ignore_range"))

    answer = await visit.content(video_id, range="bytes=10-")

    assert (answer.status_code, answer.content) == (CODES.OK, whole)


@pytest.mark.parametrize("point", ["content", "link"])
async def test_bytes_can_be_elsewhere_and_a_good_client_leaves_its_key_behind(visit: Visit, point: FaultPoint) -> None:
    video_id = await visit.finished()
    url = await visit.link(video_id) if point == "link" else f"/v1/videos/{video_id}/content"
    visit.simulator.faults.arm(Fault(on=point, kind="redirect"))

    answer = await visit.client.get(url)
    target = answer.headers["location"]
    assert answer.status_code == CODES.FOUND
    assert urlsplit(target).hostname == "localhost"
    leaked_before = visit.simulator.leaked_keys

    async with httpx2.AsyncClient(timeout=60.0) as stranger:
        assert (await stranger.get(target)).content[4:8] == b"ftyp"
    assert visit.simulator.leaked_keys == leaked_before


@pytest.mark.parametrize(
    ("point", "kind"),
    [("create", "cut_body"), ("status", "no_id"), ("content", "envelope"), ("models", "no_link")],
)
def test_a_fault_is_refused_where_it_cannot_happen(point: FaultPoint, kind: FaultKind) -> None:
    with pytest.raises(ValueError, match="cannot happen"):
        Fault(on=point, kind=kind)


@pytest.fixture
async def stranger() -> AsyncGenerator[tuple[Simulator, httpx2.AsyncClient], None]:
    config = replace(SMALL, render_seconds=0)
    async with (
        run_simulator(config) as simulator,
        httpx2.AsyncClient(base_url=simulator.base_url, timeout=60.0) as client,
    ):
        yield simulator, client


async def test_faults_can_be_armed_listed_and_cleared_over_http(
    stranger: tuple[Simulator, httpx2.AsyncClient],
) -> None:
    _, client = stranger
    fault = {"on": "status", "kind": "status_word", "word": "done", "times": None}
    assert (await client.post("/_simulator/faults", json=[fault])).status_code == CODES.OK

    (armed,) = (await client.get("/_simulator/faults")).json()["faults"]
    assert armed.items() >= fault.items()
    assert (await client.post("/_simulator/faults", json=armed)).json()["faults"] == [armed, armed]
    assert (await client.delete("/_simulator/faults")).json() == {"faults": []}


@pytest.mark.parametrize("body", [b"{", b"5", b'{"on":"create","kind":"none"}', b'{"on":"create","kind":"cut_body"}'])
async def test_a_fault_that_does_not_exist_is_refused_over_http(
    stranger: tuple[Simulator, httpx2.AsyncClient], body: bytes
) -> None:
    _, client = stranger
    assert (await client.post("/_simulator/faults", content=body)).status_code == CODES.BAD_REQUEST


async def test_requests_and_jobs_can_be_read_over_http(
    stranger: tuple[Simulator, httpx2.AsyncClient],
) -> None:
    simulator, client = stranger
    key = {"Authorization": f"Bearer {simulator.api_key}"}
    created = await client.post("/v1/videos", json=creation(), headers=key)

    (record,) = (await client.get("/_simulator/requests")).json()["requests"]
    assert (record["method"], record["path"], record["authorization"]) == (
        "POST",
        "/v1/videos",
        "gateway_key",
    )
    assert record["fields"] == creation()
    (job,) = (await client.get("/_simulator/jobs")).json()["jobs"]
    assert job["id"] == created.json()["id"]
    assert (await client.delete("/_simulator/requests")).json() == {"requests": []}


async def bytes_until_broken(answer: httpx2.Response) -> bytes:
    received = b""
    try:
        async for chunk in answer.aiter_bytes():
            received += chunk
    except httpx2.RemoteProtocolError:
        return received
    raise AssertionError("the body was whole")
