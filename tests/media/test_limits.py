from __future__ import annotations

from dataclasses import replace

import pytest

from video_mcp.families.spec import MediaLimits
from video_mcp.media.inputs import AssetInput, DataInput, RemoteInput
from video_mcp.media.limits import check_media, check_total
from video_mcp.media.measurements import AudioFacts, ImageFacts, MediaFacts, VideoFacts

ANY = MediaLimits(source="gateway_page")
IMAGE = ImageFacts(format="png", width=1000, height=800)
VIDEO = VideoFacts(container="mp4", audio_codec=None, seconds=5.0, width=1280, height=720, fps=24.0)
SOUND = AudioFacts(format="mp3", audio_codec="mp3", seconds=10.0)


def data(facts: MediaFacts = IMAGE, *, size_bytes: int = 1000) -> DataInput:
    return DataInput(data_uri="data:x;base64,AA==", sha256="", size_bytes=size_bytes, facts=facts)


def messages(limits: MediaLimits, facts: MediaFacts = IMAGE, *, size_bytes: int = 1000) -> list[str]:
    return [finding.message for finding in check_media(limits, data(facts, size_bytes=size_bytes), "image")]


@pytest.mark.parametrize("facts", [IMAGE, VIDEO, SOUND])
def test_a_vendor_that_says_nothing_takes_everything(facts: MediaFacts) -> None:
    assert messages(ANY, facts, size_bytes=1 << 40) == []


@pytest.mark.parametrize(
    ("limits", "facts"),
    [
        (replace(ANY, formats=("jpeg", "png")), IMAGE),
        (replace(ANY, formats=("mp4",)), VIDEO),
        (replace(ANY, formats=("mp3",)), SOUND),
        (replace(ANY, max_bytes=1000), IMAGE),
        (replace(ANY, min_side_px=800, max_side_px=1000), IMAGE),
        (replace(ANY, min_ratio=1.25, max_ratio=1.25), IMAGE),
        (replace(ANY, min_side_px=720, max_side_px=1280, min_ratio=1.77, max_ratio=1.777), VIDEO),
        (replace(ANY, min_seconds=5, max_seconds=5), VIDEO),
        (replace(ANY, min_seconds=10, max_seconds=10), SOUND),
        (replace(ANY, max_seconds=5), replace(VIDEO, seconds=5.042)),
        (replace(ANY, min_fps=24, max_fps=24), VIDEO),
        (replace(ANY, min_fps=24), replace(VIDEO, fps=23.976)),
        (replace(ANY, min_fps=24), replace(VIDEO, fps=0.0)),
        (replace(ANY, forms=("base64",)), IMAGE),
    ],
)
def test_just_inside_passes(limits: MediaLimits, facts: MediaFacts) -> None:
    assert messages(limits, facts) == []


@pytest.mark.parametrize(
    ("limits", "facts", "expected"),
    [
        (replace(ANY, formats=("jpeg", "webp")), IMAGE, "image takes jpeg or webp, and this is png."),
        (replace(ANY, formats=("mov",)), VIDEO, "image takes mov, and this is mp4."),
        (replace(ANY, formats=("wav",)), SOUND, "image takes wav, and this is mp3."),
        (replace(ANY, max_bytes=999), IMAGE, "image may have 0.0009527 MB, and this has 0.0009537 MB."),
        (
            replace(ANY, min_side_px=801),
            IMAGE,
            "image needs at least 801 px on its shorter side, and this is 1000x800.",
        ),
        (
            replace(ANY, max_side_px=999),
            IMAGE,
            "image may have 999 px on its longer side, and this is 1000x800; scale it down.",
        ),
        (replace(ANY, min_ratio=1.26), IMAGE, "image may not be narrower than 1.26:1, and this is 1000x800; crop it."),
        (replace(ANY, max_ratio=1.24), IMAGE, "image may not be wider than 1.24:1, and this is 1000x800; crop it."),
        (replace(ANY, max_side_px=1279), VIDEO, "image may have 1279 px on its longer side, and this is 1280x720"),
        (replace(ANY, min_seconds=5.1), VIDEO, "image must last at least 5.1 s, and this has 5."),
        (replace(ANY, max_seconds=4.9), VIDEO, "image may last at most 4.9 s, and this has 5."),
        (replace(ANY, max_seconds=9), SOUND, "image may last at most 9 s, and this has 10."),
        (replace(ANY, min_fps=25), VIDEO, "image must have at least 25 frames per second, and this has 24."),
        (replace(ANY, max_fps=23), VIDEO, "image may have at most 23 frames per second, and this has 24."),
        (replace(ANY, forms=("url", "asset")), IMAGE, "image takes web addresses only"),
    ],
)
def test_just_outside_is_refused_in_words(limits: MediaLimits, facts: MediaFacts, expected: str) -> None:
    found = messages(limits, facts)

    assert len(found) == 1
    assert found[0].startswith(expected)


def test_an_id_of_a_library_is_held_against_no_limit_but_its_kind() -> None:
    asset = AssetInput("asset://a-1")
    assert check_media(replace(ANY, forms=("url", "asset"), max_bytes=1), asset, "image") == []
    (finding,) = check_media(replace(ANY, forms=("url", "data")), asset, "image")
    assert finding.message == "image takes no asset:// ids; give a path."


def test_all_reasons_come_at_once_with_their_values() -> None:
    limits = replace(ANY, formats=("jpeg",), max_side_px=500, max_bytes=10)

    findings = check_media(limits, data(), "end_image")

    assert {finding.severity for finding in findings} == {"refuse"}
    assert {finding.field for finding in findings} == {"end_image"}
    assert [(finding.value, finding.nearest, finding.allowed) for finding in findings] == [
        (1000, 10, ()),
        ("png", None, ("jpeg",)),
        (1000, 500, ()),
    ]


def test_of_a_web_address_only_its_being_one_is_judged() -> None:
    remote = RemoteInput("https://example.com/a.png")

    assert check_media(replace(ANY, formats=("jpeg",), max_bytes=1), remote, "image") == []
    [finding] = check_media(replace(ANY, forms=("base64",)), remote, "image")
    assert finding.message == "image takes no web addresses; give a path."


def test_lengths_add_up() -> None:
    limits = replace(ANY, max_total_seconds=15)
    remote = RemoteInput("https://example.com/a.mp4")

    assert check_total(ANY, [data(SOUND)] * 9, "reference_audios") == []
    assert check_total(limits, [data(SOUND), data(VIDEO), data(IMAGE), remote], "reference_videos") == []
    [finding] = check_total(limits, [data(SOUND), data(SOUND)], "reference_audios")
    assert finding.message == "reference_audios may last 15 s together, and these last 20.0 s."
