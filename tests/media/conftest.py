from __future__ import annotations

from pathlib import Path

import pytest

from .samples import Clip, MakeClip


@pytest.fixture
def make_clip(tmp_path: Path) -> MakeClip:
    """Write a clip below the test's own folder."""

    def make(name: str, clip: Clip) -> Path:
        return clip.write(tmp_path / name)

    return make
