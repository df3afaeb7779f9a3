"""Clients that others wrote, against the demo org: what they expect of Salesforce, it does.

simple-salesforce always; jsforce and the Salesforce CLI where node is there (marked slow: they are installed from
npm into .cache/node on first use).
"""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceMalformedRequest, SalesforceResourceNotFound

from tests.demo_org.running import ROOT, RunningOrg, start_demo_org

CACHE = ROOT / ".cache" / "node"
INSTALL_SECONDS = 600
CONTACTS = "SELECT Id, LastName, CreatedDate, Account.Name FROM Contact"


@pytest.fixture(scope="module")
def secure_org(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningOrg]:
    """An org over https, which is all that these clients speak; its contacts fill more than one page."""
    with start_demo_org(tmp_path_factory.mktemp("secure"), scale=200, https=True) as running:
        yield running


@pytest.fixture(scope="module")
def total(secure_org: RunningOrg) -> int:
    """How many contacts there are."""
    return int(secure_org.control("GET", "/state")["records"]["Contact"])


# -- simple-salesforce ---------------------------------------------------------------------------


@pytest.fixture
def simple(secure_org: RunningOrg) -> Salesforce:
    session = requests.Session()
    session.trust_env = False
    session.verify = secure_org.ca_file
    host = secure_org.url.removeprefix("https://")
    return Salesforce(instance=host, session_id=secure_org.token(), session=session, version="64.0")


def test_simple_salesforce_reads_all_pages(simple: Salesforce, total: int) -> None:
    assert total > 2000
    found = simple.query_all(CONTACTS)
    assert (found["totalSize"], len(found["records"]), found["done"]) == (total, total, True)
    assert len(list(simple.query_all_iter("SELECT Id FROM Contact"))) == total
    assert simple.query("SELECT COUNT() FROM Contact")["totalSize"] == total


def test_simple_salesforce_sees_deleted_records(simple: Salesforce, secure_org: RunningOrg) -> None:
    record = {"LastName": "Leaving"}
    (gone,) = secure_org.control("POST", "/records", {"op": "insert", "object": "Contact", "record": record})[
        "ids"
    ]
    assert simple.Contact.get(gone)["LastName"] == "Leaving"
    secure_org.control("POST", "/records", {"op": "delete", "object": "Contact", "id": gone})
    secure_org.control("POST", "/clock", {"advance_seconds": 5})
    now = datetime.now(UTC).replace(microsecond=0)
    start, end = now - timedelta(hours=1), now + timedelta(hours=1)
    assert gone in {entry["id"] for entry in simple.Contact.deleted(start, end)["deletedRecords"]}
    assert gone not in simple.Contact.updated(start, end)["ids"]
    soql = f"SELECT Id, IsDeleted FROM Contact WHERE Id = '{gone}'"
    assert simple.query(soql)["totalSize"] == 0
    assert simple.query(soql, include_deleted=True)["records"][0]["IsDeleted"] is True
    with pytest.raises(SalesforceResourceNotFound):
        simple.Contact.get(gone)


def test_simple_salesforce_describes_and_counts(simple: Salesforce) -> None:
    assert "Contact" in {entry["name"] for entry in simple.describe()["sobjects"]}
    assert "SystemModstamp" in {field["name"] for field in simple.Contact.describe()["fields"]}
    assert simple.limits()["DailyApiRequests"]["Remaining"] > 0
    assert simple.api_usage["api-usage"].used > 0


def test_simple_salesforce_understands_the_errors(simple: Salesforce) -> None:
    with pytest.raises(SalesforceMalformedRequest, match="No such column 'Wrong'"):
        simple.query("SELECT Wrong FROM Contact")
    with pytest.raises(SalesforceResourceNotFound):
        simple.Nobody__c.describe()


def test_simple_salesforce_exports_by_bulk(simple: Salesforce, total: int, tmp_path: Path) -> None:
    pages = list(simple.bulk2.Contact.query(CONTACTS, wait=1, max_records=1000))
    found = [row for page in pages for row in csv.DictReader(io.StringIO(page, newline=""))]
    assert (len(pages), len(found)) == (-(-total // 1000), total)
    assert list(found[0]) == ["Id", "LastName", "CreatedDate", "Account.Name"]
    downloaded = simple.bulk2.Contact.download(CONTACTS, path=str(tmp_path), wait=1)
    assert sum(part["number_of_records"] for part in downloaded) == total
    assert {row["Id"] for row in found} == {r["Id"] for r in simple.query_all(CONTACTS)["records"]}


# -- node ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def node() -> str:
    """Node 20 or later, with npm."""
    found = shutil.which("node")
    if found is None or shutil.which("npm") is None:
        pytest.skip("node and npm are not installed")
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout
    if int(version.lstrip("v").split(".")[0]) < 20:
        pytest.skip(f"node is {version.strip()}; jsforce and the Salesforce CLI need 20 or later")
    return found


def installed(package: str, version: str, overrides: Mapping[str, str] | None = None) -> Path:
    """The folder of an npm package in the cache, installed there when it is not yet."""
    folder = CACHE / f"{package.rpartition('/')[2]}-{version}"
    done = folder / "installed"
    if not done.exists():
        folder.mkdir(parents=True, exist_ok=True)
        wanted = {"private": True, "dependencies": {package: version}, "overrides": dict(overrides or {})}
        (folder / "package.json").write_text(json.dumps(wanted))
        command = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder)]
        try:
            made = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS)
        except subprocess.TimeoutExpired:
            pytest.skip(f"npm took more than {INSTALL_SECONDS} seconds to install {package}")
        if made.returncode:
            pytest.skip(f"npm could not install {package}: {made.stderr.strip()[-300:]}")
        done.touch()
    return folder


