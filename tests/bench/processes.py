"""Runs a command and measures it as a whole process tree: seconds and peak memory."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

SAMPLE_SECONDS = 0.02


@dataclass(frozen=True)
class Measured:
    """What one command took; `peak_mb` is the largest sum of resident memory over its process tree, in 10^6 bytes."""

    seconds: float
    peak_mb: float
    output: str


def measure(
    command: Sequence[str], *, cwd: Path, env: Mapping[str, str], good: Sequence[int] = (0,)
) -> Measured:
    """Run the command to its end. Raises AssertionError with its last words when its exit code is not a good one."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=cwd, env=dict(env), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    peak = [0]
    sampler = threading.Thread(target=_sample, args=(process.pid, peak), daemon=True)
    sampler.start()
    output, complaint = process.communicate()
    seconds = time.perf_counter() - started
    if process.returncode not in good:
        raise AssertionError(f"{' '.join(command[:4])} ended with {process.returncode}:\n{complaint[-3000:]}")
    return Measured(seconds, peak[0] / 1e6, output)


def _sample(pid: int, peak: list[int]) -> None:
    """Note the largest resident memory of the process and all below it until it ends.

    Sampled, not read from rusage: ru_maxrss of a child counts what its parent held at the fork.
    """
    try:
        root = psutil.Process(pid)
        while root.is_running():
            total = 0
            for each in [root, *root.children(recursive=True)]:
                try:
                    total += each.memory_info().rss
                except psutil.Error:
                    continue  # ended between the listing and the reading
            peak[0] = max(peak[0], total)
            time.sleep(SAMPLE_SECONDS)
    except psutil.NoSuchProcess:
        return
