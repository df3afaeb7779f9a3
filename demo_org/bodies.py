"""Turns the body of an answer into the bytes on the wire, piece by piece."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from demo_org.messages import FileSlice

PIECE = 1 << 17
WORTH_ZIPPING = 1000  # bytes
GZIP = 31  # zlib's name for a gzip header around the largest window


def pieces(body: bytes | FileSlice) -> Iterator[bytes]:
    """The body as it is; a file is read while it is sent."""
    if isinstance(body, bytes):
        yield body
        return
    yield body.prefix
    with body.path.open("rb") as file:
        file.seek(body.start)
        left = body.end - body.start
        while left and (piece := file.read(min(PIECE, left))):
            left -= len(piece)
            yield piece


def zipped(plain: Iterator[bytes]) -> Iterator[bytes]:
    """The same, compressed at the level that costs least."""
    packer = zlib.compressobj(1, zlib.DEFLATED, GZIP)
    for piece in plain:
        if packed := packer.compress(piece):
            yield packed
    yield packer.flush()


def chunked(plain: Iterator[bytes]) -> Iterator[bytes]:
    """The same in HTTP's chunks, for a body whose length is not known before."""
    for piece in plain:
        if piece:
            yield b"%x\r\n%b\r\n" % (len(piece), piece)
    yield b"0\r\n\r\n"


def cut_short(plain: Iterator[bytes]) -> Iterator[bytes]:
    """The first half: a gzip stream that just ends, which many clients take for whole."""
    held = list(plain)
    whole = b"".join(held)
    yield whole[: len(whole) // 2]


def cut(body: bytes | FileSlice, settings: Mapping[str, Any]) -> bytes:
    """The body without its last bytes, wherever that is: inside a value, a quote or a character."""
    whole = b"".join(pieces(body))
    return whole[: -min(len(whole), int(settings.get("bytes", 1)))]


def dripping(plain: Iterator[bytes], bytes_per_second: int) -> Iterator[bytes]:
    """The same, slowly."""
    step = max(1, bytes_per_second // 10)
    for piece in plain:
        for start in range(0, len(piece), step):
            time.sleep(0.1 if bytes_per_second >= 10 else 1 / bytes_per_second)
            yield piece[start : start + step]
