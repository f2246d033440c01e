"""What the page on httpx and aiohttp says about the libraries, and the tests it hands out."""

import re
import subprocess

import pytest

from book.examples.scripts import ROOT, SCRIPTS, Script
from tools.running import TIME_LIMIT, recipes

PAGE = ROOT / "recipes" / "http-with-httpx-and-aiohttp.md"

DEFAULTS = """
import httpx, aiohttp
client = httpx.AsyncClient()
print(client.timeout.read, client.timeout.connect, client.timeout.pool)
limits = httpx._config.DEFAULT_LIMITS
print(limits.max_connections, limits.max_keepalive_connections, limits.keepalive_expiry)
print(aiohttp.client.DEFAULT_TIMEOUT.total, aiohttp.client.DEFAULT_TIMEOUT.sock_connect)
import asyncio
async def limit():
    async with aiohttp.TCPConnector() as connector:
        print(connector.limit)
asyncio.run(limit())
"""

DRIP = """
import asyncio, httpx, aiohttp

async def drip(reader, writer):
    while (await reader.readline()).strip():
        pass
    writer.write(b"HTTP/1.1 200 -\\r\\nContent-Length: 8\\r\\n\\r\\n")
    for _ in range(8):
        await asyncio.sleep(0.1)
        if not writer.is_closing():
            writer.write(b"x")
    writer.close()

async def main():
    async with await asyncio.start_server(drip, "127.0.0.1", 0) as server:
        url = "http://127.0.0.1:{}".format(server.sockets[0].getsockname()[1])
        async with httpx.AsyncClient(timeout=0.3) as client:
            print(len((await client.get(url)).content))
        timeout = aiohttp.ClientTimeout(total=0.3)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            try:
                async with session.get(url) as response:
                    await response.read()
            except TimeoutError:
                print("aiohttp gave up")
        limits = httpx.Limits(max_connections=1)
        async with httpx.AsyncClient(timeout=0.3, limits=limits) as client:
            both = await asyncio.gather(client.get(url), client.get(url), return_exceptions=True)
            print(*sorted(type(one).__name__ for one in both))
        await asyncio.sleep(1)
        timeout = aiohttp.ClientTimeout(total=1.4)
        one = aiohttp.TCPConnector(limit=1)
        async with aiohttp.ClientSession(timeout=timeout, connector=one) as session:
            async def read():
                async with session.get(url) as response:
                    return await response.read()
            both = await asyncio.gather(read(), read(), return_exceptions=True)
            print(*sorted(type(one).__name__ for one in both))
        await asyncio.sleep(1)

asyncio.run(main())
"""

TROUBLE = """
import asyncio
import fetch_{lib} as page

async def cut_once(reader, writer):
    cut_once.requests += 1
    while (await reader.readline()).strip():
        pass
    size = 10 if cut_once.requests == 1 else 5
    writer.write(f"HTTP/1.1 200 -\\r\\nContent-Length: {{size}}\\r\\n\\r\\nphoto".encode())
    writer.close()

async def main():
    cut_once.requests = 0
    async with await asyncio.start_server(cut_once, "127.0.0.1", 0) as server:
        url = "http://127.0.0.1:{{}}/".format(server.sockets[0].getsockname()[1])
        urls = ["http://127.0.0.1:99999/", "http://a..b/", "good.example/a", url]
        *bad, cut = await page.fetch_all(urls)
        print(*(type(done.error).__name__ for done in bad))
        print(bad[-1].tries, cut.value, cut.tries)
    async with await asyncio.start_server(page.serve, "127.0.0.1", 0) as server:
        url = "http://127.0.0.1:{{}}/slow".format(server.sockets[0].getsockname()[1])
        caller = asyncio.create_task(page.fetch_all([url] * 9, limit=5))
        while page.open_now < 5:
            await asyncio.sleep(0.01)
        caller.cancel()
        await asyncio.wait([caller])
        await asyncio.wait(page.connections)
        print(caller.cancelled(), page.peak, page.open_now, await page.fetch_all([]))
        try:
            await page.fetch_all([url], limit=0)
        except ValueError as error:
            print(error)

asyncio.run(main())
"""


def output_of(program, folder):
    """What a program prints in the environment of the recipes."""
    script = folder / "program.py"
    script.write_text(program, encoding="utf-8")
    command = [recipes().path, script]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=TIME_LIMIT, check=True).stdout


def test_the_defaults_are_what_the_page_says(tmp_path):
    """httpx: 5 s a step, 100 connections, 20 kept for 5 s. aiohttp: 300 s in all, 30 s to connect, 100."""
    printed = output_of(DEFAULTS, tmp_path).split()
    assert printed == ["5.0", "5.0", "5.0", "100", "20", "5.0", "300", "30", "100"]


def test_a_timeout_of_httpx_is_for_each_step(tmp_path):
    """A server that drips outlasts httpx's limit, not aiohttp's; both count the wait for a connection."""
    assert output_of(DRIP, tmp_path).splitlines() == [
        "8",
        "aiohttp gave up",
        "PoolTimeout Response",
        "TimeoutError bytes",
    ]


@pytest.mark.parametrize(
    ("lib", "errors"),
    [
        ("httpx", "ExceptionGroup ConnectError UnsupportedProtocol"),
        ("aiohttp", "InvalidUrlClientError UnicodeError InvalidUrlClientError"),
    ],
)
def test_what_goes_wrong_costs_only_itself(tmp_path, lib, errors):
    """Odd URLs are outcomes; a cut body is asked again; a cancelled caller leaves no connection."""
    (tmp_path / f"fetch_{lib}.py").write_text(Script(SCRIPTS / "asyncio" / f"fetch_{lib}.py").served)
    assert output_of(TROUBLE.format(lib=lib), tmp_path).splitlines() == [
        errors,
        "1 b'photo' 2",
        "True 5 0 []",
        "limit must be above 0, not 0",
    ]


@pytest.mark.parametrize("name", ["fetch_httpx"])
def test_the_tests_on_the_page_pass_for_a_reader(readers_pytest, tmp_path, name):
    """Saved beside the script and run with pytest, as the page says."""
    text = PAGE.read_text(encoding="utf-8")
    [block] = [
        one
        for one in re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        if f"from {name} import" in one
    ]
    (tmp_path / f"{name}.py").write_text(Script(SCRIPTS / "asyncio" / f"{name}.py").served)
    (tmp_path / "test_fetch.py").write_text(block, encoding="utf-8")
    printed = readers_pytest()
    assert f"{block.count('def test_')} passed" in printed, printed
