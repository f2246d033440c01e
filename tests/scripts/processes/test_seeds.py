def test_chunks_decide_and_workers_do_not(run):
    """Seeded per chunk, one and three workers agree; the module's generator is never the same."""
    assert run.lines == [
        "hits_unseeded: 1 and 3 workers differ",
        "hits: 1 and 3 workers agree",
        "pi is about 3.137",
    ]


def test_chunks_are_different(example):
    """Each chunk has random numbers of its own."""
    assert len({example["hits"](chunk) for chunk in range(3)}) > 1
