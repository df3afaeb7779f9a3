"""A file is the old one or the new one."""

from __future__ import annotations

from pathlib import Path

import pytest

from extract.whole_file import write_whole
from tests.largest_file import largest_file


@pytest.mark.parametrize("before", [None, "old"])
def test_where_the_new_file_does_not_fit_the_old_one_stays(tmp_path: Path, before: str | None) -> None:
    path = tmp_path / "page.html"
    if before is not None:
        path.write_text(before)

    with largest_file(1_000), pytest.raises(OSError, match="large"):
        write_whole(path, "n" * 2_000)

    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == (
        {} if before is None else {"page.html": before}
    )


@pytest.mark.parametrize("content", ["Žofie", "Žofie".encode()])
def test_it_takes_the_place_of_the_old_one_and_is_its_owners_alone(
    tmp_path: Path, content: str | bytes
) -> None:
    path = tmp_path / "page.html"
    path.write_text("old and longer than the new one")

    write_whole(path, content)

    assert [(file.name, file.read_text("utf-8")) for file in tmp_path.iterdir()] == [("page.html", "Žofie")]
    assert path.stat().st_mode & 0o777 == 0o600
