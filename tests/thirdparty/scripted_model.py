"""A language model that follows a script, behind the three APIs that agents speak.

It asks for a video that is too long, then for one that can be made, and then says that it is done. What a client gives
it as the results of those calls is what a real model would see.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

Json = dict[str, Any]
BOAT: Json = {"model": "kling-v3", "prompt": "A paper boat", "seconds": 5}
CALLS: tuple[Json, ...] = ({**BOAT, "seconds": 20}, BOAT)
"""The arguments of the script's calls of create_video, in their order."""

DONE = "The video is ready."


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call that the model asks for."""

    id: str
    name: str
    arguments: Json
    namespace: str | None = None


@dataclass(kw_only=True)
class ScriptedModel:
    """The model of one test: the calls that it makes, its address, and the results as the client gave them."""

    calls: Sequence[Json]
    url: str = ""
    results: dict[str, str] = field(default_factory=dict[str, str])

    def next_call(self, tools: Sequence[tuple[str, str | None]], results: dict[str, str]) -> Call | None:
        """Return the call that the script has next; a client that hides its tools is asked for them first."""
        self.results |= results
        step = sum(1 for number in range(len(self.calls)) if f"call_{number}" in results)
        if step == len(self.calls):
            return None
        for name, namespace in tools:
            if name.endswith("create_video"):
                return Call(id=f"call_{step}", name=name, arguments=self.calls[step], namespace=namespace)
        if any(name == "ToolSearch" for name, _namespace in tools):
            query = {"query": "select:mcp__video__create_video", "max_results": 5}
            return Call(id=f"search_{len(results)}", name="ToolSearch", arguments=query)
        return None


@contextmanager
def a_scripted_model(calls: Sequence[Json] = CALLS) -> Generator[ScriptedModel]:
    """Serve a model on this machine that makes these calls of create_video."""
    model = ScriptedModel(calls=calls)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Endpoint, model)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        host, port = cast("tuple[str, int]", server.server_address[:2])
        model.url = f"http://{host}:{port}"
        try:
            yield model
        finally:
            server.shutdown()
            thread.join()


class _Endpoint(BaseHTTPRequestHandler):
    def __init__(self, model: ScriptedModel, *arguments: Any) -> None:  # noqa: ANN401 - those of the base class
        self._model = model
        super().__init__(*arguments)

    def do_GET(self) -> None:
        self._send("application/json", json.dumps({"data": [], "models": []}))

    def do_HEAD(self) -> None:
        self._send("application/json", "")

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        request = cast("Json", json.loads(raw or b"{}"))
        path = self.path.partition("?")[0]
        if path.endswith("/messages"):
            self._send_events(_anthropic(self._model, request), is_streamed=bool(request.get("stream")))
        elif path.endswith("/count_tokens"):
            self._send("application/json", json.dumps({"input_tokens": 1}))
        elif path.endswith("/responses"):
            self._send_events(_openai(self._model, request), is_streamed=True)
        elif path.endswith("enerateContent"):
            answer = _gemini(self._model, request)
            is_streamed = "streamGenerateContent" in path
            body = f"data: {json.dumps(answer)}\n\n" if is_streamed else json.dumps(answer)
            self._send("text/event-stream" if is_streamed else "application/json", body)
        else:
            self._send("application/json", "{}")

    def _send_events(self, events: list[Json], *, is_streamed: bool) -> None:
        if not is_streamed:
            self._send("application/json", json.dumps(_message_of(events)))
            return
        body = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)
        self._send("text/event-stream", body)

    def _send(self, kind: str, body: str) -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        """Write no log."""


def _anthropic(model: ScriptedModel, request: Json) -> list[Json]:
    """Return the events of a message, as Anthropic's API streams them."""
    blocks = [
        block
        for message in request["messages"]
        if isinstance(message["content"], list)
        for block in cast("list[Json]", message["content"])
    ]
    results = {block["tool_use_id"]: json.dumps(block) for block in blocks if block["type"] == "tool_result"}
    call = model.next_call([(tool["name"], None) for tool in request.get("tools") or ()], results)
    content: Json = {"type": "text", "text": ""}
    delta: Json = {"type": "text_delta", "text": DONE}
    if call is not None:
        content = {"type": "tool_use", "id": call.id, "name": call.name, "input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(call.arguments)}
    usage = {"input_tokens": 1, "output_tokens": 1}
    message: Json = {"id": "msg_1", "type": "message", "role": "assistant", "model": "scripted", "content": []}
    stop_reason = "end_turn" if call is None else "tool_use"
    return [
        {"type": "message_start", "message": {**message, "stop_reason": None, "stop_sequence": None, "usage": usage}},
        {"type": "content_block_start", "index": 0, "content_block": content},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": stop_reason, "stop_sequence": None}, "usage": usage},
        {"type": "message_stop"},
    ]


def _message_of(events: list[Json]) -> Json:
    """Return the message that Anthropic's events stream; only text is asked for without a stream."""
    text = {"type": "text", "text": DONE}
    return {**events[0]["message"], "content": [text], "stop_reason": "end_turn"}


def _openai(model: ScriptedModel, request: Json) -> list[Json]:
    """Return the events of a response, as OpenAI's Responses API streams them."""
    outputs = [item for item in request["input"] if item.get("type") == "function_call_output"]
    results = {item["call_id"]: json.dumps(item["output"]) for item in outputs}
    tools: list[tuple[str, str | None]] = []
    for tool in request.get("tools") or ():
        inside = tool["tools"] if tool["type"] == "namespace" else [tool]
        space = tool["name"] if tool["type"] == "namespace" else None
        tools += [(one.get("name", ""), space) for one in inside]
    call = model.next_call(tools, results)
    item: Json = {
        "type": "message",
        "id": "item_1",
        "role": "assistant",
        "content": [{"type": "output_text", "text": DONE}],
    }
    if call is not None:
        arguments = json.dumps(call.arguments)
        item = {"type": "function_call", "id": "item_1", "call_id": call.id, "name": call.name, "arguments": arguments}
        item |= {"namespace": call.namespace} if call.namespace else {}
    usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
    return [
        {"type": "response.created", "response": {"id": "resp_1"}},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": {"id": "resp_1", "usage": usage, "output": [item]}},
    ]


def _gemini(model: ScriptedModel, request: Json) -> Json:
    """Return an answer of Gemini's API."""
    parts = [part for content in request["contents"] for part in content["parts"]]
    # Gemini's calls have no ids: the results come in the order of the calls.
    responses = [part["functionResponse"] for part in parts if "functionResponse" in part]
    results = {f"call_{number}": json.dumps(response) for number, response in enumerate(responses)}
    declared = [one for tool in request.get("tools") or () for one in tool.get("functionDeclarations") or ()]
    call = model.next_call([(one["name"], None) for one in declared], results)
    said: Json = {"text": DONE}
    if call is not None:
        said = {"functionCall": {"name": call.name, "args": call.arguments}}
    content = {"role": "model", "parts": [said]}
    usage = {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}
    return {"candidates": [{"content": content, "finishReason": "STOP", "index": 0}], "usageMetadata": usage}
