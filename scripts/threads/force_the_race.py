# /// script
# requires-python = ">=3.11"
# ///
"""Force two threads into the same gap, every time: a barrier.

Run it: python force_the_race.py
"""
import threading
from concurrent.futures import ThreadPoolExecutor


# [race]
class Cache:
    def __init__(self, load):
        self.load, self.pages = load, {}

    def get(self, url):
        if url not in self.pages:
            self.pages[url] = self.load(url)
        return self.pages[url]


class LockedCache(Cache):
    def __init__(self, load):
        super().__init__(load)
        self.lock = threading.Lock()

    def get(self, url):
        with self.lock:
            return super().get(url)


def loads_of_two_threads(cache_class):
    """How often two threads load the same page."""
    loads = []
    both_inside = threading.Barrier(2)

    def load(url):
        loads.append(url)
        try:
            both_inside.wait(timeout=0.5)  # hold the gap open
        except threading.BrokenBarrierError:
            pass  # the other thread could not come in
        return f"page of {url}"

    cache = cache_class(load)
    with ThreadPoolExecutor(max_workers=2) as pool:
        pages = list(pool.map(cache.get, ["news", "news"]))
    assert pages == ["page of news"] * 2
    return len(loads)
# [/race]


def main():
    for cache_class in Cache, LockedCache:
        loads = loads_of_two_threads(cache_class)
        print(f"{cache_class.__name__}: {loads} loads")


if __name__ == "__main__":
    main()
