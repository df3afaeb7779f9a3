"""Result pages are read side by side, whole and once, and a run after a crash reads only those that are missing."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from extract.errors import JobFailed, SalesforceError
from extract.salesforce import open_client, result_pages
from extract.salesforce.page_store import FOLDER
from tests.demo_org.running import ROOT, RunningOrg
from tests.salesforce.conftest import ENDS, QUICK, Reader, Reports, content, login_to
from tests.salesforce.scripted_server import Asked, Said, Script, scripted_server
from tests.salesforce.test_odd_answers import HEADER, VERSIONS, read

NAME = "Contact"
FIELDS = ["Id", "LastName", "MailingStreet", "IsDeleted", "SystemModstamp"]


@pytest.fixture
def small_pages(reader: Reader) -> Reader:
    """The org lists result pages of 50 records."""
    reader.org.control("POST", "/limits", {"result_rows": 50, "page_rows": 500})
    return reader


def read_once(reader: Reader, records: int) -> None:
    """Every listed page was asked for, five are listed at a time, and nothing was asked for twice."""
    assert len(reader.requests("/results")) == -(-records // 50)
    assert len(reader.requests("/resultPages")) == -(-records // 250)


def test_listed_pages_come_whole_and_in_parts_of_the_wanted_size(small_pages: Reader) -> None:
    undisturbed = small_pages.records(NAME, fields=FIELDS, bulk=False)
    parts = list(small_pages.parts(NAME, fields=FIELDS, rows_per_part=120))  # two pages and two fifths of one
    assert [part.rows for part in parts[:-1]] == [120] * (len(parts) - 1)
    assert [len(content(part.path)) for part in parts] == [part.rows for part in parts]
    found = [row for part in parts for row in content(part.path)]
    assert sorted(found, key=lambda row: row["Id"]) == undisturbed
    read_once(small_pages, len(undisturbed))


@pytest.mark.fault(
    "F5", "One of the pages that are read side by side lacks its last record", ends_well="same run"
)
def test_a_listed_page_that_is_short_is_read_again_alone(small_pages: Reader) -> None:
    undisturbed = small_pages.records(NAME, fields=FIELDS, bulk=False)
    small_pages.plant("truncated_page", "/results", skip=2)
    assert small_pages.records(NAME, fields=FIELDS, rows_per_part=120) == undisturbed
    assert len(small_pages.requests("/results")) == -(-len(undisturbed) // 50) + 1
    assert small_pages.client.usage.retries == 1


def test_where_no_pages_are_listed_the_locators_are_followed(org: RunningOrg, small_pages: Reader) -> None:
    undisturbed = small_pages.records(NAME, fields=FIELDS, bulk=False)
    small_pages.plant("status", "/resultPages", status=404, code="NOT_FOUND")
    assert small_pages.records(NAME, fields=FIELDS, rows_per_part=120) == undisturbed
    with open_client(login_to(org, api_version="57.0"), Reports(), QUICK) as client:
        older = Reader(org, client, small_pages.folder / "older", Reports())
        assert len(older.records(NAME, fields=FIELDS, rows_per_part=120)) == len(undisturbed)
    assert len(small_pages.requests("/resultPages")) == 1
    assert len(small_pages.requests("/results")) == 2 * -(-len(undisturbed) // 120)


@pytest.mark.parametrize("records", [5, 12])
def test_a_result_of_one_page_costs_no_list(small_pages: Reader, records: int) -> None:
    ids = [row["Id"] for row in small_pages.records(NAME, fields=["Id"], bulk=False)[:records]]
    where = "Id IN (" + ",".join(f"'{one}'" for one in ids) + ")"
    assert len(small_pages.records(NAME, where=where, rows_per_part=100)) == records
    assert small_pages.requests("/resultPages") == []


@pytest.fixture
def slow_line(small_pages: Reader, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    """Pages that are not asked for with few records drip; a request has three seconds."""
    monkeypatch.setattr(result_pages, "_FEWEST", 10)
    org, reports = small_pages.org, Reports()
    with open_client(login_to(org), reports, replace(QUICK, deadline_seconds=3)) as client:
        yield Reader(org, client, small_pages.folder, reports)


def drip(reader: Reader, query: str, **settings: Any) -> None:
    """Pages that are asked for so come with a hundred bytes a second."""
    match = {"path": "/results$", "query": query}
    fault = {"fault": "slow", "bytes_per_second": 100, "match": match, "times": 0, **settings}
    reader.org.control("POST", "/faults", fault)


@pytest.mark.fault(
    "F93", "The listed pages drip from the fourth or so on, and smaller ones too", ends_well="same run"
)
def test_a_listed_page_that_does_not_arrive_in_time_is_read_in_smaller_ones(slow_line: Reader) -> None:
    undisturbed = slow_line.records(NAME, fields=FIELDS, bulk=False)
    drip(slow_line, "^(?!.*maxRecords)", skip=3)
    drip(slow_line, "maxRecords=12", skip=2)
    parts = list(slow_line.parts(NAME, fields=FIELDS, rows_per_part=120))
    assert [part.rows for part in parts[:-1]] == [120] * (len(parts) - 1)
    found = [row for part in parts for row in content(part.path)]
    assert sorted(found, key=lambda row: row["Id"]) == undisturbed
    told = [one["what"] for one in slow_line.reports.of("retry")]
    assert [words for words in told if "12 records at most" in words or "10 records at most" in words] == [
        "Salesforce sends its answer too slowly. Its pages are asked for with 12 records at most.",
        "Salesforce sends its answer too slowly. Its pages are asked for with 10 records at most.",
    ]
    assert not (slow_line.folder / FOLDER).exists()


@pytest.mark.fault("F93", "The listed pages drip, and the run is stopped in the middle", ends_well="next run")
def test_the_next_run_goes_on_in_the_smaller_pages(slow_line: Reader) -> None:
    undisturbed = slow_line.records(NAME, fields=FIELDS, bulk=False)
    drip(slow_line, "^(?!.*maxRecords)", skip=3)
    left = slow_line.parts(NAME, fields=FIELDS, rows_per_part=220, span=ENDS)
    known = content(next(left).path)
    slow_line.leave(left)
    before = noted(slow_line.folder)
    slow_line.org.control("DELETE", "/requests")
    parts = list(slow_line.parts(NAME, fields=FIELDS, rows_per_part=220, span=ENDS))
    found = [row for part in parts for row in content(part.path)]
    assert sorted(found, key=lambda row: row["Id"]) == undisturbed
    assert content(parts[0].path) == known
    assert len(slow_line.requests("/jobs/query", "POST")) == 0
    assert slow_line.requests("/resultPages") == []
    assert {entry["fault"] for entry in slow_line.requests("/results")} == {""}
    assert len(slow_line.requests("/results")) < len(undisturbed) / 12 - len(set(before)) + 10


@pytest.mark.slow  # it waits for six deadlines
@pytest.mark.fault("F93", "Pages drip however few records are asked for")
def test_a_line_that_is_too_slow_for_any_page_is_an_error(slow_line: Reader) -> None:
    drip(slow_line, "")
    with pytest.raises(SalesforceError, match="too slowly") as failed:
        slow_line.records(NAME, fields=FIELDS, rows_per_part=120, span=ENDS)
    assert "the next run continues there" in failed.value.next_step
    slow_line.org.control("DELETE", "/faults")
    assert slow_line.records(NAME, fields=FIELDS, span=ENDS) == slow_line.records(
        NAME, fields=FIELDS, bulk=False
    )
    assert len(slow_line.requests("/jobs/query", "POST")) == 1


# -- by a script ---------------------------------------------------------------------------------


@pytest.fixture
def script() -> Iterator[Script]:
    with scripted_server() as script:
        yield script


def listing(*lists: dict[str, Any], records: int = 24) -> Callable[[Asked], Said]:
    """A job of two records a page, and these lists of its pages."""

    def answer(asked: Asked) -> Said:
        if "/resultPages" in asked.path:
            return Said(lists[int(asked.path.partition("locator=")[2] or 0)])
        if "/results" in asked.path:
            number = int(asked.path.partition("locator=")[2] or 0)
            body = HEADER + b"".join(b'"%d","","",""\n' % (2 * number + one) for one in (0, 1))
            return Said(body, headers={"Content-Type": "text/csv", "Sforce-NumberOfRecords": "2"})
        if "/jobs/query" in asked.path:
            return Said({"id": "750x", "state": "JobComplete", "numberRecordsProcessed": records})
        return (
            Said({"totalSize": records, "done": True, "records": []})
            if "/queryAll" in asked.path
            else VERSIONS
        )

    return answer


def pages(*numbers: int, then: int | None = None) -> dict[str, Any]:
    root = "/services/data/v64.0/jobs/query/750x"
    return {
        "resultPages": [{"resultUrl": f"{root}/results?locator={number}"} for number in numbers],
        "nextRecordsUrl": f"{root}/resultPages?locator={then}" if then is not None else None,
        "done": then is None,
    }


def test_four_pages_are_read_at_once_and_no_more(script: Script, tmp_path: Path) -> None:
    """The server answers a page only when three others are asked for too."""
    together, at_once, most = threading.Barrier(4), [0], [0]
    inner = listing(pages(*range(5), then=1), pages(*range(5, 10), then=2), pages(10, 11))

    def answer(asked: Asked) -> Said:
        if "/results?" in asked.path:
            at_once[0] += 1
            most[0] = max(most[0], at_once[0])
            together.wait(timeout=10)
            at_once[0] -= 1
        return inner(asked)

    script.answer = answer
    parts = read(script, tmp_path, bulk=True)
    assert [part.rows for part in parts] == [10, 10, 4]
    assert [int(row["Id"]) for part in parts for row in content(part.path)] == list(range(24))
    assert most[0] <= 4


@pytest.mark.fault("F50", "A list of result pages that names itself, and one that names a page twice")
@pytest.mark.parametrize("lists", [[pages(0, 1, then=0)], [pages(0, 1, 1)]])
def test_a_list_that_never_ends_is_an_error(
    script: Script, tmp_path: Path, lists: list[dict[str, Any]]
) -> None:
    if lists[0]["nextRecordsUrl"]:
        lists = [lists[0], lists[0] | {"nextRecordsUrl": lists[0]["nextRecordsUrl"]}]
    script.answer = listing(*lists)
    with pytest.raises(JobFailed, match="again and again"):
        read(script, tmp_path, bulk=True)


@pytest.mark.fault("F50", "Ever new lists of pages, of which there are too many, or none")
@pytest.mark.parametrize(
    ("listed", "said"),
    [((0, 1), "26 records came where the job counted 24"), ((), "empty lists of pages again and again")],
)
def test_ever_new_lists_come_to_an_end(
    script: Script, tmp_path: Path, listed: tuple[int, ...], said: str
) -> None:
    lists = [pages(*(2 * number + one for one in listed), then=number + 1) for number in range(50)]
    script.answer = listing(*lists)
    with pytest.raises(JobFailed, match=said):
        read(script, tmp_path, bulk=True)
    assert len(script.asked) < 40


@pytest.mark.parametrize("missing", [0, 3])
def test_a_list_that_leaves_a_page_out_is_never_a_result(
    script: Script, tmp_path: Path, missing: int
) -> None:
    script.answer = listing(pages(*(number for number in range(12) if number != missing)))
    with pytest.raises(JobFailed, match="22 records came where the job counted 24"):
        read(script, tmp_path, bulk=True)
    assert not (tmp_path / "job.json").exists()
    script.answer = listing(pages(*range(12)))
    assert sum(part.rows for part in read(script, tmp_path, bulk=True)) == 24


@pytest.mark.parametrize(
    "url", ["https://elsewhere.example/x?locator=1", "/services/data/v64.0/limits?x=1", "", None]
)
def test_a_page_that_is_not_the_jobs_is_not_asked_for(
    script: Script, tmp_path: Path, url: str | None
) -> None:
    listed = pages(0, 1)
    listed["resultPages"][1]["resultUrl"] = url
    script.answer = listing(listed)
    with pytest.raises(JobFailed, match="not one of the job's"):
        read(script, tmp_path, bulk=True)
    assert not any("elsewhere" in path or "limits" in path for path in script.paths())


# -- after a crash -------------------------------------------------------------------------------


def noted(folder: Path) -> list[int]:
    """The numbers of the pages that were read whole."""
    notes = folder / FOLDER / "notes.jsonl"
    entries = [json.loads(line) for line in notes.read_text().splitlines()] if notes.exists() else []
    return [told["number"] for kind, told in entries if kind == "page"]


def kill_while_reading(reader: Reader) -> list[int]:
    """kill -9 a process that reads the object when five pages are noted and a sixth stalls; the pages noted."""
    reader.plant("stall", "/results", skip=5, seconds=3600)
    org = reader.org
    command = [
        sys.executable,
        "-m",
        "tests.salesforce.reading_child",
        org.url,
        str(reader.folder),
        NAME,
        *FIELDS,
    ]
    secret = {"CLIENT_ID": org.client_id, "CLIENT_SECRET": org.client_secret}
    with subprocess.Popen(command, cwd=ROOT, env=os.environ | secret) as child:
        try:
            deadline = time.monotonic() + 60
            while len(noted(reader.folder)) < 5:
                assert child.poll() is None
                assert time.monotonic() < deadline, noted(reader.folder)
                time.sleep(0.05)
        finally:
            os.kill(child.pid, signal.SIGKILL)
    reader.org.control("DELETE", "/faults")
    reader.org.control("DELETE", "/requests")
    return noted(reader.folder)


@pytest.mark.fault("F46", "kill -9 when five pages are read and a sixth is under way", ends_well="next run")
def test_after_a_kill_only_the_missing_pages_are_read(small_pages: Reader) -> None:
    undisturbed = small_pages.records(NAME, fields=FIELDS, bulk=False)
    total = -(-len(undisturbed) // 50)
    kill_while_reading(small_pages)
    assert stat.S_IMODE((small_pages.folder / FOLDER).stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in (small_pages.folder / FOLDER).iterdir()} == {0o600}
    assert small_pages.records(NAME, fields=FIELDS, rows_per_part=120, span=ENDS) == undisturbed
    assert len(small_pages.requests("/results")) == total - 5
    assert len(small_pages.requests("/jobs/query", "POST")) == 0
    assert not (small_pages.folder / FOLDER).exists()


@pytest.mark.fault(
    "F46",
    "A page's file that is damaged and a note that broke off, as after a power cut",
    ends_well="next run",
)
def test_a_page_that_is_not_what_its_note_says_is_read_again(small_pages: Reader) -> None:
    undisturbed = small_pages.records(NAME, fields=FIELDS, bulk=False)
    total = -(-len(undisturbed) // 50)
    left = small_pages.parts(NAME, fields=FIELDS, rows_per_part=220, span=ENDS)
    next(left)
    small_pages.leave(left)
    first, second, *others = noted(small_pages.folder)
    assert len(others) >= 3
    folder = small_pages.folder / FOLDER
    damaged, short = (folder / f"page-{number:05d}.csv" for number in (first, second))
    damaged.write_bytes(damaged.read_bytes()[:-20] + b"\0" * 20)
    short.write_bytes(short.read_bytes()[:-1])
    notes = folder / "notes.jsonl"
    is_page = json.loads(notes.read_text().splitlines()[-1])[0] == "page"  # a list may have come after it
    notes.write_text(notes.read_text()[:-5])  # the note of one page more
    small_pages.org.control("DELETE", "/requests")
    assert small_pages.records(NAME, fields=FIELDS, rows_per_part=120, span=ENDS) == undisturbed
    assert len(small_pages.requests("/results")) == total - len(others) + is_page


OTHER_NOTES = {
    "a page with a field more": ["page", {"zone": 1}],
    "a page with a field less": ["page", {"number": None}],
    "a chain of other fields": ["chain", {"zone": 1}],
    "a list of another name": ["listing", {"pages": [], "next_path": ""}],
    "a page that is a number": ["page", 1],
    "a line that is a number": 1,
}


@pytest.mark.fault(
    "F46", "The notes of the pages are those of another version of Landfall", ends_well="next run"
)
@pytest.mark.parametrize("other", OTHER_NOTES)
def test_notes_of_another_version_are_not_believed(small_pages: Reader, other: str) -> None:
    undisturbed = small_pages.records(NAME, fields=FIELDS, bulk=False)
    left = small_pages.parts(NAME, fields=FIELDS, rows_per_part=220, span=ENDS)
    next(left)
    small_pages.leave(left)
    notes = small_pages.folder / FOLDER / "notes.jsonl"
    job, *lines = [json.loads(line) for line in notes.read_text().splitlines()]
    note = OTHER_NOTES[other]
    if isinstance(note, list) and isinstance(note[1], dict) and note[0] == "page":
        told = next(told for kind, told in lines if kind == "page") | note[1]
        note = ["page", {name: value for name, value in told.items() if value is not None}]
    notes.write_text("".join(json.dumps(line) + "\n" for line in (job, note, *lines)))
    assert small_pages.records(NAME, fields=FIELDS, rows_per_part=220, span=ENDS) == undisturbed
    assert len(small_pages.requests("/jobs/query", "POST")) == 1


@pytest.mark.parametrize("is_landed", [True, False], ids=["landed", "lost with the database"])
def test_a_part_that_is_safe_costs_its_pages_only_where_it_is_not_landed(
    small_pages: Reader, is_landed: bool
) -> None:
    undisturbed = small_pages.records(NAME, fields=FIELDS, bulk=False)
    left = small_pages.parts(NAME, fields=FIELDS, rows_per_part=220, span=ENDS)
    first = next(left)
    known = content(first.path)
    first.let_go()
    small_pages.leave(left)
    before = noted(small_pages.folder)
    assert len(list((small_pages.folder / FOLDER).glob("page-*.csv"))) == len(before) - 4
    small_pages.org.control("DELETE", "/requests")
    landed = [first.key] if is_landed else []
    parts = list(small_pages.parts(NAME, fields=FIELDS, rows_per_part=220, landed=landed, span=ENDS))
    assert parts[0].number == (2 if is_landed else 1)
    found = (known if is_landed else []) + [row for part in parts for row in content(part.path)]
    assert sorted(found, key=lambda row: row["Id"]) == undisturbed
    missing = -(-len(undisturbed) // 50) - len(before)
    assert len(small_pages.requests("/results")) == missing + (0 if is_landed else 4)
