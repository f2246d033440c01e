# /// script
# requires-python = ">=3.11"
# ///
"""How many workers? 32 requests with 1 to 32 of them.

The server answers after 0.05 s and serves eight clients at a time,
as many servers do with one limit or another.
Run it: python workers_for_waiting.py
"""
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from statistics import median
from urllib.request import ProxyHandler, build_opener

# urlopen without a proxy: the server is on this machine.
urlopen = build_opener(ProxyHandler({})).open
served = threading.BoundedSemaphore(8)


def download(url):
    start = time.perf_counter()
    with urlopen(url) as response:
        response.read()
    return time.perf_counter() - start


def main():
    print("workers   in all   each request (median)")
    with slow_site() as site:
        # [measure]
        for workers in 1, 2, 4, 8, 16, 32:
            start = time.perf_counter()
            with ThreadPoolExecutor(max_workers=workers) as pool:
                times = list(pool.map(download, [site] * 32))
            total = time.perf_counter() - start
            each = median(times)
            print(f"{workers:7}   {total:.2f} s   {each:.2f} s")
        # [/measure]


# The rest is a slow web server, so that you need no internet.
class Photo(BaseHTTPRequestHandler):
    def do_GET(self):
        with served:  # the ninth client waits here
            time.sleep(0.05)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"x" * 4000)

    def log_message(self, *details):
        pass


class PhotoServer(ThreadingTCPServer):
    request_queue_size = 64  # clients that may wait at the door


@contextmanager
def slow_site():
    with PhotoServer(("127.0.0.1", 0), Photo) as server:
        # It looks every 0.01 s whether to shut down.
        serve = server.serve_forever
        threading.Thread(target=serve, args=[0.01]).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


if __name__ == "__main__":
    main()
