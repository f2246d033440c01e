"""Four consumers wait for one slow producer."""

# verdict: It waits at a queue
# line: item = tasks.get()

import queue
import threading
import time

tasks = queue.Queue()


def consume():
    while True:
        item = tasks.get()
        if item is None:
            return


threads = [threading.Thread(target=consume) for _ in range(4)]
for thread in threads:
    thread.start()
for number in range(12):
    time.sleep(0.1)
    tasks.put(number)
for _ in threads:
    tasks.put(None)
