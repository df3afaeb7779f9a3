"""Commands of Landfall that land, each in a process of its own that can be held and killed at a named point.

The processes are copies of one that has loaded everything (multiprocessing's forkserver), so each starts at once.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

LONGEST_PAUSE = 0.02  # seconds; the pauses between two tries are cut short to this
GIVE_UP_AFTER = 120.0


@dataclass(frozen=True)
class Order:
    """One command: which, against what, and where it is to stand still."""

    command: str  # land | reconcile | verify | plan
    database_url: str
    data_dir: str
    run_id: str
    login: dict[str, Any]
    options: dict[str, Any] = field(default_factory=dict)
    hold_at: tuple[str, int] = ("", 0)  # the point, and the how manieth time it comes
    clock_skew: float = 0.0  # seconds that the process takes the time to be other than it is


@dataclass(frozen=True)
class Answer:
    """How a command ended."""

    ended: str  # done | refused | killed | broken
    result: Any = None  # of done: as a dict; of refused: the error as a dict
    retries: int = 0
    reached: bool = False  # the point at which it was to stand still


def obey(order: Order, *, held: Callable[[], bool] = lambda: True) -> Answer:
    """Run the command; at its point `held` is called, and says whether it is killed there."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.long.loaded"])
    here, there = context.Pipe()
    process = context.Process(target=_work, args=(there, order), daemon=True)
    process.start()
    there.close()
    reached = False
    try:
        while True:
            if not here.poll(GIVE_UP_AFTER):
                raise AssertionError(f"{order.command} said nothing for {GIVE_UP_AFTER:.0f} seconds")
            said = here.recv()
            if said[0] != "held":
                ended, result, retries = said
                return Answer(ended, result, retries, reached)
            reached = True
            if held():
                os.kill(int(process.pid or 0), signal.SIGKILL)
                return Answer("killed", reached=True)
            here.send("go on")
    except EOFError:
        return Answer("broken", f"the process ended with {process.exitcode} and said nothing", 0, reached)
    finally:
        if reached or process.exitcode is None:
            process.join(10)
        if process.exitcode is None:
            process.kill()
            process.join()
        here.close()


def _work(pipe: Connection, order: Order) -> None:
    counts: dict[str, int] = {}

    def report(event: str, **said: Any) -> None:
        name = str(said.get("name", "")) if event == "point" else event
        counts[name] = counts.get(name, 0) + 1
        if (name, counts[name]) == order.hold_at:
            pipe.send(("held",))
            pipe.recv()

    _be_quick_and_wrong_by(order.clock_skew)
    from extract.errors import LandfallError

    try:
        said = ("done", asdict(_command(order, report)))
    except LandfallError as error:
        said = ("refused", error.to_dict() | {"exit_code": error.exit_code})
    except BaseException:
        said = ("broken", traceback.format_exc())
    pipe.send((*said, counts.get("retry", 0)))
    pipe.close()
    os._exit(0)  # as a process that has nothing left to do; threads that wait for a held reader end with it


def _command(order: Order, report: Callable[..., None]) -> Any:
    from extract.database import Database
    from extract.landing import LandingOptions, land_objects, plan_landing
    from extract.landing.reconcile import ReconcileOptions, reconcile_objects
    from extract.landing.verify import VerifyOptions, verify_objects
    from extract.salesforce import Login

    token_file = Path(order.data_dir) / "refresh_token.json"
    about = {
        "login": Login(**order.login, refresh_token_file=token_file),
        "database": Database(order.database_url),
        "data_dir": Path(order.data_dir),
        "run_id": order.run_id,
        **order.options,
    }
    if order.command == "reconcile":
        return reconcile_objects(ReconcileOptions(**about), report)
    if order.command == "verify":
        return verify_objects(VerifyOptions(**about), report)
    options = LandingOptions(**about)
    return plan_landing(options, report) if order.command == "plan" else land_objects(options, report)


def _be_quick_and_wrong_by(skew: float) -> None:
    """Pauses become short, and the process's clock is off by so many seconds."""
    sleep, clock = time.sleep, time.time
    time.sleep = lambda seconds: sleep(min(seconds, LONGEST_PAUSE))  # type: ignore[assignment]
    if skew:
        time.time = lambda: clock() + skew  # type: ignore[assignment]
