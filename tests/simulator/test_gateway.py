from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote, urlsplit

import httpx2
import pytest

from video_mcp.simulator import FAIL_MARKER, IdStyle, MediaOrigin

from .visits import RENDER_SECONDS, SMALL, Visit, creation, visiting

pytestmark = pytest.mark.anyio


async def test_a_created_job_is_queued_and_says_what_was_asked(visit: Visit) -> None:
    answer = await visit.post(seconds="8", size="1280x720")

    video = answer.json()
    assert video["id"] == video["task_id"]
    assert video["id"].startswith("task_")
    assert {name: video[name] for name in ("object", "model", "status", "progress", "seconds", "size")} == {
        "object": "video",
        "model": "sora-2",
        "status": "queued",
        "progress": 0,
        "seconds": "8",
        "size": "1280x720",
    }
    assert video["created_at"] == visit.clock.now


async def test_a_job_goes_from_queued_through_growing_progress_to_completed(visit: Visit) -> None:
    video_id = await visit.created()
    seen: list[tuple[str, int]] = []
    for _ in range(11):
        video = (await visit.status(video_id)).json()
        seen.append((video["status"], video["progress"]))
        visit.clock.advance(RENDER_SECONDS / 10)

    assert [status for status, _ in seen[:2]] == ["queued", "queued"]
    assert {status for status, _ in seen[2:10]} == {"in_progress"}
    assert seen[10] == ("completed", 100)
    assert [progress for _, progress in seen] == sorted(progress for _, progress in seen)


async def test_only_a_completed_job_has_a_link_and_an_end(visit: Visit) -> None:
    video_id = await visit.created()
    assert not {"video_url", "url", "completed_at"} & set((await visit.status(video_id)).json())

    visit.clock.advance()

    video = (await visit.status(video_id)).json()
    assert video["video_url"] == video["url"]
    assert video["completed_at"] == visit.clock.now


async def test_a_test_can_end_all_renders_that_go_on(visit: Visit) -> None:
    long_ended = await visit.finished()
    ended_at = (await visit.status(long_ended)).json()["completed_at"]
    visit.clock.advance(RENDER_SECONDS)
    waiting, failing = await visit.created(), await visit.created(prompt=f"a cat {FAIL_MARKER}")

    visit.simulator.finish_renders()

    video = (await visit.status(waiting)).json()
    assert (video["status"], video["completed_at"]) == ("completed", visit.clock.now)
    assert (await visit.status(failing)).json()["status"] == "failed"
    assert (await visit.status(long_ended)).json()["completed_at"] == ended_at


async def test_a_test_can_hold_the_jobs_of_a_block(visit: Visit) -> None:
    with visit.simulator.hold_renders():
        held = await visit.finished()
        assert (await visit.status(held)).json()["status"] == "queued"
    assert (await visit.status(held)).json()["status"] == "completed"
    later = await visit.created()
    assert (await visit.status(later)).json()["status"] == "queued"
    visit.clock.advance()
    assert (await visit.status(later)).json()["status"] == "completed"


async def test_a_prompt_with_the_fail_marker_ends_as_failed_without_bytes(visit: Visit) -> None:
    video_id = await visit.finished(prompt=f"a cat {FAIL_MARKER}")

    video = (await visit.status(video_id)).json()
    assert video["status"] == "failed"
    assert video["error"]["code"] == "content_policy_violation"
    assert "video_url" not in video
    assert (await visit.content(video_id)).status_code == httpx2.codes.BAD_REQUEST


async def test_unfinished_answers_say_when_to_ask_again(visit: Visit) -> None:
    video_id = await visit.created()
    assert (await visit.status(video_id)).headers["openai-poll-after-ms"] == "250"

    visit.clock.advance()
    assert "openai-poll-after-ms" not in (await visit.status(video_id)).headers


async def test_the_poll_header_can_be_turned_off() -> None:
    async with visiting(replace(SMALL, poll_after_ms=None)) as visit:
        video_id = await visit.created()
        assert "openai-poll-after-ms" not in (await visit.status(video_id)).headers


