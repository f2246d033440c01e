"""Eight threads wait for one lock; its holder waits."""

# verdict: It waits for its own lock
# line: with lock:

import threading
import time

lock = threading.Lock()


def work():
    with lock:
        time.sleep(0.15)


threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
