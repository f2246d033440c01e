# /// script
# requires-python = ">=3.11"
# dependencies = ["tqdm"]
# [tool.overlap]
# leaves = ["daemon thread"]
# ///
"""print() while a bar is drawn tears the line.

Run it: python progress_print_broken.py
"""
import sys

from tqdm import tqdm

# Draw each step, on stdout, so that all frames can be seen here.
FRAMES = {
    "file": sys.stdout,
    "mininterval": 0,
    "miniters": 1,
    "ncols": 30,
    "ascii": True,
    "bar_format": "photos {n_fmt}/{total_fmt} |{bar}|",
}


def main():
    # [say]
    for photo in tqdm(["cat", "owl", "dog"], **FRAMES):
        if photo == "owl":
            print(f"{photo}: no answer")
    # [/say]


if __name__ == "__main__":
    main()
