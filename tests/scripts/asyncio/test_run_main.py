import asyncio


def test_the_photos_come_in_the_order_of_the_arguments(run):
    """`gather` returns the slowest first, because it was named first."""
    assert run.lines[0] == "['cat.jpg', 'dog.jpg', 'owl.jpg']"


def test_a_second_loop_is_refused(run):
    """`asyncio.run` inside a coroutine raises RuntimeError, and nothing warns afterwards."""
    assert run.lines[1:] == ["RuntimeError: asyncio.run() cannot be called from a running event loop"]


def test_the_three_waits_overlap(example, monkeypatch, capsys):
    """`main` ends only if all three downloads wait at the same time."""

    async def together():
        meeting = asyncio.Barrier(3)  # opens only when three tasks wait at the same time
        monkeypatch.setattr(asyncio, "sleep", lambda seconds: meeting.wait())
        await asyncio.wait_for(example["main"](), 10)

    asyncio.run(together())
    assert "cat.jpg" in capsys.readouterr().out
