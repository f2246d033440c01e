"""Threads that compute take turns."""

# verdict: take turns on one core
# line: return sum(all(n % d for d in range(2, int(n**0.5) + 1)) for n in range(2, limit))

import threading


def primes(limit):
    return sum(all(n % d for d in range(2, int(n**0.5) + 1)) for n in range(2, limit))


threads = [threading.Thread(target=primes, args=(100_000,)) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
