"""SGLang's own router, request models, store and content over a stubbed engine: `sglang_router.py PORT LOG VIDEO`.

Run by an interpreter that has SGLang's wheel (installed without its dependencies), FastAPI, uvicorn and httpx. Every
module but the four that are loaded here is stubbed; what reaches the engine is written to LOG, a line each, and each
video is the file VIDEO.
"""

# ruff: noqa: ANN401 - the other interpreter's modules have no types here
# pyright: basic, reportMissingImports=false

from __future__ import annotations

import hashlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import sys
import types
import uuid
from pathlib import Path
from typing import Any, ClassVar

_PACKAGE = "sglang.multimodal_gen.runtime.entrypoints.openai."
_REAL = ("protocol", "stores", "utils", "video_api")
_STUBBED = frozenset({"sglang", "torch", "orjson", "imageio", "zmq", "transformers", "diffusers", "PIL", "numpy"})


class _Stub:
    """Anything that a stubbed module is asked for: a value, a decorator, a base class, a subscripted type."""

    def __init__(self, *_args: Any, **_options: Any) -> None:
        pass

    def __call__(self, *args: Any, **options: Any) -> Any:
        return args[0] if len(args) == 1 and callable(args[0]) and not options else _Stub()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Stub()

    def __getitem__(self, _key: Any) -> Any:
        return _Stub()

    def __mro_entries__(self, _bases: tuple[type, ...]) -> tuple[type, ...]:
        return ()

    def __or__(self, _other: Any) -> Any:
        return object

    __ror__ = __or__


class _StubModule(types.ModuleType):
    __path__: ClassVar[list[str]] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Stub()


class _StubFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name: str, *_args: Any) -> importlib.machinery.ModuleSpec | None:
        is_stubbed = name.partition(".")[0] in _STUBBED
        return importlib.machinery.ModuleSpec(name, self, is_package=True) if is_stubbed else None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return _StubModule(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        pass


def _load(root: Path, name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, root / f"{name.partition('.')[2].replace('.', '/')}.py")
    if spec is None or spec.loader is None:
        raise ImportError(name)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


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
    found = importlib.util.find_spec("sglang")
    if found is None or not found.submodule_search_locations:
        sys.exit("sglang is not installed here")
    root = Path(next(iter(found.submodule_search_locations)))
    sys.meta_path.insert(0, _StubFinder())
    _protocol, _stores, utils, api = (_load(root, f"{_PACKAGE}{name}") for name in _REAL)
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
