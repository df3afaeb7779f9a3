"""Lets standard output and standard error fall silent when nobody reads them any more: the run goes on.

`landfall issues | head` closes the pipe after ten lines, and a terminal that is closed answers nothing either. What
cannot be written in the stream's encoding is written as a question mark.
"""

from __future__ import annotations

import errno
import io
import sys
from typing import Any, TextIO

GONE = (errno.EPIPE, errno.EIO)


def fall_silent_without_reader() -> None:
    """For this process, once, before the first word."""
    sys.stdout = _quiet(sys.stdout)
    sys.stderr = _quiet(sys.stderr)


def _quiet(stream: TextIO) -> TextIO:
    if not isinstance(stream, io.TextIOWrapper):  # closed from the start, or a test listens
        return stream
    return io.TextIOWrapper(
        io.BufferedWriter(_WhileRead(stream.fileno(), "w", closefd=False)),
        encoding=stream.encoding,
        errors="replace",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


class _WhileRead(io.FileIO):
    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            if error.errno not in GONE:  # a full disk is told: what was written is not whole
                raise
            return memoryview(data).nbytes
