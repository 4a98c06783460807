"""Requests for every family with everything that can be said, as `create_video`'s arguments."""

from __future__ import annotations

import base64

from pydantic import JsonValue

from video_mcp.families.catalog import default_catalog
from video_mcp.families.params import VideoRequest
from video_mcp.families.validation.check import check_request
from video_mcp.types import JsonObject

SELF_HOSTED = "wan2.2-i2v"
H3 = "MiniMaxAI/MiniMax-H3"
CATALOG = default_catalog([SELF_HOSTED, H3])

PIXELS = base64.b64encode(b"\x89PNG pixels").decode()
PNG = f"data:image/png;base64,{PIXELS}"
LAST_PNG = f"data:image/png;base64,{base64.b64encode(b'last pixels').decode()}"
URL = "https://example.com/a.png?sig=1"
PAGE: JsonObject = {
    "callback_url": "https://example.com/hook",
    "external_task_id": "mine-7",
    "quality": "high",
    "function_mode": "first_last_frames",
    "fps": 30,
    "n": 1,
    "response_format": "url",
    "user": "user-7",
    "metadata": {"caller_key": "caller-value"},
    "parameters": {"caller_parameter": "caller-number"},
}
MASKS: list[JsonValue] = [{"mask": LAST_PNG, "trajectories": [{"x": 11, "y": 12}, {"x": 13, "y": 14}]}]

