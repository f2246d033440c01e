from threading import Barrier


def test_four_waits_at_a_time(run):
    """Four workers need two rounds of 0.1 s for eight photos."""
    assert run.lines[0].startswith("8 photos, 32000 bytes, in ")
    assert float(run.lines[0].split()[-2]) >= 0.2


def test_results_come_in_the_order_of_the_urls(example):
    """`map` keeps the order although the first item is the last to finish; four run at once."""
    meeting = Barrier(4)  # opens only when four threads wait at the same time
    finished = []

    def download(url):
        meeting.wait(10)
        finished.append(url)
        return url.upper()

    example["download_all"].__globals__["download"] = download
    assert example["download_all"](list("abcdefgh")) == list("ABCDEFGH")
    assert sorted(finished) == list("abcdefgh")
