# /// script
# requires-python = ">=3.11"
# ///
"""Limit a whole download, not only each wait for the socket.

Run it: python drip_limit.py
"""
import threading
import time
from contextlib import contextmanager
from http.client import IncompleteRead
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from urllib.request import ProxyHandler, build_opener

# urlopen without a proxy: the server is on this machine.
urlopen = build_opener(ProxyHandler({})).open


# [drip]
def timeout_only(url):
    """The timeout is for each wait, and no wait is long."""
    with urlopen(url, timeout=1) as response:
        return response.read()


def read_and_look(url):
    """read(n) waits for n bytes, or for the end."""
    return download(url, limit=0.4, method="read")


def read1_and_look(url):
    """read1(n) returns what has arrived, up to n bytes."""
    return download(url, limit=0.4, method="read1")


def download(url, limit, method):
    end = time.monotonic() + limit
    parts = []
    with urlopen(url, timeout=1) as response:
        while part := getattr(response, method)(65_536):
            parts.append(part)
            if time.monotonic() > end:
                raise TimeoutError(f"not complete in {limit} s")
        if response.length:  # as read() does; these two do not
            raise IncompleteRead(b"".join(parts), response.length)
    return b"".join(parts)
# [/drip]


def main():
    with dripping_site() as url:
        for way in timeout_only, read_and_look, read1_and_look:
            start = time.monotonic()
            try:
                outcome = f"{len(way(url))} bytes"
            except TimeoutError as error:
                outcome = repr(error)
            seconds = time.monotonic() - start
            print(f"{way.__name__}: {outcome} after {seconds:.1f} s")


# The rest is a web server that sends a byte every 0.05 s.
class Drip(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "16")
        self.end_headers()
        try:
            for _ in range(16):
                time.sleep(0.05)
                self.wfile.write(b"x")
        except OSError:
            pass  # the client has hung up

    def log_message(self, *details):
        pass


@contextmanager
def dripping_site():
    with ThreadingTCPServer(("127.0.0.1", 0), Drip) as server:
        # It looks every 0.01 s whether to shut down.
        serve = server.serve_forever
        threading.Thread(target=serve, args=[0.01]).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


if __name__ == "__main__":
    main()
