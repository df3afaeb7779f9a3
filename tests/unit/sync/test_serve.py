"""The page server: this machine alone, files of the site alone, reading alone, with headers that keep it so."""

from __future__ import annotations

import http.client
import json
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from extract.errors import SettingsError
from sync.serve import HEADERS, PageServer, is_loopback_host, serve_pages


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a server of a small site, with a secret beside the folder and one inside that is no page."""
    folder = tmp_path_factory.mktemp("data")
    site = folder / "site"
    (site / "data-docs").mkdir(parents=True)
    (site / "runs").mkdir()
    (site / "index.html").write_text("the page")
    (site / "data-docs" / "index.html").write_text("the docs")
    (site / "runs" / "r1.txt").write_text("the log")
    (site / ".env").write_text("secret")
    (site / "index.new").write_text("secret")
    (folder / "secret.txt").write_text("secret")
    (site / "link.txt").symlink_to(folder / "secret.txt")
    gone = {"run_id": "r1", "state": "running", "pid": 2**22 + 1, "host": socket.gethostname()}
    (site / "live.js").write_text(f"landfallLive({json.dumps(gone)});\n")
    server = PageServer(site, 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def ask(
    port: int, path: str, method: str = "GET", host: str = ""
) -> tuple[int, str, http.client.HTTPMessage]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.putrequest(method, path, skip_host=bool(host))
    if host:
        connection.putheader("Host", host)
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body, answer.headers


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/runs/../../secret.txt",
        "/runs/%2e%2e%2f%2e%2e%2fsecret.txt",
        "//etc/passwd",
        "/link.txt",
        "/.env",
        "/index.new",
        "/runs/",
        "/runs/..%5c..%5csecret.txt",
        "/nothing.html",
        f"/{'x' * 300}.html",
        "/index.html%00",
    ],
)
def test_nothing_but_files_of_the_site_is_handed_out(served: int, path: str) -> None:
    status, body, headers = ask(served, path)
    assert status == 404
    assert "secret" not in body
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_it_only_reads(served: int, method: str) -> None:
    assert ask(served, "/", method)[0] == 501


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "169.254.169.254", "127.0.0.1.evil.example"]
)
def test_a_name_of_elsewhere_that_points_here_is_sent_away(served: int, host: str) -> None:
    status, body, _ = ask(served, "/", host=host)
    assert status == 421
    assert "the page" not in body


@pytest.mark.parametrize(
    ("path", "body", "kind"),
    [
        ("/", "the page", "text/html; charset=utf-8"),
        ("/index.html?x=1", "the page", "text/html; charset=utf-8"),
        ("/data-docs/", "the docs", "text/html; charset=utf-8"),
        ("/runs/r1.txt", "the log", "text/plain; charset=utf-8"),
    ],
)
def test_pages_are_handed_out_with_headers_that_keep_them_safe(
    served: int, path: str, body: str, kind: str
) -> None:
    status, found, headers = ask(served, path)
    assert (status, found, headers["Content-Type"]) == (200, body, kind)
    assert {name: headers[name] for name in HEADERS} == HEADERS
    assert "Python" not in headers["Server"]
    status, found, headers = ask(served, path, "HEAD")
    assert (status, found, int(headers["Content-Length"])) == (200, "", len(body))


def test_a_run_that_died_is_told_as_such_at_once(served: int) -> None:
    assert '"state": "crashed"' in ask(served, "/live.js?17")[1]


@pytest.mark.parametrize(
    ("host", "is_here"),
    [
        ("localhost:8065", True),
        ("[::1]:8065", True),
        ("127.0.0.1", True),
        ("", False),
        (None, False),
        ("10.0.0.1", False),
    ],
)
def test_who_counts_as_this_machine(host: str | None, is_here: bool) -> None:
    assert is_loopback_host(host) is is_here


def test_without_a_page_and_with_a_taken_port_the_next_step_is_told(served: int, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no status page") as told:
        serve_pages(tmp_path, 0, print)
    assert "landfall sync" in told.value.next_step
    (tmp_path / "index.html").write_text("x")
    with pytest.raises(SettingsError, match=f"Port {served}") as told:
        serve_pages(tmp_path, served, print)
    assert "--port" in told.value.next_step


@pytest.mark.parametrize("was_shown", [False, True])
def test_who_has_seen_the_demonstration_is_told_where_its_pages_are(
    was_shown: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.serve.FOLDER", tmp_path / "demo")
    if was_shown:
        (tmp_path / "demo" / "site").mkdir(parents=True)
        (tmp_path / "demo" / "site" / "index.html").write_text("x")
    with pytest.raises(SettingsError, match="no status page") as told:
        serve_pages(tmp_path / "site", 0, print)
    address = f"LANDFALL_SITE_DIR={tmp_path / 'demo' / 'site'} landfall serve"
    assert (address in told.value.next_step) is was_shown


def test_it_ends_when_it_is_told_to_also_in_the_background_of_a_script(tmp_path: Path) -> None:
    """Where a shell has its jobs ignore SIGINT."""
    (tmp_path / "index.html").write_text("x")
    code = f"from pathlib import Path; from sync.serve import serve_pages; raise SystemExit(serve_pages(Path('{tmp_path}'), 0, print))"
    ignoring = ["sh", "-c", 'trap "" INT; exec "$@"', "sh", sys.executable, "-u", "-c", code]
    with subprocess.Popen(ignoring, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("http://127.0.0.1:")
        process.terminate()
        assert process.wait(20) == 0


def test_a_browser_that_leaves_while_it_is_answered_is_not_told(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "index.html").write_bytes(b"x" * 30_000_000)
    server = PageServer(tmp_path, 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=10) as browser:
        browser.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        browser.recv(1000)
        browser.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    server.shutdown()
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join(10)
    server.server_close()
    assert capfd.readouterr().err == ""
