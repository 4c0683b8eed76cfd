"""A proxy on loopback between a client and a store, which spoils chosen answers."""

from __future__ import annotations

import http.client
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

_HOP_HEADERS = {"connection", "keep-alive", "transfer-encoding", "content-length"}
SLOW_DOWN = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
DENIED = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"


@dataclass(slots=True)
class Fault:
    """What happens to the first `times` requests of a method for keys that end so.

    `status` and `body` answer in place of the store; `cut` sends half of the store's body and hangs up;
    `before` is called before the request goes on to the store.
    """

    method: str
    suffix: str
    times: int = 1 << 30
    status: int = 0
    body: bytes = b""
    cut: bool = False
    before: Callable[[], object] | None = None


@dataclass(slots=True)
class Proxy:
    """`url` is where clients connect; `seen` counts requests by method and key."""

    url: str = ""
    faults: list[Fault] = field(default_factory=list)
    seen: Counter[tuple[str, str]] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def fault_of(self, method: str, path: str) -> Fault | None:
        key = unquote(urlsplit(path).path)
        with self._lock:
            self.seen[method, key.rpartition("/")[2]] += 1
            for fault in self.faults:
                if fault.method == method and key.endswith(fault.suffix) and fault.times > 0:
                    fault.times -= 1
                    return fault
        return None


@contextmanager
def faulty_proxy(server: str) -> Iterator[Proxy]:
    """A running proxy for the server of that URL; its faults can be added and removed at any time."""
    proxy = Proxy()
    address = urlsplit(server).netloc

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            fault = proxy.fault_of(self.command, self.path)
            if fault and fault.before:
                fault.before()
            if fault and fault.status:
                self.answer(fault.status, [], fault.body)
                return
            store = http.client.HTTPConnection(address, timeout=60)
            store.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                store.putheader(name, value)
            store.endheaders(body)
            found = store.getresponse()
            data = found.read()
            store.close()
            self.answer(found.status, found.getheaders(), data, cut=bool(fault and fault.cut))

        def answer(
            self, status: int, headers: list[tuple[str, str]], data: bytes, *, cut: bool = False
        ) -> None:
            self.send_response_only(status)
            length = next((v for k, v in headers if k.lower() == "content-length"), str(len(data)))
            for name, value in headers:
                if name.lower() not in _HOP_HEADERS:
                    self.send_header(name, value)
            self.send_header("Content-Length", length if self.command == "HEAD" else str(len(data)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data[: len(data) // 2] if cut else data)
            self.close_connection = cut or self.close_connection

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_any

        def log_message(self, format: str, *arguments: object) -> None:
            """Says nothing."""

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    proxy.url = f"http://127.0.0.1:{running.server_port}"
    threading.Thread(target=running.serve_forever, daemon=True).start()
    try:
        yield proxy
    finally:
        running.shutdown()
        running.server_close()
