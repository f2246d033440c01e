"""Two connections in a queue, for ten threads."""

# verdict: It waits at a queue
# line: connection = connections.get()

import queue
import time
from concurrent.futures import ThreadPoolExecutor

connections = queue.Queue()
connections.put("one")
connections.put("two")


def work(_):
    connection = connections.get()
    time.sleep(0.15)
    connections.put(connection)


with ThreadPoolExecutor(10) as pool:
    list(pool.map(work, range(16)))
