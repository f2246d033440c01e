import re
import shutil
import subprocess

from book.examples.scripts import SCRIPTS
from tools.running import TIME_LIMIT

BROKEN = """
import asyncio, io
import stream_download as page

async def cut(reader, writer):
    while (await reader.readline()).strip():
        pass
    writer.write(b"HTTP/1.1 200 -\\r\\nContent-Length: 10\\r\\n\\r\\nphoto")
    writer.close()

async def main():
    async with await asyncio.start_server(cut, "127.0.0.1", 0) as server:
        url = "http://127.0.0.1:{}".format(server.sockets[0].getsockname()[1])
        for stream in page.httpx_stream, page.aiohttp_stream:
            file = io.BytesIO()
            try:
                await stream(url, file)
            except Exception as error:
                print(type(error).__name__, file.getvalue())

asyncio.run(main())
"""


def test_a_stream_does_not_hold_the_file(run):
    """All at once takes more memory than the file is big, a stream a fraction of it."""
    sizes = {line.split(":")[0]: [float(n) for n in re.findall(r"[\d.]+(?= MB)", line)] for line in run.lines}
    assert {size for size, _ in sizes.values()} == {8.4}
    assert sizes["httpx_at_once"][1] > 8.4
    assert sizes["httpx_stream"][1] < 4
    assert sizes["aiohttp_stream"][1] < 4


def test_a_stream_that_breaks_raises_and_leaves_half_a_file(run, python, tmp_path):
    """What came before the connection broke has been written."""
    shutil.copy(SCRIPTS / "asyncio" / "stream_download.py", tmp_path)
    (tmp_path / "use.py").write_text(BROKEN, encoding="utf-8")
    done = subprocess.run(
        [python.path, "use.py"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        timeout=TIME_LIMIT,
        check=True,
    )
    assert done.stdout.splitlines() == ["RemoteProtocolError b'photo'", "ClientPayloadError b'photo'"]
