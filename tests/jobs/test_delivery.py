from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import anyio
import pytest
from starlette.requests import Request
from starlette.responses import Response

from tests.gateway.servers import Pauses, answering, client_of, downloader_of, http_clients, in_pieces, names
from tests.jobs.samples import job
from tests.media.samples import Clip, picture
from tests.simulator.visits import SMALL, Visit, visiting
from video_mcp.errors import GatewayRejected, GatewayUnreachable, NotAVideo, OutputRefused, VideoMCPError
from video_mcp.gateway.addresses import Resolve
from video_mcp.jobs.accounts import Accounts
from video_mcp.jobs.delivery import Delivery
from video_mcp.jobs.delivery_source import PolledLink
from video_mcp.jobs.job import VideoFile
from video_mcp.jobs.stored_videos import StoredVideos
from video_mcp.media.library import Library
from video_mcp.simulator import Fault, FaultKind, RecordedRequest, SimulatorConfig

pytestmark = pytest.mark.anyio

MEGABYTE = 1024 * 1024
NO_LINK = Fault(on="status", kind="no_link", times=None)
JOB = job(created_at=1_800_000_000.0)
NAME = "2027-01-15-a-paper-boat-video_1.mp4"


@dataclass(slots=True)
class Scene:
    """A gateway with a finished video, and a folder for it."""

    visit: Visit
    folder: Path
    upstream_id: str
    pauses: Pauses

    @property
    def base_url(self) -> str:
        return self.visit.simulator.base_url

    @property
    def polls(self) -> int:
        return len([one for one in self.visit.simulator.requests if one.path.endswith(self.upstream_id)])

    @property
    def downloads(self) -> list[RecordedRequest]:
        return [one for one in self.visit.simulator.requests if "/media/" in one.path or "/content" in one.path]

    @property
    def route(self) -> list[str]:
        """Where the bytes were asked for, in order."""
        return ["link" if "/media/" in one.path else "content" for one in self.downloads]

    def arm(self, *faults: Fault) -> None:
        self.visit.simulator.faults.arm(*faults)

    async def link(self) -> str:
        """Return the link of the poll that saw the video finished, and forget that poll."""
        link = await self.visit.link(self.upstream_id)
        self.visit.simulator.requests.clear()
        return link

    async def content(self) -> bytes:
        """Return what the file at the gateway holds."""
        self.visit.simulator.faults.clear()
        return (await self.visit.content(self.upstream_id)).content

    async def file(self, name: str = NAME) -> bytes:
        return await anyio.Path(self.folder / name).read_bytes()

    async def names(self) -> list[str]:
        return await names(self.folder)


@asynccontextmanager
async def scene(folder: Path, config: SimulatorConfig = SMALL) -> AsyncGenerator[Scene]:
    async with visiting(config) as visit:
        yield Scene(visit, folder, await visit.finished(), Pauses())


@asynccontextmanager
async def delivering(
    scene: Scene, *, base_url: str | None = None, resolve: Resolve | None = None, max_bytes: int = 10**9
) -> AsyncGenerator[Delivery]:
    """Run what brings videos home, as one process does."""
    base_url = base_url or scene.base_url
    async with http_clients() as clients:
        yield Delivery(
            accounts=Accounts(
                client_of(clients, base_url, scene.pauses),
                downloader_of(clients, base_url, resolve=resolve, max_bytes=max_bytes),
            ),
            videos=StoredVideos(Library(scene.folder)),
            jitter=lambda: 0.5,
            sleep=scene.pauses,
        )


@pytest.fixture
async def ready(tmp_path: Path) -> AsyncGenerator[Scene]:
    async with scene(tmp_path) as ready:
        yield ready


async def delivered(scene: Scene, link: str | None, *, patience_seconds: float = 600.0) -> VideoFile:
    """Bring the video home by a link, or from a gateway that never gives one."""
    polled = PolledLink(url=link) if link is not None else None
    if link is None:
        scene.arm(NO_LINK)
    with anyio.fail_after(100):
        async with delivering(scene) as delivery:
            return await delivery.deliver(JOB, scene.upstream_id, polled, patience_seconds=patience_seconds)


