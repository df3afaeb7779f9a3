"""Logins of every kind at the demo org, which checks them as Salesforce does: by key, by clock, and each token once."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from extract.errors import LoginRefused
from extract.salesforce import Login, open_client
from tests.demo_org.running import ROOT, RunningOrg
from tests.salesforce.conftest import QUICK, Reader, Reports, login_to

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
DIES_AFTER_LOGIN = """
import json, os, sys
from pathlib import Path
from extract.salesforce import Login, open_client
known = json.loads(sys.stdin.read())
with open_client(Login(**known | {"refresh_token_file": Path(known["refresh_token_file"])}), lambda *_, **__: None):
    os.kill(os.getpid(), 9)
"""


@pytest.fixture
def key_file(org: RunningOrg, tmp_path: Path) -> Path:
    private = KEY.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "key.pem").write_bytes(private)
    public = KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    org.control("POST", "/grants", {"public_key": public.decode()})
    return tmp_path / "key.pem"


@pytest.fixture
def clock(org: RunningOrg) -> Iterator[Any]:
    """Sets the org's clock, and puts it back."""
    yield lambda seconds: org.control("POST", "/clock", {"ahead_seconds": seconds})
    org.control("POST", "/clock", {"ahead_seconds": 0})


def signed(org: RunningOrg, key_file: Path, client_id: str = "") -> Login:
    return Login(
        instance_url=org.url,
        client_id=client_id or org.client_id,
        username="integration@example.org",
        private_key_file=key_file,
    )


def refreshed(org: RunningOrg, token: str, file: Path) -> Login:
    return Login(instance_url=org.url, client_id=org.client_id, refresh_token=token, refresh_token_file=file)


def says_who_it_is(login: Login) -> str:
    with open_client(login, Reports(), QUICK) as client:
        assert client.describe("Account").name == "Account"
        return client.organization_id()


def asked_for_tokens(org: RunningOrg) -> int:
    logged = org.control("GET", "/requests")["requests"]
    return sum(entry["path"].endswith("/token") for entry in logged)


def test_a_signed_login_opens_a_session(org: RunningOrg, key_file: Path) -> None:
    assert says_who_it_is(signed(org, key_file)) == org.organization_id


def test_a_login_signed_for_another_app_is_refused_once(org: RunningOrg, key_file: Path) -> None:
    with pytest.raises(LoginRefused):
        says_who_it_is(signed(org, key_file, client_id="another-app"))
    assert asked_for_tokens(org) == 1


@pytest.mark.fault("F20", "The org's clock is ten minutes before this machine's, and a day behind it")
@pytest.mark.parametrize("ahead", [600, -86_400])
def test_a_signed_login_at_another_time_names_the_clock(
    org: RunningOrg, key_file: Path, clock: Any, ahead: int
) -> None:
    clock(ahead)
    with pytest.raises(LoginRefused) as refused:
        says_who_it_is(signed(org, key_file))
    assert "clock" in refused.value.what
    assert asked_for_tokens(org) == 1
    clock(0)
    assert says_who_it_is(signed(org, key_file)) == org.organization_id


@pytest.mark.fault("F18", "kill -9 right after the org replaced the refresh token", ends_well="next run")
def test_a_replaced_refresh_token_survives_a_kill(org: RunningOrg, tmp_path: Path) -> None:
    token = org.control("POST", "/grants", {"rotate": True})["refresh_token"]
    login = refreshed(org, token, tmp_path / "refresh.json")
    known = {"instance_url": org.url, "client_id": org.client_id, "refresh_token": token}
    killed = subprocess.run(
        [sys.executable, "-c", DIES_AFTER_LOGIN],
        cwd=ROOT,
        input=json.dumps(known | {"refresh_token_file": str(tmp_path / "refresh.json")}),
        text=True,
        check=False,
    )
    assert killed.returncode == -9
    assert says_who_it_is(login) == org.organization_id
    assert says_who_it_is(login) == org.organization_id
    assert os.stat(tmp_path / "refresh.json").st_mode & 0o777 == 0o600


@pytest.mark.fault("F16", "A refresh token that was used up before")
def test_a_refresh_token_that_was_used_up_is_refused_once(org: RunningOrg, tmp_path: Path) -> None:
    token = org.control("POST", "/grants", {"rotate": True})["refresh_token"]
    says_who_it_is(refreshed(org, token, tmp_path / "one.json"))
    before = asked_for_tokens(org)
    with pytest.raises(LoginRefused, match="no longer valid") as refused:
        says_who_it_is(refreshed(org, token, tmp_path / "another.json"))
    assert "SALESFORCE_REFRESH_TOKEN" in refused.value.next_step
    assert asked_for_tokens(org) == before + 1


@pytest.mark.fault("F11", "Sessions that last half a second", ends_well="same run")
def test_a_run_outlives_its_sessions(reader: Reader) -> None:
    reader.org.control("POST", "/grants", {"session_seconds": 0.5})
    for _ in range(2):
        time.sleep(0.6)
        assert reader.client.describe("Account").name == "Account"
    assert asked_for_tokens(reader.org) == 2


def test_a_run_with_a_rotating_refresh_token_outlives_its_sessions(org: RunningOrg, tmp_path: Path) -> None:
    token = org.control("POST", "/grants", {"rotate": True})["refresh_token"]
    with open_client(refreshed(org, token, tmp_path / "refresh.json"), Reports(), QUICK) as client:
        for _ in range(3):
            org.control("POST", "/sessions/expire")
            assert client.describe("Account").name == "Account"
    assert asked_for_tokens(org) == 4


@pytest.mark.fault("F86", "A login of each kind and a read that is disturbed, with every log at DEBUG")
@pytest.mark.parametrize("kind", ["secret", "signed", "refreshed"])
def test_no_log_holds_a_secret_or_a_value(
    org: RunningOrg, key_file: Path, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    mark = "Marker-5c1e-Fictional"
    org.control("POST", "/records", {"op": "plant", "object": "Account", "record": {"Name": mark}})
    token = org.control("POST", "/grants", {"rotate": True})["refresh_token"]
    login = {
        "secret": login_to(org),
        "signed": signed(org, key_file),
        "refreshed": refreshed(org, token, key_file.with_name("refresh.json")),
    }[kind]
    caplog.set_level(logging.DEBUG)
    with open_client(login, Reports(), QUICK) as client:
        reader = Reader(org, client, key_file.with_name("spool"), Reports())
        reader.plant("truncated_page", "/results")
        reader.plant("expired_session", "/describe")
        reader.plant("reset", "/queryAll")
        assert any(row["Name"] == mark for row in reader.records("Account"))
        open_token = client.sender.session.token if client.sender.session else ""
    said = caplog.text + repr(reader.reports.events)
    kept = json.loads(key_file.with_name("refresh.json").read_text()) if kind == "refreshed" else {}
    secrets = [mark, open_token, org.client_secret, token, "BEGIN", "eyJ", *map(str, kept.values())]
    assert "/describe" in said
    assert [number for number, secret in enumerate(secrets) if secret in said] == []
