"""Ranges of a video's bytes, asked for over HTTP."""

from __future__ import annotations

from dataclasses import dataclass

import httpx2
import pytest

from .visits import Visit

pytestmark = pytest.mark.anyio

CODES = httpx2.codes


@dataclass(frozen=True, slots=True)
class Finished:
    visit: Visit
    video_id: str
    whole: bytes
    etag: str


@pytest.fixture
async def finished(visit: Visit) -> Finished:
    video_id = await visit.finished()
    answer = await visit.content(video_id)
    return Finished(visit, video_id, answer.content, answer.headers["etag"])


async def test_the_whole_file_comes_with_its_length_and_tag(finished: Finished) -> None:
    answer = await finished.visit.content(finished.video_id)

    assert answer.status_code == CODES.OK
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["accept-ranges"] == "bytes"
    assert int(answer.headers["content-length"]) == len(finished.whole)
    assert answer.headers["etag"] == finished.etag


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-99", slice(0, 100)),
        ("bytes=100-", slice(100, None)),
        ("bytes=-50", slice(-50, None)),
        ("bytes=10-99999999", slice(10, None)),
        ("bytes=-99999999", slice(0, None)),
    ],
)
async def test_one_range_is_a_206_with_just_those_bytes(finished: Finished, asked: str, part: slice) -> None:
    answer = await finished.visit.content(finished.video_id, range=asked)

    assert answer.status_code == CODES.PARTIAL_CONTENT
    assert answer.content == finished.whole[part]
    start, end, size = (int(one) for one in answer.headers["content-range"][6:].replace("/", "-").split("-"))
    assert (end + 1 - start, size) == (len(answer.content), len(finished.whole))


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=9-3", "bytes=-0"])
async def test_a_range_outside_the_file_is_a_416(finished: Finished, asked: str) -> None:
    answer = await finished.visit.content(finished.video_id, range=asked)

    assert answer.status_code == CODES.RANGE_NOT_SATISFIABLE
    assert answer.headers["content-range"] == f"bytes */{len(finished.whole)}"


@pytest.mark.parametrize("asked", ["bytes=-", "bytes=0-1,4-5", "frames=0-1", "nonsense"])
async def test_a_range_that_means_nothing_gets_the_whole_file(finished: Finished, asked: str) -> None:
    answer = await finished.visit.content(finished.video_id, range=asked)
    assert (answer.status_code, answer.content) == (CODES.OK, finished.whole)


async def test_if_range_resumes_the_same_file_and_restarts_another(finished: Finished) -> None:
    same = await finished.visit.content(finished.video_id, range="bytes=9-", if_range=finished.etag)
    other = await finished.visit.content(finished.video_id, range="bytes=9-", if_range='"other"')

    assert (same.status_code, same.content) == (CODES.PARTIAL_CONTENT, finished.whole[9:])
    assert (other.status_code, other.content) == (CODES.OK, finished.whole)


async def test_head_tells_the_length_without_the_bytes(finished: Finished) -> None:
    answer = await finished.visit.client.head(f"/v1/videos/{finished.video_id}/content")

    assert int(answer.headers["content-length"]) == len(finished.whole)
    assert answer.content == b""


async def test_the_video_variant_is_the_only_one(finished: Finished) -> None:
    path = f"/v1/videos/{finished.video_id}/content"
    assert (await finished.visit.client.get(f"{path}?variant=video")).content == finished.whole
    assert (await finished.visit.client.get(f"{path}?variant=thumbnail")).status_code == CODES.BAD_REQUEST


async def test_a_link_honours_ranges_too(finished: Finished) -> None:
    link = await finished.visit.link(finished.video_id)
    answer = await finished.visit.client.get(link, headers={"Range": "bytes=4-7"})
    assert answer.content == b"ftyp"


async def test_content_needs_the_key(finished: Finished) -> None:
    async with httpx2.AsyncClient(base_url=finished.visit.simulator.base_url) as stranger:
        answer = await stranger.get(f"/v1/videos/{finished.video_id}/content")
    assert answer.status_code == CODES.UNAUTHORIZED
