"""Validates what landed without Great Expectations: its counts are ours (tests hold them to each other), in a tenth of the time."""

from __future__ import annotations

from expectations.checkpoint import Checks
from expectations.counting import count_rules
from expectations.suites import load_suites
from expectations.validate import judge_all_held, judge_and_write, make_batches
from expectations.verdict import Verdict
from tests.spec.test_validation_quarantine import Landing


class JudgedLanding(Landing):
    """One object, Thing__c, that lands rows load by load, and is judged run by run."""

    def judge(self, run: str, *loads: str, replay: bool = False) -> Verdict:
        options = self.options(run, {"Thing__c": loads}, replay=replay)
        suites = load_suites(options.suites_dir)
        batches = make_batches(options, suites)
        held = judge_all_held(options, suites, batches)
        with self.database.connect() as connection:
            counted = {batch.object: count_rules(connection, batch) for batch in batches}
        checks = {
            name: Checks(tuple(each.outcome for each in found), None) for name, found in counted.items()
        }
        _, _, verdict = judge_and_write(options, suites, batches, checks, held, self._report)
        return verdict

    def edit(self, before: str, after: str) -> None:
        """Change the suite as an analyst would."""
        suite = self.folder / "suites" / "thing.yml"
        text = suite.read_text()
        assert before in text
        suite.write_text(text.replace(before, after))
