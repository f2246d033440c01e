"""python -m overlap_trace program.py [arguments]."""

import sys

from .program import leave, main

if __name__ == "__main__":
    leave(main(sys.argv[1:], "python -m overlap_trace"))
