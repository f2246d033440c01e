"""python -m overlap_trace program.py [arguments]."""

import sys

from .program import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], "python -m overlap_trace"))
