"""A gateway in a box: real HTTP on loopback, real MP4, its own rules, and faults on demand.

Tests and the demonstration run the real client against it. A prompt that contains `[fail]` is accepted and
then fails like a moderated one, `[person]` like a picture of a real person. Faults are armed by
`simulator.faults.arm(Fault(on="create", kind="drop_answer"))`, or from another process by
`POST /_simulator/faults`; `GET /_simulator/requests` and `/_simulator/jobs` tell what came.
"""

from __future__ import annotations

from video_mcp.simulator.config import Clock, IdStyle, MediaOrigin, SimulatorConfig
from video_mcp.simulator.faults import Fault, FaultKind, FaultPlan, FaultPoint
from video_mcp.simulator.gateway import PAGE
from video_mcp.simulator.jobs import FAIL_MARKER, Job
from video_mcp.simulator.record import RecordedRequest, RequestLog
from video_mcp.simulator.server import Simulator, run_simulator
from video_mcp.simulator.servers import server_names
from video_mcp.simulator.understanding import Understood, UnderstoodMedium

__all__ = [
    "FAIL_MARKER",
    "PAGE",
    "Clock",
    "Fault",
    "FaultKind",
    "FaultPlan",
    "FaultPoint",
    "IdStyle",
    "Job",
    "MediaOrigin",
    "RecordedRequest",
    "RequestLog",
    "Simulator",
    "SimulatorConfig",
    "Understood",
    "UnderstoodMedium",
    "run_simulator",
    "server_names",
]