async def refused(scene: Scene, link: str | None, error: type[VideoMCPError]) -> VideoMCPError:
    with pytest.raises(error) as caught:
        await delivered(scene, link, patience_seconds=2.0)
    return caught.value


async def test_a_finished_video_comes_home_by_its_link(ready: Scene) -> None:
    file = await delivered(ready, await ready.link())

    assert (ready.route, ready.polls) == (["link"], 0)
    content = await ready.file()
    assert content == await ready.content()
    assert (file.name, file.bytes, file.sha256) == (NAME, len(content), hashlib.sha256(content).hexdigest())
    assert (file.seconds, file.has_audio, file.media_type) == (4.0, True, "video/mp4")
    assert (file.width, file.height) == (36, 64)
    assert await ready.names() == [NAME]


async def test_a_video_without_a_link_comes_from_the_gateway_itself(ready: Scene) -> None:
    await delivered(ready, None)
    assert (ready.route, ready.polls) == (["content"], 1)


async def test_a_gateway_that_named_no_link_is_not_polled_again(ready: Scene) -> None:
    async with delivering(ready) as delivery:
        await delivery.deliver(JOB, ready.upstream_id, PolledLink(url=None))
    assert (ready.route, ready.polls) == (["content"], 0)


async def test_a_gateway_that_refuses_its_content_is_polled_for_a_link_once(ready: Scene) -> None:
    ready.arm(Fault(on="content", kind="unauthorized", times=None))
    async with delivering(ready) as delivery:
        await delivery.deliver(JOB, ready.upstream_id, PolledLink(url=None))
    assert (ready.route, ready.polls) == (["content", "link"], 1)


async def test_a_link_that_was_forgotten_over_a_restart_is_asked_for(ready: Scene) -> None:
    async with delivering(ready) as delivery:
        await delivery.deliver(JOB, ready.upstream_id, None)
    assert (ready.route, ready.polls) == (["link"], 1)


async def test_an_expired_link_is_refreshed_by_one_more_poll(tmp_path: Path) -> None:
    async with scene(tmp_path, replace(SMALL, link_seconds=60)) as ready:
        link = await ready.link()
        ready.visit.clock.advance(61)

        await delivered(ready, link)

        assert (ready.route, ready.polls) == (["link", "link"], 1)
        assert ready.pauses.seconds == []


async def test_a_stale_link_is_refreshed(ready: Scene) -> None:
    ready.arm(Fault(on="status", kind="stale_link"))
    await delivered(ready, await ready.link())
    assert (ready.route, ready.polls) == (["link", "link"], 1)


@pytest.mark.parametrize("status_code", [403, 404, 410])
async def test_a_link_that_stays_refused_is_given_up_for_the_gateways_own(ready: Scene, status_code: int) -> None:
    ready.arm(Fault(on="link", kind="link_refused", status_code=status_code, times=None))
    await delivered(ready, await ready.link())
    assert (ready.route, ready.polls) == (["link", "link", "content"], 1)


async def test_a_refused_link_whose_refresh_fails_leads_to_the_gateways_own(ready: Scene) -> None:
    link = await ready.link()
    ready.arm(Fault(on="link", kind="link_refused"), Fault(on="status", kind="server_error"))
    await delivered(ready, link)
    assert ready.route == ["link", "content"]


async def test_a_refused_link_whose_refresh_has_none_leads_to_the_gateways_own(ready: Scene) -> None:
    link = await ready.link()
    ready.arm(Fault(on="link", kind="link_refused"), Fault(on="status", kind="no_link"))
    await delivered(ready, link)
    assert (ready.route, ready.polls) == (["link", "content"], 1)


@pytest.mark.parametrize(
    "link",
    [
        "data:video/mp4;base64,AAAA",
        "ftp://cdn.example/a.mp4",
        "http://169.254.169.254/a.mp4",
        "http://2130706433/a.mp4",
        "http://user@cdn.example/a.mp4",
    ],
)
async def test_a_link_that_must_not_be_followed_leads_to_the_gateways_own_at_once(ready: Scene, link: str) -> None:
    await delivered(ready, link)
    assert (ready.route, ready.polls, ready.pauses.seconds) == (["content"], 0, [])


