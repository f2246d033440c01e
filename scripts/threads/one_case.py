# /// script
# requires-python = ">=3.11"
# ///
"""One case: count the words of twelve reviews that a server has.

The slow program, then three changes: refused, wrong, right.

Run it: python one_case.py
"""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError
from urllib.request import urlopen

REVIEWS = [f"review-{number}" for number in range(1, 13)]
AT_ONCE = 4  # what the server allows
places = threading.Semaphore(AT_ONCE)


class Reviews(BaseHTTPRequestHandler):
    """A server that takes 50 ms for an answer."""

    def do_GET(self):
        if not places.acquire(blocking=False):
            self.send_error(429)
            return
        time.sleep(0.05)
        places.release()
        text = b"good soup, and the rice was good too\n"
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args):
        """Say nothing."""


class Server(ThreadingHTTPServer):
    request_queue_size = 64  # connections that may wait


# [loop]
def fetch(address, name):
    with urlopen(f"{address}/{name}", timeout=5) as answer:
        return answer.read().decode()


def count_in_a_loop(fetch_one):
    total = {"words": 0}
    for name in REVIEWS:
        total["words"] = total["words"] + len(fetch_one(name).split())
    return total["words"]
# [/loop]


# [pool]
def count_in_a_pool(fetch_one, threads):
    total = {"words": 0}

    def count(name):
        total["words"] = total["words"] + len(fetch_one(name).split())

    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(count, REVIEWS):
            pass  # asking for the result raises its error
    return total["words"]
# [/pool]


# [results]
def count_results(fetch_one, threads):
    def count(name):
        return len(fetch_one(name).split())

    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(count, REVIEWS))
# [/results]


# [measure]
def measure(title, count, address, *threads):
    """Run one version between two clocks; note every wait."""
    waits = []

    def fetch_one(name):
        start = time.perf_counter()
        try:
            return fetch(address, name)
        except HTTPError as error:
            error.close()  # it has the connection
            raise
        finally:
            thread = threading.current_thread().name
            waits.append((thread, name, start, time.perf_counter()))

    wall, cpu = time.perf_counter(), time.process_time()
    try:
        answer = f"{count(fetch_one, *threads)} words"
    except HTTPError as error:
        answer = f"HTTP {error.code}"
    end = time.perf_counter()
    cpu = time.process_time() - cpu
    print(f"[{title}]")
    print(f"{answer}, wall {end - wall:.2f} s, CPU {cpu:.2f} s")
    return wall, waits
# [/measure]


def show(way, began, waits):
    """Print who waited when, for the drawing."""
    waits = sorted(waits, key=lambda wait: wait[2])
    threads = list(dict.fromkeys(thread for thread, *_ in waits))
    for thread, name, start, end in waits:
        lane = f"thread {threads.index(thread) + 1}"
        print(f"{way}, {lane}, {name}: {start - began:.2f} s", end=" ")
        print(f"to {end - began:.2f} s, waiting")


def main():
    server = Server(("127.0.0.1", 0), Reviews)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    address = f"http://127.0.0.1:{server.server_port}"
    try:
        fetch(address, "warm-up")
        before = measure("loop", count_in_a_loop, address)
        measure("refused", count_in_a_pool, address, len(REVIEWS))
        measure("wrong", count_in_a_pool, address, AT_ONCE)
        after = measure("right", count_results, address, AT_ONCE)
    finally:
        server.shutdown()
        server.server_close()
        serving.join()
    print("[waits]")
    show("before", *before)
    show("after", *after)


if __name__ == "__main__":
    main()
