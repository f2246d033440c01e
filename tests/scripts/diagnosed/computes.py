"""It computes, on one core."""

# verdict: It computes, on
# line: return sum(all(n % d for d in range(2, int(n**0.5) + 1)) for n in range(2, limit))


def primes(limit):
    return sum(all(n % d for d in range(2, int(n**0.5) + 1)) for n in range(2, limit))


primes(250_000)
