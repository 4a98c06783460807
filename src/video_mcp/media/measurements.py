"""What has been measured in a file."""

from __future__ import annotations

from dataclasses import dataclass

from video_mcp.media.sniff import MEDIA_TYPES, AudioFormat, ImageFormat, VideoFormat


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFacts:
    """An image; width and height are as seen, after any rotation that the file asks for.

    `is_turned` says that its pixels are stored otherwise, with a tag that tells a viewer how to turn or mirror them.
    """

    format: ImageFormat
    width: int
    height: int
    is_turned: bool = False

    @property
    def media_type(self) -> str:
        """The MIME type."""
        return MEDIA_TYPES[self.format]


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoFacts:
    """A video that was opened and decoded; width and height are as seen, after rotation.

    `warnings` says what is odd about the file, a sentence each.
    """

    container: VideoFormat
    audio_codec: str | None
    seconds: float
    width: int
    height: int
    fps: float
    warnings: tuple[str, ...] = ()

    @property
    def media_type(self) -> str:
        """The MIME type."""
        return MEDIA_TYPES[self.container]

    @property
    def has_audio(self) -> bool:
        """Whether there is a sound track."""
        return self.audio_codec is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioFacts:
    """A sound that was opened and decoded."""

    format: AudioFormat
    audio_codec: str
    seconds: float

    @property
    def media_type(self) -> str:
        """The MIME type."""
        return MEDIA_TYPES[self.format]


MediaFacts = ImageFacts | VideoFacts | AudioFacts
