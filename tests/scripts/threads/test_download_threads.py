from threading import Barrier


def test_all_photos_arrive(run):
    """Eight photos; no photo can be there before the server's 0.1 s are over."""
    assert run.lines[0].startswith("8 photos, 32000 bytes, in ")
    assert float(run.lines[0].split()[-2]) >= 0.1


def test_all_downloads_run_at_the_same_time(example):
    """One thread for each URL, and the photos come back in the order of the URLs."""
    meeting = Barrier(8)  # opens only when eight threads wait at the same time

    def download(url):
        meeting.wait(10)
        return url.upper()

    example["download_all"].__globals__["download"] = download
    assert example["download_all"](list("abcdefgh")) == list("ABCDEFGH")