async def test_a_public_gateways_link_into_this_machine_is_not_followed(ready: Scene) -> None:
    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return ["93.184.215.14"]

    link = await ready.link()
    by_name = ready.base_url.replace("127.0.0.1", "localhost")
    async with delivering(ready, base_url=by_name, resolve=resolve) as delivery:
        with anyio.fail_after(100):
            await delivery.deliver(JOB, ready.upstream_id, PolledLink(url=link))
    assert (ready.route, ready.polls) == (["content"], 0)


async def test_a_redirect_of_the_gateways_own_is_followed_without_the_key(ready: Scene) -> None:
    ready.arm(Fault(on="content", kind="redirect"))
    await delivered(ready, None)
    assert [one.authorization for one in ready.downloads] == ["gateway_key", "absent"]


async def test_json_without_bytes_is_asked_again(ready: Scene) -> None:
    ready.arm(Fault(on="content", kind="html_200"), Fault(on="content", kind="json_200"))
    await delivered(ready, None)
    assert ready.route == ["content", "content", "link"]
    assert await ready.names() == [NAME]


async def test_a_page_at_the_links_place_leads_to_the_gateways_own(ready: Scene) -> None:
    ready.arm(Fault(on="link", kind="html_200"))
    await delivered(ready, await ready.link())
    assert ready.route == ["link", "content"]


async def test_a_video_that_is_not_ready_there_yet_is_asked_for_again(ready: Scene) -> None:
    ready.arm(Fault(on="content", kind="task_not_found"), Fault(on="content", kind="html_502"))
    await delivered(ready, None)
    assert ready.route == ["content"] * 3
    assert ready.pauses.seconds == [0.75, 1.5]


@pytest.mark.parametrize("kind", ["html_502", "task_not_found", "rate_limit"])
async def test_a_host_that_is_late_is_tried_by_time(ready: Scene, kind: FaultKind) -> None:
    ready.arm(Fault(on="content", kind=kind, times=12))
    await delivered(ready, None)
    assert ready.route == ["content"] * 13
    assert ready.pauses.seconds[:4] == [0.75, 1.5, 3.0, 3.75]
    assert await ready.names() == [NAME]


async def test_a_link_that_comes_back_is_taken_although_content_never_answers(ready: Scene) -> None:
    ready.arm(Fault(on="link", kind="html_502", times=4), Fault(on="content", kind="html_502", times=None))
    await delivered(ready, await ready.link())
    assert ready.route[:7] == ["link", "link", "link", "content", "content", "content", "link"]
    assert await ready.names() == [NAME]


@pytest.mark.parametrize("by", ["link", "content"])
async def test_a_video_that_is_cut_twice_is_gone_on_with(ready: Scene, by: str) -> None:
    link = await ready.link()
    on = "link" if by == "link" else "content"
    ready.arm(Fault(on=on, kind="cut_body", times=2))

    file = await delivered(ready, link if by == "link" else None)

    first, second, third = ready.downloads
    starts = [int(one.headers["range"].removeprefix("bytes=").removesuffix("-")) for one in (second, third)]
    assert "range" not in first.headers
    assert 0 < starts[0] < starts[1] < file.bytes
    assert second.headers["if-range"] == third.headers["if-range"]
    assert ready.pauses.seconds == [0.75, 1.5]
    assert await ready.file() == await ready.content()


async def test_a_link_that_always_breaks_is_gone_on_with_at_the_gateways_own(ready: Scene) -> None:
    ready.arm(Fault(on="link", kind="cut_body", times=None))
    await delivered(ready, await ready.link())

    assert ready.route == ["link", "link", "link", "content"]
    assert "range" in ready.downloads[-1].headers
    assert await ready.file() == await ready.content()


