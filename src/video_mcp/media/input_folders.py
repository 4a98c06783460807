"""Which folders inputs are read from when the user names none. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

_SYSTEM_FOLDERS = frozenset(
    {
        "applications",
        "bin",
        "boot",
        "dev",
        "etc",
        "lib",
        "lib32",
        "lib64",
        "library",
        "lost+found",
        "network",
        "private",
    }
    | {"proc", "program files", "program files (x86)", "programdata", "sbin", "snap", "sys", "system", "usr", "var"}
    | {"windows", "winnt"}
)
# Temporary folders and mounted drives lie below system folders and are the user's own.
_OWN_BELOW_SYSTEM = (("var", "folders"), ("private", "var", "folders"), ("private", "tmp"), ("var", "tmp"))
# What lies right below these is somebody's home, a disk or an application; how many parts such a path has.
_HOLDERS = {"home": 2, "users": 2, "mnt": 2, "volumes": 2, "cygdrive": 2, "srv": 2, "opt": 2, "media": 3, "run": 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFolders:
    """The folders that inputs are read from, and the working folder when it was left out as too wide."""

    folders: tuple[Path, ...]
    left_out: Path | None = None


def input_folders(
    configured: Sequence[Path], *, working_folder: Path, output_dir: Path, home: PurePath
) -> InputFolders:
    """Return the folders that the user named, or else the working folder, where it is one of work, and the output.

    Desktop clients start servers in `/`, in the home folder or in a system folder: there every file would be an input.
    """
    if configured:
        return InputFolders(folders=tuple(configured))
    if is_too_wide(working_folder, home):
        return InputFolders(folders=(output_dir,), left_out=working_folder)
    return InputFolders(folders=(working_folder, output_dir))


def is_too_wide(folder: PurePath, home: PurePath) -> bool:
    """Return whether a folder is a root, the home folder or above it, or a folder of the system."""
    parts = tuple(part.lower() for part in folder.parts[1:])
    if not parts or folder == home or home.is_relative_to(folder):
        return True
    if folder.is_relative_to(home) and home.parts[1:]:
        return False
    if any(parts[: len(own)] == own and len(parts) > len(own) for own in _OWN_BELOW_SYSTEM):
        return False
    if parts[0] in _HOLDERS:
        return len(parts) <= _HOLDERS[parts[0]]
    return parts[0] in _SYSTEM_FOLDERS
