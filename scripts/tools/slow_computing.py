# /// script
# requires-python = ">=3.11"
# [tool.overlap]
# through = "diagnose.py"
# ///
"""Count primes in a loop.

Run it: python slow_computing.py
Diagnose it: python diagnose.py slow_computing.py
"""


# [count]
def is_prime(n):
    return n > 1 and all(n % d for d in range(2, int(n**0.5) + 1))


def count_primes(start, stop):
    return sum(is_prime(n) for n in range(start, stop))
# [/count]


def main():
    print(count_primes(0, 400_000), "primes")


if __name__ == "__main__":
    main()
