def test_the_cluster_gives_the_same_and_outlives_a_crash(run):
    """The pool is broken after a worker died; the cluster does the batch again."""
    assert run.lines == [
        "pool: [669, 1229, 1754]",
        "  a task kills its worker: BrokenProcessPool",
        "  the batch again: BrokenProcessPool",
        "Dask: [669, 1229, 1754]",
        "  a task kills its worker: KilledWorker",
        "  the batch again: [669, 1229, 1754]",
    ]
