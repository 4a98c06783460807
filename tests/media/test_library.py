from __future__ import annotations

import hashlib
import os
import unicodedata
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from video_mcp.errors import FileUnavailable, OutputRefused, StorageFull
from video_mcp.media.confinement import is_device_name
from video_mcp.media.disk import write_atomically, writing
from video_mcp.media.library import Library, store_as
from video_mcp.media.video_names import video_name

from .samples import link, stored

DAY = datetime(2026, 11, 23, 23, 59, tzinfo=UTC)
anyio_test = pytest.mark.anyio


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "videos")


@pytest.fixture
def source(library: Library) -> Path:
    path = library.path_for(video_name("video_1", "A cat", DAY))
    path.write_bytes(b"the film")
    return path


def rewrite(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def content(path: Path) -> bytes:
    return path.read_bytes()


def real(path: Path) -> Path:
    return path.resolve()


def files_below(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("A cat, on a mat!", "2026-11-23-a-cat-on-a-mat-video_1"),
        ("", "2026-11-23-video_1"),
        ("../../etc/passwd\0", "2026-11-23-etc-passwd-video_1"),
        ('CON: <a> "b" | c? *\\/', "2026-11-23-con-a-b-c-video_1"),
        ("一只猫在垫子上", "2026-11-23-一只猫在垫子上-video_1"),
        ("नमस्ते दुनिया", "2026-11-23-नमस्ते-दुनिया-video_1"),
        ("🎬\u202egnp.exe\ud800", "2026-11-23-gnp-exe-video_1"),
        ("ﬁlm Ａ½", "2026-11-23-film-a1-2-video_1"),
    ],
)
def test_a_name_tells_date_words_and_id(prompt: str, expected: str) -> None:
    assert video_name("video_1", prompt, DAY) == expected


def test_ids_that_are_no_names_stay_apart() -> None:
    names = {video_name(video_id, "", DAY) for video_id in ("a/b", "a\\b", "a:b", "../a", "", "a" * 41, "a" * 42)}

    assert len(names) == 7


@given(video_id=st.text(max_size=300), prompt=st.text(max_size=400))
def test_every_name_is_safe_on_every_disk(video_id: str, prompt: str) -> None:
    name = f"{video_name(video_id, prompt, DAY)}.mp4"

    assert len(name) <= 120
    assert len(f"{name}.storyboard.jpg.part".encode()) <= 255
    assert not is_device_name(name)
    assert not set(name) & set('<>:"/\\|?*\0')
    assert all(unicodedata.category(char)[0] != "C" for char in name)
    assert name == name.strip(" .-")


def test_a_new_video_never_takes_a_name_that_is_there(library: Library, source: Path) -> None:
    stem = video_name("video_1", "A cat", DAY)
    second = library.path_for(stem)
    link(second, library.output_dir / "nowhere.mp4")

    assert source.name == "2026-11-23-a-cat-video_1.mp4"
    assert second.name == "2026-11-23-a-cat-video_1-2.mp4"
    assert library.path_for(stem).name == "2026-11-23-a-cat-video_1-3.mp4"
    assert library.path_for(stem, ".webm").name == "2026-11-23-a-cat-video_1.webm"
    assert library.part_path(stem).name == "2026-11-23-a-cat-video_1.mp4.part"


@pytest.mark.skipif(os.name == "nt", reason="no such modes there")
def test_a_folder_that_we_make_is_its_owners_alone_and_another_keeps_its_mode(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o755)
    shared.chmod(0o755)
    for folder, mode in ((tmp_path / "own", 0o700), (shared, 0o755)):
        Library(folder).path_for("video_1")
        assert folder.stat().st_mode & 0o777 == mode


def test_a_library_where_a_file_is_says_so(tmp_path: Path) -> None:
    (tmp_path / "taken").write_bytes(b"")

    with pytest.raises(OutputRefused, match="taken"):
        Library(tmp_path / "taken").path_for("video_1")


