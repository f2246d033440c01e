def test_a_session_is_one_tasks(run):
    """An error and a cancellation take all back; a shared session commits the other's half; a pool ends."""
    assert run.lines == [
        "yak: no yaks",
        "owl: cancelled True",
        "photos: 2",
        "one session, two tasks: 3",
        "the third of two: QueuePool limit of size 2 overflow 0 reached",
    ]
