"""Counts of durations in HdrHistogram buckets: three significant digits, mergeable without loss, readable anywhere.

The format is HdrHistogram's V2 encoding (Tene, https://hdrhistogram.github.io/HdrHistogram/): microseconds, each bucket
at most 1/1024 of its value wide. Quantiles follow the same convention as the other implementations (the highest value
of the bucket that holds the rank), so that everybody reads the same number from the same text: less than 0.1 % or one
microsecond too high, never too low.
"""

import base64
import binascii
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Self

from bench.errors import BenchError, shown

DIGITS = 3
HALF = 10
"""2**HALF buckets to each doubling: the smallest power of two that tells three digits apart."""
LOWEST, HIGHEST = 1, 60_000_000
"""The range in microseconds; what took longer than a minute is counted as a minute."""

_WRAPPER = struct.Struct(">II")
_HEADER = struct.Struct(">IIIIqqd")
_COMPRESSED, _PLAIN = 0x1C849304, 0x1C849303
_COOKIE = ~0xF0 & 0xFFFFFFFF
_SANE = 1 << 19
_FARTHEST = 24 * 3600 * 1_000_000


class HistogramError(BenchError):
    """A text that should be an encoded histogram is not one."""


def index(microseconds: int) -> int:
    """The bucket that counts a duration."""
    shift = max(microseconds.bit_length() - HALF - 1, 0)
    return (shift << HALF) + (microseconds >> shift)


def bounds(bucket: int) -> tuple[int, int]:
    """The lowest and the highest whole microsecond that a bucket counts."""
    shift = max((bucket >> HALF) - 1, 0)
    lowest = (bucket - (shift << HALF)) << shift
    return lowest, lowest + (1 << shift) - 1


class Histogram:
    """How often each duration occurred. Recorded in whole microseconds, answered in seconds; None where it is empty."""

    __slots__ = ("counts",)

    def __init__(self, counts: Mapping[int, int] | None = None) -> None:
        self.counts: dict[int, int] = {bucket: count for bucket, count in (counts or {}).items() if count}
        """Occurrences by bucket, in no order."""

    @classmethod
    def of(cls, occurrences: Iterable[tuple[int, int]]) -> Self:
        """A histogram of (microseconds, times) pairs."""
        histogram = cls()
        for microseconds, times in occurrences:
            histogram.record(microseconds, times)
        return histogram

    def record(self, microseconds: int, times: int = 1) -> None:
        """Count one duration, clamped to the range that can be told."""
        bucket = index(min(max(microseconds, 0), HIGHEST))
        self.counts[bucket] = self.counts.get(bucket, 0) + times

    def merge(self, *others: "Histogram") -> Self:
        """Take the counts of others in, exactly; returns itself."""
        for other in others:
            for bucket, count in other.counts.items():
                self.counts[bucket] = self.counts.get(bucket, 0) + count
        return self

    @property
    def count(self) -> int:
        return sum(self.counts.values())

    @property
    def mean(self) -> float | None:
        total = sum(count * ((sum(bounds(bucket)) + 1) // 2) for bucket, count in self.counts.items())
        return total / self.count / 1e6 if self.counts else None

    @property
    def maximum(self) -> float | None:
        return bounds(max(self.counts))[1] / 1e6 if self.counts else None

    @property
    def minimum(self) -> float | None:
        return bounds(min(self.counts))[0] / 1e6 if self.counts else None

    def quantile(self, share: float) -> float | None:
        """The duration that `share` (0..1) of all do not exceed, in seconds."""
        if not self.counts:
            return None
        rank, reached = max(int(share * self.count + 0.5), 1), 0
        for bucket, count in sorted(self.counts.items()):
            reached += count
            if reached >= rank:
                return bounds(bucket)[1] / 1e6
        return self.maximum

    def curve(self) -> list[tuple[float, float]]:
        """Every step of the distribution: (share of all up to here, seconds), rising; empty for no counts."""
        steps, reached, count = [], 0, self.count
        for bucket, times in sorted(self.counts.items()):
            reached += times
            steps.append((reached / count, bounds(bucket)[1] / 1e6))
        return steps

    def encode(self) -> str:
        """V2, compressed, base64: what HdrHistogram prints everywhere."""
        payload = b"".join(map(_varint, _runs(self.counts)))
        header = _HEADER.pack(_PLAIN | 0x10, len(payload), 0, DIGITS, LOWEST, HIGHEST, 1.0)
        packed = zlib.compress(header + payload)
        return base64.b64encode(_WRAPPER.pack(_COMPRESSED | 0x10, len(packed)) + packed).decode()

    @classmethod
    def decode(cls, text: str) -> Self:
        """Read what `encode`, or another implementation with three digits of microseconds, has written."""
        try:
            return cls(_counts(_payload(base64.b64decode(text, validate=True))))
        except (binascii.Error, zlib.error, struct.error, ValueError, IndexError) as problem:
            raise HistogramError(
                f"'{shown(text[:24])}…' is not an HdrHistogram in V2 encoding: {problem}."
            ) from problem

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Histogram) and self.counts == other.counts

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<Histogram of {self.count}, median {self.quantile(0.5)} s, at most {self.maximum} s>"


def _runs(counts: Mapping[int, int]) -> Iterator[int]:
    at = 0
    for bucket, count in sorted(counts.items()):
        if bucket > at:
            yield at - bucket
        yield count
        at = bucket + 1


def _varint(number: int) -> bytes:
    zigzag = (number << 1) ^ (number >> 63)
    encoded = bytearray()
    while zigzag > 0x7F and len(encoded) < 8:
        encoded.append(zigzag & 0x7F | 0x80)
        zigzag >>= 7
    return bytes([*encoded, zigzag])


def _numbers(payload: bytes) -> Iterator[int]:
    at, length = 0, len(payload)
    while at < length:
        zigzag, shift = 0, 0
        byte = payload[at]
        while byte & 0x80 and shift < 56:
            zigzag |= (byte & 0x7F) << shift
            shift += 7
            at += 1
            byte = payload[at]
        zigzag |= byte << shift
        yield (zigzag >> 1) ^ -(zigzag & 1)
        at += 1


def _payload(wrapped: bytes) -> bytes:
    cookie, length = _WRAPPER.unpack_from(wrapped)
    packed = wrapped[_WRAPPER.size :]
    if cookie & _COOKIE != _COMPRESSED or length != len(packed):
        raise ValueError("its cookie or length is another")
    plain = zlib.decompressobj()
    unpacked = plain.decompress(packed, _SANE)
    if not plain.eof or plain.unused_data:
        raise ValueError("it is cut off or far too long")
    cookie, length, offset, digits, lowest, _, ratio = _HEADER.unpack_from(unpacked)
    payload = unpacked[_HEADER.size :]
    if cookie & _COOKIE != _PLAIN or length != len(payload):
        raise ValueError("its inner cookie or length is another")
    if (offset, digits, lowest, ratio) != (0, DIGITS, LOWEST, 1.0):
        raise ValueError("its digits or its unit are others than three digits of microseconds")
    return payload


@lru_cache(maxsize=512)
def _counts(payload: bytes) -> Mapping[int, int]:
    """Kept for a while: judging and summing up a row read the same counts several times."""
    counts, at, end = {}, 0, index(_FARTHEST) + 1
    for number in _numbers(payload):
        if number > 0:
            counts[at] = number
        at += 1 if number > 0 else max(1, -number)
        if at > end:
            raise ValueError("it counts durations of more than a day")
    return counts
