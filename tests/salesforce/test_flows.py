"""Each way of logging in sends what Salesforce asks for, to the configured host, and nowhere else."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from extract.errors import LoginRefused, SalesforceError, SettingsError, StorageError
from extract.salesforce import Login, open_client
from tests.salesforce.conftest import QUICK, Reports
from tests.salesforce.scripted_server import Asked, Said, Script, scripted_server

ORG = "00D000000000001EAA"
VERSIONS = Said([{"version": "63.0"}, {"version": "64.0"}])
SOAP_ANSWER = """<?xml version="1.0"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/">
<soapenv:Body><loginResponse><result><serverUrl>{url}/services/Soap/u/64.0/00D</serverUrl>
<sessionId>the-token</sessionId></result></loginResponse></soapenv:Body></soapenv:Envelope>"""
SOAP_FAULT = b"""<?xml version="1.0"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"
 xmlns:sf="urn:fault.partner.soap.sforce.com"><soapenv:Body><soapenv:Fault><faultstring>INVALID_LOGIN</faultstring>
<detail><sf:LoginFault><sf:exceptionCode>INVALID_LOGIN</sf:exceptionCode><sf:exceptionMessage>Invalid username, password,
 security token; or user locked out.</sf:exceptionMessage></sf:LoginFault></detail></soapenv:Fault></soapenv:Body>
