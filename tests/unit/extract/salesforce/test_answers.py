"""Error bodies come in four shapes and headers may be absent; reading them never fails."""

from datetime import UTC, datetime

import pytest

from extract.salesforce.answers import Refusal, parse_date, parse_refusal, parse_usage, redacted


@pytest.mark.parametrize(
    ("status", "body", "refusal"),
    [
        (400, b'[{"message":"bad","errorCode":"MALFORMED_QUERY"}]', Refusal(400, "MALFORMED_QUERY", "bad")),
        (
            400,
            b'{"error":"invalid_grant","error_description":"expired access/refresh token"}',
            Refusal(400, "invalid_grant", "expired access/refresh token"),
        ),
        (
            503,
            b"<html><body>maintenance</body></html>",
            Refusal(503, "", "the answer was a web page, not Salesforce's API"),
        ),
        (406, b"", Refusal(406, empty=True)),
        (406, b"  \n", Refusal(406, empty=True)),
        (500, b"[]", Refusal(500)),
        (500, b'"text"', Refusal(500)),
        (500, b"\xff\xfe\x00", Refusal(500)),
        (400, b'[{"errorCode":null,"message":null}]', Refusal(400)),
        (
            500,
            b"<soapenv:Fault><sf:exceptionCode>INVALID_LOGIN</sf:exceptionCode>"
            b"<sf:exceptionMessage>INVALID_LOGIN: Invalid username</sf:exceptionMessage></soapenv:Fault>",
            Refusal(400, "INVALID_LOGIN", "INVALID_LOGIN: Invalid username"),
        ),
    ],
)
def test_an_error_body_of_any_shape_is_read(status: int, body: bytes, refusal: Refusal) -> None:
    assert parse_refusal(status, body) == refusal


@pytest.mark.parametrize(
    "secret",
    [
        "00D1x0000001abcEAA!AQEAQPc.secretsecret",
        "Bearer abcdefsecret",
        "access_token=abcdefsecret",
        '{"client_secret": "abcdefsecret"}',
        "eyJhbGciOiJSUzI1NiJ9.eyJzZWNyZXQiOjF9.c2VjcmV0",
        "somebody.secret@example.org",
    ],
)
def test_secrets_and_addresses_leave_a_message(secret: str) -> None:
    text = redacted(f"it said {secret} and stopped")
    assert "secret" not in text.replace("client_secret", "")
    assert "c2VjcmV0" not in text
    assert text.startswith("it said")


def test_a_message_is_one_short_line() -> None:
    text = redacted("first\nsecond " + "x" * 1000)
    assert "\n" not in text
    assert len(text) == 300


@pytest.mark.fault("F23", "Headers of both forms")
@pytest.mark.fault("F24", "No header, and headers without sense")
@pytest.mark.parametrize(
    ("header", "usage"),
    [
        ("api-usage=18/5000", (18, 5000)),
        ("api-usage=25/5000; per-app-api-usage=17/250(appName=sample)", (25, 5000)),
        ("per-app-api-usage=17/250(appName=sample); api-usage=25/5000", (25, 5000)),
        ("per-app-api-usage=17/250(appName=sample)", None),
        ("garbage", None),
        ("", None),
        (None, None),
    ],
)
def test_the_use_of_the_day_is_read_in_both_forms(header: str | None, usage: tuple[int, int] | None) -> None:
    assert parse_usage(header) == usage


@pytest.mark.parametrize(
    ("header", "moment"),
    [
        ("Mon, 23 Nov 2026 10:11:12 GMT", datetime(2026, 11, 23, 10, 11, 12, tzinfo=UTC)),
        ("Mon, 23 Nov 2026 11:11:12 +0100", datetime(2026, 11, 23, 10, 11, 12, tzinfo=UTC)),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_the_servers_clock_is_read_in_utc(header: str | None, moment: datetime | None) -> None:
    assert parse_date(header) == moment
