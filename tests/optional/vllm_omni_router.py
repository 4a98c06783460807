"""vLLM-Omni's own video routes, request models and stores over a stubbed engine: `vllm_omni_router.py PORT LOG VIDEO`.

Run by an interpreter that has the wheel (installed without its dependencies), FastAPI, uvicorn, python-multipart,
httpx, pydantic-settings, Pillow and numpy. Its routes stand in a module that starts engines, so they alone are taken
from it, with what they call. What reaches the engine is written to LOG, a line each, and each video is the file VIDEO.
"""

# ruff: noqa: ANN401 - the other interpreter's modules have no types here
# pyright: basic, reportMissingImports=false

from __future__ import annotations

import ast
import hashlib
import importlib
import json
import os
import sys
import tempfile
import types
from pathlib import Path
from typing import Any

from stubs import StubModule, load, path_of, root_of, stub

_OPENAI = "vllm_omni.entrypoints.openai."
_REAL = (
    "vllm_omni.errors",
    "vllm_omni.config.server_settings",
    f"{_OPENAI}image_api_utils",
    f"{_OPENAI}protocol.videos",
    f"{_OPENAI}stores",
    f"{_OPENAI}storage",
    f"{_OPENAI}errors",
    f"{_OPENAI}video_api_utils",
    f"{_OPENAI}serving_video",
    f"{_OPENAI}video.generation.helpers",
)


def _routes_of(source: str) -> ast.Module:
    """Return a module's imports, its video routes, and the functions and values that those name."""
    tree = ast.parse(source)
    known: dict[str, ast.stmt] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            known[node.name] = node
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            known[node.targets[0].id] = node
    wanted = [node for node in known.values() if _is_video_route(node)]
    for node in wanted:  # grows as it is gone through
        names = {found.id for found in ast.walk(node) if isinstance(found, ast.Name)}
        wanted += [known[name] for name in sorted(names & known.keys()) if known[name] not in wanted]
    tree.body = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom) or node in wanted]
    return tree


def _is_video_route(node: ast.stmt) -> bool:
    return isinstance(node, ast.AsyncFunctionDef) and any(
        isinstance(call, ast.Call)
        and ast.unparse(call.func) in {"router.get", "router.post"}
        and isinstance(call.args[0], ast.Constant)
        and str(call.args[0].value).startswith("/v1/videos")
        for call in node.decorator_list
    )


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _list(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _files(reference: Any, field: str) -> list[str]:
    paths = _list(getattr(reference, field, None))
    return [_digest(Path(path).read_bytes()) for path in paths]


class _Engine:
    """The serving object of one request; MiniMax H3 alone takes mixed references."""

    model_name = None
    stage_configs = None
    supports_latent_mask_editing = False
    supported_control_upload_types = frozenset()

    def __init__(self, model: str, log: Path, video: Path) -> None:
        self.supports_mixed_reference_inputs = "minimax-h3" in model.lower()
        self._log = log
        self._video = video

    def set_stage_configs_if_missing(self, _configs: Any) -> None:
        pass

    async def generate_video_bytes(
        self, request: Any, _request_id: str, *, reference_image: Any, reference_video: Any, reference_audio: Any,
        on_started: Any = None, **_options: Any,
    ) -> Any:  # fmt: skip
        read = request.model_dump(mode="json", exclude_none=True)
        images = _list(getattr(reference_image, "data", None))
        reached = {
            **{
                name: read.get(name) for name in ("prompt", "seconds", "size", "aspect_ratio", "generate_sound", "seed")
            },
            "images": [_digest(image.convert("RGB").tobytes()) for image in images],
            "videos": _files(reference_video, "data"),
            "audios": _files(reference_audio, "path"),
        }
        with self._log.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(reached) + "\n")
        if on_started is not None:
            await on_started()
        return self._video.read_bytes(), {}, 0.0, None


def _constant(root: Path, module: str, name: str) -> Any:
    """Return a constant of a module that cannot be loaded here."""
    for node in ast.parse(path_of(root, module).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == name and node.value is not None:
            return ast.literal_eval(node.value)
    raise LookupError(name)


def _stand_in(root: Path) -> None:
    """Give what FastAPI and `except` need as real classes, and the values that are compared."""
    from pydantic import BaseModel  # noqa: PLC0415 - of the other interpreter

    protocol = types.ModuleType("vllm.entrypoints.serve.engine.protocol")
    vars(protocol)["ErrorResponse"] = type("ErrorResponse", (BaseModel,), {})
    exceptions = types.ModuleType("vllm.v1.engine.exceptions")
    for name in ("EngineDeadError", "EngineGenerateError"):
        vars(exceptions)[name] = type(name, (Exception,), {})
    environment = types.SimpleNamespace(VLLM_MAX_IMAGE_PIXELS=0, VLLM_MEDIA_URL_ALLOW_REDIRECTS=True)
    vars(importlib.import_module("vllm"))["envs"] = environment
    data = StubModule("vllm_omni.inputs.data")
    vars(data)["DIFFUSION_QUALITY_LEVELS"] = _constant(root, data.__name__, "DIFFUSION_QUALITY_LEVELS")
    sys.modules.update({module.__name__: module for module in (protocol, exceptions, data)})


def main() -> None:
    port, log, video = int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
    os.environ["VLLM_OMNI_SERVER_STORAGE__PATH"] = str(log.parent / "storage")  # noqa: TID251 - of the other program
    root = root_of("vllm_omni")
    stub("vllm_omni", "vllm", "torch", "uvloop", "pybase64")
    _stand_in(root)
    loaded = {name: load(root, name) for name in _REAL}
    media, helpers = loaded[f"{_OPENAI}video_api_utils"], loaded[f"{_OPENAI}video.generation.helpers"]

    def decoded(content: bytes, **_options: Any) -> Any:
        with tempfile.NamedTemporaryFile(delete=False, suffix=".mp4", dir=log.parent) as file:
            file.write(content)
        return media.VideoFrames(source_path=file.name)

    media._decode_video_bytes = decoded  # frames are the engine's work
    helpers.Omnivideo = lambda request: _Engine(str(request._form["model"]), log, video)
    helpers._reference_video_decode_spec = lambda _request, _configs: types.SimpleNamespace(
        max_frames=None, keep="first"
    )

    source = path_of(root, f"{_OPENAI}api_server")
    routes: dict[str, Any] = {"__name__": f"{_OPENAI}api_server"}
    exec(compile(_routes_of(source.read_text(encoding="utf-8")), str(source), "exec"), routes)

    import uvicorn  # noqa: PLC0415 - of the other interpreter
    from fastapi import FastAPI  # noqa: PLC0415 - the same

    app = FastAPI()
    app.state.api_server_count = 1
    app.include_router(routes["router"])
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", loop="asyncio")


if __name__ == "__main__":
    main()
