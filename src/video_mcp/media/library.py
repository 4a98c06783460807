"""Where finished videos live, and how they get out to a place of the user's choosing."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from dataclasses import replace
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from urllib.parse import quote

from anyio import to_thread

from video_mcp.errors import ConfigurationError, OutputRefused
from video_mcp.media.confinement import confined
from video_mcp.media.disk import copy_to, move_into_place, sync_file, writing
from video_mcp.media.previews import poster_path, storyboard_path
from video_mcp.media.sniff import HEAD_BYTES, VIDEO_SUFFIXES, file_type
from video_mcp.media.stored_file import StoredFile

_USUAL_SUFFIX = ".mp4"
_WINDOWS_ROOT = re.compile(r"^([A-Za-z]:[\\/]|\\\\)")


class Library:
    """The folder of finished videos.

    `host_output_dir` is the same folder as the user's own machine sees it, when this runs in a container.
    """

    def __init__(self, output_dir: Path, host_output_dir: Path | None = None) -> None:
        self.output_dir = output_dir.absolute()
        self._host_output_dir = host_output_dir

    def path_for(self, stem: str, suffix: str = _USUAL_SUFFIX) -> Path:
        """Return a free path for a new video of a name that `video_name` gave, and make the folder.

        The name is safe on every system. Ask once per video and keep the answer: once the file exists, the
        answer is another name. Costs one look at the disk.

        Raises:
            OutputRefused: If the folder cannot be made.
            StorageFull: If the disk is full.
        """
        with writing(self.output_dir):
            self._make_folder()
        path = self.output_dir / f"{stem}{suffix}"
        copies = 1
        while os.path.lexists(path):
            copies += 1
            path = self.output_dir / f"{stem}-{copies}{suffix}"
        return path

    def _make_folder(self) -> None:
        """Make the library's folder for its owner alone; one that is there keeps its owner's choice."""
        self.output_dir.mkdir(parents=True, exist_ok=True, mode=0o700)

    def part_path(self, stem: str) -> Path:
        """Return where an unfinished download of a video of this name is kept."""
        return self.output_dir / f"{stem}{_USUAL_SUFFIX}.part"

    def stored_before(self, stem: str) -> list[Path]:
        """Return the files of this name that an earlier process left here.

        An empty one is removed: that process died between claiming the name and moving the file to it.
        """
        found: list[Path] = []
        for suffix in VIDEO_SUFFIXES:
            path = self.output_dir / f"{stem}{suffix}"
            if path.is_symlink() or not path.is_file():
                continue
            if path.stat().st_size == 0:
                path.unlink()
            else:
                found.append(path)
        return found

    async def store(self, part: Path, stem: str) -> Path:
        """Give a complete, checked download a free name that says what it holds, and return its path.

        Raises:
            OutputRefused: If the name was taken meanwhile, or the disk refuses.
        """
        return await to_thread.run_sync(self._store, part, stem)

    def _store(self, part: Path, stem: str) -> Path:
        with part.open("rb") as file:
            suffix = file_type(file.read(HEAD_BYTES)).suffix
        final = self.path_for(stem, suffix)
        store_as(part, final)
        return final

    async def names_of(self, name: str) -> int:
        """Return how many names a video has on its disk: 0 when it is gone, 1 when removing it frees its room."""
        return await to_thread.run_sync(_names_of, self.absolute(name))

    async def remove(self, name: str) -> None:
        """Remove a video and its previews.

        Raises:
            OutputRefused: If the name leads out of the library.
            OSError: If the disk refuses.
        """
        await to_thread.run_sync(_remove, self.absolute(name))

    async def trim(self, *, most_bytes: int, unused_seconds: float) -> None:
        """Remove the oldest files beyond a size, but for those used within some seconds: each can be had again."""
        await to_thread.run_sync(_trim, self.output_dir, most_bytes, unused_seconds)

    def stored(self, name: str, *, size_bytes: int, sha256: str, modified_at_ns: int | None = None) -> StoredFile:
        """Return the file of a name that `relative` gave, with what the ledger knows of it.

        Raises:
            OutputRefused: If the name leads out of the library.
        """
        return StoredFile(path=self.absolute(name), size_bytes=size_bytes, sha256=sha256, modified_at_ns=modified_at_ns)

    def relative(self, path: Path) -> str:
        """Return the name under which the ledger keeps a path: it survives a move of the whole library.

        Raises:
            OutputRefused: If the path is not in the library.
        """
        for root in (self.output_dir, self.output_dir.resolve()):
            if path.is_relative_to(root):
                return path.relative_to(root).as_posix()
        msg = f"{path} is not in the library {self.output_dir}."
        raise OutputRefused(msg)

    def absolute(self, name: str) -> Path:
        """Return the path of a name that `relative` gave.

        Raises:
            OutputRefused: If the name leads out of the library.
        """
        pure = PurePosixPath(name)
        if pure.is_absolute() or ".." in pure.parts or not pure.parts:
            msg = f"{name!r} is not a name in the library."
            raise OutputRefused(msg)
        return self.output_dir.joinpath(*pure.parts)

    def host_path(self, path: Path) -> PurePath:
        """Return a path as the user's machine sees it; the same path when we run on that machine."""
        host = self._host_output_dir
        if host is None or not path.is_absolute():
            return path
        try:
            name = PurePosixPath(self.relative(path))
        except OutputRefused:
            return path
        windows = _WINDOWS_ROOT.match(str(host))
        return (PureWindowsPath(str(host)) if windows else host).joinpath(*name.parts)

    def host_uri(self, path: Path) -> str:
        """Return the `file:` address of a path as the user's machine sees it."""
        shown = self.host_path(path)
        if isinstance(shown, Path):
            return shown.as_uri()
        text = shown.as_posix()
        return f"file:{'' if text.startswith('//') else '///'}{quote(text, safe='/:')}"

    async def require_writable(self) -> None:
        """Try the library's folder, before money is spent on what is to go there.

        Raises:
            ConfigurationError: It cannot be made or written.
        """
        await to_thread.run_sync(self._require_writable)

    def _require_writable(self) -> None:
        try:
            self._make_folder()
            with tempfile.TemporaryFile(dir=self.output_dir):
                pass
        except OSError as error:
            why = error.strerror or type(error).__name__
            problem = f"VIDEO_MCP_OUTPUT_DIR {self.output_dir} cannot be written ({why}); name a folder of your own"
            raise ConfigurationError([problem]) from error

    def free_bytes(self) -> int:
        """Return how much room is left on the library's disk."""
        folder = self.output_dir
        while not folder.exists() and folder != folder.parent:
            folder = folder.parent
        return shutil.disk_usage(folder).free

    async def save_as(self, source: StoredFile, destination: str | Path, *, overwrite: bool) -> Path:
        """Copy a finished video to a second place below the library's folder, and return that place.

        A folder, or a path that ends in a slash, keeps the video's name; missing folders are made; a missing
        ending is added. A relative destination is meant below the library's folder. The copy is independent:
        editing it leaves the library's own file as it is.

        Raises:
            FileUnavailable: If the library's file is gone or changed.
            OutputRefused: If the place is outside, read-only, not for a video, or taken without `overwrite`.
            StorageFull: If the disk is full; nothing half-written stays behind.
        """
        return await to_thread.run_sync(self._save_as, source, destination, overwrite)

    def _save_as(self, source: StoredFile, destination: str | Path, overwrite: bool) -> Path:
        with source.opened() as file:
            final = self._destination(source.path, destination)
            if final == source.path.resolve() or _is_copy(final, source):
                return final
            with writing(final):
                final.parent.mkdir(parents=True, exist_ok=True)
                # The folders exist now: a link that appeared meanwhile is followed and judged once more.
                final = self._confined(final)
                copy_to(file, final, overwrite=overwrite or _is_same_file(final, source.path))
        return final

    def _destination(self, source: Path, destination: str | Path) -> Path:
        wanted = _expanded(destination)
        if str(destination).endswith(("/", os.sep)) or self.output_dir / wanted == self.output_dir:
            return self._confined(wanted / source.name)
        real = self._confined(wanted)
        if real.is_dir():
            return self._confined(real / source.name)
        if not wanted.suffix:
            return self._confined(wanted.with_name(wanted.name + source.suffix))
        if wanted.suffix.lower() != source.suffix.lower():
            msg = f"{wanted.name} does not end in {source.suffix}, as the video does."
            raise OutputRefused(msg, advice=f"Call it {wanted.stem}{source.suffix}.")
        return real

    def _confined(self, path: Path) -> Path:
        return confined(path, (self.output_dir,), refusal=OutputRefused)


