# /// script
# requires-python = ">=3.11"
# ///
"""Download eight photos at the same time, one thread for each.

Run it: python download_threads.py
"""
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from urllib.request import ProxyHandler, build_opener

# urlopen without a proxy: the server is on this machine.
urlopen = build_opener(ProxyHandler({})).open


def download(url):
    with urlopen(url) as response:
        return response.read()


# [all]
def download_all(urls):
    photos = {}

    def save(url):
        photos[url] = download(url)

    threads = [
        threading.Thread(target=save, args=[url]) for url in urls
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [photos[url] for url in urls]
# [/all]


def main():
    with slow_site() as site:
        urls = [f"{site}/photo-{n}.jpg" for n in range(1, 9)]
        start = time.perf_counter()
        photos = download_all(urls)
        seconds = time.perf_counter() - start
    size = sum(len(photo) for photo in photos)
    print(f"{len(photos)} photos, {size} bytes, in {seconds:.2f} s")


# The rest is a slow web server, so that you need no internet.
class Photo(BaseHTTPRequestHandler):
    def do_GET(self):
        time.sleep(0.1)  # the time in which the client only waits
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
