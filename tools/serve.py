"""Serve the site while it is built, and build again when a source changes (``make serve``)."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import threading
from pathlib import Path

from watchfiles import DefaultFilter, watch

from tools.build import ROOT, build
from tools.site_server import PortInUse, SiteServer

SOURCES = ("book", "notebooks", "recipes", "reference", "concepts", "scripts", "_config.yml", "_toc.yml")

#: Pages whose cells run at the same time: they wait more than they compute.
JOBS = 2 * (os.cpu_count() or 1)


class SourceFilter(DefaultFilter):
    """Watch what people edit, not what tools write beside it."""

    ignore_dirs = (*DefaultFilter.ignore_dirs, "node_modules", "build")


def main() -> int:
    """Serve until Ctrl-C."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--port", type=int, default=8000)
    port = arguments.parse_args().port
    try:
        server = SiteServer(ROOT / "_build" / "html", port)
    except PortInUse as error:
        print(error, file=sys.stderr)
        return 1
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"\nBuilding. {server.address} shows what is written already.  (Ctrl-C stops)\n", flush=True)
    if build(JOBS):
        print("The build found problems (above). The site is served as far as it was built.")
    print(f"\nThe site is at {server.address}  (Ctrl-C stops)\n", flush=True)
    try:
        for changes in watch(*(ROOT / name for name in SOURCES), watch_filter=SourceFilter()):
            paths = [Path(path) for _, path in changes]
            print("Changed: " + ", ".join(sorted(str(p.relative_to(ROOT)) for p in paths)), flush=True)
            if any(ROOT / "book" / "web" in path.parents for path in paths):
                subprocess.run(["make", "_build/web/.made"], cwd=ROOT)
            if build(JOBS) == 0:
                print(f"Built. {server.address}", flush=True)
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