def _is_copy(path: Path, source: StoredFile) -> bool:
    return not _is_same_file(path, source.path) and replace(source, path=path).is_intact()


def _is_same_file(path: Path, other: Path) -> bool:
    """Say whether two names lead to one file, as the hard links do that earlier versions made for copies."""
    return path.exists() and path.samefile(other)


def _names_of(path: Path) -> int:
    try:
        return path.stat().st_nlink
    except OSError:
        return 0


def _remove(path: Path) -> None:
    for file in (path, poster_path(path), storyboard_path(path)):
        file.unlink(missing_ok=True)


def _trim(folder: Path, most_bytes: int, unused_seconds: float) -> None:
    files = [(path, path.lstat()) for path in folder.iterdir() if path.suffix != ".part" and path.is_file()]
    total_bytes = sum(found.st_size for _, found in files)
    for path, found in sorted(files, key=lambda file: file[1].st_ctime):
        if total_bytes <= most_bytes or time.time() - found.st_ctime < unused_seconds:
            return
        path.unlink(missing_ok=True)
        total_bytes -= found.st_size


def store_as(part: Path, final: Path) -> None:
    """Give a complete download a name; a file that has it is never replaced. Blocks: use a thread.

    Raises:
        OutputRefused: If the name is taken, or the disk refuses.
    """
    with writing(final):
        sync_file(part)
        try:
            move_into_place(part, final, overwrite=False)
        except FileExistsError as error:
            msg = f"{final} already exists."
            raise OutputRefused(msg, advice="Call fetch_video again.") from error


def _expanded(destination: str | Path) -> Path:
    try:
        return Path(destination).expanduser()
    except RuntimeError as error:
        msg = f"{destination} names a home folder that is not known here; write the path in full."
        raise OutputRefused(msg) from error
