"""Plays histories: `python -m tests.long --seeds 20`, or one again: `--seed 17 --on duckdb`."""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from contextlib import ExitStack

from tests.long.faults import Recovery
from tests.long.seeds import play_seed
from tests.postgres_server import throwaway_postgres


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.long", description=__doc__)
    parser.add_argument("--seeds", type=int, default=5, help="how many, from --seed on")
    parser.add_argument("--seed", type=int, help="this one alone, unless --seeds says more")
    parser.add_argument("--steps", type=int, help="200, or 40 of whole runs")
    parser.add_argument("--whole", action="store_true", help="whole runs instead of landings alone")
    parser.add_argument("--on", choices=("duckdb", "postgres", "both"), default="both")
    parser.add_argument(
        "--shrink", action="store_true", help="make a failing history shorter, for up to five minutes"
    )
    parser.add_argument("--only", default="", help="landings of these objects alone, with commas between")
    asked = parser.parse_args()
    steps = asked.steps or (40 if asked.whole else 200)
    first = 1 if asked.seed is None else asked.seed
    count = asked.seeds if asked.seed is None else max(1, asked.seeds if "--seeds" in sys.argv else 1)
    kinds = ("duckdb", "postgres") if asked.on == "both" else (asked.on,)
    recovery, failed = Recovery(), []
    with ExitStack() as until_the_end:
        server = until_the_end.enter_context(throwaway_postgres()) if "postgres" in kinds else ""
        for number in range(first, first + count):
            for kind in kinds:
                started = time.monotonic()
                try:
                    how = {"whole": asked.whole, "shrink": asked.shrink, "recovery": recovery}
                    how["objects"] = tuple(filter(None, asked.only.split(",")))
                    play_seed(number, kind, server, steps=steps, **how)
                    ended = "ends equal to the org"
                except Exception as error:
                    failed.append((number, kind))
                    ended = f"FAILED: {type(error).__name__}"
                    traceback.print_exception(
                        error
                    )  # with the steps of the shortest, as Hypothesis notes them
                seconds = time.monotonic() - started
                print(f"seed {number:4} on {kind:8} {steps} steps {seconds:6.1f} s  {ended}", flush=True)
    print(recovery.table())
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
