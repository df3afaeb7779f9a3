"""How Salesforce says no: an array of errors for data, one object for OAuth."""

from __future__ import annotations

from demo_org.messages import Answer, json_answer


class Refused(Exception):
    """A request that gets an error as its answer."""

    def __init__(self, status: int, code: str, message: str, fields: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.fields = fields

    def answer(self) -> Answer:
        """The array that the REST and Bulk APIs send."""
        error: dict[str, object] = {"message": self.message, "errorCode": self.code}
        if self.fields:
            error["fields"] = list(self.fields)
        return json_answer([error], self.status)


class LoginRefused(Refused):
    """A token request that gets an error; OAuth has a shape of its own."""

    def __init__(self, code: str, description: str, status: int = 400) -> None:
        super().__init__(status, code, description)

    def answer(self) -> Answer:
        return json_answer({"error": self.code, "error_description": self.message}, self.status)


def not_found() -> Refused:
    """The answer to everything that is not there."""
    return Refused(404, "NOT_FOUND", "The requested resource does not exist")


def session_expired() -> Refused:
    return Refused(401, "INVALID_SESSION_ID", "Session expired or invalid")
