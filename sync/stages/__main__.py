"""`python -m sync.stages STAGE REQUEST.json`: does one stage's work in a process of its own.

Standard output carries events and nothing else; what libraries print goes to standard error, which the run's
process has pointed at the stage's log. The process ends when its standard input closes: its run has died.
"""

from __future__ import annotations

import faulthandler
import json
import os
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from extract.errors import LandfallError
from sync.defect import explain
from sync.settings import load_settings
from sync.stages.reporter import Reporter, plain
from sync.stages.work import STAGES


def main(stage: str, request_file: str) -> int:
    """The stage's exit code: 0, or its error's."""
    events = keep_stdout_for_events()
    die_with_the_run()
    faulthandler.enable()
    os.umask(0o077)  # what a library writes holds data too
    request = json.loads(Path(request_file).read_text())
    reporter = Reporter(events)
    where = "the target database"
    try:
        settings = load_settings()
        where = settings.database.name
        reporter = Reporter(events, settings.hold_at)
        reporter("point", name=f"{stage}.started")
        result = STAGES[stage](settings, request, reporter)
        reporter("point", name=f"{stage}.done")
    except LandfallError as error:
        return send_error(reporter, error)
    except Exception as error:
        return send_error(reporter, explain(error, where, Path(request["log_file"])))
    reporter.send({"event": "result", "result": as_fields(result)})
    return 0


def send_error(reporter: Reporter, error: LandfallError) -> int:
    reporter.send({"event": "error", "error": error.to_dict()})
    return error.exit_code


def as_fields(result: object) -> Any:
    return result if isinstance(result, dict) else plain(result)


def keep_stdout_for_events() -> IO[str]:
    """Standard output as it was; from now on everything printed goes to standard error."""
    kept = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return kept


def die_with_the_run() -> None:
    """The run's process holds the other end of standard input; when that closes, it is gone."""

    def wait_for_the_end() -> None:
        while os.read(0, 1024):
            pass
        os._exit(1)

    threading.Thread(target=wait_for_the_end, name="die with the run", daemon=True).start()


if __name__ == "__main__":
    code = main(sys.argv[1], sys.argv[2])
    # Threads that a library left behind must not keep a finished stage, and with it the lock.
    with suppress(OSError):  # a log that cannot be written changes nothing about the result, which is sent
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)