FULL: dict[str, JsonObject] = {
    "sora, frame": {
        "model": "sora-2-pro", "prompt": "A fox.", "seconds": 8, "size": "1792x1024", "image": PNG, "options": PAGE,
    },
    "sora, reference": {"model": "sora-2", "mode": "reference_images", "prompt": "A fox.", "reference_images": [URL]},
    "veo, frames": {
        "model": "veo3.1", "prompt": "A fox.", "seconds": 8, "aspect_ratio": "9:16", "resolution": "1080p",
        "image": PNG, "end_image": URL, "negative_prompt": "rain", "seed": 4242,
        "options": {"person_generation": "allow_adult", "enhance_prompt": True, "enable_upsample": False, **PAGE},
    },
    "veo, references": {
        "model": "veo3.1-components", "mode": "reference_material", "prompt": "A fox.", "reference_images": [URL, PNG],
    },
    "seedance, frames": {
        "model": "doubao-seedance-1-5-pro-251215", "prompt": "A fox.", "seconds": -1, "aspect_ratio": "21:9",
        "resolution": "720p", "image": PNG, "end_image": URL, "seed": 4242, "audio": False,
        "options": {
            "camera_fixed": True, "watermark": False, "return_last_frame": True, "service_tier": "flex",
            "execution_expires_after": 7200, "draft": False, **PAGE,
        },
    },
    "seedance, references": {
        "model": "doubao-seedance-2-0-260128", "prompt": "A fox.", "reference_images": [URL, PNG],
        "reference_videos": ["https://example.com/v.mp4"], "reference_audios": ["https://example.com/s.mp3"],
        "options": {"tools": [{"type": "web_search"}]},
    },
    "seedance, content": {
        "model": "doubao-seedance-2-0-260128",
        "options": {
            "content": [
                {"type": "text", "text": "A fox."},
                {"type": "image_url", "image_url": {"url": URL}, "role": "reference_image"},
            ]
        },
    },
    "seedance, frame": {
        "model": "doubao-seedance-1-0-pro-250528", "prompt": "A fox.", "image": URL, "options": {"frames": 57},
    },
    "seedance, draft": {"model": "doubao-seedance-1-5-pro-251215", "options": {"draft_task_id": "cgt-7"}},
    "kling, frames": {
        "model": "kling-v3", "prompt": "A fox.", "seconds": 5, "image": PNG, "end_image": LAST_PNG,
        "negative_prompt": "rain", "audio": True,
        "options": {
            "kling_quality": "pro", "cfg_scale": 0.375, "watermark_info": {"enabled": True},
            "element_list": [{"element_id": 4343}], **PAGE,
        },
    },
    "kling, shots": {
        "model": "kling-v3", "resolution": "1080p", "audio": False,
        "options": {
            "multi_shot": True, "shot_type": "customize",
            "multi_prompt": [
                {"index": 1, "prompt": "One.", "duration": 3}, {"index": 2, "prompt": "Two.", "duration": 4},
            ],
        },
    },
    "kling, voices": {
        "model": "kling-video", "prompt": "A fox.", "image": URL, "audio": True,
        "options": {"model_name": "kling-v2-6", "kling_quality": "pro", "voice_list": [{"voice_id": "voice-7"}]},
    },
    "kling, camera": {
        "model": "kling-v1", "prompt": "A fox.", "aspect_ratio": "1:1",
        "options": {"camera_control": {"type": "simple", "config": {"zoom": 5}}},
    },
    "kling, masks": {
        "model": "kling-v1", "prompt": "A fox.", "image": PNG,
        "options": {"static_mask": LAST_PNG, "dynamic_masks": MASKS},
    },
    "kling, images": {"model": "kling-v1-6", "prompt": "A fox.", "mode": "multi_i2v", "reference_images": [PNG, URL]},
    "kling, extend": {
        "model": "kling-v1-6", "mode": "extend", "options": {"video_id": "clip-7", "task_id": "task-7"},
    },
    "grok, references": {
        "model": "grok-imagine-1.0-video", "prompt": "A fox.", "seconds": 10, "resolution": "720P",
        "reference_images": [URL, PNG], "audio": False, "options": PAGE,
    },
    "grok, frame": {"model": "grok-imagine-video-1.5-preview", "prompt": "A fox.", "resolution": "1080P", "image": URL},
    "gemini-omni, edit": {
        "model": "gemini-omni", "prompt": "A fox.", "source_video": "https://example.com/v.mp4",
        "reference_images": [URL], "options": PAGE,
    },
    "happyhorse, references": {
        "model": "happyhorse-1.0", "prompt": "A fox.", "seconds": 4, "aspect_ratio": "4:5", "resolution": "720p",
        "mode": "r2v", "reference_images": [URL, PNG], "seed": 4242, "options": {"watermark": False, **PAGE},
    },
    "happyhorse, edit": {
        "model": "happyhorse-1.0", "prompt": "A fox.", "mode": "edit", "source_video": "https://example.com/v.mp4",
        "reference_images": [URL], "options": {"audio_setting": "origin"},
    },
    "vidu, frames": {
        "model": "viduq3-turbo", "prompt": "A fox.", "seconds": 16, "resolution": "1080p", "image": PNG,
        "end_image": URL, "seed": 4242, "audio": True,
        "options": {
            "audio_type": "speech_only", "bgm": False, "movement_amplitude": "small", "style": "anime",
            "voice_id": "voice-7", "is_rec": False, "off_peak": False, "watermark": True, "wm_position": 3,
            "wm_url": "https://example.com/mark.png", "payload": "my-payload", "meta_data": "my-labels", **PAGE,
        },
    },
    "vidu, two references": {
        "model": "viduq3-turbo", "prompt": "A fox.", "mode": "reference_images", "reference_images": [URL, PNG],
    },
    "hailuo, frames": {
        "model": "hailuo-video", "prompt": "A fox.", "resolution": "1080p", "image": PNG, "end_image": URL,
        "options": {"prompt_optimizer": False, "fast_pretreatment": True, **PAGE},
    },
    "hailuo, person": {"model": "hailuo-video", "prompt": "A fox.", "reference_images": [URL]},
    "generic, frame": {
        "model": SELF_HOSTED, "prompt": "A fox.", "seconds": 5, "aspect_ratio": "16:9", "resolution": "480p",
        "image": PNG, "negative_prompt": "rain", "seed": 4242, "audio": True,
        "options": {
            "num_frames": 81, "guidance_scale": 4.5, "guidance_scale_2": 3.25, "true_cfg_scale": 2.125,
            "num_inference_steps": 33, "flow_shift": 5.5, "boundary_ratio": 0.875, "max_sequence_length": 512,
            "short_edge": 480, "enhance_prompt": False, "task_type": "i2v", "lora": {"name": "my-lora"},
            "extra": {"extra_key": "extra-value"}, **PAGE,
        },
    },
    "generic, size": {"model": SELF_HOSTED, "prompt": "A fox.", "size": "832x480", "end_image": URL, "image": URL},
    "generic, sides": {"model": SELF_HOSTED, "prompt": "A fox.", "options": {"width": 832, "height": 480}},
    "generic, files": {
        "model": SELF_HOSTED, "prompt": "A fox.", "reference_images": [PNG],
        "reference_audios": ["data:audio/mpeg;base64,c291bmQ="], "source_video": "data:video/mp4;base64,dmlkZW8=",
    },
    "generic, links": {
        "model": SELF_HOSTED, "prompt": "A fox.", "reference_images": [URL, PNG],
        "reference_videos": ["https://example.com/v.mp4"], "end_image": PNG, "image": URL,
    },
}  # fmt: skip


def request(arguments: JsonObject) -> VideoRequest:
    """Check arguments without refusing for a vendor's limits: these tests are about the wire."""
    return check_request(CATALOG, arguments, "warn")
