"""SGLang's own router, request models, store and content over a stubbed engine: `sglang_router.py PORT LOG VIDEO`.

Run by an interpreter that has SGLang's wheel (installed without its dependencies), FastAPI, uvicorn and httpx. Every
module but the four that are loaded here is stubbed; what reaches the engine is written to LOG, a line each, and each
video is the file VIDEO.
"""

# ruff: noqa: ANN401 - the other interpreter's modules have no types here
# pyright: basic, reportMissingImports=false

from __future__ import annotations

import hashlib
import json
import sys
import types
import uuid
from pathlib import Path
from typing import Any

from stubs import load, root_of, stub

_PACKAGE = "sglang.multimodal_gen.runtime.entrypoints.openai."
_REAL = ("protocol", "stores", "utils", "video_api")
_STUBBED = ("sglang", "torch", "orjson", "imageio", "zmq", "transformers", "diffusers", "PIL", "numpy")


def _written(content: bytes, path: str) -> str:
    Path(path).write_bytes(content)
    return path


def _source(value: Any) -> str | None:
    if value is None or str(value).startswith(("http://", "https://")):
        return value
    return f"sha256:{hashlib.sha256(Path(value).read_bytes()).hexdigest()}"


def _with_stubbed_engine(api: Any, log: Path, video: Path) -> None:
    settings = types.SimpleNamespace(
        input_save_path=str(video.parent), output_path=str(video.parent), served_model_name="served"
    )

    def build(_request_id: str, request: Any) -> Any:
        clip = api._resolve_video_path(request)
        reached = {
            "prompt": request.prompt, "seconds": request.seconds, "size": request.size,
            "image": _source(api._resolve_image_path(request, clip)), "video": _source(clip),
        }  # fmt: skip
        with log.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(reached) + "\n")
        return types.SimpleNamespace(
            width=832, height=480, num_frames=24 * request.seconds, fps=24,
            output_file_path=lambda: str(video),
            prepare_video_request_for_queue=lambda _batch: None,
            expand_video_request_outputs_for_queue=lambda _batch: None,
            project_video_queued_job_fields=lambda _batch: {},
        )  # fmt: skip

    async def finish(job_id: str, _batch: Any, *, resources: Any, **_options: Any) -> None:
        done = {"status": "completed", "progress": 100, "file_path": str(video), "file_paths": [str(video)]}
        await api.VIDEO_STORE.update_fields(job_id, done)
        await resources.aclose()

    async def unchanged(_request: Any, prompt: str, **_options: Any) -> str:
        return prompt

    api.get_global_server_args = lambda: settings
    api.resolve_sampling_params_cls = lambda _args: types.SimpleNamespace(prompt_optional=False)
    api.get_declared_request_extra_fields = lambda _cls, _kind: frozenset()
    api.generate_request_id = lambda: f"video_{uuid.uuid4().hex}"
    api.prepare_request = lambda **_options: types.SimpleNamespace(num_outputs_per_prompt=1, extra={})
    api.maybe_enhance_prompt = unchanged
    api._build_video_sampling_params = build
    api._dispatch_job_async = finish


def main() -> None:
    port, log, video = int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
    root = root_of("sglang")
    stub(*_STUBBED)
    _protocol, _stores, utils, api = (load(root, f"{_PACKAGE}{name}") for name in _REAL)
    utils.ensure_path_within_root = lambda path, _root: path
    utils.save_image_bytes_to_path = _written
    _with_stubbed_engine(api, log, video)

    import uvicorn  # noqa: PLC0415 - of the other interpreter
    from fastapi import FastAPI  # noqa: PLC0415 - of the other interpreter

    app = FastAPI()
    app.include_router(api.router)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main()
