"""The physical limit: the Bulk download with curl, then the database's own import of that file into a typed table."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.demo_org.running import RunningOrg

VERSION = "v64.0"
DUCKDB_TYPES = {
    "boolean": "BOOLEAN",
    "datetime": "TIMESTAMPTZ",
    "date": "DATE",
    "int": "BIGINT",
    "double": "DOUBLE",
}
POSTGRES_TYPES = {
    "boolean": "boolean",
    "datetime": "timestamptz",
    "date": "date",
    "int": "bigint",
    "double": "numeric",
}


@dataclass(frozen=True)
class Limit:
    """Seconds of the two steps that nobody can leave out."""

    download: float
    database: float

    @property
    def seconds(self) -> float:
        return self.download + self.database


def plain_fields(org: RunningOrg) -> list[dict[str, Any]]:
    """The fields of Contact that Bulk serves."""
    answer = requests.get(
        f"{org.url}/services/data/{VERSION}/sobjects/Contact/describe", headers=_headers(org), timeout=60
    )
    answer.raise_for_status()
    left_out = {"address", "location", "base64"}
    looked_at = {"LastViewedDate", "LastReferencedDate"}
    return [
        field
        for field in answer.json()["fields"]
        if field["type"] not in left_out and field["name"] not in looked_at
    ]


def download(org: RunningOrg, folder: Path) -> tuple[float, Path]:
    """Run a Bulk job over all Contacts and fetch its pages, gzipped, with curl; seconds and the plain CSV's path."""
    headers = _headers(org)
    names = ", ".join(field["name"] for field in plain_fields(org))
    jobs = f"{org.url}/services/data/{VERSION}/jobs/query"
    started = time.perf_counter()
    wanted = {"operation": "queryAll", "query": f"SELECT {names} FROM Contact"}
    job = requests.post(jobs, json=wanted, headers=headers, timeout=60).json()["id"]
    while requests.get(f"{jobs}/{job}", headers=headers, timeout=60).json()["state"] != "JobComplete":
        time.sleep(0.1)
    pages, locator = [], ""
    while locator != "null":
        page, head = folder / f"page{len(pages)}.csv.gz", folder / "head.txt"
        address = f"{jobs}/{job}/results" + (f"?locator={locator}" if locator else "")
        authorization = f"Authorization: {headers['Authorization']}"
        curl = [
            "curl",
            "-sf",
            "-H",
            authorization,
            "-H",
            "Accept-Encoding: gzip",
            "-D",
            str(head),
            "-o",
            str(page),
            address,
        ]
        subprocess.run(curl, check=True)
        original = next(
            line for line in head.read_text().splitlines() if line.lower().startswith("sforce-locator")
        )
        locator = original.split(":", 1)[1].strip()
        pages.append(page)
    seconds = time.perf_counter() - started
    requests.delete(f"{jobs}/{job}", headers=headers, timeout=60)
    return seconds, _plain(pages, folder / "contacts.csv")


def duckdb_import(org: RunningOrg, csv: Path, folder: Path) -> float:
    """Seconds of `read_csv` into a typed table of a new file, in a process of its own, without its start."""
    columns = {field["name"]: DUCKDB_TYPES.get(_kind(field), "VARCHAR") for field in plain_fields(org)}
    script = f"""
import duckdb, time
connection = duckdb.connect({str(folder / "limit.duckdb")!r}, config={{'threads': 2}})
connection.execute('set enable_progress_bar = false')
started = time.perf_counter()
connection.execute('''create table contact as select * from read_csv({str(csv)!r}, header=true, columns={columns},
    nullstr='', allow_quoted_nulls=true, quote='"', escape='"', delim=',', auto_detect=false, max_line_size=8388608)''')
connection.close()
print(time.perf_counter() - started, flush=True)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return float(done.stdout)


def postgres_import(org: RunningOrg, csv: Path, url: str) -> float:
    """Seconds of `\\copy` into a typed table, by psql's own protocol."""
    import psycopg2

    fields = plain_fields(org)
    columns = ", ".join(
        f'"{field["name"].lower()}" {POSTGRES_TYPES.get(_kind(field), "text")}' for field in fields
    )
    names = ", ".join(f'"{field["name"].lower()}"' for field in fields)
    connection = psycopg2.connect(url)
    with connection, connection.cursor() as cursor, csv.open("rb") as file:
        cursor.execute(f"create table limit_contact ({columns})")
        connection.commit()
        started = time.perf_counter()
        cursor.copy_expert(
            f"copy limit_contact ({names}) from stdin with (format csv, header true, force_null ({names}))",
            file,
            1 << 18,
        )
        connection.commit()
        seconds = time.perf_counter() - started
        cursor.execute("drop table limit_contact")
    connection.close()
    return seconds


def _kind(field: dict[str, Any]) -> str:
    return "double" if field["type"] in ("double", "currency", "percent") else str(field["type"])


def _plain(pages: list[Path], target: Path) -> Path:
    """The pages as one plain CSV; not counted, since an import may read gzip too."""
    with target.open("wb") as out:
        for number, page in enumerate(pages):
            text = subprocess.run(["gzip", "-dc", str(page)], capture_output=True, check=True).stdout
            out.write(text if number == 0 else text.partition(b"\n")[2])
            page.unlink()
    return target


def _headers(org: RunningOrg) -> dict[str, str]:
    return {"Authorization": f"Bearer {org.token()}"}
