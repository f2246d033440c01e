# /// script
# requires-python = ">=3.11"
# ///
"""Download four photos; report each as soon as it is there.

Run it: python download_as_completed.py
"""
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

# urlopen without a proxy: the server is on this machine.
urlopen = build_opener(ProxyHandler({})).open

# How long the server takes; it has no frist.jpg.
SECONDS = {"mountain.jpg": 0.3, "lake.jpg": 0.1, "forest.jpg": 0.2}


def download(url):
    try:
        with urlopen(url) as response:
            return response.read()
    except HTTPError as error:
        error.close()  # or its connection stays open
        raise


# [outcomes]
def download_all(site, names):
    with ThreadPoolExecutor(max_workers=4) as pool:
        futures = {
            pool.submit(download, f"{site}/{name}"): name
            for name in names
        }
        for future in as_completed(futures):
            try:
                photo = future.result()
            except OSError as error:
                yield futures[future], f"failed: {error}"
            else:
                yield futures[future], f"{len(photo)} bytes"
# [/outcomes]


def main():
    names = ["mountain.jpg", "lake.jpg", "forest.jpg", "frist.jpg"]
    start = time.perf_counter()
    with slow_site() as site:
        for name, outcome in download_all(site, names):
            seconds = time.perf_counter() - start
            print(f"{seconds:.2f} s  {name}: {outcome}")


# The rest is a slow web server, so that you need no internet.
class Photo(BaseHTTPRequestHandler):
    def do_GET(self):
        name = self.path.removeprefix("/")
        if name not in SECONDS:
            self.send_error(404)
            return
        time.sleep(SECONDS[name])
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
