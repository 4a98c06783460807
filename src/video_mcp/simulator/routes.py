"""Which endpoint a path means. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs, unquote

from video_mcp.simulator.faults import FaultPoint
from video_mcp.simulator.understanding import ServerKind

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


def route_of(
    method: str, raw_path: str, query: str = "", kind: ServerKind | None = None
) -> Route | ControlRoute | None:
    """Return the endpoint of a percent-encoded path; None for a path that the server does not have.

    The path is split before it is decoded, so that an id may hold an encoded slash.
    """
    parts = [unquote(part) for part in raw_path.split("/")[1:]]
    common = _common_route(method, parts)
    if common is not None:
        return common
    return _route_of_page(method, parts) if kind is None else _route_of_kind(method, raw_path, query, kind)


def _common_route(method: str, parts: list[str]) -> Route | ControlRoute | None:
    """Return the endpoint of a path that every kind of server has here."""
    match (method, parts):
        case ("GET", ["v1", "models"]):
            return Route("models")
        case ("GET", ["api", "pricing"]):
            return Route("pricing")
        case ("GET" | "HEAD", ["media", name]) if name.endswith(_MEDIA_SUFFIX):
            return Route("link", name.removesuffix(_MEDIA_SUFFIX))
        case (_, ["_simulator", ("faults" | "requests" | "jobs") as subject]):
            return ControlRoute(subject)
        case _:
            return None


def _route_of_page(method: str, parts: list[str]) -> Route | None:
    match (method, parts):
        case ("POST", ["v1", "videos"]):
            return Route("create")
        case ("GET", ["v1", "videos", job_id]) if job_id:
            return Route("status", job_id)
        case ("GET" | "HEAD", ["v1", "videos", job_id, "content"]) if job_id:
            return Route("content", job_id)
        case _:
            return None


def _route_of_kind(method: str, raw_path: str, query: str, kind: ServerKind) -> Route | None:
    """Return the endpoint of a kind of server whose paths are its own."""
    if method == "POST":
        return Route("create") if raw_path == kind.create_path else None
    if raw_path == "/v1/videos" and kind.lists_videos:
        return Route("list")
    if raw_path == "/v1/videos/models" and kind.catalog:
        return Route("catalog")
    place, _, name = kind.status_path.partition("?")
    if name:
        ids = parse_qs(query).get(name.partition("=")[0], [])
        return Route("status", ids[0]) if raw_path == place and ids else None
    before = place.partition("{id}")[0]
    job_id, _, rest = raw_path.removeprefix(before).partition("/")
    if not raw_path.startswith(before) or not job_id:
        return None
    if rest == "content" and kind.has_content:
        return Route("content", unquote(job_id))
    return None if rest else Route("status", unquote(job_id))
