"""What each fault does to an answer. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import assert_never

from video_mcp.simulator import answers
from video_mcp.simulator.answers import Answer, FileAnswer, JsonAnswer, NoAnswer, TextAnswer
from video_mcp.simulator.faults import (
    ALTERED_FAULTS,
    BYTES_FAULTS,
    CANNED_FAULTS,
    CONNECTION_FAULTS,
    AlteredFault,
    BytesFault,
    CannedFault,
    ConnectionFault,
    Fault,
)
from video_mcp.simulator.values import text_of
from video_mcp.types import JsonObject

_BUSY = "当前分组上游负载已饱和，请稍后再试"  # noqa: RUF001 - the gateway's words as they are


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultContext:
    """What an effect may need to know about the request it spoils."""

    request_id: str
    model: str
    stale_link: str
    other_host_link: str


def canned_answer(fault: Fault, context: FaultContext) -> Answer | None:
    """Return the answer that takes the place of the real one; None for a fault that alters the real one."""
    kind = fault.kind
    if kind in CONNECTION_FAULTS:
        return _connection_end(kind)
    if kind in CANNED_FAULTS:
        return _canned(kind, fault, context)
    return None


def work_is_done(fault: Fault) -> bool:
    """Tell whether the gateway does the work although its answer is canned."""
    return fault.accepted or fault.kind in ("drop_answer", "reset_answer")


def altered_answer(fault: Fault, answer: Answer, context: FaultContext) -> Answer:
    """Return an answer as a fault leaves it; the same object where the fault has nothing to bite on."""
    kind = fault.kind
    if kind in BYTES_FAULTS:
        return _altered_bytes(kind, fault, answer, context)
    if kind in ALTERED_FAULTS:
        return _altered(kind, fault, answer, context)
    return answer


def _connection_end(kind: ConnectionFault) -> NoAnswer:
    return NoAnswer("reset" if kind in ("reset_request", "reset_answer") else "closed")


def _canned(kind: CannedFault, fault: Fault, context: FaultContext) -> Answer:  # noqa: C901 - a flat table
    match kind:
        case "html_502":
            return TextAnswer(502, answers.HTML_PAGE)
        case "rate_limit":
            headers = {} if fault.retry_after is None else {"retry-after": fault.retry_after}
            return replace(answers.task_error(429, "fail_to_fetch_task", _BUSY), headers=headers)
        case "rate_limit_empty":
            return TextAnswer(429, "")
        case "no_place":
            return answers.task_error(429, "fail_to_fetch_task", "Number of parallel tasks over resource pack limit")
        case "server_error":
            return answers.task_error(500, "unmarshal_response_body_failed", "invalid character '<'")
        case "model_not_found":
            return answers.model_not_found(context.model, context.request_id)
        case "overloaded":
            message = "system cpu overloaded (current: 97.1%, threshold: 90%)"
            return answers.middleware_error(503, message, "system_cpu_overloaded", context.request_id)
        case "unauthorized":
            return answers.unauthorized(context.request_id)
        case "quota_exhausted":
            return answers.task_error(403, "insufficient_user_quota", "用户额度不足, 剩余额度: $0.00")
        case "refused":
            return answers.task_error(fault.status_code, "fail_to_fetch_task", "The upstream did not answer in time.")
        case "task_not_found" if fault.on == "content":
            return answers.content_error(404, "Task not found")
        case "task_not_found":
            return answers.task_error(400, "task_not_exist", "task_not_exist")
        case "link_refused":
            return TextAnswer(fault.status_code, answers.EXPIRED_XML, "application/xml")
        case _:
            assert_never(kind)


def _altered(kind: AlteredFault, fault: Fault, answer: Answer, context: FaultContext) -> Answer:
    if kind == "stall":
        return answer
    if kind == "html_200":
        return TextAnswer(200, answers.HTML_PAGE.replace("502 Bad Gateway", "Please wait"))
    if not isinstance(answer, JsonAnswer) or answer.status_code != 200 or not isinstance(answer.body, dict):
        return answer
    video = answer.body
    if kind == "broken_json":
        text = json.dumps(video)
        return TextAnswer(200, text[: len(text) // 2], "application/json")
    if kind == "failed_in_500":
        error: JsonObject = {"code": 500, "message": "CUDA out of memory"}
        return JsonAnswer(500, {**video, "status": "failed", "error": error})
    changed = _altered_video(kind, fault, video, context)
    return answer if changed is video else replace(answer, body=changed)


def _altered_video(  # noqa: C901 - a flat table
    kind: AlteredFault, fault: Fault, video: JsonObject, context: FaultContext
) -> JsonObject:
    link = video.get("video_url")
    match kind:
        case "no_id":
            return _without(video, "id", "task_id")
        case "task_id_only":
            return {"task_id": video["id"]}
        case "changed_id":
            other = f"upstream-{text_of(video['id'])[::-1]}"
            return {**video, "id": other, "task_id": other}
        case "no_link" if link is not None:
            return _without(video, "video_url", "url")
        case "link_in_metadata" if link is not None:
            return {**_without(video, "video_url", "url"), "metadata": {"url": link}}
        case "stale_link" if link is not None:
            return {**video, "video_url": context.stale_link, "url": context.stale_link}
        case "milliseconds":
            return {**video, **_in_milliseconds(video)}
        case "status_word":
            return {**video, "status": fault.word}
        case "envelope":
            return {"code": "success", "message": "", "data": video}
        case "percent_progress":
            return {**video, "progress": f"{text_of(video['progress'])}%"}
        case "stall" | "html_200" | "broken_json" | "failed_in_500" | "no_link" | "link_in_metadata" | "stale_link":
            return video
        case _:
            assert_never(kind)


def _altered_bytes(kind: BytesFault, fault: Fault, answer: Answer, context: FaultContext) -> Answer:
    if not isinstance(answer, FileAnswer):
        return answer
    match kind:
        case "cut_body":
            return replace(answer, cut=True)
        case "stall_body":
            return replace(answer, stall_seconds=fault.seconds)
        case "no_length":
            return replace(answer, state_length=False)
        case "ignore_range":
            return replace(answer, honour_range=False)
        case "json_200":
            return JsonAnswer(200, {"url": context.other_host_link, "video_url": context.other_host_link})
        case "redirect":
            headers = {"location": context.other_host_link, "referrer-policy": "no-referrer"}
            return TextAnswer(302, "", headers=headers)
        case _:
            assert_never(kind)


def _without(video: JsonObject, *names: str) -> JsonObject:
    return {name: value for name, value in video.items() if name not in names}


def _in_milliseconds(video: JsonObject) -> JsonObject:
    times: JsonObject = {}
    for name in ("created_at", "completed_at"):
        seconds = video.get(name)
        if isinstance(seconds, int):
            times[name] = seconds * 1000
    return times
