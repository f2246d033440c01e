# /// script
# requires-python = ">=3.11"
# ///
"""Keep to the limit of each server, and wait when it says so.

Run it: python polite_limit.py
"""
import random
import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, build_opener

# urlopen without a proxy: the server is on this machine.
urlopen = build_opener(ProxyHandler({})).open


# [polite]
class PoliteClient:
    """Gets pages; at most `per_host` requests to one host."""

    def __init__(self, per_host, tries=20, patience=60):
        self.tries = tries
        self.patience = patience  # the longest pause, in seconds
        self.refused = 0
        self.lock = threading.Lock()
        self.slots = defaultdict(
            lambda: threading.BoundedSemaphore(per_host)
        )

    def get(self, url):
        with self.lock:  # two threads may ask for a new host
            slots = self.slots[urlsplit(url).netloc]
        for attempt in range(1, self.tries + 1):
            try:
                with slots, urlopen(url, timeout=5) as response:
                    return response.read()
            except HTTPError as error:
                error.close()
                if error.code not in (429, 503):
                    raise
                after = seconds_until(error.headers["Retry-After"])
                if attempt == self.tries or after > self.patience:
                    raise
            with self.lock:
                self.refused += 1
            # At least what the server asked for, not all at once.
            time.sleep(after * random.uniform(1, 2))


def seconds_until(retry_after):
    """What a Retry-After says: seconds, a date, or nothing (1)."""
    try:
        return max(0.0, float(retry_after or 1))
    except ValueError:
        pass
    try:
        when = parsedate_to_datetime(retry_after).timestamp()
    except ValueError:
        return 1.0
    return max(0.0, when - time.time())
# [/polite]


def main():
    for per_host in 4, 16:
        client = PoliteClient(per_host)
        with small_site(room=4) as site:
            urls = [f"{site}/{n}.html" for n in range(32)]
            with ThreadPoolExecutor(max_workers=16) as pool:
                pages = list(pool.map(client.get, urls))
        refused = "some" if client.refused else "none"
        print(f"{per_host} at once: {len(pages)} pages,", end=" ")
        print(f"refused on the way: {refused}")


# The rest is a web server that has room for few at a time.
class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.server.room.acquire(blocking=False):
            time.sleep(0.02)
            self.send_response(200)
            self.end_headers()
            # Its room is free before the client knows.
            self.server.room.release()
            self.wfile.write(b"a page")
        else:
            self.send_response(429, "Too Many Requests")
            # Whole seconds in real life; this demo is short.
            self.send_header("Retry-After", "0.02")
            self.end_headers()

    def log_message(self, *details):
        pass


class SmallServer(ThreadingTCPServer):
    request_queue_size = 64


@contextmanager
def small_site(room):
    with SmallServer(("127.0.0.1", 0), Page) as server:
        server.room = threading.Semaphore(room)
        # It looks every 0.01 s whether to shut down.
        serve = server.serve_forever
        threading.Thread(target=serve, args=[0.01]).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


if __name__ == "__main__":
    main()
