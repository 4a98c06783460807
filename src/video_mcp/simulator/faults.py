"""Faults on demand: what can go wrong, and the plan of what goes wrong next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

import anyio

from video_mcp.simulator.values import JsonValue, is_on, number_of, text_of
from video_mcp.types import JsonObject

FaultPoint = Literal["create", "status", "content", "link", "models", "pricing", "list", "catalog"]
"""Where: POST /v1/videos, GET /v1/videos/ID, its /content, the signed link, GET /v1/models, GET /api/pricing, and on
kinds of server that have them the list of videos and the catalogue of models."""

ConnectionFault = Literal["drop_request", "drop_answer", "reset_request", "reset_answer"]
"""The connection ends, in order (drop) or by RST, before (request) or after (answer) the work is done."""

CannedFault = Literal[
    "html_502",  # a page of the proxy in front
    "rate_limit",  # 429 with the gateway's one message; `retry_after` adds the header
    "rate_limit_empty",  # 429 without a body
    "no_place",  # 429: too many tasks are under way for this account
    "server_error",  # 500 with a body without a reason: the job may exist
    "model_not_found",  # 503 that no retry heals
    "overloaded",  # 503 system_cpu_overloaded
    "unauthorized",  # 401
    "quota_exhausted",  # 403
    "refused",  # `status_code` (408, 409, 425, ...) with the task layer's error
    "task_not_found",  # 400 task_not_exist, as a lagging replica answers
    "link_refused",  # `status_code` 403 (default) or 404 with the storage's XML
]
"""An answer instead of the real one; with `accepted` the work is done all the same."""

AlteredFault = Literal[
    "stall",  # wait `seconds`, then answer
    "html_200",  # the work is done, the answer is a page
    "broken_json",  # the work is done, the answer is the first half of its JSON
    "no_id",  # a create answer without any id
    "task_id_only",  # a create answer of one field, as old releases give
    "changed_id",  # a status answer with another id, which leads nowhere
    "no_link",  # completed without a link: only /content delivers
    "link_in_metadata",  # metadata.url instead of video_url
    "stale_link",  # the link has expired already; the next status answer has a fresh one
    "failed_in_500",  # the whole video object with status failed, in a 500
    "milliseconds",  # created_at and completed_at in milliseconds
    "status_word",  # `word` for the status: SUCCESS, processing, done, unknown, NOT_START
    "envelope",  # {"code": "success", "data": {...}}
    "percent_progress",  # progress as "30%"
]
"""The real answer, altered."""

BytesFault = Literal[
    "cut_body",  # half of the promised bytes, then the connection ends
    "stall_body",  # half, then `seconds` of nothing, then the rest
    "json_200",  # JSON where bytes were requested
    "no_length",  # no Content-Length
    "ignore_range",  # 200 with everything, whatever the Range
    "redirect",  # 302 to a link on another host
]
"""The video's bytes, altered."""

FaultKind: TypeAlias = "ConnectionFault | CannedFault | AlteredFault | BytesFault"

CONNECTION_FAULTS: tuple[ConnectionFault, ...] = get_args(ConnectionFault)
CANNED_FAULTS: tuple[CannedFault, ...] = get_args(CannedFault)
ALTERED_FAULTS: tuple[AlteredFault, ...] = get_args(AlteredFault)
BYTES_FAULTS: tuple[BytesFault, ...] = get_args(BytesFault)
FAULT_KINDS: tuple[FaultKind, ...] = (*CONNECTION_FAULTS, *CANNED_FAULTS, *ALTERED_FAULTS, *BYTES_FAULTS)
FAULT_POINTS: tuple[FaultPoint, ...] = get_args(FaultPoint)