@pytest.mark.parametrize("header", [None, "Bearer sk-wrong", "sk-simulator", "Basic sk-simulator"])
async def test_every_bad_key_gets_the_same_401(visit: Visit, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    async with httpx2.AsyncClient(base_url=visit.simulator.base_url, headers=headers, timeout=60.0) as stranger:
        answer = await stranger.post("/v1/videos", json=creation())

    assert answer.status_code == httpx2.codes.UNAUTHORIZED
    error = answer.json()["error"]
    assert error["message"].startswith("Invalid token (request id: ")
    assert (error["type"], error["code"]) == ("new_api_error", "")
    assert visit.simulator.jobs == ()


async def test_every_answer_names_its_request(visit: Visit) -> None:
    answer = await visit.post(model="none-such")
    assert answer.headers["x-oneapi-request-id"] in answer.json()["error"]["message"]


async def test_an_unknown_model_is_a_503_that_says_so(visit: Visit) -> None:
    answer = await visit.post(model="sora-9")

    assert answer.status_code == httpx2.codes.SERVICE_UNAVAILABLE
    error = answer.json()["error"]
    assert error["code"] == "model_not_found"
    assert "No available channel for model sora-9 under group default (distributor)" in error["message"]


async def test_a_missing_prompt_is_refused_in_the_flat_shape(visit: Visit) -> None:
    answer = await visit.post(prompt="")

    assert answer.status_code == httpx2.codes.BAD_REQUEST
    assert answer.json() == {"code": "invalid_request", "message": "prompt is required", "data": None}


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b"[" * 100_000])
async def test_a_body_that_is_no_json_object_is_refused(visit: Visit, body: bytes) -> None:
    answer = await visit.client.post("/v1/videos", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == httpx2.codes.BAD_REQUEST
    assert answer.json()["error"]["type"] == "new_api_error"


@pytest.mark.parametrize("model", [None, "", 5])
async def test_a_request_without_a_model_name_is_refused(visit: Visit, model: object) -> None:
    assert (await visit.post(model=model)).status_code == httpx2.codes.BAD_REQUEST


async def test_a_body_over_the_limit_is_refused() -> None:
    async with visiting(replace(SMALL, max_body_bytes=100)) as visit:
        answer = await visit.post(prompt="long " * 100)
        assert answer.status_code == httpx2.codes.CONTENT_TOO_LARGE


async def test_a_vendors_refusal_comes_as_json_text_inside_the_message(visit: Visit) -> None:
    answer = await visit.post(seconds="7")

    assert answer.status_code == httpx2.codes.BAD_REQUEST
    body = answer.json()
    assert body["code"] == "fail_to_fetch_task"
    assert body["message"].startswith('{"error": {')


async def test_a_size_that_sora_lacks_has_the_gateways_own_code(visit: Visit) -> None:
    assert (await visit.post(size="512x512")).json()["code"] == "invalid_size"


async def test_multipart_with_a_file_is_an_image_to_video_request(visit: Visit) -> None:
    answer = await visit.client.post(
        "/v1/videos",
        data=creation(model="veo3.1", seconds="8"),
        files={"input_reference": ("first.png", b"\x89PNG", "image/png")},
    )

    assert answer.status_code == httpx2.codes.OK, answer.text
    upload = visit.simulator.requests[0].uploads[0]
    assert (upload.name, upload.filename, upload.size) == ("input_reference", "first.png", 4)


async def test_an_urlencoded_body_is_understood(visit: Visit) -> None:
    answer = await visit.client.post("/v1/videos", data=creation(seconds="12"))
    assert answer.json()["seconds"] == "12"


async def test_a_form_that_is_broken_is_refused(visit: Visit) -> None:
    answer = await visit.client.post(
        "/v1/videos", content=b"--x\r\nbroken", headers={"Content-Type": "multipart/form-data; boundary=y"}
    )
    assert answer.status_code == httpx2.codes.BAD_REQUEST


async def test_an_unknown_id_is_a_400_when_polled_and_a_404_at_its_content(visit: Visit) -> None:
    polled = await visit.status("task_none")
    assert polled.status_code == httpx2.codes.BAD_REQUEST
    assert polled.json()["code"] == "task_not_exist"

    content = await visit.content("task_none")
    assert content.status_code == httpx2.codes.NOT_FOUND
    assert "code" not in content.json()["error"]


async def test_content_before_the_end_is_refused_with_the_state(visit: Visit) -> None:
    video_id = await visit.created()
    visit.clock.advance(RENDER_SECONDS / 2)

    answer = await visit.content(video_id)
    assert answer.status_code == httpx2.codes.BAD_REQUEST
    message = answer.json()["error"]["message"]
    assert message == "Task is not completed yet, current status: IN_PROGRESS"


async def test_models_lists_the_whole_page(visit: Visit) -> None:
    body = (await visit.client.get("/v1/models")).json()

    assert body["success"] is True
    models = {one["id"]: one for one in body["data"]}
    assert len(models) == 33
    assert models["sora-2"]["supported_endpoint_types"] == ["openai-video"]
    assert {"veo3.1-pro-4k", "kling-video", "grok-video-3", "hailuo-video"} <= set(models)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/videos"),
        ("POST", "/v1/videos/task_1/remix"),
        ("DELETE", "/v1/videos/task_1"),
        ("GET", "/v1/x"),
    ],
)
async def test_what_the_page_does_not_offer_is_an_invalid_url(visit: Visit, method: str, path: str) -> None:
    answer = await visit.client.request(method, path)

    assert answer.status_code == httpx2.codes.NOT_FOUND
    assert answer.json()["error"]["message"] == f"Invalid URL ({method} {path})"


