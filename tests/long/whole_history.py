"""One history of an org that is synced as it happens: every stage, killed and disturbed, up to the application's tables."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from extract.database import Database
from tests.equal_tables import differing_rows
from tests.long.changing import CHANGING, Changing
from tests.long.faults import Recovery, planted
from tests.long.own_org import own_org
from tests.long.steps import WHOLE_COMMANDS, Step
from tests.long.truth import Truth
from tests.long.whole_words import WORDS
from tests.sync.kills import NotReached, held_at
from tests.sync.targets import published
from tests.sync.whole_runs import Ended, Sync

POINTS = (
    *("extract.started", "extract.page", "extract.spooled", "normalize.started", "load.before_commit"),
    *("load.committed", "compose.committed", "extract.done", "validate.started", "validate.before_commit"),
    *("validate.done", "transform.started", "transform.built", "transform.done", "check.before_commit"),
    *("publish.started", "publish.merged", "publish.committed", "publish.done"),
)
AFTER_THE_PUBLISH = ("publish.committed", "publish.done")
TABLES = ("volunteers", "events", "event_participations", "organizations", "districts")
WELL = (0, 3)
IN_THE_WAY = (
    20,
    22,
    60,
)  # Salesforce said no, calls used up, not proven: what an org that hides things makes of a run


class WholeHistory:
    """The org and one target; `other` is an empty database for a first sync of the org as it is at the end."""

    def __init__(self, database: Database, other: Database, folder: Path, *, recovery: Recovery) -> None:
        self.folder, self.recovery, self.database, self.other = folder, recovery, database, other
        self.until_the_end = ExitStack()
        self.org = self.until_the_end.enter_context(own_org(folder / "org"))
        self.changing = Changing(self.org, WORDS)
        self.truth = Truth(self.org.storage)
        self.truth.observe()
        self.sync = Sync(self.org, database, folder / "data")  # type: ignore[arg-type]
        self.passed_over = False  # a window went over records that were not shown
        self.synced = False
        self.cut_short = False  # a run may have left half a build, which nothing publishes or compares

    def close(self) -> None:
        self.until_the_end.close()

    def take(self, step: Step) -> None:
        """One step, and what must be true after it."""
        if step.kind in WHOLE_COMMANDS:
            before = published(self.database) if self.synced else {}
            ended = getattr(self, f"_{step.kind}")(step)
            self.passed_over = self.passed_over or bool(self.changing.unshared)
            if before and ended is not None and ended.outcome.get("state") not in ("published", "running"):
                assert published(self.database) == before, f"{step} ended with {ended.code} and changed app"
        elif self.changing.change(step):
            self.truth.observe()

    def end(self) -> None:
        """The org is whole again, a reconcile and a sync follow, and app is what a first sync makes of the org."""
        self._mend_the_org()
        self._ends(self._run("sync"), WELL + ((60,) if self.passed_over else ()))
        self._ends(self._run("reconcile", LANDFALL_ALLOW_MASS_DELETE="true"), (0,))
        last = self._ends(self._run("sync"), WELL)
        uneven = [each for each in last.outcome["completeness"] if each["difference"]]
        assert not uneven, uneven
        assert self.sync.rows("select 1 from ops.runs where state = 'running'") == []
        first = Sync(self.org, self.other, self.folder / "other")  # type: ignore[arg-type]
        self._ends(first.run(), WELL)
        differing = differing_rows(self.database, self.other)
        assert differing == {}, {table: ids[:5] for table, ids in differing.items()}
        again = self._run("sync")
        assert again.outcome["state"] == "unchanged", again.outcome

    def _mend_the_org(self) -> None:
        self.org.control("DELETE", "/faults")
        self.org.control("POST", "/limits", {"maximum": 100_000, "used": 0})
        self.changing.regain_all()
        while self.changing.spoilt:
            self.changing.change(Step("correct"))
        self.org.control("POST", "/clock", {"advance_seconds": 100_000})  # formulas are due
        self.truth.observe()

    # -- commands ---------------------------------------------------------------------------------

    def _sync(self, step: Step) -> Ended:
        ended = self._ends(self._run("sync", **_way(step)), self._codes())
        self.synced = self.synced or ended.code in WELL
        self.cut_short = self.cut_short and ended.code not in WELL
        return ended

    def _sync_only(self, step: Step) -> Ended:
        start = step.a % len(CHANGING)
        return self._ends(self._run("sync", "--only", ",".join(CHANGING[start : start + 3])), self._codes())

    def _sync_with_fault(self, step: Step) -> Ended:
        """A fault that passes."""
        fault, rule = planted(step.b, step.c)
        self.org.control("POST", "/faults", rule)
        try:
            ended = self._run("sync", **_way(step))
            fired = any(each["fired"] for each in self.org.control("GET", "/faults")["faults"])
        finally:
            self.org.control("DELETE", "/faults")
        if fired and self._codes() == WELL:
            self.recovery.count(fault, ended.code in WELL)
        told = (22, 23) if fired and not fault.same_run else ()
        return self._ends(ended, (*self._codes(), *told))

    def _sync_killed(self, step: Step) -> Ended | None:
        """kill -9 of the run, of its stage or of both, and the application's readers see nothing of it."""
        point, victim = POINTS[step.b % len(POINTS)], ("run", "stage", "both")[step.c % 3]
        before = published(self.database) if self.synced else {}
        try:
            with held_at(self.sync, point) as held:
                held.kill(victim)  # type: ignore[arg-type]
        except NotReached:
            return None  # nothing was new
        self.recovery.kills[point] += 1
        self.cut_short = True
        if before and point not in AFTER_THE_PUBLISH:
            assert published(self.database) == before, f"a run killed at {point} changed app"
        return None

    def _sync_stopped(self, step: Step) -> Ended | None:
        """SIGTERM to the run while a stage stands still."""
        point = POINTS[step.b % len(POINTS)]
        try:
            with held_at(self.sync, point) as held:
                held.run.send_signal(signal.SIGTERM)
                assert held.run.wait(60) == 143
        except NotReached:
            return None
        self.recovery.kills[f"{point} (SIGTERM)"] += 1
        self.cut_short = True
        return None

    def _extract(self, step: Step) -> Ended:
        return self._ends(self._run("extract", **_way(step)), self._codes())

    def _refresh(self, step: Step) -> Ended:
        name = ("Contact", "Session_Participant__c", "Session__c", "Account")[step.a % 4]
        return self._ends(self._run("refresh", name), self._codes())

    def _reconcile(self, step: Step) -> Ended:
        return self._ends(self._run("reconcile"), (*self._codes(), 60, 30))

    def _verify(self, step: Step) -> Ended:
        return self._ends(self._run("verify", "--sample", "40", "--seed", str(step.c)), (*self._codes(), 60))

    def _plan(self, step: Step) -> Ended:
        return self._ends(self._run("plan"), self._codes())

    def _diff(self, step: Step) -> Ended | None:
        return self._ends(self._run("diff"), (0, *self._of_half_a_build())) if self.synced else None

    def _publish_only(self, step: Step) -> Ended | None:
        if not self.synced:
            return None
        codes = (*WELL, *self._of_half_a_build())
        return self._ends(self._run("publish", "--only", TABLES[step.a % len(TABLES)]), codes)

    def _run(self, *arguments: str, **settings: str) -> Ended:
        return self.sync.run(*arguments, **{"LANDFALL_QUARANTINE_LIMIT": "1", **settings})

    def _codes(self) -> tuple[int, ...]:
        """How a run may end: well, unless the org stands in the way."""
        in_the_way = (
            self.changing.unreadable
            or self.passed_over
            or self.changing.unshared
            or self.org.service.usage.used > 0.5 * self.org.service.usage.maximum
        )
        return WELL + IN_THE_WAY if in_the_way else WELL

    def _of_half_a_build(self) -> tuple[int, ...]:
        return (41,) if self.cut_short else ()

    def _ends(self, ended: Ended, codes: tuple[int, ...]) -> Ended:
        assert ended.code in codes, f"ended with {ended.code}: {ended.messages[-1500:]}"
        return ended


def _way(step: Step) -> dict[str, Any]:
    return {"LANDFALL_BULK_FROM_ROWS": ("1", "30", "1000000")[step.c % 3]}
