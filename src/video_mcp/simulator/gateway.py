"""The gateway itself: jobs, links and what its endpoints answer. Knows no sockets."""

from __future__ import annotations

import random
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import assert_never

from video_mcp.simulator import answers, ids, jobs
from video_mcp.simulator.answers import Answer, FileAnswer, JsonAnswer, TextAnswer
from video_mcp.simulator.body import Body
from video_mcp.simulator.clip import ClipPlan
from video_mcp.simulator.clip_plans import plan_of, plan_of_page
from video_mcp.simulator.clip_shelf import ClipShelf
from video_mcp.simulator.config import Clock, SimulatorConfig
from video_mcp.simulator.frame_size import requested_size, scaled_size
from video_mcp.simulator.jobs import Job, JobView
from video_mcp.simulator.links import LinkSigner
from video_mcp.simulator.rules import Accepted, Violation, judge, understood_by_page
from video_mcp.simulator.rules_data import MODELS
from video_mcp.simulator.servers import server_named
from video_mcp.simulator.submission import fields_of
from video_mcp.simulator.understanding import JobAnswer, ServerKind, Understood, pixels
from video_mcp.simulator.values import JsonValue, text_of
from video_mcp.simulator.video_ids import unknown_video


@dataclass(frozen=True, slots=True, kw_only=True)
class Origins:
    """Where the simulator can be reached: each of its two ports by number and by name."""

    gateway: str
    media: str
    gateway_by_name: str
    other_host: str

    def of_links(self, config: SimulatorConfig) -> str:
        """Return the origin that finished videos' links have."""
        match config.media_origin:
            case "same":
                return self.gateway
            case "other_port":
                return self.media
            case "other_host":
                return self.gateway_by_name
            case _:
                assert_never(config.media_origin)


_HELD_SECONDS = 24 * 3600.0
PAGE = "gateway"
"""The kind of server whose rules are those of the gateway's page, and of the vendors behind it."""
_NOT_FOUND = JsonAnswer(404, {"error": {"message": "Video not found", "type": "invalid_request_error", "code": None}})
_USUAL_PIXELS = (1280, 720)


