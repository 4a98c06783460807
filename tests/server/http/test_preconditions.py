"""Conditions and ranges of a GET, as RFC 9110 has them."""

from __future__ import annotations

from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from video_mcp.server.http.preconditions import Outcome, outcome_of, satisfiable
from video_mcp.server.http.served_file import ServedFile

TAG = '"abc"'
AT = 1_800_000_000.5
BEFORE, THEN, AFTER = (
    "Fri, 15 Jan 2027 07:59:59 GMT",
    "Fri, 15 Jan 2027 08:00:00 GMT",
    "Fri, 15 Jan 2027 08:00:01 GMT",
)


@pytest.mark.parametrize(
    ("headers", "outcome"),
    [
        ({}, "send"),
        ({"If-None-Match": TAG}, "not_modified"),
        ({"If-None-Match": f'"x", W/{TAG}'}, "not_modified"),  # the comparison is the weak one
        ({"If-None-Match": "*"}, "not_modified"),
        ({"If-None-Match": '"x"'}, "send"),
        ({"If-None-Match": '"x"', "If-Modified-Since": AFTER}, "send"),  # the tag alone counts
        ({"If-Modified-Since": THEN}, "not_modified"),
        ({"If-Modified-Since": BEFORE}, "send"),
        ({"If-Modified-Since": "yesterday"}, "send"),
        ({"If-Match": TAG}, "send"),
        ({"If-Match": "*"}, "send"),
        ({"If-Match": f'"x", {TAG}'}, "send"),
        ({"If-Match": '"x"'}, "failed"),
        ({"If-Match": f"W/{TAG}"}, "failed"),  # the comparison is the strong one
        ({"If-Match": '"x"', "If-None-Match": TAG}, "failed"),
        ({"If-Match": TAG, "If-None-Match": TAG}, "not_modified"),
        ({"If-Unmodified-Since": BEFORE}, "failed"),
        ({"If-Unmodified-Since": THEN}, "send"),
        ({"If-Match": TAG, "If-Unmodified-Since": BEFORE}, "send"),
    ],
)
def test_conditions_count_in_their_order(headers: dict[str, str], outcome: Outcome) -> None:
    assert outcome_of(Headers(headers), etag=TAG, modified_at=AT) == outcome


@pytest.mark.parametrize(
    ("field", "kept"),
    [
        ("bytes=0-3", "bytes=0-3"),
        ("Bytes=0-3", "bytes=0-3"),
        ("bytes=0-3, 900-, 5-", "bytes=0-3,5-"),
        ("bytes=-3", "bytes=-3"),
        ("bytes=-900", "bytes=-900"),
        ("bytes=-0", "bytes=100-"),
        ("bytes=100-", "bytes=100-"),
        ("bytes=100-200,300-", "bytes=100-"),
        ("bytes=5-2", None),
        ("bytes=a-b", None),
        ("bytes=", None),
        ("bytes=--1", None),
        ("seconds=0-3", None),
        ("0-3", None),
    ],
)
def test_ranges_that_can_be_satisfied_are_kept(field: str, kept: str | None) -> None:
    assert satisfiable(field, 100) == kept


def a_client(path: Path, cleaned: list[str]) -> httpx2.AsyncClient:
    async def serve(_request: Request) -> Response:
        return ServedFile(path, media_type="video/mp4", sha256="abc", clean_up=lambda: cleaned.append("up"))

    app = Starlette(routes=[Route("/", serve, methods=["GET", "HEAD"])])
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://here")


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("method", "headers", "status", "content"),
    [
        ("GET", {}, 200, b"0123456789"),
        ("HEAD", {"Range": "bytes=0-3"}, 200, b""),
        ("GET", {"Range": "bytes=2-4"}, 206, b"234"),
        ("GET", {"Range": "bytes=-2"}, 206, b"89"),
        ("GET", {"Range": "bytes=8-20"}, 206, b"89"),
        ("GET", {"Range": "seconds=2-4"}, 200, b"0123456789"),
        ("GET", {"Range": "bytes=5-2"}, 200, b"0123456789"),
        ("GET", {"Range": "bytes=10-"}, 416, b""),
        ("GET", {"Range": "bytes=2-3,90-"}, 206, b"23"),
        ("GET", {"Range": "bytes=2-4", "If-Range": TAG}, 206, b"234"),
        ("GET", {"Range": "bytes=2-4", "If-Range": '"other"'}, 200, b"0123456789"),
        ("GET", {"Range": "bytes=2-4", "If-Range": f"W/{TAG}"}, 200, b"0123456789"),
        ("GET", {"Range": "bytes=2-4", "If-None-Match": TAG}, 304, b""),
        ("HEAD", {"If-None-Match": TAG}, 304, b""),
        ("GET", {"Range": "bytes=2-4", "If-Match": '"other"'}, 412, b""),
    ],
)
async def test_a_file_is_sent_as_its_conditions_say_and_cleaned_up_after(
    tmp_path: Path, method: str, headers: dict[str, str], status: int, content: bytes
) -> None:
    path, cleaned = tmp_path / "video.mp4", list[str]()
    path.write_bytes(b"0123456789")
    async with a_client(path, cleaned) as client:
        answer = await client.request(method, "/", headers=headers)
    assert (answer.status_code, answer.content, cleaned) == (status, content, ["up"])
    assert (answer.headers.get("etag") == TAG) is (status in {200, 206, 304})
    if status in {200, 206, 304}:
        assert answer.headers["cache-control"] == "private, no-store"
    if status == 200:
        assert (answer.headers["content-length"], answer.headers["accept-ranges"]) == ("10", "bytes")
    if status == 416:
        assert answer.headers["content-range"] == "bytes */10"


@pytest.mark.anyio
async def test_several_ranges_come_as_several_parts(tmp_path: Path) -> None:
    path = tmp_path / "video.mp4"
    path.write_bytes(b"0123456789")
    async with a_client(path, []) as client:
        answer = await client.get("/", headers={"Range": "bytes=0-1,8-"})
    assert answer.status_code == 206
    assert answer.headers["content-type"].startswith("multipart/byteranges; boundary=")
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert answer.content.count(b"Content-Range: bytes ") == 2
