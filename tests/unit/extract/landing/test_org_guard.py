from __future__ import annotations

import pytest

from extract.errors import SettingsError
from extract.landing.org_guard import check_org

OURS, THEIRS = "00D000000000001AAA", "00D000000000002AAA"


@pytest.mark.parametrize("held", [[], [OURS], [OURS, OURS], [""]])
def test_the_same_org_or_an_empty_target_is_let_in(held: list[str]) -> None:
    check_org(OURS, held, "DuckDB data/landfall.duckdb")


def test_another_org_is_refused_with_both_ids_and_the_settings_to_change() -> None:
    with pytest.raises(SettingsError) as refused:
        check_org(OURS, [THEIRS], "DuckDB data/landfall.duckdb")
    assert OURS in refused.value.what
    assert THEIRS in refused.value.what
    assert "DATABASE_URL and LANDFALL_DATA_DIR" in refused.value.next_step
