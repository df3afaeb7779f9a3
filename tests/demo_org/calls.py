"""Calls the demo org as a plain HTTP client would, for tests."""

from __future__ import annotations

import csv
import io
import time
from typing import Any

import requests

from tests.demo_org.running import RunningOrg

VERSION = "v64.0"


class Caller:
    """A session with the org."""

    def __init__(self, org: RunningOrg) -> None:
        self.org = org
        self.session = requests.Session()
        self.session.trust_env = False  # else REQUESTS_CA_BUNDLE would win over the org's own authority
        self.session.verify = org.ca_file or True
        self.log_in()

    def __enter__(self) -> Caller:
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def log_in(self) -> None:
        self.session.headers["Authorization"] = f"Bearer {self.org.token()}"

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        """A call below /services/data/v64.0, or of a whole path."""
        whole = path if path.startswith("/services/") else f"/services/data/{VERSION}{path}"
        return self.session.request(
            method, self.org.url + whole, timeout=options.pop("timeout", 30), **options
        )

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.call("GET", path, **options)

    def ask(self, soql: str, *, path: str = "/query", **headers: str) -> requests.Response:
        """One SOQL query; its first page, or its error."""
        return self.get(
            path, params={"q": soql}, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )

    def records(self, soql: str, *, path: str = "/query", **headers: str) -> list[dict[str, Any]]:
        """All records of a query, through all its pages; numbers with a point as they are spelled."""
        answer = self.ask(soql, path=path, **headers)
        assert answer.ok, answer.text
        page = answer.json(parse_float=str)
        found = list(page["records"])
        while not page["done"]:
            page = self.get(page["nextRecordsUrl"]).json(parse_float=str)
            found += page["records"]
        return found

    def start_job(self, soql: str, operation: str = "query", **options: str) -> requests.Response:
        return self.call("POST", "/jobs/query", json={"operation": operation, "query": soql, **options})

    def finish(self, job_id: str, seconds: float = 20) -> dict[str, Any]:
        """The job as it is when it has ended."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            job: dict[str, Any] = self.get(f"/jobs/query/{job_id}").json()
            if job["state"] not in ("UploadComplete", "InProgress"):
                return job
            time.sleep(0.02)
        raise AssertionError(f"job {job_id} has not ended")

    def finished_job(self, soql: str, operation: str = "query", **options: str) -> str:
        answer = self.start_job(soql, operation, **options)
        assert answer.ok, answer.text
        job = self.finish(answer.json()["id"])
        assert job["state"] == "JobComplete", job
        return str(job["id"])

    def page(self, job_id: str, **parameters: Any) -> requests.Response:
        return self.get(f"/jobs/query/{job_id}/results", params=parameters)


def rows(answer: requests.Response) -> list[dict[str, str]]:
    """The rows of a CSV page."""
    return list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))


def error(answer: requests.Response) -> tuple[int, str, str]:
    """Status, code and text of a refusal."""
    (found,) = answer.json()
    return answer.status_code, found["errorCode"], found["message"]
