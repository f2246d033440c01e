def test_the_forked_worker_waits_for_a_lock_that_nobody_can_release(run, python):
    """The lock was copied in its locked state; from 3.12 on Python warns."""
    assert run.lines[-1] == "the worker got the lock: False"
    warned = "is multi-threaded, use of fork() may lead to deadlocks in the child" in run.text
    assert warned == (python.release >= (3, 12))
