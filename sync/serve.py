"""Serves the pages of a data folder to this machine alone: read-only, files of the site folder and nothing else."""

from __future__ import annotations

import ipaddress
import shutil
import signal
import sys
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from extract.errors import SettingsError
from sync.demo.demo import FOLDER
from sync.site.build import PAGE
from sync.site.live import FILE as LIVE
from sync.site.live import live_script

ADDRESS = "127.0.0.1"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".txt": "text/plain; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".ttf": "font/ttf",
}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # The pages of Great Expectations and dbt bring inline scripts; each page's own policy is narrower.
    "Content-Security-Policy": "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; object-src 'none'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}


class PageServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, site_dir: Path, port: int) -> None:
        super().__init__((ADDRESS, port), partial(_Pages, site_dir.resolve()))

    @property
    def url(self) -> str:
        return f"http://{ADDRESS}:{self.server_port}/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that leaves while it is answered is nobody's trouble; all else is."""
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


def serve_pages(site_dir: Path, port: int, say: Callable[[str], None]) -> int:
    """Until Ctrl-C or SIGTERM. Raises SettingsError when there is no page, or the port is taken."""
    if not (site_dir / PAGE).exists():
        raise SettingsError(
            "There is no status page yet.",
            str(site_dir),
            "Run `landfall sync` first; `landfall site` makes the page of runs that are on record."
            + _demo_page(),
        )
    try:
        server = PageServer(site_dir, port)
    except OSError as error:
        raise SettingsError(
            f"Port {port} cannot be used: {error.strerror}.",
            ADDRESS,
            "Choose another one with --port; 0 takes a free one.",
        ) from error
    signal.signal(
        signal.SIGTERM, signal.default_int_handler
    )  # SIGINT itself is ignored in a script's background
    with server:
        try:
            say(f"{server.url}  (Ctrl-C ends it)")
            server.serve_forever()
        except KeyboardInterrupt:
            return 0
    return 0


def _demo_page() -> str:
    """Where the pages of `make demo` are, when it was run: they are not the target's."""
    site_dir = FOLDER / "site"
    if not (site_dir / PAGE).exists():
        return ""
    return f" The pages of `make demo` are in {site_dir / PAGE}: `LANDFALL_SITE_DIR={site_dir} landfall serve` shows them."


class _Pages(BaseHTTPRequestHandler):
    server_version = "Landfall"
    sys_version = ""
    timeout = 30

    def __init__(self, site_dir: Path, *arguments: Any) -> None:
        self._site_dir = site_dir
        super().__init__(*arguments)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        if not is_loopback_host(self.headers.get("Host")):
            # another site's name that was made to point here, to read these pages from a browser
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
            return
        path = self._file()
        if path is None:
            self.send_error(HTTPStatus.NOT_FOUND)
        elif path.name == LIVE and path.parent == self._site_dir:
            body = live_script(self._site_dir).encode()
            self._begin(path, len(body))
            if with_body:
                self.wfile.write(body)
        else:
            with path.open("rb") as file:
                self._begin(path, path.stat().st_size)
                if with_body:
                    shutil.copyfileobj(file, self.wfile)

    def _file(self) -> Path | None:
        """The file that is asked for; None when there is none, or it is not of the site, or of no known type."""
        asked = unquote(urlsplit(self.path).path).lstrip("/")
        if "\0" in asked or "\\" in asked or any(part.startswith(".") for part in asked.split("/")):
            return None
        try:
            path = (self._site_dir / (asked or PAGE)).resolve()
            if path.is_dir():
                path = path / PAGE
            is_ours = path.is_relative_to(self._site_dir) and path.is_file()
        except (OSError, RuntimeError):  # a name that is too long, a link to itself: no file has it
            return None
        return path if is_ours and path.suffix in TYPES else None

    def _begin(self, path: Path, size: int) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", TYPES[path.suffix])
        self.send_header("Content-Length", str(size))
        self.end_headers()

    def end_headers(self) -> None:
        for name, value in HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing: who opens a page of one's own machine is nobody's business."""


def is_loopback_host(host: str | None) -> bool:
    """Whether the Host header names this machine."""
    name = urlsplit(f"//{host or ''}").hostname
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name or "").is_loopback
    except ValueError:
        return False