@pytest.mark.parametrize("style", ["task", "colon", "base64", "long"])
async def test_every_style_of_id_works_when_it_is_percent_encoded(style: IdStyle) -> None:
    async with visiting(replace(SMALL, id_style=style)) as visit:
        video_id = await visit.finished()
        path = quote(video_id, safe="")

        assert 30 <= len(video_id) <= 512
        assert (await visit.status(path)).json()["id"] == video_id
        assert (await visit.content(path)).status_code == httpx2.codes.OK
        assert (await visit.client.get(await visit.link(path))).status_code == httpx2.codes.OK


@pytest.mark.parametrize("style", ["colon", "base64", "long"])
async def test_an_id_with_a_bare_slash_is_another_path(style: IdStyle) -> None:
    async with visiting(replace(SMALL, id_style=style)) as visit:
        video_id = await visit.finished()
        assert (await visit.status(video_id)).status_code == httpx2.codes.NOT_FOUND


@pytest.mark.parametrize("origin", ["same", "other_port", "other_host"])
async def test_a_link_works_without_a_key_on_its_own_origin(origin: MediaOrigin) -> None:
    async with visiting(replace(SMALL, media_origin=origin)) as visit:
        link = await visit.link(await visit.finished())
        own, given = urlsplit(visit.simulator.base_url), urlsplit(link)

        assert (given.netloc == own.netloc) is (origin == "same")
        async with httpx2.AsyncClient(timeout=60.0) as stranger:
            answer = await stranger.get(link)
        assert answer.content[4:8] == b"ftyp"
        assert visit.simulator.leaked_keys == 0


async def test_a_key_sent_to_a_link_is_noticed(visit: Visit) -> None:
    await visit.client.get(await visit.link(await visit.finished()))
    assert visit.simulator.leaked_keys == 1


async def test_a_link_expires_and_a_poll_gives_a_fresh_one() -> None:
    async with visiting(replace(SMALL, link_seconds=60)) as visit:
        video_id = await visit.finished()
        link = await visit.link(video_id)
        visit.clock.advance(61)

        assert (await visit.client.get(link)).status_code == httpx2.codes.FORBIDDEN
        assert (await visit.client.get(await visit.link(video_id))).status_code == httpx2.codes.OK


async def test_a_forged_link_is_refused(visit: Visit) -> None:
    link = await visit.link(await visit.finished())
    assert (await visit.client.get(link[:-1] + "x")).status_code == httpx2.codes.FORBIDDEN


async def test_requests_are_recorded_without_the_key(visit: Visit) -> None:
    await visit.created(prompt="a dog")

    (record,) = visit.simulator.requests.matching("POST", "/v1/videos")
    assert record.fields["prompt"] == "a dog"
    assert record.authorization == "gateway_key"
    assert record.headers["content-type"] == "application/json"
    assert visit.simulator.api_key not in repr(record)


async def test_equal_seeds_give_equal_ids() -> None:
    ids: list[str] = []
    for _ in range(2):
        async with visiting() as visit:
            ids.append(await visit.created())
    assert ids[0] == ids[1]
