# SPDX-License-Identifier: MIT
"""Frames as small pictures in a notebook: images as grey PNG, series as SVG curves.

Each is an <img> that holds its data: a notebook that is not trusted drops <svg> and keeps these, and
no script could run in them. They look alike on light and dark.
"""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np

from ._html import HUES, colour, count

MOST_CURVES = 16  # more channels are drawn as a map, as on the page of a run
MOST_PIXELS = 160  # on a side; of larger inputs every k-th
MOST_POINTS = 300  # of a curve; of longer ones the least and the largest of every few steps
_WIDTH, _HEIGHT, _STRIP = 600, 110, 10  # of the curves, and of the predictions below


def _image(data: bytes, kind: str, says: str, width: int, height: int) -> str:
    source = base64.b64encode(data).decode("ascii")
    style = "max-width: 100%; vertical-align: middle; margin: 1px"
    return (
        f'<img alt="{says}" width="{width}" height="{height}" style="{style}" '
        f'src="data:image/{kind};base64,{source}">'
    )


def png(grey: np.ndarray) -> bytes:
    """A PNG of uint8 [rows, columns], a byte a pixel."""
    rows, columns = grey.shape

    def chunk(name: bytes, data: bytes) -> bytes:
        check = zlib.crc32(name + data)
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", check)

    lines = np.zeros((rows, columns + 1), np.uint8)  # each line begins with its filter: 0 = none
    lines[:, 1:] = grey
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", columns, rows, 8, 0, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(lines.tobytes(), 9))
        + chunk(b"IEND", b"")
    )


def levels(frames: np.ndarray) -> np.ndarray:
    """Values as uint8: the least black, the largest white."""
    own = frames.astype(np.float64)
    low, span = own.min(), np.ptp(own)
    return np.round(255 * (own - low) / (span or 1)).astype(np.uint8)


def _thinned(values: np.ndarray) -> np.ndarray:
    """At most MOST_PIXELS rows and columns."""
    for axis in (0, 1):
        n = values.shape[axis]
        if n > MOST_PIXELS:
            values = values.take(np.linspace(0, n - 1, MOST_PIXELS).astype(np.int64), axis)
    return values


def _enlarged(grey: np.ndarray, least: int) -> tuple[int, int]:
    """The size a picture is shown in: whole multiples of its pixels."""
    rows, columns = grey.shape
    times = max(1, least // max(rows, columns, 1))
    return columns * times, rows * times


def image(frames: np.ndarray) -> str:
    """Frames [T, D] that are the rows of an image."""
    grey = _thinned(levels(frames))
    says = f"the image, {frames.shape[0]} rows of {frames.shape[1]}"
    return _image(png(grey), "png", says, *_enlarged(grey, 140))


def rows_of(frames: np.ndarray, which: range) -> list[str]:
    """Some rows of an image [T, D], each a picture."""
    grey = levels(frames)
    return [
        _image(png(_thinned(grey[t : t + 1])), "png", f"row {t + 1}", 112, 8) for t in which
    ]


def _points(values: np.ndarray, low: float, high: float) -> str:
    """A curve as the points of a polyline."""
    T = len(values)
    at = np.arange(T)
    if T > MOST_POINTS:
        parts = np.array_split(at, MOST_POINTS // 2)
        at = np.concatenate([np.sort([p[values[p].argmin()], p[values[p].argmax()]]) for p in parts])
    x = (at + 0.5) / T * _WIDTH
    y = _HEIGHT - 6 - (values[at] - low) / (high - low) * (_HEIGHT - 12)
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x.tolist(), y.tolist()))


def _runs(labels: np.ndarray) -> list[tuple[int, int, int]]:
    """(first, end, label) of as many successive steps as possible with one label."""
    turns = [0, *(np.flatnonzero(np.diff(labels)) + 1).tolist(), len(labels)]
    return [(a, b, int(labels[a])) for a, b in zip(turns, turns[1:])]


def curves(frames: np.ndarray, predictions: np.ndarray, marked: int | None = None) -> str:
    """Frames [T, D] as curves of D channels over T steps, of many channels as a map; below them the
    colours of the predictions [T].

    marked:  a step, from 1.
    """
    T, D = frames.shape
    own = frames.astype(np.float64)
    low, high = float(own.min()), float(own.max())
    says = f"{count(D)} channels over {count(T)} steps, from {low:.4g} to {high:.4g}"
    if D > MOST_CURVES:
        grey = _thinned(levels(frames).T[::-1])
        return _image(png(grey), "png", says, _WIDTH, max(60, min(2 * _HEIGHT, 4 * D)))
    if high <= low:
        low, high = low - 0.5, high + 0.5
    lines = [
        f'<polyline fill="none" stroke="{HUES[d % len(HUES)]}" stroke-width="1.5" '
        f'points="{_points(own[:, d], low, high)}"/>'
        for d in range(D)
    ]
    if marked is not None and 1 <= marked <= T:
        x = (marked - 0.5) / T * _WIDTH
        lines.append(f'<path stroke="#888" stroke-dasharray="3 2" d="M{x:.1f} 0V{_HEIGHT}"/>')
    runs = _runs(predictions)
    if len(runs) <= MOST_POINTS:
        for first, end, label in runs:
            x, width = first / T * _WIDTH, (end - first) / T * _WIDTH
            lines.append(
                f'<rect x="{x:.1f}" y="{_HEIGHT}" width="{width:.1f}" height="{_STRIP}" '
                f'fill="{colour(label)}"/>'
            )
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT + _STRIP}">'
        f"{''.join(lines)}</svg>"
    )
    return _image(svg.encode("ascii"), "svg+xml", says, _WIDTH, _HEIGHT + _STRIP)


def values_of(frame: np.ndarray) -> str:
    """The values of a step's frame, of a long one the first."""
    few = " ".join(f"{v:.3g}" for v in frame[:3].tolist())
    return few if len(frame) <= 3 else f"{few} \N{HORIZONTAL ELLIPSIS}"
