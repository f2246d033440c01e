# /// script
# requires-python = ">=3.11"
# [tool.overlap]
# through = "diagnose.py"
# ///
"""Fetch eight pages, one after another.

Run it: python slow_waiting.py
Diagnose it: python diagnose.py slow_waiting.py
"""

import time


# [fetch]
def fetch(page):
    time.sleep(0.1)  # stands for a request
    return f"text of {page}"


def fetch_all(pages):
    return [fetch(page) for page in pages]
# [/fetch]


def main():
    texts = fetch_all([f"page-{n}" for n in range(8)])
    print(len(texts), "pages")


if __name__ == "__main__":
    main()
