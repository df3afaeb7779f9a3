"""Says who is logged in: the integration user, as the command-line tools ask for it."""

from __future__ import annotations

from demo_org.messages import Answer, Request, json_answer
from demo_org.service import Service


def user_id(service: Service) -> str:
    """The user that sessions run as: the first of the org."""
    found = service.reader().execute('SELECT min("Id") FROM "User"').fetchone()
    return str(found[0]) if found and found[0] else "005000000000001AAA"


def userinfo(service: Service, request: Request) -> Answer:
    """The identity document, as far as clients use it."""
    user, organization = user_id(service), service.org.organization_id
    rest = f"{service.url}/services/data/v{{version}}"
    return json_answer(
        {
            "sub": f"{service.url}/id/{organization}/{user}",
            "id": f"{service.url}/id/{organization}/{user}",
            "user_id": user,
            "organization_id": organization,
            "username": "integration@demo-org.example.org",
            "preferred_username": "integration@demo-org.example.org",
            "display_name": "Integration User",
            "name": "Integration User",
            "email": "integration@demo-org.example.org",
            "user_type": "STANDARD",
            "active": True,
            "urls": {
                "rest": f"{rest}/",
                "sobjects": f"{rest}/sobjects/",
                "query": f"{rest}/query/",
                "custom_domain": service.url,
            },
        }
    )