def test_names_for_the_ledger_go_both_ways(library: Library, source: Path, tmp_path: Path) -> None:
    link(tmp_path / "door", library.output_dir)

    assert library.absolute(library.relative(source)) == source
    assert library.relative(library.output_dir / "sub" / "a.mp4") == "sub/a.mp4"
    assert Library(tmp_path / "door").relative(source) == source.name
    with pytest.raises(OutputRefused):
        library.relative(tmp_path / "elsewhere.mp4")


@pytest.mark.parametrize("name", ["../a.mp4", "/etc/passwd", "a/../../b", "", "."])
def test_a_name_that_leads_out_is_refused(library: Library, name: str) -> None:
    with pytest.raises(OutputRefused):
        library.absolute(name)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("/home/ann/Videos", PurePosixPath("/home/ann/Videos/sub/a.mp4")),
        (r"C:\Users\Ann\Videos", PureWindowsPath(r"C:\Users\Ann\Videos\sub\a.mp4")),
        ("D:/films", PureWindowsPath(r"D:\films\sub\a.mp4")),
        (r"\\nas\films", PureWindowsPath(r"\\nas\films\sub\a.mp4")),
    ],
)
def test_a_container_tells_the_path_that_the_host_sees(tmp_path: Path, host: str, expected: PurePosixPath) -> None:
    library = Library(tmp_path, Path(host))

    assert str(library.host_path(tmp_path / "sub" / "a.mp4")).replace("\\", "/") == str(expected).replace("\\", "/")


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("/home/ann/My Videos", "file:///home/ann/My%20Videos/a.mp4"),
        (r"C:\Users\Ann\Videos", "file:///C:/Users/Ann/Videos/a.mp4"),
        (r"\\nas\films", "file://nas/films/a.mp4"),
    ],
)
def test_a_container_names_the_address_that_the_host_opens(tmp_path: Path, host: str, expected: str) -> None:
    assert Library(tmp_path, Path(host)).host_uri(tmp_path / "a.mp4") == expected


def test_paths_that_no_mapping_covers_stay(tmp_path: Path, library: Library) -> None:
    elsewhere = tmp_path / "elsewhere.mp4"

    assert library.host_path(elsewhere) == elsewhere
    assert Library(tmp_path / "videos", Path("/host")).host_path(elsewhere) == elsewhere
    assert Library(tmp_path / "videos", Path("/host")).host_path(Path("a.mp4")) == Path("a.mp4")


def test_free_room_is_known_before_the_folder_exists(tmp_path: Path) -> None:
    assert Library(tmp_path / "not" / "yet").free_bytes() > 0


@anyio_test
async def test_a_finished_download_gets_its_name_and_replaces_nothing(library: Library) -> None:
    part = library.part_path("video_2")
    part.parent.mkdir()
    part.write_bytes(b"GIF89a: new")

    final = await library.store(part, "video_2")

    assert (final.name, final.read_bytes(), part.exists()) == ("video_2.gif", b"GIF89a: new", False)
    part.write_bytes(b"GIF89a: newer")
    assert (await library.store(part, "video_2")).name == "video_2-2.gif"
    assert final.read_bytes() == b"GIF89a: new"


def test_a_name_that_was_taken_meanwhile_is_not_replaced(library: Library) -> None:
    part, final = library.part_path("video_2"), library.path_for("video_2")
    part.write_bytes(b"newer")
    final.write_bytes(b"new")

    with pytest.raises(OutputRefused, match="already exists"):
        store_as(part, final)
    assert (final.read_bytes(), part.read_bytes()) == (b"new", b"newer")


