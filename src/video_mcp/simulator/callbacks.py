"""The simulated vendor's calls to a job's `callback_url`: a body of its own, at every change of the job's status."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import anyio
from anyio import to_thread

from video_mcp.simulator import jobs
from video_mcp.simulator.gateway import Gateway
from video_mcp.types import JsonObject

_LOOK_SECONDS = 0.02
_TIMEOUT_SECONDS = 30.0
_WORDS: dict[jobs.JobStatus, str] = {
    "queued": "submitted",
    "in_progress": "processing",
    "completed": "succeed",
    "failed": "failed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SentCallback:
    """One call that was made: where to, with what, and the status that answered; 0 when nothing did."""

    url: str
    word: str
    status_code: int


class Callbacks:
    """Looks at the jobs again and again, and calls back once for each new status.

    `via` is where the calls go in place of the address's own host, as a reverse proxy in front of it would stand.
    """

    def __init__(self, gateway: Gateway, clock: Callable[[], float]) -> None:
        self._gateway = gateway
        self._clock = clock
        self.via: str | None = None
        self._said: dict[str, jobs.JobStatus] = {}
        self.sent: list[SentCallback] = []

    async def run(self) -> None:
        """Call back until cancelled."""
        while True:
            await self.send_due()
            await anyio.sleep(_LOOK_SECONDS)

    async def send_due(self) -> None:
        """Call back about every job whose status is another than the one that was told last."""
        for job in self._gateway.jobs:
            url = self._gateway.callback_urls.get(job.id)
            status = jobs.view(job, self._clock()).status
            if url is None or self._said.get(job.id, "queued") == status:
                continue
            self._said[job.id] = status
            body: JsonObject = {"task_id": f"vendor-{job.id[-8:]}", "task_status": _WORDS[status], "task_result": {}}
            code = await to_thread.run_sync(self._post, url, json.dumps(body).encode())
            self.sent.append(SentCallback(url=url, word=_WORDS[status], status_code=code))

    def _post(self, url: str, body: bytes) -> int:
        wanted = urlsplit(url)
        place = urlsplit(self.via) if self.via is not None else wanted
        kind = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
        connection = kind(place.hostname or "", place.port, timeout=_TIMEOUT_SECONDS)
        try:
            headers = {"Host": wanted.netloc, "Content-Type": "application/json"}
            connection.request("POST", wanted.path, body, headers)
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()
