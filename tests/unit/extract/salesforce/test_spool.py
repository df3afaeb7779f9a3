"""Part files hold whole pages, are private, and keep every byte of a value."""

import csv
from collections.abc import Sequence
from pathlib import Path

import pytest

from extract.errors import SalesforceError, StorageError
from extract.salesforce.header import quoted_row
from extract.salesforce.spool import Spool
from extract.salesforce.unreachable import Passing

COLUMNS = ("Id", "Name")
NASTY = 'a "q", b\r\nc\nd\u0085\u2028🚀 =cmd '


def page(*rows: Sequence[str], columns: Sequence[str] = COLUMNS) -> bytes:
    return b"".join([quoted_row(list(columns)), *(quoted_row(list(row)) for row in rows)])


def content(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_pages_are_joined_under_one_header(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "w", COLUMNS, 100, "bulk")
    assert spool.write_page([page(["1", NASTY])], 1) == 1
    assert spool.write_page([page(["2", ""]), b""], 1) == 1
    part = spool.close_part(last=True)
    assert content(part.path) == [["Id", "Name"], ["1", NASTY], ["2", ""]]
    assert (part.rows, part.number, part.last, part.api, part.columns) == (2, 1, True, "bulk", COLUMNS)
    assert part.bytes == part.path.stat().st_size


@pytest.mark.parametrize("size", [1, 5, 1000])
def test_a_page_may_be_cut_into_chunks_anywhere(tmp_path: Path, size: int) -> None:
    data = page(["1", NASTY], ["2", NASTY])
    spool = Spool(tmp_path, COLUMNS, 100, "bulk")
    spool.write_page([data[start : start + size] for start in range(0, len(data), size)], 2)
    assert content(spool.close_part(last=True).path)[1:] == [["1", NASTY], ["2", NASTY]]


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        (page(["1", "x"]), 2),
        (page(["1", "x"], ["2", "y"])[:-3], 2),
        (page(["1", "x"], ["2", "y"])[:-6], 2),
        *((page(["1", "x"], ["2", 'y"'])[:-lacking], 2) for lacking in range(1, 10)),
        (b"", 0),
        (b"", None),
        (b"<html><body>maintenance</body></html>\n", 1),
    ],
)
def test_nothing_stays_of_a_page_that_came_short(tmp_path: Path, broken: bytes, expected: int | None) -> None:
    spool = Spool(tmp_path, COLUMNS, 100, "bulk")
    spool.write_page([page(["0", "before"])], 1)
    with pytest.raises(Passing):
        spool.write_page([broken], expected)
    spool.write_page([page(["1", "x"], ["2", "y"])], 2)
    part = spool.close_part(last=True)
    assert [row[0] for row in content(part.path)] == ["Id", "0", "1", "2"]
    assert spool.rows == part.rows == 3


TURNED = page([NASTY, "1"], ["y", "2"], columns=["Name", "Id"])


@pytest.mark.fault(
    "F53", "A page with its columns turned round that is cut, at every byte, with and without a count"
)
@pytest.mark.parametrize("expected", [2, None])
@pytest.mark.parametrize("data", [TURNED, page(["1", NASTY], ["2", "y"])], ids=["turned round", "in order"])
def test_nothing_stays_of_a_page_that_was_cut_anywhere(
    tmp_path: Path, data: bytes, expected: int | None
) -> None:
    spool = Spool(tmp_path, COLUMNS, 100, "bulk")
    ends = {data.index(b"\n") + 1, data.rindex(b"\n", 0, -1) + 1} if expected is None else set()
    for end in set(range(len(data))) - ends:  # after a whole record nothing but a count tells
        with pytest.raises(Passing):
            spool.write_page([data[:end]], expected)
    spool.write_page([data], expected)
    assert content(spool.close_part(last=True).path)[1:] == [["1", NASTY], ["2", "y"]]


