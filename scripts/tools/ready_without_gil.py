# /// script
# requires-python = ">=3.11"
# dependencies = ["aiohttp", "anyio", "httpx", "numpy"]
# ///
"""What installed packages say of free-threaded Python.

Run it: python ready_without_gil.py aiohttp numpy
or:     python ready_without_gil.py --all
"""

import sys
from importlib.metadata import PackageNotFoundError
from importlib.metadata import distribution, distributions

# [ready]
CLASSIFIER = "Programming Language :: Python :: Free Threading"


def ready(package):
    """Say what a package is made of, and what it promises."""
    files = package.files or []
    compiled = sum(file.suffix in (".so", ".pyd") for file in files)
    kind = f"{compiled} compiled" if compiled else "pure Python"
    said = package.metadata.get_all("Classifier") or []
    claims = [line for line in said if line.startswith(CLASSIFIER)]
    if claims:  # "… :: Free Threading :: 3 - Stable"
        promise = "says " + claims[-1].rpartition(" :: ")[2]
    elif compiled:
        promise = "says nothing: import it and look at the GIL"
    else:
        promise = "says nothing: look for shared state"
    return f"{kind:12} {promise}"
# [/ready]


def look_up(name):
    try:
        return distribution(name)
    except PackageNotFoundError:
        sys.exit(f"{name} is not installed in {sys.prefix}")


def main():
    names = sys.argv[1:] or ["aiohttp", "anyio", "httpx", "numpy"]
    if names == ["--all"]:
        names = sorted({p.name.lower() for p in distributions()})
    for name in names:
        package = look_up(name)
        print(f"{name:16} {package.version:12} {ready(package)}")


if __name__ == "__main__":
    main()
