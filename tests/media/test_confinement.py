from __future__ import annotations

import os
import socket
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest

from video_mcp.errors import InputRefused, OutputRefused
from video_mcp.media.confinement import confined, is_device_name, refusal_reason

from .samples import link


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    root.mkdir()
    return root


@pytest.mark.parametrize("name", ["a.png", "sub/a.png", "sub/./a.png", "影片/猫.mp4", "a..b", "~", "-rf"])
def test_a_path_below_the_root_is_returned_in_full(root: Path, name: str) -> None:
    assert confined(Path(name), [root]) == root.resolve() / name
    assert confined(root / name, [root]) == root.resolve() / name


def test_every_root_counts_and_the_first_is_where_relative_paths_begin(root: Path, tmp_path: Path) -> None:
    second = tmp_path / "second"

    assert confined(second / "a.png", [root, second]) == second.resolve() / "a.png"
    assert confined(Path("a.png"), [second, root]) == second.resolve() / "a.png"


@pytest.mark.parametrize("name", ["../outside.png", "sub/../../outside.png", "sub/../inside.png", "..", "/..", "a/.."])
def test_upwards_is_refused_even_when_it_ends_inside(root: Path, name: str) -> None:
    with pytest.raises(InputRefused, match=r"upwards"):
        confined(Path(name), [root])


def test_the_root_itself_and_its_neighbours_are_outside(root: Path, tmp_path: Path) -> None:
    (tmp_path / "root-too").mkdir()

    for path in (root, Path(), tmp_path, tmp_path / "root-too" / "a.png", Path(root.anchor) / "a.png"):
        with pytest.raises(InputRefused, match="outside"):
            confined(path, [root])


def test_no_root_at_all_allows_nothing(root: Path) -> None:
    with pytest.raises(InputRefused, match="outside"):
        confined(root / "a.png", [])


def test_links_are_followed_before_the_decision(root: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"x")
    link(root / "file.png", secret)
    link(root / "folder", tmp_path)
    link(root / "chain", root / "folder")
    link(root / "dangling.png", tmp_path / "not-yet.png")

    for name in ("file.png", "folder/secret.png", "chain/secret.png", "dangling.png", "folder/new/a.png"):
        with pytest.raises(InputRefused, match="outside"):
            confined(Path(name), [root])


def test_a_link_that_stays_inside_is_fine_and_so_is_a_root_that_is_a_link(root: Path, tmp_path: Path) -> None:
    (root / "real.png").write_bytes(b"x")
    link(root / "alias.png", root / "real.png")
    link(tmp_path / "door", root)

    assert confined(Path("alias.png"), [root]) == root.resolve() / "real.png"
    assert confined(tmp_path / "door" / "real.png", [root]) == root.resolve() / "real.png"
    assert confined(root / "real.png", [tmp_path / "door"]) == root.resolve() / "real.png"


def test_a_loop_of_links_ends(root: Path) -> None:
    link(root / "a", root / "b")
    link(root / "b", root / "a")

    with pytest.raises(InputRefused):
        confined(Path("a"), [root])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_pipe_is_no_file(root: Path) -> None:
    os.mkfifo(root / "pipe.png")

    with pytest.raises(InputRefused, match="device, pipe or socket"):
        confined(Path("pipe.png"), [root])


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no sockets with names here")
def test_a_socket_is_no_file(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("s.png")

        with pytest.raises(InputRefused, match="device, pipe or socket"):
            confined(Path("s.png"), [root])


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="no device files here")
def test_a_device_is_no_file_even_below_a_root() -> None:
    with pytest.raises(InputRefused, match="device, pipe or socket"):
        confined(Path("/dev/null"), [Path("/dev")])


def test_a_name_that_no_disk_takes_is_refused_in_words(root: Path) -> None:
    with pytest.raises(InputRefused, match="zero byte"):
        confined(Path("a\0.png"), [root])
    with pytest.raises(InputRefused):
        confined(Path("x" * 5000), [root])


def test_a_sentence_holds_no_control_characters(root: Path) -> None:
    with pytest.raises(InputRefused) as refused:
        confined(Path("../a\x1b[31m\n.png"), [root])

    assert str(refused.value).isprintable()


def test_the_caller_says_what_kind_of_refusal_it_is(root: Path) -> None:
    with pytest.raises(OutputRefused):
        confined(Path("../a.mp4"), [root], refusal=OutputRefused)


@pytest.mark.parametrize(
    "name",
    [
        "NUL",
        "nul",
        "con.mp4",
        "AUX .txt",
        "COM1.tar.gz",
        "lpt9",
        "COM²",
        "CONIN$",
        "PRN:",
        "nul:stream",
        "COM0",
        "NUL  ",
    ],
)
def test_device_names_of_windows_are_known_everywhere(name: str) -> None:
    assert is_device_name(name)
    for path in (PurePosixPath("a", name, "b"), PureWindowsPath("a", name)):
        assert refusal_reason(path, ()) == "uses a name that Windows keeps for devices"


@pytest.mark.parametrize("name", ["console.mp4", "null", "com.mp4", "COM10", "a.nul", "auxiliary", "lpt", ""])
def test_names_that_only_resemble_devices_are_names(name: str) -> None:
    assert not is_device_name(name)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (r"\\evil\share\a.png", "another machine"),
        (r"//evil/share/a.png", "another machine"),
        (r"\\?\C:\library\a.png", "another machine or in the device namespace"),
        (r"\\.\PhysicalDrive0", "device namespace"),
        (r"C:a.png", "current drive"),
        (r"\a.png", "current drive"),
        (r"C:\library\a.mp4:hidden", "stream"),
        (r"C:\library\..\a.mp4", "upwards"),
        (r"C:\library\NUL.mp4", "devices"),
    ],
)
def test_paths_that_windows_reads_in_its_own_way_are_refused(path: str, words: str) -> None:
    assert words in (refusal_reason(PureWindowsPath(path), [PureWindowsPath(r"C:\library")]) or "")


@pytest.mark.parametrize(
    "path", [r"C:\library\a.mp4", r"sub\a.mp4", r"D:\b.png", r"\\nas\films\a.mp4", r"//NAS/Films/a"]
)
def test_plain_paths_of_windows_pass_a_share_too_when_it_is_a_root(path: str) -> None:
    roots = [PureWindowsPath(r"C:\library"), PureWindowsPath(r"\\nas\films\out")]

    assert refusal_reason(PureWindowsPath(path), roots) is None
