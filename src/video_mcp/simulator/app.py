"""The HTTP side: from a request to an answer, with whatever is armed to go wrong in between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, assert_never

from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from video_mcp.simulator import answers
from video_mcp.simulator.answers import Answer, JsonAnswer, NoAnswer, TextAnswer
from video_mcp.simulator.body import Body, UnreadableBody, read_body
from video_mcp.simulator.clip import RenderingStopped
from video_mcp.simulator.config import Clock, SimulatorConfig
from video_mcp.simulator.control import control_answer
from video_mcp.simulator.fault_effects import FaultContext, altered_answer, canned_answer, work_is_done
from video_mcp.simulator.faults import Fault, FaultPlan
from video_mcp.simulator.gateway import Gateway
from video_mcp.simulator.record import Origin, RecordedRequest, RequestLog, authorization_of, kept_headers
from video_mcp.simulator.routes import ControlRoute, Route, route_of
from video_mcp.simulator.transmission import transmit
from video_mcp.simulator.values import text_of


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """One request, read."""

    request: Request
    raw_path: str
    body: Body | UnreadableBody
    request_id: str

    @property
    def fields_body(self) -> Body:
        return self.body if isinstance(self.body, Body) else Body(fields={})


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorApp:
    """One listener's ASGI application; both listeners share all state."""

    config: SimulatorConfig
    clock: Clock
    gateway: Gateway
    faults: FaultPlan
    log: RequestLog
    origin: Origin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        raw_path = bytes(scope["raw_path"]).decode("latin-1")
        route = route_of(request.method, raw_path, request.url.query, self.gateway.kind)
        if isinstance(route, ControlRoute):
            answer = await control_answer(route.subject, request, self.faults, self.log, self.gateway)
            await transmit(answer, {}, scope, receive, send, stall=self.faults.stall)
            return
        request_id = self.gateway.new_request_id()
        try:
            call = _Call(request=request, raw_path=raw_path, body=await self._body(request), request_id=request_id)
        except ClientDisconnect:
            return
        self._record(call)
        try:
            answer = await self._answer(route, call)
        except RenderingStopped:  # the simulator ends
            answer = NoAnswer("closed")
        headers = self.gateway.headers(request_id) if self.origin == "gateway" else {}
        await transmit(answer, headers, scope, receive, send, stall=self.faults.stall)

    async def _body(self, request: Request) -> Body | UnreadableBody:
        if request.method not in ("POST", "PUT", "PATCH"):
            return Body(fields={})
        try:
            return await read_body(request, self.config.max_body_bytes)
        except UnreadableBody as error:
            return error

    def _record(self, call: _Call) -> None:
        request, body = call.request, call.fields_body
        self.log.add(
            RecordedRequest(
                origin=self.origin,
                method=request.method,
                path=call.raw_path,
                query=request.url.query,
                authorization=authorization_of(request.headers.get("authorization"), self.config.api_key),
                headers=kept_headers(request.headers),
                fields=body.fields,
                uploads=body.uploads,
                at=self.clock(),
            )
        )

    async def _answer(self, route: Route | None, call: _Call) -> Answer:
        if route is None or (self.origin == "media" and route.point != "link"):
            return self._no_such_path(call)
        fault = self.faults.due(route.point)
        if fault is None:
            return await self._sound_answer(route, call)
        return await self._faulty_answer(fault, route, call)

    def _no_such_path(self, call: _Call) -> Answer:
        if self.origin == "media":
            return TextAnswer(404, "Not Found", "text/plain")
        schema = self.gateway.schema() if (call.request.method, call.raw_path) == ("GET", "/openapi.json") else None
        return schema or answers.invalid_url(call.request.method, call.raw_path)

    async def _faulty_answer(self, fault: Fault, route: Route, call: _Call) -> Answer:
        context = self._context(route, call)
        canned = canned_answer(fault, context)
        if canned is not None:
            self.faults.spend(fault)
            if work_is_done(fault):
                await self._sound_answer(route, call)
            return canned
        if fault.kind == "stall":
            self.faults.spend(fault)
            answer = await self._sound_answer(route, call)
            await self.faults.stall(fault.seconds)
            return answer
        answer = await self._sound_answer(route, call)
        altered = altered_answer(fault, answer, context)
        if altered is not answer:
            self.faults.spend(fault)
        return altered

    def _context(self, route: Route, call: _Call) -> FaultContext:
        return FaultContext(
            request_id=call.request_id,
            model=text_of(call.fields_body.fields.get("model")),
            stale_link=self.gateway.stale_link(route.job_id),
            other_host_link=self.gateway.other_host_link(route.job_id),
        )

    async def _sound_answer(self, route: Route, call: _Call) -> Answer:
        if route.point == "link":
            return await self.gateway.linked(route.job_id, call.request.query_params)
        if route.point == "pricing":  # public, as at the real one
            return self.gateway.prices(call.raw_path)
        return await self._answer_with_key(route.point, route.job_id, call)

    async def _answer_with_key(
        self, point: Literal["create", "status", "content", "models", "list", "catalog"], job_id: str, call: _Call
    ) -> Answer:
        query = call.request.query_params
        header = call.request.headers.get("authorization")
        keys = (self.config.api_key, *self.config.further_keys)
        key = next((known for known in keys if authorization_of(header, known) == "gateway_key"), None)
        if key is None:
            return answers.unauthorized(call.request_id)
        job_id = job_id if self.gateway.is_of(job_id, key) else ""
        match point:
            case "create":
                return self._created(call, key)
            case "status":
                return self.gateway.status(job_id)
            case "content" if query.get("variant", "video") != "video":
                return answers.content_error(400, "Only variant=video is available")
            case "content":
                return await self.gateway.content(job_id)
            case "models" | "list" | "catalog":
                return self._listed(point)
            case _:
                assert_never(point)

    def _listed(self, point: Literal["models", "list", "catalog"]) -> Answer:
        match point:
            case "models":
                return self.gateway.models()
            case "list":
                return self.gateway.listing()
            case "catalog":
                return self.gateway.catalog()
            case _:
                assert_never(point)

    def _created(self, call: _Call, account: str) -> Answer:
        if isinstance(call.body, UnreadableBody):
            answer = answers.middleware_error(400, str(call.body), "invalid_request", call.request_id)
            return JsonAnswer(call.body.status_code, answer.body)
        idempotency_key = call.request.headers.get("idempotency-key")
        return self.gateway.create(call.body, call.request_id, key=idempotency_key, account=account)
