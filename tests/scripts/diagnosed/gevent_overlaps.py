"""Nothing: fifty greenlets overlap."""

# verdict: It waits, and overlaps
# line: gevent.sleep(0.2)
# needs: gevent

import gevent


def fetch(number):
    for _ in range(6):
        gevent.sleep(0.2)


gevent.joinall([gevent.spawn(fetch, number) for number in range(50)])
