"""Makes the certificate of an https demo org, and the CA file that lets a client trust it."""

from __future__ import annotations

import ssl
from pathlib import Path

import trustme

NAMES = ("localhost", "127.0.0.1", "::1")


def server_context(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """What the server's socket needs, and the file of the authority that signed it."""
    authority = trustme.CA()
    ca_file = folder / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*NAMES).configure_cert(context)
    return context, ca_file
