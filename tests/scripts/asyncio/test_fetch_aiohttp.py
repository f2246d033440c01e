EXPECTED = [
    "a: b'photo', tries: 1",
    "b: b'photo', tries: 1",
    "c: b'photo', tries: 1",
    "d: b'photo', tries: 1",
    "busy: b'photo', tries: 2",
    "missing: ClientResponseError, tries: 1",
    "slow: TimeoutError, tries: 2",
    "connections at once, at most: 3",
    "in 0.5 s: b'photo'",
    "in 0.5 s: NotDone",
    "open connections after it: 0",
]


def test_every_url_has_its_outcome(run):
    """Busy is asked again, missing is not, slow ends in time; limit and clean-up hold."""
    assert run.lines == EXPECTED