_ONLY_AT: dict[FaultKind, tuple[FaultPoint, ...]] = {
    "no_id": ("create",),
    "no_place": ("create",),
    "task_id_only": ("create",),
    "changed_id": ("status",),
    "no_link": ("status",),
    "link_in_metadata": ("status",),
    "stale_link": ("status",),
    "failed_in_500": ("status",),
    "task_not_found": ("status", "content"),
    "link_refused": ("link",),
    "milliseconds": ("create", "status"),
    "status_word": ("create", "status"),
    "envelope": ("create", "status"),
    "percent_progress": ("create", "status"),
    **dict.fromkeys(BYTES_FAULTS, ("content", "link")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing to go wrong.

    Attributes:
        on: Where.
        kind: What.
        times: How often; None means until cleared.
        after: How many requests at that place stay unharmed first.
        seconds: How long `stall` and `stall_body` wait, unless the plan releases them first.
        word: The status that `status_word` says.
        retry_after: The Retry-After header of `rate_limit`.
        status_code: The status of `refused` and `link_refused`.
        accepted: Whether the work is done behind a canned answer (a job exists and is charged).
    """

    on: FaultPoint
    kind: FaultKind
    times: int | None = 1
    after: int = 0
    seconds: float = 0.0
    word: str = "processing"
    retry_after: str | None = None
    status_code: int = 403
    accepted: bool = False

    def __post_init__(self) -> None:
        if self.on not in _ONLY_AT.get(self.kind, FAULT_POINTS):
            raise ValueError(f"fault {self.kind!r} cannot happen on {self.on!r}")


@dataclass(slots=True)
class _Armed:
    fault: Fault
    left: int | None
    waits: int


@dataclass(slots=True)
class FaultPlan:
    """The faults that are still to come; first armed, first served."""

    _armed: list[_Armed] = field(default_factory=list["_Armed"])
    _happened: list[Fault] = field(default_factory=list[Fault])
    _released: anyio.Event = field(default_factory=anyio.Event)

    def arm(self, *faults: Fault) -> None:
        """Add faults to the plan."""
        if self._released.is_set():
            self._released = anyio.Event()
        self._armed.extend(_Armed(fault, fault.times, fault.after) for fault in faults)

    def clear(self) -> None:
        """Let everything go well from now on."""
        self._armed.clear()

    async def stall(self, seconds: float) -> None:
        """Wait so long, or until the plan is released."""
        with anyio.move_on_after(seconds):
            await self._released.wait()

    def release(self) -> None:
        """Let every stalled answer go on now, and none stall until the next faults are armed."""
        self._released.set()

    def pending(self) -> tuple[Fault, ...]:
        """Return the faults that are still to come."""
        return tuple(one.fault for one in self._armed)

    def happened(self) -> tuple[Fault, ...]:
        """Return what has gone wrong so far, once for each time."""
        return tuple(self._happened)

    def due(self, on: FaultPoint) -> Fault | None:
        """Return what goes wrong with the request that has just come, if anything does."""
        for one in self._armed:
            if one.fault.on != on:
                continue
            if one.waits == 0:
                return one.fault
            one.waits -= 1
        return None

    def spend(self, fault: Fault) -> None:
        """Count a fault that has really happened."""
        self._happened.append(fault)
        for one in self._armed:
            if one.fault is fault and one.left is not None:
                one.left -= 1
        self._armed = [one for one in self._armed if one.left != 0]


def faults_from_json(value: JsonValue) -> Iterable[Fault]:
    """Read one fault or a list of them; raise ValueError for a name that no fault has."""
    return [_fault_from(one) for one in (value if isinstance(value, list) else [value])]


def _fault_from(value: JsonValue) -> Fault:
    if not isinstance(value, dict):
        raise ValueError("a fault is a JSON object")
    on, kind = text_of(value.get("on")), text_of(value.get("kind"))
    if on not in FAULT_POINTS or kind not in FAULT_KINDS:
        raise ValueError(f"no fault {kind!r} on {on!r}")
    retry_after = value.get("retry_after")
    return Fault(
        on=on,
        kind=kind,
        times=None if "times" in value and value["times"] is None else _whole(value, "times", 1),
        after=_whole(value, "after", 0),
        seconds=number_of(value.get("seconds")) or 0.0,
        word=text_of(value.get("word")) or "processing",
        retry_after=None if retry_after is None else text_of(retry_after),
        status_code=_whole(value, "status_code", 403),
        accepted=is_on(value.get("accepted")),
    )


def _whole(value: JsonObject, name: str, default: int) -> int:
    number = number_of(value.get(name))
    return default if number is None else int(number)


def as_json(fault: Fault) -> JsonObject:
    """Return a fault the way `faults_from_json` reads it."""
    return {
        "on": fault.on,
        "kind": fault.kind,
        "times": fault.times,
        "after": fault.after,
        "seconds": fault.seconds,
        "word": fault.word,
        "retry_after": fault.retry_after,
        "status_code": fault.status_code,
        "accepted": fault.accepted,
    }
