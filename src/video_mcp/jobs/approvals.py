"""Videos that wait for a user's yes where no client can ask: each a file that `video-mcp approve` decides."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import anyio
from anyio import to_thread
from pydantic import BaseModel, ConfigDict, ValidationError

Decision = Literal["yes", "no"]

_KEPT_SECONDS = 24 * 3600.0


class Approval(BaseModel):
    """A question, when it was asked, and what the user has decided."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    question: str
    prompt: str
    asked_at: float
    decision: Decision | None = None


class Approvals:
    """The questions of one home; each decision counts once, and a day at most."""

    def __init__(self, folder: Path, *, now: Callable[[], float]) -> None:
        self._folder = folder
        self._now = now

    async def ask(self, fingerprint: str, *, question: str, prompt: str) -> None:
        """Let a video wait for a user's decision."""
        approval = Approval(id=fingerprint[:12], question=question, prompt=prompt, asked_at=self._now())
        await to_thread.run_sync(self._write, approval)

    async def take(self, fingerprint: str) -> Decision | None:
        """Return and use up what was decided about a video; of two callers at once, one gets it."""
        return await to_thread.run_sync(self._take, fingerprint[:12])

    async def forget(self, fingerprint: str) -> None:
        """Drop the question: the user has answered it in their client."""
        await anyio.Path(self._path(fingerprint[:12])).unlink(missing_ok=True)

    async def pending(self) -> list[Approval]:
        """Return what nobody has decided yet, oldest first."""
        return await to_thread.run_sync(self._pending)

    async def decide(self, approval: Approval, decision: Decision) -> None:
        """Write down what the user says."""
        await to_thread.run_sync(self._write, approval.model_copy(update={"decision": decision}))

    def _path(self, approval_id: str) -> Path:
        return self._folder / f"{approval_id}.json"

    def _write(self, approval: Approval) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._path(approval.id)
        part = path.with_suffix(".part")
        part.touch(mode=0o600)
        part.write_text(approval.model_dump_json(), encoding="utf-8")
        part.replace(path)

    def _read(self, path: Path) -> Approval | None:
        try:
            approval = Approval.model_validate_json(path.read_bytes())
        except (OSError, ValidationError):
            return None
        return approval if self._now() - approval.asked_at < _KEPT_SECONDS else None

    def _take(self, approval_id: str) -> Decision | None:
        path = self._path(approval_id)
        approval = self._read(path)
        if approval is None or approval.decision is None:
            return None
        try:
            path.unlink()
        except FileNotFoundError:
            return None
        return approval.decision

    def _pending(self) -> list[Approval]:
        found = [self._read(path) for path in self._folder.glob("*.json")]
        pending = [approval for approval in found if approval is not None and approval.decision is None]
        return sorted(pending, key=lambda approval: approval.asked_at)
