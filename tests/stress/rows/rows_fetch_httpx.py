"""Stresses of fetch_all; those of the calls themselves are fan_out's, on which it stands."""

import asyncio
import itertools
import signal

import fetch_httpx as page
from stress import Program, has_traceback, refused, say

NOT_HERE = {
    "foreign_cancellation": "It makes its calls itself; the calls of fan_out are stressed with it.",
    "system_exit": "It makes its calls itself; the calls of fan_out are stressed with it.",
    "keyboard_interrupt": "It makes its calls itself; the calls of fan_out are stressed with it.",
    "swallows_cancellation": "It makes its calls itself; the calls of fan_out are stressed with it.",
    "unpicklable_item": "Nothing is pickled: requests run on the loop of the caller.",
    "unpicklable_value": "Nothing is pickled: requests run on the loop of the caller.",
    "unpicklable_error": "Nothing is pickled: requests run on the loop of the caller.",
    "worker_killed": "It starts no process.",
    "parent_killed": "It starts no process.",
}


class Site:
    """A server that answers as the path says; it counts its connections."""

    def __init__(self):
        self.tasks, self.open, self.paths, self.asked = set(), 0, [], asyncio.Event()

    async def __aenter__(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        host, port = self.server.sockets[0].getsockname()
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *error):
        self.server.close()
        await asyncio.gather(*self.tasks)
        assert self.open == 0

    async def serve(self, reader, writer):
        self.tasks.add(asyncio.current_task())
        self.open += 1
        try:
            while line := await reader.readline():
                path = line.split()[1].decode()
                while (await reader.readline()).strip():
                    pass
                self.paths.append(path)
                self.asked.set()
                if path == "/hangs":
                    await reader.read()
                    break
                if path == "/cut":
                    writer.write(b"HTTP/1.1 200 -\r\nContent-Length: 9\r\n\r\nphoto")
                    break
                if path == "/endless":
                    writer.write(b"HTTP/1.1 200 -\r\nContent-Length: 999999999\r\n\r\n")
                    while not writer.is_closing():
                        writer.write(b"x" * 60_000)
                        await writer.drain()
                    break
                status = {"/missing": "404 -", "/busy": "503 -\r\nRetry-After: 0"}.get(path, "200 -")
                writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 5\r\n\r\nphoto".encode())
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            self.open -= 1
            writer.close()


async def error_keeps_traceback():
    """Odd answers are errors of their URLs, and each is tried as often as it is worth."""
    async with Site() as site:
        paths = ["/a", "/missing", "/busy", "/cut", "/endless", "/hangs"]
        urls = [site.url + path for path in paths]
        done = await page.fetch_all(urls, limit=3, timeout=5, total=2, tries=2, most=10**6)
        assert [one.item for one in done] == urls
        assert [one.value for one in done] == [b"photo", *[None] * 5]
        assert [one.tries for one in done] == [1, 1, 2, 2, 1, 1], done
        assert isinstance(done[4].error, page.TooLarge)
        assert isinstance(done[5].error, page.NotDone)
        assert has_traceback(done[1].error, "in get")
        refusing = await page.fetch_all(["http://127.0.0.1:9/"], tries=2)
        assert refusing[0].tries == 2


async def callback_raises():
    def report(done):
        seen.append(done)
        raise ValueError("report")

    seen = []
    async with Site() as site:
        done = await page.fetch_all([site.url + "/a"] * 3, report=report)
    assert [one.value for one in done] == [b"photo"] * 3
    assert len(seen) == 3


async def source_fails():
    async with Site() as site:

        def urls():
            yield site.url + "/a"
            raise OSError("disk")

        seen = []
        try:
            await page.fetch_all(urls(), report=seen.append)
        except OSError as error:
            assert "disk" in str(error)
        else:
            raise AssertionError("the error was lost")
        assert [one.value for one in seen] == [b"photo"]


async def source_empty():
    assert await page.fetch_all([]) == []


async def source_infinite():
    async with Site() as site:
        endless = (f"{site.url}/{number}" for number in itertools.count())
        for total in 0.5, 5:
            done = await page.fetch_all(endless, limit=2, total=total)
            if any(one.error is None for one in done):
                break
        assert sum(one.error is None for one in done) > 1


async def source_slow():
    async with Site() as site:
        done = await page.fetch_all((site.url + path for path in ["/a", "/b"]), limit=1)
        assert [one.value for one in done] == [b"photo"] * 2
        assert site.paths == ["/a", "/b"]


def bad_numbers():
    refused(lambda **numbers: page.fetch_all([], **numbers), limit=1, timeout=5, tries=1, total=5, most=1)


def waits():
    async def main():
        async with Site() as site:
            fetching = asyncio.create_task(page.fetch_all([site.url + "/hangs"] * 9, limit=2))
            await site.asked.wait()
            say("going")
            await fetching

    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        say("interrupted")


def ended_by(number, times=1):
    with Program("fetch_httpx", "waits") as program:
        program.wait_for("going")
        for _ in range(times):
            program.send(number)
        return program.end()


def ctrl_c():
    said, status = ended_by(signal.SIGINT)
    assert said.split() == ["going", "interrupted"], said
    assert status == 0


def ctrl_c_twice():
    ended_by(signal.SIGINT, times=2)


def sigterm():
    assert ended_by(signal.SIGTERM)[1] == -signal.SIGTERM


async def caller_cancelled():
    async with Site() as site:
        fetching = asyncio.create_task(page.fetch_all([site.url + "/hangs"] * 9, limit=3))
        await site.asked.wait()
        fetching.cancel()
        await asyncio.wait([fetching])
        assert fetching.cancelled()
