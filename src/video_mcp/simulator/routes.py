"""Which endpoint a path means. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

from video_mcp.simulator.faults import FaultPoint

_MEDIA_SUFFIX = ".mp4"


@dataclass(frozen=True, slots=True)
class Route:
    """An endpoint, and the id in its path."""

    point: FaultPoint
    job_id: str = ""


ControlSubject = Literal["faults", "requests", "jobs"]


@dataclass(frozen=True, slots=True)
class ControlRoute:
    """One of the simulator's own endpoints."""

    subject: ControlSubject


def route_of(method: str, raw_path: str) -> Route | ControlRoute | None:
    """Return the endpoint of a percent-encoded path; None for a path that the gateway does not have.

    The path is split before it is decoded, so that an id may hold an encoded slash.
    """
    parts = [unquote(part) for part in raw_path.split("/")[1:]]
    match (method, parts):
        case ("POST", ["v1", "videos"]):
            return Route("create")
        case ("GET", ["v1", "models"]):
            return Route("models")
        case ("GET", ["api", "pricing"]):
            return Route("pricing")
        case ("GET", ["v1", "videos", job_id]) if job_id:
            return Route("status", job_id)
        case ("GET" | "HEAD", ["v1", "videos", job_id, "content"]) if job_id:
            return Route("content", job_id)
        case ("GET" | "HEAD", ["media", name]) if name.endswith(_MEDIA_SUFFIX):
            return Route("link", name.removesuffix(_MEDIA_SUFFIX))
        case (_, ["_simulator", ("faults" | "requests" | "jobs") as subject]):
            return ControlRoute(subject)
        case _:
            return None
