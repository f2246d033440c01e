from threading import Barrier


def test_all_downloads_end(run):
    """Four downloads; none can be there before its 0.1 s are over."""
    assert run.lines[0].startswith("4 downloads in ")
    assert float(run.lines[0].split()[-2]) >= 0.1


def test_all_downloads_run_at_the_same_time(example, capsys):
    """Four threads meet, which they can only if all have started before the first join."""
    meeting = Barrier(4)
    met = []

    def download(name):
        meeting.wait(10)
        met.append(name)

    example["main"].__globals__["download"] = download
    example["main"]()
    assert sorted(met) == ["forest.jpg", "lake.jpg", "mountain.jpg", "sea.jpg"]
