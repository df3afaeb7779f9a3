"""How a run is named."""

from __future__ import annotations

import pytest
from dateutil.parser import ParserError, parse

from sync.recorded_run import new_run_id


def test_a_runs_name_is_never_taken_for_a_time_with_a_zone() -> None:
    for _ in range(500):
        with pytest.raises(ParserError):
            parse(new_run_id())


def test_two_runs_of_one_second_differ() -> None:
    """Of 160,000 endings: among fifty names two would be equal in one run of 131, so two names it is."""
    assert new_run_id() != new_run_id()
