"""Nothing: numpy computes without the GIL, on all cores."""

# verdict: keeps the cores busy
# line: matrix @ matrix
# needs: numpy

from concurrent.futures import ThreadPoolExecutor

import numpy

matrix = numpy.random.rand(900, 900)


def multiply(_):
    matrix @ matrix


with ThreadPoolExecutor(2) as pool:
    list(pool.map(multiply, range(30)))
