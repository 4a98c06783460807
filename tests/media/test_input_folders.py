from __future__ import annotations

from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

import pytest

from video_mcp.media.input_folders import InputFolders, input_folders, is_too_wide

ANN = PurePosixPath("/home/ann")
WINDOWS_ANN = PureWindowsPath(r"C:\Users\Ann")


@pytest.mark.parametrize(
    ("folder", "home"),
    [
        ("/", ANN),
        ("/home", ANN),
        ("/home/ann", ANN),
        ("/home/other", ANN),
        ("/etc", ANN),
        ("/usr/local/bin", ANN),
        ("/var/lib", ANN),
        ("/proc/self", ANN),
        ("/mnt/c", ANN),
        ("/media/ann/DISK", ANN),
        ("/Volumes/Disk", PurePosixPath("/Users/ann")),
        ("/Users", PurePosixPath("/Users/ann")),
        ("/Applications/Claude.app", PurePosixPath("/Users/ann")),
        ("/System/Library", PurePosixPath("/Users/ann")),
        ("/root", PurePosixPath("/root")),
        ("C:\\", WINDOWS_ANN),
        ("D:\\", WINDOWS_ANN),
        (r"C:\Windows\System32", WINDOWS_ANN),
        (r"C:\Program Files\Claude", WINDOWS_ANN),
        (r"C:\Users\Ann", WINDOWS_ANN),
        (r"c:\users", WINDOWS_ANN),
        (r"\\nas\films", WINDOWS_ANN),
    ],
)
def test_a_folder_that_holds_everything_is_no_working_folder(folder: str, home: PurePath) -> None:
    assert is_too_wide(type(home)(folder), home)


@pytest.mark.parametrize(
    ("folder", "home"),
    [
        ("/home/ann/films", ANN),
        ("/home/other/shared", ANN),
        ("/srv/films/spots", ANN),
        ("/mnt/c/films", ANN),
        ("/tmp/work", ANN),
        ("/work", ANN),
        ("/app", PurePosixPath("/root")),
        ("/root/films", PurePosixPath("/root")),
        ("/private/var/folders/ab/cd/T/work", PurePosixPath("/Users/ann")),
        ("/Volumes/Disk/films", PurePosixPath("/Users/ann")),
        (r"C:\Users\Ann\films", WINDOWS_ANN),
        (r"D:\films", WINDOWS_ANN),
    ],
)
def test_a_folder_of_work_is_one(folder: str, home: PurePath) -> None:
    assert not is_too_wide(type(home)(folder), home)


def test_what_the_user_names_counts_whatever_it_is() -> None:
    found = input_folders([Path("/")], working_folder=Path("/work"), output_dir=Path("/out"), home=Path("/root"))

    assert found == InputFolders(folders=(Path("/"),))


def test_without_a_working_folder_the_output_folder_remains_and_the_other_is_named() -> None:
    found = input_folders([], working_folder=Path("/"), output_dir=Path("/out"), home=Path("/root"))

    assert found == InputFolders(folders=(Path("/out"),), left_out=Path("/"))
    work = input_folders([], working_folder=Path("/work"), output_dir=Path("/out"), home=Path("/root"))
    assert work == InputFolders(folders=(Path("/work"), Path("/out")))
