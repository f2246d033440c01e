"""Nothing: two processes keep two cores busy."""

# verdict: keeps the cores busy

from concurrent.futures import ProcessPoolExecutor


def primes(limit):
    return sum(all(n % d for d in range(2, int(n**0.5) + 1)) for n in range(2, limit))


if __name__ == "__main__":
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(primes, [100_000] * 6))