</soapenv:Envelope>"""


@pytest.fixture
def script() -> Iterator[Script]:
    with scripted_server() as script:
        yield script


def granting(script: Script, **more: str) -> None:
    """Answer every token request with a token for this server, and everything else with the versions."""
    token = {
        "access_token": "the-token",
        "instance_url": script.url,
        "id": f"{script.url}/id/{ORG}/005",
        **more,
    }
    script.answer = lambda asked: Said(token) if asked.path.endswith("/token") else VERSIONS


def open_and_close(login: Login, reports: Reports | None = None) -> str:
    with open_client(login, reports or Reports(), QUICK) as client:
        return client.organization_id()


def test_client_credentials_are_posted_and_the_token_is_carried(script: Script) -> None:
    granting(script)
    assert open_and_close(Login(instance_url=script.url, client_id="app", client_secret="s&=+ ü")) == ORG
    token, versions = script.asked
    assert token.path == "/services/oauth2/token"
    assert token.form == {"grant_type": "client_credentials", "client_id": "app", "client_secret": "s&=+ ü"}
    assert "authorization" not in token.headers
    assert versions.headers["authorization"] == "Bearer the-token"


@pytest.fixture
def key_file(tmp_path: Path) -> tuple[Path, rsa.RSAPublicKey]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "key.pem").write_bytes(pem)
    return tmp_path / "key.pem", key.public_key()


def test_a_signed_login_names_the_app_the_user_and_the_audience(
    script: Script, key_file: tuple[Path, rsa.RSAPublicKey]
) -> None:
    granting(script)
    path, public = key_file
    login = Login(
        instance_url=script.url, client_id="app", username="integration@example.org", private_key_file=path
    )
    assert open_and_close(login) == ORG
    form = script.asked[0].form
    claims = jwt.decode(
        form["assertion"], public, algorithms=["RS256"], audience="https://login.salesforce.com"
    )
    assert (claims["iss"], claims["sub"]) == ("app", "integration@example.org")
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    assert script.asked[1].headers["authorization"] == "Bearer the-token"


@pytest.mark.fault("F20", "The token endpoint says that the assertion has expired")
def test_a_refused_signed_login_names_the_clock(
    script: Script, key_file: tuple[Path, rsa.RSAPublicKey]
) -> None:
    script.answer = lambda asked: Said({"error": "invalid_grant", "error_description": "token expired"}, 400)
    login = Login(
        instance_url=script.url, client_id="app", username="u@example.org", private_key_file=key_file[0]
    )
    with pytest.raises(LoginRefused, match="clocks differ"):
        open_and_close(login)
    assert len(script.asked) == 1


@pytest.mark.fault(
    "F9", "The signed login answers 503 until the first signature has run out", ends_well="same run"
)
def test_a_signed_login_that_is_repeated_is_signed_anew(
    script: Script, key_file: tuple[Path, rsa.RSAPublicKey]
) -> None:
    granting(script)
    granted, signatures = script.answer, list[str]()

    def answer(asked: Asked) -> Said:
        if not asked.path.endswith("/token"):
            return VERSIONS
        signatures.append(asked.form["assertion"])
        if len(signatures) == 1:
            time.sleep(1.1)  # a signature says its end by the second
            return Said(b"<html>maintenance</html>", 503)
        if signatures[-1] in signatures[:-1]:
            return Said({"error": "invalid_grant", "error_description": "token expired"}, 400)
        return granted(asked)

    script.answer = answer
    login = Login(
        instance_url=script.url, client_id="app", username="u@example.org", private_key_file=key_file[0]
    )
    reports, patient = Reports(), replace(QUICK, read_timeout=10)
    with open_client(login, reports, patient) as client:
        assert client.organization_id() == ORG
    assert len(signatures) == len(set(signatures)) == 2
    assert [told["what"] for told in reports.of("retry")] == ["Salesforce answered 503."]


@pytest.mark.parametrize(
    "content", [None, b"", b"no key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"]
)
def test_an_unusable_private_key_is_said_in_words(
    script: Script, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "key.pem"
    if content is not None:
        path.write_bytes(content)
    login = Login(instance_url=script.url, client_id="app", username="u@example.org", private_key_file=path)
    with pytest.raises(SettingsError, match="private key") as refused:
        open_and_close(login)
    assert str(path) in refused.value.where
    assert script.asked == []


def test_the_soap_login_works_and_is_warned_about(script: Script) -> None:
    def answer(asked: Asked) -> Said:
        if "/Soap/" in asked.path:
            return Said(SOAP_ANSWER.format(url=script.url).encode(), headers={"Content-Type": "text/xml"})
        if "/query" in asked.path:
            return Said({"totalSize": 1, "done": True, "records": [{"Id": ORG}]})
        return VERSIONS

    script.answer = answer
    reports = Reports()
    login = Login(instance_url=script.url, username="u@example.org", password="<p&w>", security_token="tok")
    assert open_and_close(login, reports) == ORG
    assert script.asked[0].path == "/services/Soap/u/64.0"
    assert b"&lt;p&amp;w&gt;tok" in script.asked[0].body
    assert script.asked[1].headers["authorization"] == "Bearer the-token"
    assert any("Summer '27" in note["text"] for note in reports.of("note"))


def test_a_wrong_password_is_sent_once_because_more_would_lock_the_user_out(script: Script) -> None:
    script.answer = lambda asked: Said(SOAP_FAULT, 500, {"Content-Type": "text/xml"})
    login = Login(instance_url=script.url, username="u@example.org", password="wrong", security_token="")
    with pytest.raises(LoginRefused, match="user name, password"):
        open_and_close(login)
    assert len(script.asked) == 1


@pytest.mark.fault(
    "F18",
    "Each login gives a new refresh token; the next process begins with the file alone",
    ends_well="next run",
)
def test_a_refresh_token_is_used_and_the_one_that_replaces_it_is_kept_first(
    script: Script, tmp_path: Path
) -> None:
    kept = tmp_path / "refresh.json"
    seen: list[bool] = []

    def answer(asked: Asked) -> Said:
        if not asked.path.endswith("/token"):
            seen.append(kept.is_file())
            return VERSIONS
        following = {"first": "second", "second": "third"}[asked.form["refresh_token"]]
        return Said(
            {
                "access_token": "t",
                "instance_url": script.url,
                "refresh_token": following,
                "id": f"x/id/{ORG}/5",
            }
        )

    script.answer = answer
    login = Login(instance_url=script.url, client_id="app", refresh_token="first", refresh_token_file=kept)
    open_and_close(login)
    open_and_close(login)
    assert [one.form["refresh_token"] for one in script.asked if one.path.endswith("/token")] == [
        "first",
        "second",
    ]
    assert seen == [True, True]


def test_a_replaced_refresh_token_without_a_place_for_it_is_an_error(script: Script) -> None:
    granting(script, refresh_token="second")
    with pytest.raises(StorageError):
        open_and_close(Login(instance_url=script.url, client_id="app", refresh_token="first"))


@pytest.mark.fault("F19", "The login's answer names three wrong hosts")
@pytest.mark.parametrize(
    "offered", ["https://evil.test", "http://127.0.0.1:1", "https://login.salesforce.com"]
)
def test_a_token_for_another_host_is_not_used(script: Script, offered: str) -> None:
    granting(script, instance_url=offered)
    with pytest.raises(LoginRefused, match="another host"):
        open_and_close(Login(instance_url=script.url, client_id="app", client_secret="s"))
    assert script.paths() == ["/services/oauth2/token"]


@pytest.mark.fault("F87", "A redirect to another host")
def test_a_redirect_to_another_host_gets_no_token(script: Script) -> None:
    granting(script)
    with scripted_server() as elsewhere:
        inner = script.answer
        script.answer = lambda asked: (
            Said(status=302, headers={"Location": f"{elsewhere.url}/services/data/"})
            if asked.path == "/services/data/"
            else inner(asked)
        )
        with pytest.raises(SalesforceError, match="another host"):
            open_and_close(Login(instance_url=script.url, client_id="app", client_secret="s"))
        assert elsewhere.asked == []


def test_a_redirect_on_the_same_host_is_followed(script: Script) -> None:
    granting(script)
    inner = script.answer
    script.answer = lambda asked: (
        Said(status=301, headers={"Location": "/services/data"})
        if asked.path == "/services/data/"
        else inner(asked)
    )
    assert open_and_close(Login(instance_url=script.url, client_id="app", client_secret="s")) == ORG
    assert script.asked[-1].headers["authorization"] == "Bearer the-token"


def test_a_redirect_in_a_circle_ends(script: Script) -> None:
    granting(script)
    inner = script.answer
    script.answer = lambda asked: (
        Said(status=302, headers={"Location": "/a"}) if "token" not in asked.path else inner(asked)
    )
    with pytest.raises(SalesforceError, match="circle"):
        open_and_close(Login(instance_url=script.url, client_id="app", client_secret="s"))


@pytest.mark.parametrize("body", [b"<html>log in here</html>", b"[]", b'"text"', b"\xff"])
def test_a_login_answered_with_something_else_is_said(script: Script, body: bytes) -> None:
    script.answer = lambda asked: Said(body)
    with pytest.raises(SalesforceError) as refused:
        open_and_close(Login(instance_url=script.url, client_id="app", client_secret="s"))
    assert "login was answered" in refused.value.what


def test_a_login_without_a_token_is_refused(script: Script) -> None:
    script.answer = lambda asked: Said({})
    with pytest.raises(LoginRefused, match="without a token"):
        open_and_close(Login(instance_url=script.url, client_id="app", client_secret="s"))


def test_a_login_that_has_a_bad_moment_is_repeated(script: Script) -> None:
    granting(script)
    inner = script.answer
    script.answer = lambda asked: Said(b"busy", 503) if len(script.asked) == 1 else inner(asked)
    assert open_and_close(Login(instance_url=script.url, client_id="app", client_secret="s")) == ORG


@pytest.mark.fault("F10", "Status 429 with Retry-After", ends_well="same run")
def test_the_servers_wish_to_wait_is_honoured(script: Script) -> None:
    granting(script)
    inner = script.answer
    reports = Reports()
    script.answer = lambda asked: (
        Said(b"", 429, {"Retry-After": "0"}) if len(script.asked) == 2 else inner(asked)
    )
    open_and_close(Login(instance_url=script.url, client_id="app", client_secret="s"), reports)
    assert [told["wait"] for told in reports.of("retry")] == [0.0]


def _gzip(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=31)
    return packer.compress(data) + packer.flush()


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
WHOLE = b'[{"version":"64.0"}]'
BROKEN = {
    "a chunked body without its end": HEAD + b"Transfer-Encoding: chunked\r\n\r\n14\r\n" + WHOLE + b"\r\n",
    "a chunk cut in the middle": HEAD + b"Transfer-Encoding: chunked\r\n\r\n14\r\n" + WHOLE[:7],
    "less than Content-Length": HEAD + b"Content-Length: 20\r\n\r\n" + WHOLE[:7],
    "gzip that ends early, orderly closed": HEAD
    + b"Content-Encoding: gzip\r\nConnection: close\r\n\r\n"
    + _gzip(WHOLE + b" " * 9000)[:-9],
    "damaged gzip": HEAD
    + b"Content-Encoding: gzip\r\nConnection: close\r\n\r\n"
    + b"\x1f\x8bnot gzip at all",
    "half of the JSON, orderly closed": HEAD + b"Connection: close\r\n\r\n" + WHOLE[:9],
    "no answer at all": b"\r\n",
}


@pytest.mark.fault("F3", "Chunked bodies without their end, from a raw socket", ends_well="same run")
@pytest.mark.parametrize("broken", BROKEN)
def test_a_body_that_breaks_off_is_asked_for_again(script: Script, broken: str) -> None:
    granting(script)
    inner = script.answer
    reports = Reports()
    script.answer = lambda asked: Said(raw=BROKEN[broken]) if len(script.asked) == 2 else inner(asked)
    assert open_and_close(Login(instance_url=script.url, client_id="app", client_secret="s"), reports) == ORG
    assert len(reports.of("retry")) == 1


def test_a_body_in_several_gzip_members_is_read_whole(script: Script) -> None:
    granting(script)
    inner = script.answer
    packed = _gzip(WHOLE[:5]) + _gzip(WHOLE[5:])
    script.answer = lambda asked: (
        Said(packed, headers={"Content-Encoding": "gzip"})
        if asked.path == "/services/data/"
        else inner(asked)
    )
    assert open_and_close(Login(instance_url=script.url, client_id="app", client_secret="s")) == ORG


@pytest.mark.fault("F16", "The token endpoint answers invalid_grant")
@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("invalid_grant", "expired access/refresh token"),
        ("invalid_grant", "authentication failure"),
        ("invalid_client_id", "client identifier invalid"),
        ("inactive_user", "user is inactive"),
        ("invalid_app_access", "user hasn't approved this consumer"),
        ("invalid_grant", "no client credentials user enabled"),
        ("app_not_found", "External client app is not installed in this org"),
    ],
)
@pytest.mark.fault("F17", "The token endpoint answers with each of six refusals")
def test_a_refused_login_is_asked_for_once(script: Script, tmp_path: Path, code: str, words: str) -> None:
    script.answer = lambda asked: Said({"error": code, "error_description": words}, 400)
    login = Login(
        instance_url=script.url, client_id="app", refresh_token="r", refresh_token_file=tmp_path / "kept.json"
    )
    with pytest.raises(LoginRefused) as refused:
        open_and_close(login)
    assert refused.value.next_step
    assert len(script.asked) == 1


@pytest.mark.fault("F87", "Status 503, then a redirect to another name of the same org", ends_well="same run")
def test_an_org_that_moves_after_maintenance_is_followed(script: Script) -> None:
    granting(script)
    inner = script.answer
    moved = script.url.replace("127.0.0.1", "localhost")

    def answer(asked: Asked) -> Said:
        if asked.path != "/services/data/" or asked.headers["host"].startswith("localhost"):
            return inner(asked)
        down = script.paths().count("/services/data/") <= 2
        return (
            Said(b"<html>maintenance</html>", 503)
            if down
            else Said(b"", 301, {"Location": f"{moved}/services/data/"})
        )

    script.answer = answer
    reports = Reports()
    assert open_and_close(Login(instance_url=script.url, client_id="app", client_secret="s"), reports) == ORG
    assert len(reports.of("retry")) == 2
    assert script.asked[-1].headers["host"].startswith("localhost")
    assert script.asked[-1].headers["authorization"] == "Bearer the-token"