def environment(org: RunningOrg, home: Path, **more: str) -> dict[str, str]:
    """Node with the org's authority, and with a home of its own."""
    return {**os.environ, "NODE_EXTRA_CA_CERTS": org.ca_file, "HOME": str(home), **more}


JSFORCE = """
const jsforce = require('jsforce');
const conn = new jsforce.Connection({
  instanceUrl: process.env.ORG_URL, accessToken: process.env.ORG_TOKEN, version: '64.0', maxRequest: 4,
});
(async () => {
  const soql = 'SELECT Id, LastName, Account.Name FROM Contact';
  const first = await conn.query(soql);
  let read = first.records.length, page = first;
  while (!page.done) { page = await conn.queryMore(page.nextRecordsUrl); read += page.records.length; }
  const described = await conn.sobject('Contact').describe();
  const everything = await conn.describeGlobal();
  let refused = '';
  try { await conn.query('SELECT Wrong FROM Contact'); } catch (error) { refused = error.errorCode; }
  conn.bulk2.pollInterval = 200;
  const stream = await conn.bulk2.query(soql);
  const exported = await stream.toArray();
  const limits = await conn.request('/limits');
  console.log(JSON.stringify({
    total: first.totalSize, read, fields: described.fields.length, objects: everything.sobjects.length, refused,
    exported: exported.length, columns: Object.keys(exported[0]), used: conn.limitInfo.apiUsage.used,
    daily: limits.DailyApiRequests.Max,
  }));
})().catch((error) => { console.error(error); process.exit(1); });
"""


@pytest.mark.slow
def test_jsforce_reads_describes_and_exports(
    node: str, secure_org: RunningOrg, total: int, tmp_path: Path
) -> None:
    folder = installed("jsforce", "3.10.8")
    settings = {
        "ORG_URL": secure_org.url,
        "ORG_TOKEN": secure_org.token(),
        "NODE_PATH": str(folder / "node_modules"),
    }
    ran = subprocess.run(
        [node, "-e", JSFORCE],
        capture_output=True,
        text=True,
        timeout=120,
        env=environment(secure_org, tmp_path, **settings),
    )
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout)
    assert (said["total"], said["read"], said["exported"]) == (total, total, total)
    assert said["columns"] == ["Id", "LastName", "Account.Name"]
    assert said["refused"] == "INVALID_FIELD"
    assert said["fields"] > 40
    assert said["objects"] == 15
    assert said["used"] > 0
    assert said["daily"] == 100_000


# -- the Salesforce CLI --------------------------------------------------------------------------


@pytest.mark.slow
def test_the_salesforce_cli_logs_in_queries_describes_and_exports(
    node: str, secure_org: RunningOrg, total: int, tmp_path: Path
) -> None:
    # Later releases want node 22, and so does the jsforce that this one would take by itself.
    folder = installed("@salesforce/cli", "2.130.9", {"@jsforce/jsforce-node": "3.10.11"})
    settings = {
        "SF_ACCESS_TOKEN": secure_org.token(),
        "SF_DISABLE_TELEMETRY": "true",
        "SF_AUTOUPDATE_DISABLE": "true",
        "SF_SKIP_NEW_VERSION_CHECK": "true",
        "SF_USE_GENERIC_UNIX_KEYCHAIN": "true",
    }
    at = ("--target-org", "demo", "--api-version", "64.0")

    def sf(*arguments: str) -> Any:
        """Run one command; its result."""
        ran = subprocess.run(
            [str(folder / "node_modules" / ".bin" / "sf"), *arguments, "--json"],
            capture_output=True,
            text=True,
            timeout=120,
            cwd=tmp_path,
            env=environment(secure_org, tmp_path, **settings),
        )
        assert ran.returncode == 0, f"{arguments}: {ran.stdout[-2000:]} {ran.stderr[-2000:]}"
        return json.loads(ran.stdout)["result"]

    login = sf(
        "org", "login", "access-token", "--instance-url", secure_org.url, "--no-prompt", "--alias", "demo"
    )
    assert login["orgId"] == secure_org.organization_id
    queried = sf("data", "query", "--query", CONTACTS, *at)
    assert (queried["totalSize"], len(queried["records"])) == (total, total)
    described = sf("sobject", "describe", "--sobject", "Case", *at)
    assert {"Id", "SystemModstamp"} < {field["name"] for field in described["fields"]}
    exported = sf(
        "data", "export", "bulk", "--query", CONTACTS, "--output-file", "out.csv", "--wait", "2", *at
    )
    assert exported["totalSize"] == total
    with (tmp_path / "out.csv").open(newline="") as file:
        assert {row["Id"] for row in csv.DictReader(file)} == {record["Id"] for record in queried["records"]}
