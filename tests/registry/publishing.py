"""A publisher of feeds on this machine: drops, truncates, stalls, redirects, answers 304."""

import hashlib
import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BODY = b"heading\r\n" + b"row\r\n" * 20_000


class Publisher(BaseHTTPRequestHandler):
    """Answers as the next of `server.turns` says, the last again and again."""

    def do_GET(self):
        server = self.server
        server.asked.append((self.path, dict(self.headers)))
        turn = server.turns.pop(0) if len(server.turns) > 1 else server.turns[0]
        getattr(self, f"_{turn}")()

    def log_message(self, *_arguments):
        pass

    def _begin(self, status, length, **headers):
        self.send_response(status)
        if length is not None:
            self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def _whole(self):
        body = self.server.body
        tag = f'"{hashlib.sha256(body).hexdigest()[:8]}"'
        if self.headers.get("If-None-Match") == tag:
            self._begin(304, None)
            return
        self._begin(200, len(body), ETag=tag, Last_Modified="Mon, 02 Nov 2026 10:00:00 GMT")
        self.wfile.write(body)

    def _drop(self):
        self.connection.shutdown(socket.SHUT_RDWR)

    def _truncate(self):
        self._begin(200, len(BODY))
        self.wfile.write(BODY[: len(BODY) // 2])
        self.close_connection = True

    def _stall(self):
        self._begin(200, len(BODY))
        self.wfile.write(BODY[:100])
        self.wfile.flush()
        self.server.over.wait(5)

    def _chunks_cut(self):
        self.protocol_version = "HTTP/1.1"
        self._begin(200, None, Transfer_Encoding="chunked")
        self.wfile.write(b"5\r\nhello\r\n")
        self.close_connection = True

    def _empty(self):
        self._begin(200, 0)

    def _busy(self):
        self._begin(503, 0)

    def _forbidden(self):
        self._begin(403, 0)

    def _elsewhere(self):
        self._begin(302, 0, Location="/moved.csv")

    def _to_a_file(self):
        self._begin(302, 0, Location="file:///etc/hostname")

    def _round_and_round(self):
        self._begin(302, 0, Location=self.path)


@contextmanager
def publishing():
    """A server that publishes, with what it was asked for."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Publisher)
    server.turns, server.asked, server.body = ["whole"], [], BODY
    server.over = threading.Event()
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    server.address = f"http://127.0.0.1:{server.server_port}/opendata/tenders.csv"
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        thread.join()
        server.server_close()
