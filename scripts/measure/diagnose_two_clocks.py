# /// script
# requires-python = ">=3.11"
# ///
"""Is it waiting or computing? Read two clocks around each step.

Run it: python diagnose_two_clocks.py
"""
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import ProxyHandler, build_opener

# urlopen without a proxy: the server is on this machine.
urlopen = build_opener(ProxyHandler({})).open


# [diagnose]
def diagnose(name, step, *arguments):
    """Run one step; say how long it took and how long it computed."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = step(*arguments)
    wall = time.perf_counter() - wall
    cpu = time.process_time() - cpu
    verdict = "computes" if cpu > wall / 2 else "waits"
    print(f"{name:12} {wall:.2f} s, CPU {cpu:.2f} s: it {verdict}")
    return result


def download_all(site):
    return [urlopen(f"{site}/photo-{n}").read() for n in range(8)]


def shrink(photo):
    """Average each eight pixels: Python code."""
    eights = range(0, len(photo), 8)
    return bytes(sum(photo[n : n + 8]) // 8 for n in eights)


def shrink_all(photos):
    return [shrink(photo) for photo in photos]


def batch(site):
    return shrink_all(download_all(site))
# [/diagnose]


def main():
    with slow_site() as site:
        photos = diagnose("download_all", download_all, site)
        diagnose("shrink_all", shrink_all, photos)
        diagnose("batch", batch, site)


# The rest is a slow web server, so that you need no internet.
class Photo(BaseHTTPRequestHandler):
    pixels = bytes(range(256)) * 4_000

    def do_GET(self):
        time.sleep(0.1)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.pixels)

    def log_message(self, *details):
        pass


@contextmanager
def slow_site():
    with ThreadingHTTPServer(("127.0.0.1", 0), Photo) as server:
        # It looks every 0.01 s whether to shut down.
        serve = server.serve_forever
        threading.Thread(target=serve, args=[0.01]).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


if __name__ == "__main__":
    main()
