"""Says what a refused login means, and where in Setup it is mended."""

from __future__ import annotations

from extract.errors import LoginRefused

_APP = "Setup → External Client App Manager → (the app) → Policies"

# (code, a part of the description, what happened, the next step); the first that fits speaks.
_HINTS: tuple[tuple[str, str, str, str], ...] = (
    (
        "",
        "no client credentials user enabled",
        "The app has no user to run as.",
        f"{_APP} → OAuth Policies → Client Credentials Flow: enable it and choose the integration user under “Run As”.",
    ),
    (
        "",
        "user hasn't approved this consumer",
        "The user has not been allowed to use the app.",
        f"{_APP} → OAuth Policies → Permitted Users: “Admin approved users are pre-authorized”, "
        "and give the app the integration user's permission set.",
    ),
    (
        "",
        "ip restricted",
        "The login comes from a network address that the org does not allow.",
        f"{_APP} → OAuth Policies → IP Relaxation, or the IP ranges of the user's profile: "
        "add this machine's address.",
    ),
    (
        "invalid_grant",
        "audience",
        "The signed login names another host than the one it was sent to.",
        "Set SALESFORCE_INSTANCE_URL to the My Domain, and leave SALESFORCE_DOMAIN unset "
        "(or `login`; `test` for a sandbox).",
    ),
    (
        "invalid_grant",
        "token expired",
        "The signed login was too old when it arrived: the clocks differ.",
        "Set this machine's clock (it may be off by three minutes at most): turn on its time synchronisation.",
    ),
    (
        "invalid_grant",
        "assertion",
        "Salesforce did not accept the signed login: the key or the clock is wrong.",
        "Check that SALESFORCE_PRIVATE_KEY_FILE belongs to the certificate of the app "
        "(Setup → External Client App Manager → (the app) → Settings → Certificates) and that this machine's clock is right.",
    ),
    (
        "invalid_grant",
        "expired access/refresh token",
        "The refresh token is no longer valid: it was used up, revoked, or has expired.",
        "Log in once more in the browser to get a new one, and set SALESFORCE_REFRESH_TOKEN; "
        f"{_APP} → Refresh Token Policy shows how long one lives.",
    ),
    (
        "invalid_grant",
        "authentication failure",
        "Salesforce refused the user.",
        "Check the user in Setup → Users: active, not frozen, login hours, and its Login History for the reason.",
    ),
    (
        "invalid_grant",
        "request not supported on this domain",
        "The login has to go to the org's own address.",
        "Set SALESFORCE_INSTANCE_URL to the My Domain (Setup → My Domain), not to login. or test.salesforce.com.",
    ),
    (
        "invalid_grant",
        "",
        "Salesforce refused the login.",
        "Setup → Users → (the integration user) → Login History names the reason; "
        f"then check {_APP} → OAuth Policies.",
    ),
    (
        "invalid_client_id",
        "",
        "The org does not know the app: SALESFORCE_CLIENT_ID is wrong, or the app is of another org.",
        "Copy the consumer key again: Setup → External Client App Manager → (the app) → Settings → OAuth Settings. "
        "A new app takes up to ten minutes to be known.",
    ),
    (
        "invalid_client",
        "",
        "The app's secret is wrong.",
        "Copy the consumer secret again (Setup → External Client App Manager → (the app) → Settings → OAuth Settings) "
        "into SALESFORCE_CLIENT_SECRET.",
    ),
    (
        "inactive_user",
        "",
        "The user is inactive or frozen.",
        "Setup → Users → (the integration user): tick Active, and Unfreeze it.",
    ),
    (
        "inactive_org",
        "",
        "The org is locked, closed or suspended.",
        "Ask Salesforce, or set SALESFORCE_INSTANCE_URL to the org that replaced it.",
    ),
    (
        "app_not_found",
        "",
        "The app is not known at this address.",
        "Set SALESFORCE_INSTANCE_URL to the org's own My Domain (a sandbox: https://<name>--<sandbox>.sandbox.my.salesforce.com); "
        "apps are not known at login. and test.salesforce.com.",
    ),
    (
        "unsupported_grant_type",
        "",
        "The app does not allow this way of logging in.",
        f"{_APP} → OAuth Policies: enable the flow, or choose another (docs/how-to/connect-your-org.md).",
    ),
    (
        "invalid_app_access",
        "",
        "The user may not use the app.",
        f"{_APP} → give the app the integration user's permission set.",
    ),
    (
        "unauthorized_client",
        "",
        "The app may not log in this way.",
        f"{_APP} → OAuth Policies: enable the flow, or choose another (docs/how-to/connect-your-org.md).",
    ),
    (
        "INVALID_LOGIN",
        "",
        "The user name, password or security token is wrong, or the user is locked.",
        "Check SALESFORCE_USERNAME, SALESFORCE_PASSWORD and SALESFORCE_SECURITY_TOKEN; "
        "better, move to client credentials (docs/how-to/connect-your-org.md).",
    ),
    (
        "LOGIN_MUST_USE_SECURITY_TOKEN",
        "",
        "From this network address the password alone is not enough.",
        "Set SALESFORCE_SECURITY_TOKEN (the user's Settings → Reset My Security Token mails one).",
    ),
    (
        "INVALID_OPERATION_WITH_EXPIRED_PASSWORD",
        "",
        "The user's password has expired.",
        "Log in once in the browser and set a new one, then SALESFORCE_PASSWORD; "
        "better, move to client credentials (docs/how-to/connect-your-org.md).",
    ),
    (
        "INSUFFICIENT_ACCESS",
        "",
        "The user may not log in by SOAP.",
        "New orgs switch that login off, and it retires in Summer '27: "
        "move to client credentials (docs/how-to/connect-your-org.md).",
    ),
    (
        "UNSUPPORTED_API_VERSION",
        "",
        "The SOAP login does not exist in this API version.",
        "Set SALESFORCE_API_VERSION=64.0; better, move to client credentials (docs/how-to/connect-your-org.md).",
    ),
)


def explain_login(code: str, description: str, host: str) -> LoginRefused:
    """The error for what the login answered."""
    for known, part, what, next_step in _HINTS:
        if known in ("", code) and part in description.lower():
            return LoginRefused(what, f"{host}: {code}", next_step)
    said = ": ".join(filter(None, (code, description))) or "no reason given"
    return LoginRefused(
        f"Salesforce refused the login ({said}).",
        host,
        "Setup → Users → (the integration user) → Login History names the reason.",
    )
