"""Reads an answer's body in bounded pieces, and notices when it ends too early."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator

import requests

from extract.salesforce.unreachable import Passing
from extract.salesforce.usage import ApiUsage

_FROM_WIRE = 1 << 18
_UNPACKED = 1 << 20


def read_bytes(response: requests.Response, deadline: float, usage: ApiUsage) -> bytes:
    """A body that is small enough to hold."""
    return b"".join(read_chunks(response, deadline, usage))


def read_chunks(response: requests.Response, deadline: float, usage: ApiUsage) -> Iterator[bytes]:
    """The body, unpacked, a megabyte at a time."""
    packed = _from_wire(response, deadline, usage)
    if response.headers.get("Content-Encoding", "").lower() == "gzip":
        return _unpacked(packed)
    return packed


def read_records(response: requests.Response, deadline: float, usage: ApiUsage) -> Iterator[bytes]:
    """The body of a page of records, whose last line has its end.

    Where the end of the body is certain, a server that writes no line end after its last record is believed; where it
    is not, the page may have been cut there, and stays as it came. So does a page that is not even a whole header.
    """
    chunks = read_chunks(response, deadline, usage)
    return _with_line_end(chunks) if _tells_its_end(response) else chunks


def _tells_its_end(response: requests.Response) -> bool:
    """Whether a body that is cut is noticed, by its length, its chunks or its packing."""
    told = response.headers
    coded = f"{told.get('Transfer-Encoding', '')} {told.get('Content-Encoding', '')}".lower()
    return "Content-Length" in told or "chunked" in coded or "gzip" in coded


def _with_line_end(chunks: Iterator[bytes]) -> Iterator[bytes]:
    last, has_header = b"", False
    for chunk in chunks:
        last = chunk or last
        has_header = has_header or b"\n" in chunk
        yield chunk
    if has_header and not last.endswith(b"\n"):
        yield b"\n"


def _from_wire(response: requests.Response, deadline: float, usage: ApiUsage) -> Iterator[bytes]:
    # read1 hands over what has come; a full read would sit out the deadline with a server that drips.
    while chunk := response.raw.read1(_FROM_WIRE, decode_content=False):
        if time.monotonic() > deadline:
            raise Passing("Salesforce sends its answer too slowly.", slow=True)
        usage.add(bytes=len(chunk))
        yield chunk


def _unpacked(packed: Iterator[bytes]) -> Iterator[bytes]:
    # Done here, because requests takes a gzip body that breaks off for a whole one.
    stream = zlib.decompressobj(wbits=31)
    started = False
    try:
        for chunk in packed:
            while chunk:
                started = True
                if stream.eof:  # another gzip member follows
                    stream = zlib.decompressobj(wbits=31)
                unpacked = stream.decompress(chunk, _UNPACKED)
                chunk = stream.unused_data if stream.eof else stream.unconsumed_tail
                if unpacked:
                    yield unpacked
    except zlib.error as error:
        raise Passing("An answer of Salesforce arrived damaged.") from error
    if started and not stream.eof:
        raise Passing("An answer of Salesforce broke off.")
