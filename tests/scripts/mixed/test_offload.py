import asyncio


def test_orders_are_counted_and_the_late_call_is_a_timeout(run):
    """Two counts come from processes, the call that takes too long is given up."""
    assert run.lines == ["[2262, 3245]", "bob: too late"]


def test_the_tests_shown_on_the_page_pass(tests_on_page):
    """They are run word for word."""
    shown = tests_on_page("recipes/mix-async-with-blocking-code.md")
    assert len(shown) == 2
    for test in shown.values():
        test()


def test_a_queued_call_is_dropped_when_its_caller_gives_up(example):
    """With one worker, the second call never begins."""
    import threading

    go, began = threading.Event(), []

    async def main():
        async with example["Offload"](threads=1) as offload:
            first = asyncio.create_task(offload.blocking(go.wait, 10, timeout=20))
            await asyncio.sleep(0)
            second = asyncio.create_task(offload.blocking(began.append, 1, timeout=20))
            await asyncio.sleep(0)
            second.cancel()
            await asyncio.wait([second])
            go.set()
            await first

    asyncio.run(main())
    assert began == []


def test_context_variables_go_along(example):
    """A log line in the thread has the id of its own request, also on a free-threaded build."""
    import contextvars

    request = contextvars.ContextVar("request", default="none")

    async def handle(offload, number):
        request.set(number)
        return await offload.blocking(request.get, timeout=10)

    async def main():
        async with example["Offload"](threads=1) as offload:
            handlers = [asyncio.create_task(handle(offload, number)) for number in (1, 2)]
            return await asyncio.gather(*handlers)

    assert asyncio.run(main()) == [1, 2]
