from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from video_mcp.errors import InputRefused
from video_mcp.media.inputs import DataInput, InputReader
from video_mcp.media.names import folded

from .samples import link, picture

pytestmark = pytest.mark.anyio

PAIRS = [
    ("Screenshot at 4.42.48 PM.png", "Screenshot at 4.42.48\u202fPM.png"),
    ("Bildschirmfoto um 10.00.00.png", "Bildschirmfoto um\u00a010.00.00.png"),
    ("Café au lait.png", unicodedata.normalize("NFD", "Café au lait.png")),
    (unicodedata.normalize("NFD", "Übersicht.png"), "Übersicht.png"),
    ("photo.JPG", "photo.jpg"),
    ("IMG_0001.png", "img_0001.PNG"),
    ("it's me.png", "it\u2019s me.png"),
    ("a - b.png", "a \u2013 b.png"),
    ("left.png", "\u200eleft.png"),
    ("two  blanks.png", "two blanks.png"),
]


@pytest.mark.parametrize(("typed", "real"), PAIRS)
async def test_a_name_that_differs_by_nothing_that_a_reader_sees_is_found(
    tmp_path: Path, typed: str, real: str
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / real).write_bytes(picture())

    for reference in (f"in/{typed}", str(tmp_path / "in" / typed), f"IN/{typed}"):
        assert isinstance(await InputReader([tmp_path]).read(reference, "image"), DataInput)


async def test_of_several_names_that_look_alike_none_is_taken(tmp_path: Path) -> None:
    for name in ("a b.png", "A B.png"):
        (tmp_path / name).write_bytes(picture())

    with pytest.raises(InputRefused, match=r"no file.*Did you mean"):
        await InputReader([tmp_path]).read("a\u202fb.PNG", "image")


async def test_the_exact_name_comes_first(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(picture(size=(10, 10)))
    (tmp_path / "A.png").write_bytes(picture(size=(20, 20)))

    media = await InputReader([tmp_path]).read("A.png", "image")

    assert isinstance(media, DataInput)
    assert media.content() == picture(size=(20, 20))


async def test_a_link_found_by_folding_does_not_lead_out(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "private.png").write_bytes(picture())
    link(root / "Door\u202fa.png", tmp_path / "private.png")

    with pytest.raises(InputRefused, match="outside"):
        await InputReader([root]).read("door a.png", "image")


@pytest.mark.parametrize(("one", "other"), [("a.png", "b.png"), ("a1.png", "a 1.png"), ("ä.png", "a.png")])
def test_other_names_stay_apart(one: str, other: str) -> None:
    assert folded(one) != folded(other)
