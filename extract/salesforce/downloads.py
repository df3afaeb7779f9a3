"""Runs downloads of result pages in a few threads that all objects share, so that connections stay few."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")

# With the objects that are read at a time, well below the five long requests that the smallest orgs allow at once:
# a thread that waits for its pages asks nothing itself.
AT_ONCE = 4


class Downloads:
    """Threads that start with the first page and end with the client. They are daemons: a hanging download ends
    with the process, which a pool of the standard library would wait for."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self.at_once = at_once
        self._tasks: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()

    def submit(self, task: Callable[[], T]) -> Future[T]:
        """The task's outcome, as soon as a thread has run it."""
        self._start()
        future: Future[T] = Future()
        self._tasks.put((future, task))
        return future

    def close(self) -> None:
        """Let the threads end after what they are at."""
        for _ in self._threads:
            self._tasks.put(None)

    def _start(self) -> None:
        with self._lock:
            if len(self._threads) < self.at_once:
                name = f"page-{len(self._threads)}"
                self._threads.append(threading.Thread(target=self._work, name=name, daemon=True))
                self._threads[-1].start()

    def _work(self) -> None:
        while (found := self._tasks.get()) is not None:
            future, task = found
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(task())
            except BaseException as error:  # handed to whoever waits for the page
                future.set_exception(error)
