"""The recorder for threads and processes."""

import asyncio
import concurrent.futures
import multiprocessing
import pickle
import threading
import time

import pytest
from overlap_trace import Recorder


def test_spans_of_threads():
    """Spans recorded in several threads at once all arrive, each on its lane."""
    recorder = Recorder()
    barrier = threading.Barrier(4)

    def work(number):
        for job in range(50):
            with recorder.span(f"worker-{number}", f"job {job}"):
                pass
        barrier.wait()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    timeline = recorder.timeline()
    assert sorted(timeline.lanes) == [f"worker-{n}" for n in range(4)]
    for lane in timeline.lanes:
        assert [s.name for s in timeline.lane(lane)] == [f"job {j}" for j in range(50)]


def test_overlap_is_recorded_as_overlap():
    """Two threads inside their spans at the same moment have overlapping spans."""
    recorder = Recorder()
    barrier = threading.Barrier(2)

    def work(name):
        with recorder.span(name, "job"):
            barrier.wait()

    thread = threading.Thread(target=work, args=("one",))
    thread.start()
    work("two")
    thread.join()
    one, two = recorder.timeline().lane("one")[0], recorder.timeline().lane("two")[0]
    assert max(one.start, two.start) <= min(one.end, two.end)


@pytest.mark.parametrize(
    ("error", "state", "note"),
    [
        (ValueError("bad size"), "failed", "ValueError: bad size"),
        (KeyboardInterrupt(), "failed", "KeyboardInterrupt"),
        (asyncio.CancelledError(), "cancelled", "CancelledError"),
        (concurrent.futures.CancelledError(), "cancelled", "CancelledError"),
    ],
)
def test_errors_set_the_state_and_go_on(error, state, note):
    """An exception marks the span and reaches the caller unchanged."""
    recorder = Recorder()
    with pytest.raises(type(error)) as caught:
        with recorder.span("w", "job"):
            raise error
    assert caught.value is error
    (span,) = recorder.timeline().spans
    assert (span.state, span.note) == (state, note)


def test_waiting_spans_and_notes():
    """state= and note= describe what is not work, such as waiting for a lock."""
    recorder = Recorder()
    with recorder.span("w", "lock", state="waiting", note="waiting for the lock"):
        pass
    (span,) = recorder.timeline().spans
    assert (span.state, span.note) == ("waiting", "waiting for the lock")
    with pytest.raises(ValueError, match="running, waiting"):
        with recorder.span("w", "lock", state="blocked"):
            pass


def _work_in_process(number):
    recorder = Recorder(model="processes")
    with recorder.span(f"process-{number}", "job"):
        time.sleep(0.01)
    return recorder.spans()


def test_spans_of_worker_processes_merge():
    """Spans that worker processes return fit into the parent's time, also after spawn."""
    recorder = Recorder(model="processes")
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
        for spans in pool.map(_work_in_process, range(2)):
            recorder.merge(spans)
    done = time.perf_counter() - recorder._zero
    timeline = recorder.timeline()
    assert sorted(timeline.lanes) == ["process-0", "process-1"]
    assert all(0 < s.start < s.end < done for s in timeline.spans)


def test_spans_can_be_pickled():
    """What a worker returns survives the pickle between processes."""
    spans = _work_in_process(0)
    assert pickle.loads(pickle.dumps(spans)) == spans


@pytest.mark.parametrize("shift", [-1000, 1000])
def test_spans_of_another_clock_are_refused(shift):
    """Spans outside the recorder's own time come from another clock: no picture from that."""
    recorder = Recorder()
    spans = [(lane, name, a + shift, b + shift, *rest) for lane, name, a, b, *rest in _work_in_process(1)]
    with pytest.raises(ValueError, match="recorded on this machine"):
        recorder.merge(spans)


def test_recorder_of_a_process_is_a_timeline_of_processes():
    """The model given to a Recorder reaches its timeline."""
    assert Recorder(model="processes").timeline().model == "processes"
