import re


def test_a_stream_does_not_hold_the_file(run):
    """All at once takes more memory than the file is big, a stream a fraction of it."""
    sizes = {line.split(":")[0]: [float(n) for n in re.findall(r"[\d.]+(?= MB)", line)] for line in run.lines}
    assert {size for size, _ in sizes.values()} == {8.4}
    assert sizes["httpx_at_once"][1] > 8.4
    assert sizes["httpx_stream"][1] < 4
    assert sizes["aiohttp_stream"][1] < 4
