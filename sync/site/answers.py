"""Answers the four questions of the first screen: a verdict, the reason in words, and the next step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sync.proof.held import HeldProof
from sync.rollback.hold import spell_hold
from sync.rollback.record import Rollback
from sync.site.expected import Expected
from sync.site.objects import is_explained
from sync.site.runs import GOOD_STATES
from sync.site.spell import counted, listed, spell_age, spell_utc

NAMES = {
    "complete": "completeness",
    "fresh": "freshness",
    "refused": "what was refused",
    "budget": "the API budget",
}
Row = Any  # a row of the numbers, or the part of a status document with the same fields
RUNS_IN_HAND = 5  # fewer runs like the newest before the reserve is reached deserve a look


@dataclass(frozen=True)
class Answer:
    """One question: how it stands (good, warn, bad, none), the verdict, why, and what to do about it."""

    key: str
    question: str
    mood: str
    verdict: str
    words: str
    next_step: str = ""
    link: str = ""  # the section of the page that has more


def is_complete(objects: Sequence[Row], proofs: Sequence[HeldProof]) -> Answer:
    def answer(mood: str, verdict: str, words: str, next_step: str = "", link: str = "objects") -> Answer:
        return Answer("complete", "Is it complete?", mood, verdict, words, next_step, link)

    read = [each for each in objects if each.as_of or each.error or each.run_id]
    if not read:
        return answer("none", "Unknown", "Nothing has been read yet.", "Run `landfall sync`.")
    failed = [each for each in objects if each.error]
    if failed:
        words = f"Not read: {_names(failed)}."
        return answer("bad", "No", words, failed[0].next_step or "See the object's row.")
    never = [each for each in objects if each.as_of is None and not each.is_refused]
    if never:
        step = "Run `landfall sync` without --only; `landfall plan` tells what it would read."
        return answer("bad", "No", f"Never loaded: {_names(never)}.", step)
    if unproven := [proof for proof in proofs if not proof.is_proven]:
        names = listed([f"app.{proof.table_name}" for proof in unproven])
        step = "Run `landfall sync` once more; exit code 60 in docs/reference/exit-codes.md tells what to do if it stays."
        return answer("bad", "No", f"Not proven: {names}. {_sentence(unproven[0].reason)}", step, "tables")
    differing = [each for each in objects if each.difference]
    counts = [each for each in objects if each.in_org is not None]
    if differing:
        lost = [each for each in differing if not is_explained(each)]
        missing = sum(abs(each.difference) for each in lost or differing)
        many = counted(missing, "record differs", "records differ")
        words = f"{many} from the org, in {_names(lost or differing)}: {(lost or differing)[0].why}."
        step = (
            "Run `landfall sync` once more; if it stays, `landfall sync --full`."
            if lost
            else "`landfall reconcile` finds them."
        )
        return answer("bad" if lost else "warn", "No" if lost else "Look", words, step)
    if not counts:
        return answer(
            "none", "Unknown", "The org's counts have not been compared yet.", "Run `landfall sync`."
        )
    total = sum(each.in_org for each in counts)
    held_back = sum(each.counted_aside or 0 for each in counts)
    here = f"{total - held_back:,} here" + (f", {held_back:,} set aside" if held_back else "")
    return answer(
        "good",
        "Yes",
        f"{total:,} records in the org, {here}, in {len(counts)} objects.{_tables_proven(proofs)}",
    )


def is_fresh(
    objects: Sequence[Row],
    last_good: Row | None,
    newest: Row | None,
    rollback: Rollback | None,
    expected: Expected,
    now: datetime,
) -> Answer:
    """As of `now`; the page's script judges again when it is opened."""

    def answer(mood: str, verdict: str, words: str, next_step: str = "", link: str = "objects") -> Answer:
        return Answer("fresh", "Is it fresh?", mood, verdict, words, next_step, link)

    if rollback is not None:
        step = "`landfall rollback --end`" if rollback.held else "`landfall sync`"
        return answer("warn", "Look", spell_hold(rollback), f"Run {step} to go on.", "runs")
    if last_good is None:
        step = "See the newest run." if newest else "Run `landfall sync`."
        return answer(
            "bad" if newest else "none",
            "No" if newest else "Unknown",
            "No sync has ended well yet.",
            step,
            "runs",
        )
    ended = f"The last good sync ended {spell_utc(last_good.ended_at)}."
    if now > last_good.ended_at + expected.late_after:
        age = spell_age(now - last_good.ended_at)
        return answer("bad", "No", f"{ended} That is {age} ago.", late_step(newest), "runs")
    late = [each for each in objects if each.late_at and now > each.late_at]
    if late:
        oldest = min(late, key=lambda each: each.as_of)
        words = f"{ended} Late: {_names(late)}, as of {spell_utc(oldest.as_of)}."
        return answer(
            "warn", "Look", words, "See why in the row; `landfall sync` without --only reads all objects."
        )
    return answer("good", "Yes", ended)