class Gateway:
    """Accept jobs and answer about them; time is whatever the clock says."""

    def __init__(self, config: SimulatorConfig, clock: Clock, origins: Origins, shelf: ClipShelf) -> None:
        self._config = config
        self._clock = clock
        self._origins = origins
        self._shelf = shelf
        self._random = random.Random(config.seed)
        self._signer = LinkSigner(self._random.randbytes(32))
        self._jobs: dict[str, Job] = {}
        self._id_by_key: dict[str, str] = {}
        self._understood: dict[str, Understood] = {}
        self._callback_urls: dict[str, str] = {}
        self._accounts: dict[str, str] = {}
        self._render_seconds = config.render_seconds
        self._kind = None if config.server == PAGE else server_named(config.server)

    @property
    def kind(self) -> ServerKind | None:
        """Which kind of server this is; None is the default gateway."""
        return self._kind

    @property
    def understood(self) -> Mapping[str, Understood]:
        """What was understood of each job's request, by the job's id."""
        return self._understood

    @property
    def accounts(self) -> Mapping[str, str]:
        """The key that each job was made with, by the job's id."""
        return self._accounts

    def is_of(self, job_id: str, account: str) -> bool:
        """Return whether a job may be seen with a key."""
        return self._accounts.get(job_id, account) == account

    @property
    def callback_urls(self) -> Mapping[str, str]:
        """Where each job's client wants to be called back, by the job's id."""
        return self._callback_urls

    @property
    def jobs(self) -> Sequence[Job]:
        """Every accepted job, oldest first: what the user would be charged for."""
        return tuple(self._jobs.values())

    def finish_renders(self) -> None:
        """End every render that goes on, now: a test decides when, not the speed of its machine."""
        now = self._clock()
        for job in self.jobs:
            if now < job.ends_at:
                self._jobs[job.id] = replace(job, starts_at=min(job.starts_at, now), ends_at=now)

    @contextmanager
    def hold_renders(self) -> Generator[None]:
        """Let no job that begins in the block end before the block does, and every open one then."""
        self._render_seconds = _HELD_SECONDS
        try:
            yield
        finally:
            self._render_seconds = self._config.render_seconds
            self.finish_renders()

    def new_request_id(self) -> str:
        """Return an id for `X-Oneapi-Request-Id`."""
        return "".join(self._random.choices("0123456789", k=28))

    def create(self, body: Body, request_id: str, *, key: str | None = None, account: str | None = None) -> Answer:
        """Answer a create; one with a key that is known here begins nothing, if the server honours keys."""
        honours_key = self._config.honours_key
        if honours_key is None:
            honours_key = self._kind is not None and self._kind.honours_key
        if honours_key and key in self._id_by_key:
            return self._created(self._jobs[self._id_by_key[key]])
        made = self._make(body, request_id)
        if not isinstance(made, Job):
            return made
        if key is not None:
            self._id_by_key[key] = made.id
        if account is not None:
            self._accounts[made.id] = account
        if url := fields_of(body).text("callback_url"):
            self._callback_urls[made.id] = url
        return self._created(made)

    def _make(self, body: Body, request_id: str) -> Job | Answer:
        unknown = unknown_video(body.fields, self._jobs.keys())
        if self._kind is not None:
            if unknown is not None:
                return answers.middleware_error(400, f"video {unknown} does not exist", "invalid_request", request_id)
            understood = self._kind.understand(body)
            return self._accept_understood(understood) if isinstance(understood, Understood) else understood
        model = body.fields.get("model")
        if model is not None and not isinstance(model, str):
            return answers.middleware_error(400, "field model must be a string", "invalid_request", request_id)
        if not text_of(model):
            text = "Model name not specified, model name cannot be empty"
            return answers.middleware_error(400, text, "invalid_request", request_id)
        if text_of(model) not in MODELS:
            return answers.model_not_found(text_of(model), request_id)
        judged = judge(body)
        if unknown is not None and not isinstance(judged, Violation):
            message = f"video {unknown} does not exist"
            judged = Violation(code="fail_to_fetch_task", message=message, vendor_code="1201")
        return answers.refusal(judged) if isinstance(judged, Violation) else self._accept(judged)

    def _created(self, job: Job) -> Answer:
        view = jobs.view(job, job.created_at)
        if self._kind is not None:
            return self._kind.created(self._job_answer(job, view, None))
        return JsonAnswer(200, answers.video(job, view, None))

    def listing(self) -> Answer:
        """Answer GET /v1/videos, newest first."""
        now, kind = self._clock(), self._kind
        seen = [job for job in self.jobs if now - job.created_at >= self._config.list_lag_seconds]
        if kind is None:
            return answers.invalid_url("GET", "/v1/videos")
        found: list[JsonValue] = [
            kind.status(self._job_answer(job, jobs.view(job, now), None)).body for job in reversed(seen)
        ]
        return JsonAnswer(200, {"object": "list", "data": found, "has_more": False})

    def catalog(self) -> Answer:
        """Answer GET /v1/videos/models."""
        return JsonAnswer(200, {"data": [*self._kind.catalog] if self._kind is not None else []})

    def _job_answer(self, job: Job, view: JobView, link: str | None) -> JobAnswer:
        content_url = f"{self._origins.gateway}/v1/videos/{job.id}/content"
        return JobAnswer(job=job, view=view, link=link, content_url=content_url)

    def status(self, job_id: str) -> Answer:
        """Answer GET /v1/videos/ID."""
        job = self._jobs.get(job_id)
        if job is None:
            return answers.task_error(400, "task_not_exist", "task_not_exist") if self._kind is None else _NOT_FOUND
        state = jobs.view(job, self._clock())
        finished = state.status in ("completed", "failed")
        poll_after_ms = None if finished else self._config.poll_after_ms
        headers = {} if poll_after_ms is None else {"openai-poll-after-ms": str(poll_after_ms)}
        link = self.link(job_id) if state.status == "completed" else None
        if self._kind is not None:
            answer = self._kind.status(self._job_answer(job, state, link))
            return replace(answer, headers={**answer.headers, **headers})
        return JsonAnswer(200, answers.video(job, state, link), headers)

    async def content(self, job_id: str) -> Answer:
        """Answer GET /v1/videos/ID/content."""
        job = self._jobs.get(job_id)
        if job is None:
            return answers.content_error(404, "Task not found")
        status = jobs.view(job, self._clock()).status
        if status != "completed":
            word = "FAILURE" if status == "failed" else status.upper()
            return answers.content_error(400, f"Task is not completed yet, current status: {word}")
        return await self._file(job)

    async def linked(self, job_id: str, query: Mapping[str, str]) -> Answer:
        """Answer GET /media/ID.mp4, where no key is needed but a signature is."""
        expires, signature = query.get("expires", ""), query.get("signature", "")
        verdict = self._signer.verdict(job_id, expires, signature, self._clock())
        job = self._jobs.get(job_id)
        if verdict != "valid" or job is None:
            return TextAnswer(403, answers.EXPIRED_XML, "application/xml")
        return await self._file(job)

    def models(self) -> Answer:
        """Answer GET /v1/models."""
        if self._kind is not None:
            return JsonAnswer(200, {"object": "list", "data": [*self._kind.models]})
        return answers.model_list({row.id: row.family for row in MODELS.values()})

    def schema(self) -> Answer | None:
        """Answer GET /openapi.json, which servers written with FastAPI have."""
        schema = self._kind.schema if self._kind is not None else None
        return JsonAnswer(200, schema) if schema is not None else None

    def headers(self, request_id: str) -> dict[str, str]:
        """Return the headers of every answer."""
        if self._kind is None:
            return {"x-oneapi-request-id": request_id}
        name = self._kind.request_id_header
        return {**self._kind.headers, **({name: request_id} if name is not None else {})}

    def prices(self, raw_path: str) -> Answer:
        """Answer GET /api/pricing, which not every gateway has."""
        prices = self._config.call_prices_usd
        return answers.price_list(prices) if prices is not None else answers.invalid_url("GET", raw_path)

    def link(self, job_id: str) -> str:
        """Return a fresh link to a job's video."""
        return self._link(self._origins.of_links(self._config), job_id, self._config.link_seconds)

    def stale_link(self, job_id: str) -> str:
        """Return a link that has expired already."""
        return self._link(self._origins.of_links(self._config), job_id, -1.0)

    def other_host_link(self, job_id: str) -> str:
        """Return a link on a host that is neither the gateway's nor the media's."""
        return self._link(self._origins.other_host, job_id, self._config.link_seconds)

    def _link(self, origin: str, job_id: str, seconds: float) -> str:
        return self._signer.link(origin, job_id, self._clock() + seconds)

    async def _file(self, job: Job) -> FileAnswer:
        clip = await self._shelf.clip(job.clip)
        return FileAnswer(clip.path, clip.etag)

    def _accept(self, accepted: Accepted) -> Job:
        submission = accepted.request.submission
        size = requested_size(submission, accepted.row)
        clip = plan_of_page(accepted, scaled_size(size, self._config.max_side))
        return self._begin(understood_by_page(accepted), clip, f"{size[0]}x{size[1]}")

    def _accept_understood(self, understood: Understood) -> Job:
        size = pixels(understood.size, _USUAL_PIXELS)
        clip = plan_of(understood, scaled_size(size, self._config.max_side))
        return self._begin(understood, clip, f"{size[0]}x{size[1]}")

    def _begin(self, understood: Understood, clip: ClipPlan, size: str) -> Job:
        now = self._clock()
        job = Job(
            id=ids.new_id(self._config.id_style, understood.model, self._random),
            model=understood.model,
            seconds=clip.seconds,
            size=size,
            clip=clip,
            created_at=now,
            starts_at=now + self._render_seconds * self._config.queue_share,
            ends_at=now + self._render_seconds,
            prompt=understood.prompt,
            failure=jobs.failure_for(understood.prompt),
        )
        self._jobs[job.id] = job
        self._understood[job.id] = understood
        return job