def test_a_file_is_intact_as_long_as_it_is_complete_and_unchanged(library: Library, source: Path) -> None:
    size_bytes, sha256 = 8, hashlib.sha256(b"the film").hexdigest()
    file = library.stored(source.name, size_bytes=size_bytes, sha256=sha256)

    assert file.is_intact()
    assert not library.stored("gone.mp4", size_bytes=size_bytes, sha256=sha256).is_intact()
    rewrite(source, b"the fil")
    assert not file.is_intact()
    rewrite(source, b"the FILM")
    assert not file.is_intact()


@anyio_test
@pytest.mark.parametrize(
    ("destination", "expected"),
    [
        ("final.mp4", "final.mp4"),
        ("FINAL.MP4", "FINAL.MP4"),
        ("final", "final.mp4"),
        ("shots/one/final.mp4", "shots/one/final.mp4"),
        ("shots/", "shots/2026-11-23-a-cat-video_1.mp4"),
        ("old", "old/2026-11-23-a-cat-video_1.mp4"),
        ("old.mp4", "old.mp4/2026-11-23-a-cat-video_1.mp4"),
        (".", "2026-11-23-a-cat-video_1.mp4"),
        ("", "2026-11-23-a-cat-video_1.mp4"),
        ("v1.2/clip", "v1.2/clip.mp4"),
    ],
)
async def test_a_video_is_saved_where_the_caller_says(
    library: Library, source: Path, destination: str, expected: str
) -> None:
    (library.output_dir / "old").mkdir()
    (library.output_dir / "old.mp4").mkdir() if destination == "old.mp4" else None

    saved = await library.save_as(stored(source), destination, overwrite=False)

    assert saved == library.output_dir.resolve() / expected
    assert saved.read_bytes() == b"the film"
    assert files_below(library.output_dir) == sorted({expected, source.name})


@anyio_test
async def test_an_absolute_destination_may_lie_in_the_library(library: Library, source: Path) -> None:
    saved = await library.save_as(stored(source), library.output_dir / "a.mp4", overwrite=False)

    assert content(saved) == b"the film"


@anyio_test
async def test_editing_a_copy_leaves_the_librarys_file_as_it_is(library: Library, source: Path) -> None:
    saved = await library.save_as(stored(source), "a.mp4", overwrite=False)
    with saved.open("r+b") as file:
        file.write(b"EDITED")

    assert content(source) == b"the film"


@anyio_test
async def test_a_hard_link_of_an_earlier_version_becomes_a_copy(library: Library, source: Path) -> None:
    (library.output_dir / "a.mp4").hardlink_to(source)

    saved = await library.save_as(stored(source), "a.mp4", overwrite=False)

    assert not saved.samefile(source)
    assert saved.read_bytes() == b"the film"


@anyio_test
async def test_another_files_bytes_are_never_given_out_as_the_video(library: Library, source: Path) -> None:
    file = stored(source)
    rewrite(source, b"the FILM")

    with pytest.raises(FileUnavailable, match=r"was changed or replaced.*fetch_video"):
        await library.save_as(file, "a.mp4", overwrite=False)
    assert files_below(library.output_dir) == [source.name]


@anyio_test
async def test_nothing_is_overwritten_unless_told(library: Library, source: Path) -> None:
    taken = library.output_dir / "taken.mp4"
    taken.write_bytes(b"precious")

    with pytest.raises(OutputRefused, match=r"already exists.*overwrite"):
        await library.save_as(stored(source), "taken.mp4", overwrite=False)
    assert taken.read_bytes() == b"precious"

    await library.save_as(stored(source), "taken.mp4", overwrite=True)
    assert taken.read_bytes() == b"the film"
    assert files_below(library.output_dir) == sorted([source.name, "taken.mp4"])


@anyio_test
async def test_saving_to_the_same_place_again_is_done_already(library: Library, source: Path) -> None:
    first = await library.save_as(stored(source), "a.mp4", overwrite=False)

    assert await library.save_as(stored(source), "a.mp4", overwrite=False) == first
    assert await library.save_as(stored(source), "a.mp4", overwrite=True) == first
    assert await library.save_as(stored(source), source.name, overwrite=False) == real(source)
    assert files_below(library.output_dir) == sorted([source.name, "a.mp4"])


