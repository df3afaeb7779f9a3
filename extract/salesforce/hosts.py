"""Decides which addresses a token may travel to."""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, urljoin, urlsplit

from extract.errors import LoginRefused, SalesforceError, SettingsError

_LOGIN_HOSTS = ("login.salesforce.com", "test.salesforce.com")
_ORG_DOMAINS = (".salesforce.com", ".force.com")


def checked_instance_url(url: str) -> str:
    """The configured address without a path. Raises SettingsError when a token would travel unencrypted."""
    parts = _split(url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingsError(
            "SALESFORCE_INSTANCE_URL is not an address."
            if url.strip()
            else "SALESFORCE_INSTANCE_URL is not set.",
            "SALESFORCE_INSTANCE_URL",
            "Set it to the org's My Domain, such as https://example.my.salesforce.com "
            "(Setup → My Domain shows it).",
        )
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise SettingsError(
            "SALESFORCE_INSTANCE_URL begins with http://, so the token would travel unencrypted.",
            f"host {parts.hostname}",
            "Begin it with https://; http is for a demo org on this machine only.",
        )
    if parts.username or parts.password:
        raise SettingsError(
            "SALESFORCE_INSTANCE_URL holds a user name or password.",
            f"host {parts.hostname}",
            "Put only the address there; docs/reference/settings.md lists where the login goes.",
        )
    if parts.hostname.endswith(".lightning.force.com"):
        raise SettingsError(
            "SALESFORCE_INSTANCE_URL is the address of the Lightning pages, which serves no API.",
            f"host {parts.hostname}",
            f"Use https://{parts.hostname.removesuffix('.lightning.force.com')}.my.salesforce.com.",
        )
    return f"{parts.scheme}://{parts.netloc}"


def _split(url: str) -> SplitResult:
    """The address in its parts; without any when it is not one."""
    try:
        parts = urlsplit(url)
        return parts if parts.port != 0 else SplitResult("", "", "", "", "")
    except ValueError:  # also by .port, when that is no number
        return SplitResult("", "", "", "", "")


def is_loopback(host: str) -> bool:
    """Whether the host is this machine, where nothing travels over a network."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def checked_token_home(configured: str, offered: str) -> str:
    """The address that the token answer named, if it belongs to the configured org; else LoginRefused."""
    if not offered:
        return configured
    if not _same_org(configured, offered):
        raise LoginRefused(
            "The login answered with the address of another host, so the token was not used.",
            f"configured {urlsplit(configured).hostname}, answered {urlsplit(offered).hostname}",
            "Set SALESFORCE_INSTANCE_URL to the org's own My Domain (Setup → My Domain), "
            "and check that nothing sits between this machine and Salesforce.",
        )
    parts = urlsplit(offered)
    return f"{parts.scheme}://{parts.netloc}"


def _same_org(configured: str, offered: str) -> bool:
    mine, theirs = urlsplit(configured), urlsplit(offered)
    here, there = mine.hostname or "", theirs.hostname or ""
    if theirs.username is not None:
        return False
    if (mine.scheme, here, mine.port) == (theirs.scheme, there, theirs.port):
        return True
    if is_loopback(here) and is_loopback(there):
        return (mine.scheme, mine.port) == (theirs.scheme, theirs.port)
    if theirs.scheme != "https" or theirs.port not in (None, 443):
        return False
    if not there.endswith(_ORG_DOMAINS):
        return False
    return here in _LOGIN_HOSTS or here.partition(".")[0] == there.partition(".")[0]


def url_on(base: str, path: str) -> str:
    """The full address of a path that an answer named; a path on another host is refused, not followed."""
    url = urljoin(base + "/", path)
    if urlsplit(url)[:2] != urlsplit(base)[:2]:
        raise _pointed_elsewhere(base, url)
    return url


def redirected(base: str, asked: str, location: str) -> str:
    """Where a redirect of `asked` leads: on the host `base`, or to another host of the same org, to which it moved."""
    url = urljoin(asked, location)
    try:
        stays = urlsplit(url)[:2] == urlsplit(base)[:2]
        if stays or (urlsplit(base).hostname not in _LOGIN_HOSTS and _same_org(base, url)):
            return url
    except ValueError:  # a port that is no number
        pass
    raise _pointed_elsewhere(base, url)


def _pointed_elsewhere(base: str, url: str) -> SalesforceError:
    return SalesforceError(
        "Salesforce pointed to another host, which Landfall does not send its token to.",
        f"{urlsplit(base).hostname} pointed to {urlsplit(url).hostname}",
        "If the org has moved, set SALESFORCE_INSTANCE_URL to its new My Domain.",
    )
