"""One history of an org that is landed as it happens: changes, faults, kills, reconciles and refreshes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from extract.database import Database
from tests.long.changing import CHANGING, Changing
from tests.long.commands import Answer, Order, obey
from tests.long.faults import LASTING, Recovery, planted
from tests.long.judging import Judge
from tests.long.own_org import own_org
from tests.long.steps import COMMANDS, Step
from tests.long.truth import Truth

POINTS = {
    "land": (
        *("extract.started", "extract.page", "extract.spooled", "normalize.started", "load.before_commit"),
        *("load.committed", "compose.before_commit", "compose.committed", "extract.done"),
    ),
    "reconcile": (
        *("reconcile.started", "extract.page", "compose.before_commit", "compose.committed"),
        "reconcile.done",
    ),
}
BULK_FROM = (1, 30, 10**9)
SKEWS = (0.0, 86_400.0, -86_400.0, 45.0)


class LandingHistory:
    """The org, one target, and the truth about both; made when the first step is taken."""

    def __init__(
        self,
        database: Database,
        folder: Path,
        *,
        rotating: bool,
        recovery: Recovery,
        objects: tuple[str, ...] = (),
    ) -> None:
        """`objects` alone are changed and landed; none: all of the catalogue."""
        self.folder, self.recovery = folder, recovery
        self.objects = objects
        self.until_the_end = ExitStack()
        self.org = self.until_the_end.enter_context(own_org(folder / "org"))
        self.changing = Changing(self.org, objects=objects or CHANGING)
        self.truth = Truth(self.org.storage)
        self.truth.observe()
        self.judge = Judge(self.truth, database, frozenset(objects or self.truth.now))
        self.database = database
        self.rotating = (
            rotating  # the login: by a refresh token that each use replaces, or by the app's secret
        )
        self.refresh_token = self.org.control("POST", "/grants", {"rotate": rotating})["refresh_token"]
        self.dirty: set[str] = set()  # objects that changed since they were last landed
        self.shown_less: set[str] = set()
        self.passed_over: dict[str, set[str]] = {}  # records that changed while their object was not shown
        self.skew = 0.0
        self.runs = 0

    def close(self) -> None:
        self.until_the_end.close()

    def take(self, step: Step) -> None:
        """One step, and what must be true after it."""
        if step.kind == "skew_clock":
            self.skew = SKEWS[step.a % len(SKEWS)]
        elif step.kind in COMMANDS:
            getattr(self, f"_{step.kind}")(step)
        else:
            self._change(step)

    def end(self) -> None:
        """What somebody does who wants to be sure: the org is whole again, and everything is read once."""
        self.org.control("DELETE", "/faults")
        self.org.control("POST", "/limits", {"maximum": 100_000, "used": 0})
        self.changing.regain_all()
        self.org.control("POST", "/clock", {"advance_seconds": 100_000})
        self.truth.observe()
        self._must_do("land")
        self._must_do("reconcile", allow_mass_delete=True)
        self._must_do("land", refresh=())
        self.judge.check_equal()
        verified = self._must_do("verify", sample=200, seed=1)
        differing = [each for each in verified["objects"] if each["wrong"] or each["stale"] or each["gone"]]
        assert not differing, differing
        again = self._must_do("land")
        brought = {each["object"]: each["versions_new"] for each in again["objects"] if each["versions_new"]}
        assert not brought, f"a second landing finds something new: {brought}"
        uneven = [each for each in again["objects"] if each["in_org"] != each["in_raw"]]
        assert not uneven, uneven

    # -- changes ----------------------------------------------------------------------------------

    def _change(self, step: Step) -> None:
        if not self.changing.change(step):
            return
        self.shown_less |= self.changing.unshared
        before = {name: dict(records) for name, records in self.truth.now.items()}
        self.truth.observe()
        for name, records in self.truth.now.items():
            changed = {key for key, cells in records.items() if before[name].get(key) != cells}
            if changed or len(records) != len(before[name]):
                self.dirty.add(name)
            if name in self.changing.unshared:
                self.passed_over.setdefault(name, set()).update(changed)

    # -- commands ---------------------------------------------------------------------------------

    def _land(self, step: Step) -> None:
        self._run("land", step)

    def _land_all(self, step: Step) -> None:
        self._run("land", step, only=self.objects)

    def _land_full(self, step: Step) -> None:
        self._run("land", step, full=True)

    def _refresh(self, step: Step) -> None:
        self._run("land", step, refresh=())

    def _land_with_fault(self, step: Step) -> None:
        self._with_fault("land", step)

    def _land_while_a_field_goes(self, step: Step) -> None:
        """A field is hidden right after describe has shown it."""
        options = self._options(step)
        name = options["only"][0]
        fields = [f.name for f in self.org.storage.objects[name].columns if f.updateable and f.createable]
        hidden = (name, fields[step.b % len(fields)])
        match = {"path": f"/{name}/describe"}
        rule = {"fault": "hide_field", "object": hidden[0], "field": hidden[1], "match": match}
        self.org.control("POST", "/faults", rule)
        try:
            answer = self._obey("land", options)
            fired = any(each["fired"] for each in self.org.control("GET", "/faults")["faults"])
        finally:
            self.org.control("DELETE", "/faults")
        if fired:
            self.changing.hidden.append(hidden)
            self.truth.observe()
        if not self._is_restricted(answer):
            assert answer.ended == "done", answer
            assert not _failed(answer), _failed(answer)
        self._judge("land", answer)

    def _land_killed(self, step: Step) -> None:
        self._held("land", step, lambda: True)

    def _refresh_killed(self, step: Step) -> None:
        self._held("land", step, lambda: True, refresh=())

    def _land_disturbed(self, step: Step) -> None:
        """Something happens in the org while a landing stands still."""

        def disturb() -> bool:
            kinds = ("edit", "create", "delete", "touch", "silent", "merge", "hide_field", "show_field")
            if step.a % 2:
                self._change(Step("time_passes", step.b))
            self._change(Step(kinds[step.c % len(kinds)], step.b, step.c, step.a))
            return False

        self._held("land", Step(step.kind, step.a, 1 + step.b % 2, step.c), disturb)

    def _reconcile(self, step: Step) -> None:
        self._run("reconcile", step)

    def _reconcile_with_fault(self, step: Step) -> None:
        self._with_fault("reconcile", step)

    def _reconcile_killed(self, step: Step) -> None:
        self._held("reconcile", step, lambda: True)

    def _verify(self, step: Step) -> None:
        self._run("verify", step, sample=30, seed=step.c)

    def _plan(self, step: Step) -> None:
        self._run("plan", step)

    def _with_fault(self, command: str, step: Step) -> None:
        """A fault that passes; now and then one that lasts as long as the run."""
        fault, rule = planted(step.b, step.c) if step.c % 25 else (LASTING, LASTING.rule)
        self.org.control("POST", "/faults", rule)
        try:
            answer = self._obey(command, self._options(step))
            fired = any(each["fired"] for each in self.org.control("GET", "/faults")["faults"])
        finally:
            self.org.control("DELETE", "/faults")
        well = answer.ended == "done" and not _failed(answer)
        if fired and not self._is_restricted(answer):
            self.recovery.count(fault, well)
            assert well or not fault.same_run, f"{command} did not get over “{fault.name}”: {answer.result}"
        self._judge(command, answer)

    def _held(self, command: str, step: Step, then: Callable[[], bool], **options: Any) -> None:
        points = POINTS[command]
        point = points[step.b % len(points)]
        hold_at = (point, 1 + step.c % 3 if point == "extract.page" else 1)
        answer = self._obey(command, self._options(step) | options, hold_at=hold_at, held=then)
        if answer.ended == "killed":
            self.recovery.kills[point] += 1
        self._judge(command, answer)

    def _run(self, command: str, step: Step, **options: Any) -> None:
        answer = self._obey(command, self._options(step, command) | options)
        if not self._is_restricted(answer):
            assert answer.ended == "done", answer
            assert not _failed(answer), _failed(answer)
        self._judge(command, answer)

    def _must_do(self, command: str, **options: Any) -> dict[str, Any]:
        answer = self._obey(command, {"only": self.objects, "bulk_from_rows": 30, **options})
        assert answer.ended == "done", answer
        assert not _failed(answer), _failed(answer)
        self._judge(command, answer)
        found: dict[str, Any] = answer.result
        return found

    def _obey(self, command: str, options: dict[str, Any], **how: Any) -> Answer:
        self.runs += 1
        held = how.pop("held", lambda: True)
        grant = (
            {"refresh_token": self.refresh_token}
            if self.rotating
            else {"client_secret": self.org.client_secret}
        )
        order = Order(
            command,
            self.database.url,
            str(self.folder / "data"),
            f"run-{self.runs}",
            {"instance_url": self.org.url, "client_id": self.org.client_id, **grant},
            options,
            clock_skew=self.skew,
            **how,
        )
        answer = obey(order, held=held)
        assert answer.ended != "broken", answer.result
        return answer

    def _options(self, step: Step, command: str = "land") -> dict[str, Any]:
        """The objects that changed, or some; by Bulk, by REST, or as it comes."""
        all_objects = self.changing.objects
        count, start = 1 + step.a % 4, step.b % len(all_objects)
        some = tuple(dict.fromkeys((*all_objects, *all_objects)[start : start + count]))
        dirty = tuple(sorted(self.dirty & self.judge.objects))[:6]
        only = dirty if step.a % 3 and dirty else some
        return {"only": only, "bulk_from_rows": BULK_FROM[step.c % 3]}

    def _is_restricted(self, answer: Answer) -> bool:
        """Whether the org itself stands in the way: what it does not show, or calls that are used up."""
        if answer.ended == "refused":
            return str(answer.result["error"]) == "BudgetReached"
        failed = {each["object"] for each in _failed(answer)}
        return bool(failed) and failed <= self.changing.unreadable | self.changing.unshared

    def _judge(self, command: str, answer: Answer) -> None:
        self.judge.look(shown_less=self.shown_less)
        if command != "land" or answer.ended != "done":
            return
        for each in answer.result["objects"]:
            name = each["object"]
            if name in self.changing.unshared:  # the window moves on over records that nobody was shown
                self.passed_over.setdefault(name, set()).update(self.truth.now[name])
            elif each["error"] is None:
                self.dirty.discard(name)
                window_end = each["window_to"][:19] + ".000Z"
                self.judge.check_landed(name, window_end, self.passed_over.get(name, set()))


def _failed(answer: Answer) -> list[dict[str, Any]]:
    """The objects of a command that ended, which have an error."""
    if answer.ended != "done" or "objects" not in answer.result:
        return []
    return [each for each in answer.result["objects"] if each.get("error")]