def late_step(newest: Row | None) -> str:
    """What to do when nothing has come for long."""
    if newest is not None and newest.state not in (*GOOD_STATES, "running"):
        return "Do what the newest run says, then run `landfall sync`."
    return "See that the schedule still runs, or run `landfall sync`."


def was_anything_refused(
    newest: Row | None, broken: Sequence[Row], objects: Sequence[Row], issues: Sequence[Row]
) -> Answer:
    """`newest` is the run that says how things stand."""

    def answer(mood: str, verdict: str, words: str, next_step: str = "", link: str = "rules") -> Answer:
        return Answer("refused", "Was anything refused?", mood, verdict, words, next_step, link)

    if newest is None:
        return answer("none", "Unknown", "No run has ended yet.", "Run `landfall sync`.")
    if newest.state not in GOOD_STATES or (newest.what and newest.exit_code not in (0, 3)):
        verdict = {"refused": "Yes", "deferred": "Not yet", "held": "Held"}.get(newest.state, "Failed")
        mood = "warn" if newest.state in ("deferred", "held") else "bad"
        words = newest.what or f"The newest run {newest.state}."
        return answer(mood, verdict, words, newest.next_step or "See the newest run.", "runs")
    set_aside = sum(each.set_aside for each in objects)
    warned = [rule for rule in broken if rule.severity == "warn"]
    warnings = f" {counted(len(warned), 'rule warns', 'rules warn')}." if warned else ""
    if set_aside:
        words = f"Not the run, but {counted(set_aside, 'record is', 'records are')} set aside.{warnings}"
        return answer(
            "warn",
            "Some",
            words,
            "Correct them in Salesforce; the rules say what is wrong.",
            "issues" if issues else "rules",
        )
    return answer("good", "No", f"No record is set aside.{warnings}")


def is_the_budget_fine(runs: Sequence[Row], expected: Expected) -> Answer:
    def answer(mood: str, verdict: str, words: str, next_step: str = "", link: str = "runs") -> Answer:
        return Answer("budget", "Is the API budget fine?", mood, verdict, words, next_step, link)

    known = next((run for run in runs if run.api_limit), None)
    if known is None:
        return answer("none", "Unknown", "The org has not told its limit yet.")
    line = int(known.api_limit * (1 - expected.api_reserve))
    left = line - known.api_used
    words = (
        f"{known.api_used:,} of the org's {known.api_limit:,} calls of 24 hours were used; "
        f"{expected.api_reserve:.0%} stay reserved. The newest run made {known.calls or 0:,}."
    )
    if left <= 0:
        step = "Runs wait until calls are free again: see what else uses the org's API (Setup → System Overview)."
        return answer("bad", "No", words, step)
    if known.calls and left < RUNS_IN_HAND * known.calls:
        many = counted(left // known.calls, "run like it fits", "runs like it fit")
        return answer(
            "warn", "Look", f"{words} {many} still.", "`landfall plan` tells what the next run costs."
        )
    return answer("good", "Yes", words)


def _tables_proven(proofs: Sequence[HeldProof]) -> str:
    if not proofs:
        return ""
    oldest = min(proof.checked_at for proof in proofs)
    return f" {counted(len(proofs), 'table is', 'tables are')} proven, counted {spell_utc(oldest)} or later."


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _names(objects: Sequence[Row]) -> str:
    return listed([each.object for each in objects])


def headline(answers: Sequence[Answer]) -> str:
    """The four answers in one sentence; the page's script says it alike."""
    of = {
        mood: [NAMES[each.key] for each in answers if each.mood == mood] for mood in ("bad", "warn", "none")
    }
    parts = [f"Not in order: {', '.join(of['bad'])}."] if of["bad"] else []
    if of["warn"]:
        parts.append(f"{'Look also at' if of['bad'] else 'In order, but look at'} {', '.join(of['warn'])}.")
    if not parts:
        parts = [f"Not known yet: {', '.join(of['none'])}." if of["none"] else "Everything is in order."]
    return " ".join(parts)


def worst_mood(answers: Sequence[Row]) -> Any:
    found = {each.mood for each in answers}
    return next(mood for mood in ("bad", "warn", "none", "good") if mood in found)