@pytest.fixture
def file_on_another_disk(tmp_path: Path) -> Generator[Path]:
    other = Path("/dev/shm")
    if not other.is_dir() or other.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("needs a second disk")
    path = other / f"video-mcp-{os.getpid()}.mp4"
    path.write_bytes(b"from afar" * 300_000)
    yield path
    path.unlink()


@anyio_test
async def test_another_disk_gets_a_copy(library: Library, file_on_another_disk: Path) -> None:
    saved = await library.save_as(stored(file_on_another_disk), "disk/a.mp4", overwrite=False)

    assert saved.read_bytes() == b"from afar" * 300_000
    assert not saved.samefile(file_on_another_disk)
    assert files_below(library.output_dir) == ["disk/a.mp4"]


@anyio_test
@pytest.mark.parametrize(
    ("destination", "words"),
    [
        ("../a.mp4", "upwards"),
        ("sub/../a.mp4", "upwards"),
        ("/a.mp4", "outside"),
        ("~/a.mp4", "outside"),
        ("~nobody-of-that-name/a.mp4", "home folder"),
        ("NUL.mp4", "devices"),
        ("con/a.mp4", "devices"),
        ("a.py", "does not end in .mp4.*Call it a.mp4"),
        (".bashrc.sh", "does not end in .mp4"),
        ("a\0.mp4", "zero byte"),
        ("x" * 300 + ".mp4", "xxx"),
    ],
)
async def test_other_places_are_refused_and_nothing_is_written(
    library: Library, source: Path, destination: str, words: str
) -> None:
    with pytest.raises(OutputRefused, match=words):
        await library.save_as(stored(source), destination, overwrite=True)
    assert files_below(library.output_dir) == [source.name]


@anyio_test
async def test_links_do_not_lead_out(library: Library, source: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "victim.mp4").write_bytes(b"precious")
    link(library.output_dir / "door", outside)
    link(library.output_dir / "a.mp4", outside / "victim.mp4")
    link(library.output_dir / "b.mp4", outside / "new.mp4")

    for destination in ("door/a.mp4", "door/", "door", "door/new/a.mp4", "a.mp4", "b.mp4"):
        with pytest.raises(OutputRefused, match="outside"):
            await library.save_as(stored(source), destination, overwrite=True)
    assert files_below(outside) == ["victim.mp4"]
    assert (outside / "victim.mp4").read_bytes() == b"precious"


@anyio_test
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
async def test_a_pipe_is_no_destination(library: Library, source: Path) -> None:
    os.mkfifo(library.output_dir / "pipe.mp4")

    with pytest.raises(OutputRefused, match="pipe"):
        await library.save_as(stored(source), "pipe.mp4", overwrite=True)


@anyio_test
async def test_a_file_in_the_way_of_a_folder_is_named(library: Library, source: Path) -> None:
    (library.output_dir / "file").write_bytes(b"")

    with pytest.raises(OutputRefused, match="file"):
        await library.save_as(stored(source), "file/sub/a.mp4", overwrite=True)


@anyio_test
async def test_a_source_that_is_gone_is_said_to_be_gone(library: Library) -> None:
    gone = library.stored("gone.mp4", size_bytes=8, sha256="")
    with pytest.raises(FileUnavailable, match="not in the library any more"):
        await library.save_as(gone, "a.mp4", overwrite=False)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_said_to_be_full() -> None:
    full = Path("/dev/full")
    with pytest.raises(StorageFull, match="disk is full"), writing(Path("a.mp4")), full.open("wb", buffering=0) as file:
        file.write(b"x")


def test_a_small_file_is_replaced_atomically(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    write_atomically(path, b"one")
    write_atomically(path, b"two")

    assert path.read_bytes() == b"two"
    assert files_below(tmp_path) == ["a.jpg"]
