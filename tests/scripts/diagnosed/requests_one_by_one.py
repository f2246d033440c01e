"""Calls of urlopen one after another."""

# verdict: It waits, for one thing after another
# line: urlopen(url).read()

from urllib.request import urlopen

from slow_server import site

with site() as url:
    for _ in range(10):
        urlopen(url).read()
