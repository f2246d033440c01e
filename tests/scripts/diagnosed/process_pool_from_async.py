"""Nothing: computing was moved out of the loop, to two processes."""

# verdict: keeps the cores busy

import asyncio
from concurrent.futures import ProcessPoolExecutor


def primes(limit):
    return sum(all(n % d for d in range(2, int(n**0.5) + 1)) for n in range(2, limit))


async def main():
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(2) as pool:
        await asyncio.gather(*[loop.run_in_executor(pool, primes, 100_000) for _ in range(6)])


if __name__ == "__main__":
    asyncio.run(main())
