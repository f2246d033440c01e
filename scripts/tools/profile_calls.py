# /// script
# requires-python = ">=3.11"
# ///
"""Find the function that computes most, with cProfile.

Run it: python profile_calls.py
"""

import cProfile
import pstats


def is_prime(n):
    for divisor in range(2, int(n**0.5) + 1):
        if n % divisor == 0:
            return False
    return n > 1


def count_primes(stop):
    return sum(is_prime(n) for n in range(stop))


# [profile]
def slowest(function, *args):
    """Call it; (name, calls, seconds) by function, slowest first."""
    with cProfile.Profile() as profile:
        function(*args)
    found = pstats.Stats(profile).get_stats_profile().func_profiles
    rows = [(name, f.ncalls, f.tottime) for name, f in found.items()]
    return sorted(rows, key=lambda row: row[2], reverse=True)
# [/profile]


def main():
    for name, calls, seconds in slowest(count_primes, 50_000)[:2]:
        print(f"{name}: {calls} calls, {seconds:.2f} s in its own code")


if __name__ == "__main__":
    main()
