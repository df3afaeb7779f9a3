"""Turns SIGINT, SIGTERM and SIGHUP into an error, so that a run that is told to stop ends in order."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from extract.errors import LandfallError

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(LandfallError):
    """Somebody told the run to stop; the exit code is the shell's for that signal."""

    def __init__(self, signal_number: int) -> None:
        super().__init__(
            f"The run was told to stop ({signal.Signals(signal_number).name}).",
            "this process",
            "Run again when you like: what was landed or published is kept, what was half done is done again.",
        )
        self.exit_code = 128 + signal_number


@contextmanager
def stop_on_signal() -> Iterator[None]:
    """Inside the block the first signal raises Stopped in the main thread; further ones are ignored."""

    def stop(number: int, frame: FrameType | None) -> None:
        for each in SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        raise Stopped(number)

    before = {each: signal.signal(each, stop) for each in SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
