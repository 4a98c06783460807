"""The simulator's own endpoints, for tests that run it in another process. Loopback only."""

from __future__ import annotations

import ipaddress
from typing import assert_never

from starlette.requests import Request

from video_mcp.simulator import faults, record
from video_mcp.simulator.answers import Answer, JsonAnswer
from video_mcp.simulator.faults import FaultPlan
from video_mcp.simulator.gateway import Gateway
from video_mcp.simulator.jobs import Job
from video_mcp.simulator.record import RequestLog
from video_mcp.simulator.routes import ControlSubject
from video_mcp.simulator.values import JsonValue, parse_json


async def control_answer(
    subject: ControlSubject, request: Request, plan: FaultPlan, log: RequestLog, gateway: Gateway
) -> Answer:
    """Answer a request to /_simulator/..."""
    if not _is_loopback(request):
        return JsonAnswer(403, {"error": "loopback only"})
    match subject:
        case "faults":
            return await _faults(request, plan)
        case "requests":
            if request.method == "DELETE":
                log.clear()
            return JsonAnswer(200, {"requests": [record.as_json(one) for one in log]})
        case "jobs":
            return JsonAnswer(200, {"jobs": [_job(gateway, one) for one in gateway.jobs]})
        case _:
            assert_never(subject)


def _job(gateway: Gateway, job: Job) -> JsonValue:
    """Return a job with what was understood of its request."""
    understood = gateway.understood[job.id]
    media: list[JsonValue] = [
        {"kind": medium.kind, "role": medium.role, "source": medium.source} for medium in understood.media
    ]
    return {
        "id": job.id,
        "model": job.model,
        "understood": {
            "model": understood.model,
            "prompt": understood.prompt,
            "seconds": understood.seconds,
            "size": understood.size,
            "media": media,
            "dropped": list(understood.dropped),
        },
    }


async def _faults(request: Request, plan: FaultPlan) -> Answer:
    if request.method == "DELETE":
        plan.clear()
    if request.method == "POST":
        try:
            plan.arm(*faults.faults_from_json(parse_json(await request.body())))
        except ValueError as error:
            return JsonAnswer(400, {"error": str(error)})
    return JsonAnswer(200, {"faults": [faults.as_json(one) for one in plan.pending()]})


def _is_loopback(request: Request) -> bool:
    return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
