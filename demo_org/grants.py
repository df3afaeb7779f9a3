"""Knows who may log in without a secret: refresh tokens, which may be good for one use each, and signed logins."""

from __future__ import annotations

import secrets
import threading
from datetime import datetime

from demo_org.refusals import LoginRefused

AUDIENCES = ("https://login.salesforce.com", "https://test.salesforce.com")
LONGEST_SECONDS = 300  # a signed login that claims to be good for longer is not believed


class Grants:
    """What the org has allowed; nothing at first."""

    def __init__(self) -> None:
        self.rotating = False  # whether each use of a refresh token replaces it
        self.public_key = ""  # PEM, of the key that signs logins
        self._good: set[str] = set()
        self._used: set[str] = set()
        self._lock = threading.Lock()

    def new_refresh_token(self) -> str:
        token = f"5Aep861{secrets.token_urlsafe(48)}"
        with self._lock:
            self._good.add(token)
        return token

    def use(self, token: str) -> str:
        """The refresh token that is good from now on. One that comes a second time was stolen, so all are called back."""
        with self._lock:
            if token in self._used:
                self._good.clear()
            if token not in self._good:
                raise LoginRefused("invalid_grant", "expired access/refresh token")
            if not self.rotating:
                return token
            self._good.discard(token)
            self._used.add(token)
        return self.new_refresh_token()

    def check_signed(self, assertion: str, client_id: str, audiences: tuple[str, ...], now: datetime) -> None:
        """Refuse a signed login whose key, app, audience or time is wrong; `now` is the org's clock."""
        import jwt  # only this grant needs it

        try:
            claims = jwt.decode(
                assertion,
                self.public_key,
                algorithms=["RS256"],
                issuer=client_id,
                audience=audiences,
                options={
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                    "require": ["exp", "sub"],
                },
            )
        except jwt.InvalidAudienceError:
            raise LoginRefused("invalid_grant", "audience is invalid") from None
        except (jwt.PyJWTError, ValueError):
            raise LoginRefused("invalid_grant", "invalid assertion") from None
        left = float(claims["exp"]) - now.timestamp()
        if left < 0:
            raise LoginRefused("invalid_grant", "token expired")
        if left > LONGEST_SECONDS:
            raise LoginRefused("invalid_grant", "invalid assertion")
