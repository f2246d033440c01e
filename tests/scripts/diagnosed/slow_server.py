"""A slow web server in a thread of the program, for those that need one."""

import contextlib
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Slow(BaseHTTPRequestHandler):
    """Every answer takes 0.12 s."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        time.sleep(0.12)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *details):
        pass


@contextlib.contextmanager
def site():
    """Its address, while the block runs."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Slow) as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
