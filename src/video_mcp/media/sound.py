"""Whether anything can be heard in a video's sound."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.resampler import AudioResampler
    from av.audio.stream import AudioStream
    from av.packet import Packet
    from av.stream import Stream

_SILENT_PEAK = 33  # of 32768: -60 dB
_SOUND_RATE = 8000
_MOST_SOUND_SECONDS = 60
# A sound that is heard is so within its first frames, which are read as they are; a resampler costs as much as ten.
_FRAMES_AS_THEY_ARE = 16


class Sound:
    """Listens until something can be heard; a sound whose first minute is silent may still begin."""

    def __init__(self, stream: AudioStream | None) -> None:
        self._stream = stream
        self._resampler: AudioResampler | None = None
        self._frames = 0
        self._seconds = 0.0
        self._has_level = stream is None

    @property
    def is_heard(self) -> bool:
        """Return False only for a sound that was listened to and is silent."""
        return self._has_level or not self._frames

    def hear(self, packet: Packet[Stream]) -> None:
        """Decode a packet of the sound, if its level is still unknown."""
        if self._has_level or self._stream is None or packet.stream_index != self._stream.index:
            return
        for frame in cast("Packet[AudioStream]", packet).decode():  # its index says so
            self._frames += 1
            self._seconds += frame.samples / frame.sample_rate
            self._has_level = self._is_loud(frame) or self._seconds > _MOST_SOUND_SECONDS

    def _is_loud(self, frame: AudioFrame) -> bool:
        if frame.format.name == "fltp" and self._frames <= _FRAMES_AS_THEY_ARE:
            peak = _SILENT_PEAK / 32768
            return any(_passes(array("f", bytes(plane)[: 4 * frame.samples]), peak) for plane in frame.planes)
        return any(
            _passes(array("h", bytes(one.planes[0])[: 2 * one.samples]), _SILENT_PEAK) for one in self._resampled(frame)
        )

    def _resampled(self, frame: AudioFrame) -> list[AudioFrame]:
        from av.audio.resampler import AudioResampler  # noqa: PLC0415 - loads FFmpeg, as opening the file has

        if self._resampler is None:
            self._resampler = AudioResampler(format="s16", layout="mono", rate=_SOUND_RATE)
        return self._resampler.resample(frame)


def _passes(levels: array[float] | array[int], peak: float) -> bool:
    return bool(levels) and (max(levels) >= peak or min(levels) <= -peak)
