"""SGLang 0.5.23, from multimodal_gen/runtime/entrypoints/openai/video_api.py: one image and one video at most."""

from __future__ import annotations

from pathlib import PurePosixPath
from urllib.parse import urlsplit

from video_mcp.simulator.answers import JsonAnswer
from video_mcp.simulator.body import Body, Upload
from video_mcp.simulator.openai_answers import detail, invalid_field, openai_video, video_object
from video_mcp.simulator.understanding import (
    JobAnswer,
    ServerKind,
    Understood,
    UnderstoodMedium,
    in_numbers,
    not_read,
    source_of,
)
from video_mcp.simulator.values import text_of

_FILES = ("input_reference", "video_reference")
_VIDEO_ENDINGS = frozenset({".avi", ".gif", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".webm"})
_READ = frozenset(
    {
        "prompt", "enhance_prompt", "input_reference", "reference_url", "video_reference", "video_url", "video_path",
        "model", "task_type", "n", "num_outputs_per_prompt", "seconds", "size", "fps", "num_frames", "width", "height",
        "seed", "generator_device", "negative_prompt", "guidance_scale", "guidance_scale_2", "true_cfg_scale",
        "num_inference_steps", "max_sequence_length", "flow_shift", "enable_teacache", "output_quality", "extra_params",
        "extra_body", "quality", "enable_upscaling", "upscaling_scale",
    }
)  # fmt: skip
_INTEGERS = ("seconds", "fps", "num_frames", "width", "height", "seed", "num_inference_steps", "max_sequence_length")
_USUAL_SIZE = "832x480"


def _understand(body: Body) -> Understood | JsonAnswer:
    for name in _FILES:
        if name in body.fields:
            return invalid_field(name, "Value error, Expected UploadFile, received: <class 'str'>")
    for name in _INTEGERS:
        number = in_numbers(body.fields, name)
        if name in body.fields and (number is None or not number.is_integer()):
            return invalid_field(name, "Input should be a valid integer, unable to parse string as an integer")
    prompt = text_of(body.fields.get("prompt"))
    if not prompt:
        return detail(400, "prompt is required")
    return Understood(
        model=text_of(body.fields.get("model")),
        prompt=prompt,
        media=_media(body),
        seconds=in_numbers(body.fields, "seconds"),
        size=text_of(body.fields.get("size")) or _USUAL_SIZE,
        dropped=not_read(body, _READ),
    )


def _media(body: Body) -> tuple[UnderstoodMedium, ...]:
    """Return what becomes the engine's image and video; of several files under one name the last is seen."""
    files = {upload.name: upload for upload in body.uploads}
    video, image = files.get("video_reference"), files.get("input_reference")
    video_source = video.digest if video else text_of(body.fields.get("video_url"))
    image_source = image.digest if image else ""
    address = text_of(body.fields.get("reference_url"))
    if not video_source and image is not None and _is_video(image):
        video_source, image_source = image.digest, ""
    if address and _is_video_name(urlsplit(address).path):
        video_source = video_source or address
    elif address:
        image_source = image_source or source_of(address)
    images = [UnderstoodMedium("image", "input", image_source)] if image_source else []
    videos = [UnderstoodMedium("video", "input", video_source)] if video_source else []
    return (*images, *videos)


def _is_video(upload: Upload) -> bool:
    return upload.content_type.startswith("video/") or _is_video_name(upload.filename)


def _is_video_name(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in _VIDEO_ENDINGS


def _status(answer: JobAnswer) -> JsonAnswer:
    found = video_object(answer)
    # Its store knows queued, completed and failed; nothing sets in_progress.
    if found["status"] == "in_progress":
        found["status"] = "queued"
    # A path on the server's own disk, which means nothing to a client.
    return JsonAnswer(200, {**found, "url": None, "file_path": f"/outputs/{answer.job.id}.mp4"})


SERVER = ServerKind(
    understand=_understand,
    created=openai_video,
    status=_status,
    lists_videos=True,
    models=(
        {
            "id": "Wan-AI/Wan2.2-T2V-A14B-Diffusers",
            "object": "model",
            "created": 1790000000,
            "owned_by": "sglang",
            "task_type": "T2V",
            "pipeline_name": "WanPipeline",
        },
    ),
    schema={"openapi": "3.1.0", "info": {"title": "FastAPI", "version": "0.1.0"}, "paths": {"/v1/videos": {}}},
)
