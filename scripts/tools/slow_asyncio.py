# /// script
# requires-python = ">=3.11"
# [tool.overlap]
# through = "diagnose.py"
# ///
"""Fetch eight pages with async functions, one after another.

Run it: python slow_asyncio.py
Diagnose it: python diagnose.py slow_asyncio.py
"""

import asyncio


# [fetch]
async def fetch(page):
    await asyncio.sleep(0.1)  # stands for a request
    return f"text of {page}"


async def fetch_all(pages):
    return [await fetch(page) for page in pages]
# [/fetch]


async def main():
    texts = await fetch_all([f"page-{n}" for n in range(8)])
    print(len(texts), "pages")


if __name__ == "__main__":
    asyncio.run(main())
