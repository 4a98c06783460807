"""What a request costs at the vendor's price."""

from __future__ import annotations

import pytest

from tests.families.samples import CATALOG, CLIP, FIRST, ask, images
from video_mcp.families.prices.estimate import Estimate, estimate, price_per_second_usd
from video_mcp.types import JsonObject

SILENT: JsonObject = {"audio": False}
NOTE = "price of MiniMax-Hailuo-2.3; which model the gateway uses is not known"


def _estimate(model: str, arguments: JsonObject) -> Estimate | None:
    request = ask(model, arguments)
    return estimate(request.spec, request.mode, request.params)


@pytest.mark.parametrize(
    ("model", "arguments", "amount", "currency", "basis"),
    [
        ("veo3.1", {}, 3.2, "USD", "8 s of 720p at 0.4 USD a second"),
        ("veo3.1-fast", {"resolution": "1080p"}, 0.96, "USD", "8 s of 1080p at 0.12 USD a second"),
        ("sora-2-pro", {"size": "1792x1024", "seconds": 12}, 6.0, "USD", "12 s of 1024p at 0.5 USD a second"),
        ("kling-v3", {}, 0.42, "USD", "5 s of 720p at 0.084 USD a second"),
        (
            "kling-v3",
            {"audio": True, "options": {"kling_quality": "pro"}},
            0.84,
            "USD",
            "5 s of 1080p with sound at 0.168 USD a second",
        ),
        (
            "grok-imagine-video-1.5-preview",
            {"reference_images": images(2)},
            0.66,
            "USD",
            "8 s of 480p at 0.08 USD a second, 2 input images at 0.01",
        ),
        ("gemini-omni", {"source_video": CLIP}, 1.0, "USD", "10 s of 720p at 0.1 USD a second"),
        (
            "doubao-seedance-1-0-pro-250528",
            {},
            3.645,
            "CNY",
            "about 0.24 million tokens (5 s of 1920x1080) at 15 CNY a million",
        ),
        (
            "doubao-seedance-1-0-pro-250528",
            {"options": {"service_tier": "flex"}},
            1.8225,
            "CNY",
            "about 0.24 million tokens (5 s of 1920x1080) at 7.5 CNY a million",
        ),
        (
            "doubao-seedance-1-5-pro-251215",
            SILENT,
            0.864,
            "CNY",
            "about 0.11 million tokens (5 s of 1280x720) at 8 CNY a million",
        ),
        (
            "doubao-seedance-1-5-pro-251215",
            {"aspect_ratio": "9:16"},
            1.728,
            "CNY",
            "about 0.11 million tokens (5 s of 720x1280) at 16 CNY a million",
        ),
        ("hailuo-video", {}, 0.28, "USD", f"a clip of 6 s in 768p ({NOTE})"),
        ("hailuo-video", {"seconds": 10}, 4.0, "CNY", f"a clip of 10 s in 768p ({NOTE})"),
        ("happyhorse-1.0", {}, 1.2, "USD", "5 s of 1080p at 0.24 USD a second (international price)"),
    ],
)
def test_an_estimate_says_what_it_stands_on(
    model: str, arguments: JsonObject, amount: float, currency: str, basis: str
) -> None:
    found = _estimate(model, arguments)
    assert found is not None
    assert (found.amount, found.currency, found.basis) == (amount, currency, basis)
    assert found.date.startswith("2026")


@pytest.mark.parametrize(
    ("model", "arguments"),
    [
        ("my-wan", {"seconds": 5}),
        ("grok-video-3", {}),
        ("kling-v2-6", {}),
        ("kling-v3", {"options": {"video_id": "77"}}),
        ("kling-v3", {"options": {"kling_quality": "4k"}}),
        ("happyhorse-1.0", {"source_video": CLIP}),
        ("doubao-seedance-2-0-260128", {"seconds": -1}),
        ("hailuo-video", {"image": FIRST, "resolution": "512p"}),
        ("sora-2", {"size": "1920x1080"}),
    ],
)
def test_without_a_published_price_there_is_no_estimate(model: str, arguments: JsonObject) -> None:
    assert _estimate(model, arguments) is None


@pytest.mark.parametrize(
    ("model", "resolution", "audio", "price"),
    [
        ("veo3.1-fast", None, False, 0.10),
        ("veo3.1-fast", "1080p", False, 0.12),
        ("veo3.1-4k", None, False, 0.60),
        ("sora-2-pro", None, False, 0.30),
        ("sora-2-pro", "1024p", False, 0.50),
        ("kling-v3", None, False, 0.084),
        ("kling-v3", "1080p", True, 0.168),
        ("doubao-seedance-1-0-pro-250528", None, False, 0.1041),
        ("doubao-seedance-1-0-pro-250528", "480p", False, 0.0206),
        ("grok-imagine-video-1.5-preview", None, False, 0.08),
        ("hailuo-video", None, False, 0.0467),
        ("kling-v2-6", None, False, None),
        ("veo3.1", "8k", False, None),
        ("my-wan", None, False, None),
    ],
)
def test_a_second_has_a_price_in_dollars(model: str, resolution: str | None, audio: bool, price: float | None) -> None:
    found = CATALOG.find(model)
    assert found is not None
    assert price_per_second_usd(found[1], resolution=resolution, audio=audio) == price
