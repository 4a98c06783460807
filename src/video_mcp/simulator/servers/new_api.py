"""Stock new-api, from its Go adaptors of 2026-08 (relay/channel/task): what each channel reads of a JSON body."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from video_mcp.simulator.answers import JsonAnswer, task_error
from video_mcp.simulator.body import Body
from video_mcp.simulator.openai_answers import video_object
from video_mcp.simulator.understanding import (
    JobAnswer,
    MediumKind,
    MediumRole,
    ServerKind,
    Understood,
    UnderstoodMedium,
    in_numbers,
    media,
    source_of,
)
from video_mcp.simulator.values import JsonValue, list_of, object_of, text_of
from video_mcp.types import JsonObject

_TEXTS = ("prompt", "model", "mode", "image", "size", "seconds", "input_reference")
_TOP = frozenset(
    {"prompt", "model", "mode", "image", "images", "size", "duration", "seconds", "input_reference", "metadata"}
)

ReadMedia = Callable[[JsonObject, JsonObject], Sequence[UnderstoodMedium]]


def _images(body: JsonObject) -> list[JsonValue]:
    """Return `images`, or `image` as a list of one, as its request parser merges them."""
    return list_of(body.get("images")) or list_of(body.get("image"))


def _sora(body: JsonObject, _metadata: JsonObject) -> Sequence[UnderstoodMedium]:
    return media("image", "first_frame", [body.get("input_reference")])


def _gemini(body: JsonObject, _metadata: JsonObject) -> Sequence[UnderstoodMedium]:
    """ParseImageInput knows data: URIs and base64; an address becomes nil, without an error."""
    first = _images(body)[:1]
    return media("image", "first_frame", [one for one in first if not text_of(one).lower().startswith("http")])


def _kling(body: JsonObject, metadata: JsonObject) -> Sequence[UnderstoodMedium]:
    first = media("image", "first_frame", _images(body)[:1])
    # Without a first frame it calls text2video, whatever else was sent.
    return (*first, *media("image", "end_frame", [metadata.get("image_tail")])) if first else ()


_DOUBAO_ROLES: Mapping[str, tuple[MediumKind, MediumRole]] = {
    "first_frame": ("image", "first_frame"),
    "last_frame": ("image", "end_frame"),
    "reference_image": ("image", "reference"),
    "reference_video": ("video", "reference"),
    "reference_audio": ("audio", "reference"),
}


def _doubao(body: JsonObject, metadata: JsonObject) -> Sequence[UnderstoodMedium]:
    """Images without a role are first frames; `content` of metadata is added."""
    found = [*media("image", "first_frame", _images(body))]
    for item in map(object_of, list_of(metadata.get("content"))):
        kind, role = _DOUBAO_ROLES.get(text_of(item.get("role")), ("image", "first_frame"))
        source = source_of(object_of(item.get(text_of(item.get("type")))).get("url"))
        found += [UnderstoodMedium(kind, role, source)] if source else []
    return found


def _ali(body: JsonObject, _metadata: JsonObject) -> Sequence[UnderstoodMedium]:
    """AliVideoInput has img_url, filled from input_reference, and no media."""
    return media("image", "first_frame", [body.get("input_reference")])


def _vidu(body: JsonObject, metadata: JsonObject) -> Sequence[UnderstoodMedium]:
    images, action = _images(body), text_of(metadata.get("action"))
    if action == "referenceGenerate" or (not action and len(images) > 2):
        return media("image", "reference", images)
    return (*media("image", "first_frame", images[:1]), *media("image", "end_frame", images[1:2]))


def _hailuo(_body: JsonObject, metadata: JsonObject) -> Sequence[UnderstoodMedium]:
    subjects = [
        image for one in list_of(metadata.get("subject_reference")) for image in list_of(object_of(one).get("image"))
    ]
    return (
        *media("image", "first_frame", [metadata.get("first_frame_image")]),
        *media("image", "end_frame", [metadata.get("last_frame_image")]),
        *media("image", "reference", subjects),
    )


def _no_channel(_body: JsonObject, _metadata: JsonObject) -> Sequence[UnderstoodMedium]:
    return ()


_CHANNELS: tuple[tuple[str, ReadMedia, frozenset[str]], ...] = (
    ("sora", _sora, frozenset()),
    (
        "veo",
        _gemini,
        frozenset(
            {
                "durationSeconds", "aspectRatio", "resolution", "negativePrompt", "personGeneration", "storageUri",
                "compressionQuality", "resizeMode", "seed", "generateAudio",
            }
        ),
    ),
    (
        "kling",
        _kling,
        frozenset(
            {
                "image_tail", "negative_prompt", "mode", "duration", "aspect_ratio", "model_name", "cfg_scale",
                "static_mask", "dynamic_masks", "camera_control", "callback_url", "external_task_id",
            }
        ),
    ),
    (
        "seedance",
        _doubao,
        frozenset(
            {
                "content", "callback_url", "return_last_frame", "service_tier", "execution_expires_after", "frames",
                "generate_audio", "draft", "tools", "resolution", "ratio", "duration", "seed", "camera_fixed",
                "watermark",
            }
        ),
    ),
    ("happyhorse", _ali, frozenset({"input", "parameters"})),
    (
        "vidu",
        _vidu,
        frozenset({"action", "seed", "movement_amplitude", "bgm", "payload", "callback_url", "resolution", "duration"}),
    ),
    (
        "hailuo",
        _hailuo,
        frozenset(
            {
                "prompt_optimizer", "fast_pretreatment", "callback_url", "aigc_watermark", "first_frame_image",
                "last_frame_image", "subject_reference",
            }
        ),
    ),
)  # fmt: skip
_NO_CHANNEL: tuple[str, ReadMedia, frozenset[str]] = ("", _no_channel, frozenset())
_ALI_PARAMETERS = frozenset({"resolution", "size", "duration", "prompt_extend", "watermark", "audio", "seed"})


def _understand(body: Body) -> Understood | JsonAnswer:
    fields = body.fields
    for name in _TEXTS:
        if name in fields and not isinstance(fields[name], str):
            return task_error(400, "invalid_json", f"json: cannot unmarshal into field {name} of type string")
    if not text_of(fields.get("prompt")):
        return task_error(400, "invalid_request", "prompt is required")
    metadata, model = object_of(fields.get("metadata")), text_of(fields.get("model"))
    _, read_media, read = next((one for one in _CHANNELS if one[0] in model.lower()), _NO_CHANNEL)
    return Understood(
        # Its channel reads metadata over the whole request, the mapped name too.
        model=text_of(metadata.get("model_name")) or model,
        prompt=text_of(fields.get("prompt")),
        media=tuple(read_media(fields, metadata)),
        seconds=in_numbers(fields, "seconds", "duration") or in_numbers(metadata, "duration", "durationSeconds"),
        size=text_of(fields.get("size")),
        dropped=(*sorted(set(fields) - _TOP), *_lost(metadata, read)),
    )


def _lost(metadata: JsonObject, read: frozenset[str]) -> list[str]:
    parameters = object_of(metadata.get("parameters")) if "parameters" in read else {}
    inner = [f"metadata.parameters.{name}" for name in sorted(set(parameters) - _ALI_PARAMETERS)]
    return [*(f"metadata.{name}" for name in sorted(set(metadata) - read)), *inner]


def _answer(answer: JobAnswer) -> JsonAnswer:
    found = {**video_object(answer), "task_id": answer.job.id}
    if answer.link is not None:
        found["metadata"] = {"url": answer.link}
    return JsonAnswer(200, found)


SERVER = ServerKind(
    understand=_understand,
    created=_answer,
    status=_answer,
    headers={"x-new-api-version": "v1.0.0-rc.25"},
    request_id_header="x-oneapi-request-id",
)
