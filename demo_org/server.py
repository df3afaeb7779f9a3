"""Speaks HTTP/1.1 for the org: keep-alive, gzip, chunked bodies, and the faults that break them."""

from __future__ import annotations

import socket
import ssl
import struct
import sys
import time
import traceback
from collections.abc import Iterator
from dataclasses import replace
from email.utils import format_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from demo_org import bodies, control
from demo_org.answers.replication import with_false_deletion
from demo_org.answers.routes import respond
from demo_org.faults import Rule, status_answer
from demo_org.messages import Answer, FileSlice, Request
from demo_org.refusals import Refused, session_expired
from demo_org.request_log import LoggedRequest, object_of
from demo_org.schema_changes import hide_field
from demo_org.service import Service

LONGEST_URI = 16_384  # bytes; Salesforce answers 414, and 431 for URI and headers together
LARGEST_REQUEST = 16 << 20
IDLE_SECONDS = 300


class ConnectionCut(Exception):
    """The connection is to be closed without another byte."""


class OrgServer(ThreadingHTTPServer):
    """A thread for each connection; all share one service."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, service: Service, context: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.service = service
        if context is not None:
            # The handshake is done by the connection's own thread, so a client that stalls there holds up nobody.
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        scheme, host = ("https", "localhost") if context else ("http", "127.0.0.1")
        service.url = f"{scheme}://{host}:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no error of ours; anything else is shown."""
        if not isinstance(sys.exception(), OSError):
            traceback.print_exc()


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    server: OrgServer

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is printed: paths carry SOQL, and SOQL carries values. See request_log."""

    def _serve(self) -> None:
        request = self._read()
        service = self.server.service
        if request.path.startswith("/_control/"):
            self._send(request, control.respond(service, request), None)
            return
        started = time.monotonic()
        soql = service.soql_of(request)
        rule = service.faults.take(request, soql)
        entry = LoggedRequest(
            request.method, request.path, object_of(request.path, soql), rule.fault if rule else ""
        )
        service.log.add(entry)
        try:
            answer = _answer(service, replace(request, planted=rule), rule)
            entry.status = answer.status
            entry.bytes = self._send(request, answer, rule)
        except ConnectionCut:
            entry.status = 0
            self._cut()
        finally:
            entry.seconds = round(time.monotonic() - started, 4)

    do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = do_HEAD = _serve

    # -- reading ---------------------------------------------------------------------------------

    def _read(self) -> Request:
        headers = {name.lower(): value for name, value in self.headers.items()}
        length = int(headers.get("content-length") or 0)
        if length > LARGEST_REQUEST:
            self.close_connection = True
            return Request(self.command, self.path, headers)
        chunked = "chunked" in headers.get("transfer-encoding", "")
        body = b"".join(self._chunks()) if chunked else self.rfile.read(length)
        return Request(self.command, self.path, headers, body)

    def _chunks(self) -> Iterator[bytes]:
        total = 0
        while size := int(self.rfile.readline(32).split(b";")[0].strip() or b"0", 16):
            total += size
            if total > LARGEST_REQUEST:
                raise ConnectionCut
            yield self.rfile.read(size)
            self.rfile.readline(8)
        self.rfile.readline(8)

    # -- sending ---------------------------------------------------------------------------------

    def _send(self, request: Request, answer: Answer, rule: Rule | None) -> int:
        """Send an answer; the number of body bytes that went out."""
        body = bodies.cut(answer.body, rule.settings) if rule and rule.fault == "cut_body" else answer.body
        headers = {"Date": format_datetime(self.server.service.org.now(), usegmt=True), **answer.headers}
        if len(body):
            headers["Content-Type"] = answer.content_type
        fault = rule.fault if rule else ""
        if rule and fault == "missing_header":
            headers.pop(str(rule.settings.get("header", "Sforce-NumberOfRecords")), None)
        zipped = request.accepts_gzip and len(body) > bodies.WORTH_ZIPPING
        if zipped:
            headers["Content-Encoding"] = "gzip"
        pieces = bodies.pieces(body)
        if (zipped and isinstance(body, FileSlice)) or fault == "truncated_gzip":
            headers["Transfer-Encoding"] = "chunked"
            pieces = bodies.zipped(pieces) if zipped else pieces
            pieces = bodies.cut_short(pieces) if fault == "truncated_gzip" else pieces
            pieces = bodies.chunked(pieces)
        elif zipped:
            small = b"".join(bodies.zipped(pieces))
            headers["Content-Length"] = str(len(small))
            pieces = iter([small])
        elif answer.status not in (204, 304):
            headers["Content-Length"] = str(len(body))
        if fault == "slow" and rule:
            pieces = bodies.dripping(pieces, int(rule.settings.get("bytes_per_second", 1000)))
        if self.close_connection:
            headers["Connection"] = "close"
        return self._write(answer.status, headers, pieces if request.method != "HEAD" else iter(()))

    def _write(self, status: int, headers: dict[str, str], pieces: Iterator[bytes]) -> int:
        reason = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else ""
        lines = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {value}" for name, value in headers.items())]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
        sent = 0
        for piece in pieces:  # the head goes out with the first piece: one packet for a small answer
            self.wfile.write(head + piece)
            head = b""
            sent += len(piece)
        if head:
            self.wfile.write(head)
        return sent

    def _cut(self) -> None:
        """Close the connection so that the client sees a reset, not an orderly end."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


def _answer(service: Service, request: Request, rule: Rule | None) -> Answer:
    """What the org says, or what a planted fault makes of it."""
    fault = rule.fault if rule else ""
    settings = rule.settings if rule else {}
    if fault == "stall":
        time.sleep(float(settings.get("seconds", 3600)))
    if fault == "reset":
        raise ConnectionCut
    try:
        _check_size(request)
        if fault == "status":
            return _with_usage(service, request, status_answer(settings))
        if fault == "expired_session":
            service.sessions.expire(request.headers.get("authorization", "").partition(" ")[2])
            raise session_expired()
        answer = respond(service, request)
        if fault == "hide_field":
            hide_field(service.org, str(settings["object"]), str(settings["field"]))
        if fault == "false_deletion":
            answer = with_false_deletion(answer, str(settings["record"]))
    except Refused as refused:
        answer = refused.answer()
    except Exception:  # a defect of the demo org: Salesforce's answer to its own, and the trace in our log
        traceback.print_exc()
        answer = Refused(500, "UNKNOWN_EXCEPTION", "An unexpected error occurred. ErrorId: demo-org").answer()
    if fault == "truncated_page" and answer.short:
        answer = replace(answer.short(int(settings.get("rows", 1))), short=None)
    return _with_usage(service, request, answer)


def _with_usage(service: Service, request: Request, answer: Answer) -> Answer:
    if not request.version or answer.status == 401:
        return answer
    return answer.with_headers(Sforce_Limit_Info=service.usage.header)


def _check_size(request: Request) -> None:
    size = len(request.target)
    if size > LONGEST_URI:
        raise Refused(414, "URI_TOO_LONG", "The URI is longer than 16384 bytes")
    if size + sum(len(name) + len(value) + 4 for name, value in request.headers.items()) > LONGEST_URI:
        raise Refused(431, "REQUEST_HEADER_FIELDS_TOO_LARGE", "URI and headers are longer than 16384 bytes")
