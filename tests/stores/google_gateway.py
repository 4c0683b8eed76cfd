"""Google's XML protocol in front of an S3 server, which speaks nearly the same: headers have other names.

An object's generation is its ETag without quotes, so that conditions on one become conditions on the other.
"""

from __future__ import annotations

import http.client
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote, unquote, urlsplit

from loopback import free_port, serving

_KNOWN_CALLER = "AWS4-HMAC-SHA256 Credential=tester/20250101/us-east-1/s3/aws4_request"
"""Signatures are not looked at."""
_GENERATION_MATCH = "x-goog-if-generation-match"
_NOT_PASSED = {
    "authorization",
    "connection",
    "keep-alive",
    "transfer-encoding",
    "content-length",
    "host",
    _GENERATION_MATCH,
}


def _for_s3(name: str, value: str) -> tuple[str, str] | None:
    """A header of a request, as S3 knows it."""
    name = name.lower()
    if name == _GENERATION_MATCH:
        return ("If-None-Match", "*") if value == "0" else ("If-Match", f'"{value}"')
    if name in _NOT_PASSED:
        return None
    return name.replace("x-goog-", "x-amz-"), value


class Gateway(BaseHTTPRequestHandler):
    """Passes requests on to the S3 server at `address`."""

    protocol_version = "HTTP/1.1"
    address = ""

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        store = http.client.HTTPConnection(self.address, timeout=60)
        asked = urlsplit(self.path)
        target = asked._replace(path=quote(unquote(asked.path))).geturl()
        store.putrequest(self.command, target, skip_accept_encoding=True)
        for header in filter(None, (_for_s3(*found) for found in self.headers.items())):
            store.putheader(*header)
        store.putheader("Authorization", _KNOWN_CALLER + ", SignedHeaders=host, Signature=0")
        store.putheader("Content-Length", str(len(body)))
        store.endheaders(body)
        found = store.getresponse()
        data = found.read()
        store.close()
        self.send_response_only(found.status)
        for name, value in found.getheaders():
            if name.lower() not in _NOT_PASSED:
                self.send_header(name, value)
            if name.lower() == "etag":
                self.send_header("x-goog-generation", value.strip('"'))
        length = found.getheader("Content-Length") if self.command == "HEAD" else None
        self.send_header("Content-Length", length or str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_any

    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing."""


@contextmanager
def google_gateway(s3_server: str) -> Iterator[str]:
    """The URL of a running gateway, as STORAGE_EMULATOR_HOST names it.

    It is a process of its own: the Delta library waits for answers without letting other threads run.
    """
    port = free_port()
    with serving([sys.executable, __file__, urlsplit(s3_server).netloc, str(port)], port) as url:
        yield url


if __name__ == "__main__":
    Gateway.address = sys.argv[1]
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Gateway).serve_forever()