async def test_a_gateway_that_cuts_every_answer_is_asked_as_long_as_it_goes_on(ready: Scene) -> None:
    padding = b"free" + b"\0" * (6 * MEGABYTE)
    whole = await ready.content() + (len(padding) + 4).to_bytes(4, "big") + padding

    async def some(start: int) -> AsyncIterator[bytes]:
        yield whole[start : start + 3 * MEGABYTE // 2]
        if len(whole) - start > 3 * MEGABYTE // 2:
            raise ConnectionAbortedError

    def answer(request: Request) -> Response:
        start = int(request.headers.get("range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))
        headers = {"etag": '"v1"', "content_length": str(len(whole) - start)}
        told = f"bytes {start}-{len(whole) - 1}/{len(whole)}"
        return in_pieces(some(start), 206 if start else 200, content_range=told, **headers)

    async with answering(answer) as server, delivering(ready, base_url=server.url) as delivery:
        with anyio.fail_after(100):
            file = await delivery.deliver(JOB, ready.upstream_id, None)

    assert file.sha256 == hashlib.sha256(whole).hexdigest()
    assert len([one for one in server.seen if one.target.endswith("/content")]) == 5
    assert ready.pauses.seconds == [0.75] * 4


async def test_another_process_goes_on_with_a_broken_download(ready: Scene) -> None:
    ready.arm(Fault(on="content", kind="cut_body", times=3))
    await refused(ready, None, GatewayUnreachable)
    assert await ready.names() == [f"{NAME}.part", f"{NAME}.part.json"]
    size = (await anyio.Path(ready.folder / f"{NAME}.part").stat()).st_size

    await delivered(ready, None)

    assert ready.downloads[-1].headers["range"] == f"bytes={size}-"
    assert await ready.file() == await ready.content()
    assert await ready.names() == [NAME]


async def test_a_video_that_was_brought_home_before_a_crash_is_not_fetched_again(ready: Scene) -> None:
    first = await delivered(ready, None)
    again = await delivered(ready, None)

    assert again == first
    assert ready.route == ["content"]
    assert await ready.names() == [NAME]


async def test_a_download_that_was_whole_before_a_crash_is_not_fetched_again(ready: Scene) -> None:
    await delivered(ready, None)
    final, part = anyio.Path(ready.folder / NAME), anyio.Path(ready.folder / f"{NAME}.part")
    size = (await final.stat()).st_size
    await final.rename(part)
    await anyio.Path(f"{part}.json").write_text(f'{{"validator": "\\"v1\\"", "total": {size}}}')

    await delivered(ready, None)

    assert ready.route == ["content"]
    assert await ready.names() == [NAME]


async def test_a_crash_between_claiming_a_name_and_moving_the_file_costs_nothing(ready: Scene) -> None:
    first = await delivered(ready, None)
    final, part = anyio.Path(ready.folder / NAME), anyio.Path(ready.folder / f"{NAME}.part")
    await final.rename(part)
    await anyio.Path(f"{part}.json").write_text(f'{{"validator": "\\"v1\\"", "total": {first.bytes}}}')
    await final.touch()

    assert await delivered(ready, None) == first
    assert ready.route == ["content"]
    assert await ready.names() == [NAME]


async def test_a_broken_download_goes_on_although_its_name_was_taken_meanwhile(ready: Scene) -> None:
    ready.arm(Fault(on="content", kind="cut_body", times=3))
    await refused(ready, None, GatewayUnreachable)
    await anyio.Path(ready.folder / NAME).write_bytes(b"notes")

    file = await delivered(ready, None)

    assert "range" in ready.downloads[-1].headers
    assert await ready.names() == sorted([NAME, file.name])


async def test_a_name_that_something_else_has_taken_is_left_alone(ready: Scene) -> None:
    await anyio.Path(ready.folder / NAME).write_bytes(b"notes")

    file = await delivered(ready, None)

    assert file.name == NAME.replace(".mp4", "-2.mp4")
    assert await ready.file() == b"notes"
    assert await ready.names() == sorted([NAME, file.name])


async def test_two_calls_for_one_video_fetch_it_once(ready: Scene) -> None:
    files: list[VideoFile] = []
    link = await ready.link()
    async with AsyncExitStack() as stack:
        delivery = await stack.enter_async_context(delivering(ready))

        async def call() -> None:
            files.append(await delivery.deliver(JOB, ready.upstream_id, PolledLink(url=link)))

        with anyio.fail_after(100):
            async with anyio.create_task_group() as tasks:
                for _ in range(2):
                    tasks.start_soon(call)

    assert files[0] == files[1]
    assert ready.route == ["link"]


async def test_a_file_that_cannot_be_decoded_is_thrown_away_and_fetched_anew(ready: Scene) -> None:
    await delivered(ready, None)
    content = await ready.file()
    await anyio.Path(ready.folder / NAME).unlink()
    # Whole by its length and damaged in its pictures, as a disk or a proxy can leave it.
    part = anyio.Path(ready.folder / f"{NAME}.part")
    await part.write_bytes(content[:64] + b"\0" * (len(content) - 64))
    await anyio.Path(f"{part}.json").write_text(f'{{"validator": "\\"v1\\"", "total": {len(content)}}}')

    await delivered(ready, None)

    assert ready.route == ["content", "content"]
    assert ready.pauses.seconds == [0.75]
    assert await ready.file() == content
    assert await ready.names() == [NAME]


def other_media(tmp_path: Path) -> dict[str, bytes]:
    """Return media that a gateway may deliver in place of an MP4, by the ending it should get."""
    webm = Clip(seconds=4, codec="libvpx", sound=True, sound_seconds=8).write(tmp_path / "made.webm")
    stream = Clip(seconds=4, shape_until=4).write(tmp_path / "made.ts")
    return {
        ".webm": webm.read_bytes(),
        ".ts": stream.read_bytes(),
        ".gif": picture("gif"),
        ".bin": bytes(5000),
        ".mp4": b"\0\0\0\x20ftypisom" + bytes(3000),
    }


@pytest.mark.parametrize(
    ("suffix", "media_type", "downloads", "warning"),
    [
        (".webm", "video/webm", 1, "sound lasts 8.0 s, its picture 4.0 s"),
        (".ts", "video/mp2t", 1, None),
        (".gif", "image/gif", 2, "could not be checked"),
        (".bin", "application/octet-stream", 2, "could not be checked"),
        (".mp4", "video/mp4", 2, "could not be checked"),
    ],
)
async def test_whatever_container_comes_is_kept_under_its_true_name(
    ready: Scene,
    tmp_path_factory: pytest.TempPathFactory,
    suffix: str,
    media_type: str,
    downloads: int,
    warning: str | None,
) -> None:
    content = other_media(tmp_path_factory.mktemp("made"))[suffix]

    def answer(_request: Request) -> Response:
        return Response(content, media_type="video/mp4", headers={"etag": '"v1"'})

    async with answering(answer) as server, delivering(ready, base_url=server.url) as delivery:
        with anyio.fail_after(100):
            file = await delivery.deliver(JOB, ready.upstream_id, None)

    assert file.name == NAME.replace(".mp4", suffix)
    assert (file.media_type, file.bytes, file.sha256) == (media_type, len(content), hashlib.sha256(content).hexdigest())
    assert await ready.file(file.name) == content
    assert await ready.names() == [file.name]
    assert len([one for one in server.seen if one.target.endswith("/content")]) == downloads
    assert (warning is None and not file.warnings) or (warning is not None and warning in file.warnings[0])


async def test_a_video_that_cannot_be_had_leaves_no_file_and_says_why(ready: Scene) -> None:
    ready.arm(Fault(on="link", kind="html_200", times=None), Fault(on="content", kind="html_200", times=None))

    error = await refused(ready, await ready.link(), NotAVideo)

    assert ready.route == ["link", "content", "content", "content"]
    assert await ready.names() == []
    assert "signature" not in str(error)


async def test_a_key_that_is_refused_stops_at_once(ready: Scene) -> None:
    ready.arm(Fault(on="content", kind="unauthorized"))
    error = await refused(ready, None, GatewayRejected)
    assert (ready.route, ready.pauses.seconds) == (["content"], [])
    assert "VIDEO_MCP_API_KEY" in str(error)


async def test_a_gateway_that_asks_for_a_pause_gets_it(ready: Scene) -> None:
    ready.arm(
        Fault(on="content", kind="rate_limit", retry_after="20"),
        Fault(on="content", kind="rate_limit", retry_after="86400"),
    )
    await delivered(ready, None)
    assert ready.pauses.seconds == [20.0, 60.0]


async def test_a_video_that_is_too_large_is_refused_once_and_leaves_nothing(ready: Scene) -> None:
    link = await ready.link()
    async with delivering(ready, max_bytes=1000) as delivery:
        with anyio.fail_after(100), pytest.raises(OutputRefused):
            await delivery.deliver(JOB, ready.upstream_id, PolledLink(url=link))
    assert ready.route == ["link"]
    assert await ready.names() == []