@pytest.mark.parametrize("line", [b'"1"\n', b'"x","1","more"\n', b"\n"])
def test_a_record_with_other_cells_than_the_header_is_not_turned_round(tmp_path: Path, line: bytes) -> None:
    spool = Spool(tmp_path, COLUMNS, 100, "bulk")
    with pytest.raises(Passing):
        spool.write_page([page(columns=["Name", "Id"]) + line], None)


def test_a_record_where_the_header_should_be_is_an_error_however_long(tmp_path: Path) -> None:
    spool = Spool(tmp_path, COLUMNS, 100, "bulk")
    with pytest.raises(SalesforceError, match="columns"):
        spool.write_page([b'"1","' + b"x" * 200_000 + b'"\n'], 1)


def test_a_connection_that_breaks_in_a_page_leaves_nothing_of_it(tmp_path: Path) -> None:
    def broken() -> object:
        yield page(["1", "x"])
        raise ConnectionResetError("reset")

    spool = Spool(tmp_path, COLUMNS, 100, "bulk")
    with pytest.raises(ConnectionResetError):
        spool.write_page(broken(), 2)  # type: ignore[arg-type]
    assert content(spool.close_part(last=True).path) == [["Id", "Name"]]


def test_columns_are_matched_by_name(tmp_path: Path) -> None:
    spool = Spool(tmp_path, COLUMNS, 100, "bulk")
    spool.write_page([page([NASTY, "1"], columns=["NAME", "Id"])], 1)
    spool.write_page([page(["2", "y"], columns=["id", "name"])], 1)
    assert content(spool.close_part(last=True).path) == [["Id", "Name"], ["1", NASTY], ["2", "y"]]


@pytest.mark.parametrize("columns", [["Id"], ["Id", "Name", "More"], ["Id", "Id"], ["Id", "Nome"]])
def test_an_unknown_missing_or_double_column_is_an_error(tmp_path: Path, columns: list[str]) -> None:
    spool = Spool(tmp_path, COLUMNS, 100, "bulk")
    with pytest.raises(SalesforceError, match="columns"):
        spool.write_page([page(columns, columns=columns)], 1)


@pytest.mark.fault("F54", "A page with NUL bytes")
def test_nul_bytes_are_left_out_and_counted(tmp_path: Path) -> None:
    spool = Spool(tmp_path, COLUMNS, 100, "bulk")
    spool.write_page([page(["1", "a\0b\0"])], 1)
    assert spool.nuls == 2
    assert content(spool.close_part(last=True).path)[1] == ["1", "ab"]


@pytest.mark.fault("F54", "A value longer than the csv module takes")
def test_a_value_longer_than_the_csv_modules_limit_survives_a_reordering(tmp_path: Path) -> None:
    spool = Spool(tmp_path, COLUMNS, 100, "bulk")
    spool.write_page([page(["x" * 200_000, "1"], columns=["Name", "Id"])], 1)
    assert spool.close_part(last=True).bytes > 200_000


def test_parts_are_private_and_numbered(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "w", COLUMNS, 1, "rest")
    spool.write_page([page(["1", "x"])], 1)
    assert spool.part_is_full
    first = spool.close_part(last=False)
    assert not spool.part_is_full
    second = spool.close_part(last=True)
    assert (first.number, first.rows, second.number, second.rows) == (1, 1, 2, 0)
    assert first.path.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "w").stat().st_mode & 0o777 == 0o700
    assert content(second.path) == [["Id", "Name"]]


def test_a_part_of_an_earlier_run_that_is_still_being_loaded_is_not_touched(tmp_path: Path) -> None:
    old = Spool(tmp_path, COLUMNS, 100, "bulk")
    old.write_page([page(["1", "old"])], 1)
    kept = tmp_path / "kept.csv"
    kept.hardlink_to(old.close_part(last=True).path)
    new = Spool(tmp_path, COLUMNS, 100, "bulk")
    new.write_page([page(["1", "new"])], 1)
    new.close_part(last=True)
    assert content(kept)[1] == ["1", "old"]


def test_a_spool_that_cannot_be_written_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError) as refused:
        Spool(tmp_path / "file" / "w", COLUMNS, 100, "bulk")
    assert "LANDFALL_DATA_DIR" in refused.value.next_step
