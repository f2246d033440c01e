"""Nothing public is missing from the reference in silence: it has an entry, or a reason."""

import json
import subprocess
import tomllib

import pytest

from book.extension.reference import DATA
from tools.running import interpreters

LEFT_OUT = tomllib.loads((DATA / "left-out.toml").read_text(encoding="utf8"))
ENTRIES = {
    entry["name"]
    for source in DATA.glob("*.toml")
    for section in tomllib.loads(source.read_text(encoding="utf8")).get("section", [])
    for entry in section["entry"]
}
PYTHONS = [pytest.param(python, id=python.tag) for python in interpreters()]

# The public names of some modules, and the public members of the classes that have an entry; what a
# class inherits from another class with an entry is that one's.
PROBE = """
import importlib, inspect, json, sys, types, warnings
warnings.simplefilter("ignore")
asked = json.load(sys.stdin)

def public(thing):
    return [name for name in dir(thing) if not name.startswith("_")]

found, classes = set(), {}
for module in asked["modules"]:
    try:
        loaded = importlib.import_module(module)
    except ImportError:
        continue
    for name in getattr(loaded, "__all__", None) or public(loaded):
        thing = getattr(loaded, name)
        if name.startswith("_") or isinstance(thing, types.ModuleType):
            continue
        full = f"{module}.{name}"
        found.add(full)
        known = any(entry == full or entry.startswith(full + ".") for entry in asked["entries"])
        if known and inspect.isclass(thing) and not issubclass(thing, BaseException):
            classes[thing] = full
for kind, full in classes.items():
    inherited = {name for base in kind.__mro__[1:] if base in classes for name in public(base)}
    own = (set(public(kind)) - inherited) | (set(public(kind)) & set(vars(kind)))
    found |= {f"{full}.{name}" for name in own}
print(json.dumps(sorted(found)))
"""


def left_out():
    """Every name on the list."""
    return [name for group in LEFT_OUT["group"] for name in group["names"]]


def public_names(python):
    asked = json.dumps({"modules": LEFT_OUT["modules"], "entries": sorted(ENTRIES)})
    done = subprocess.run([python.path, "-c", PROBE], input=asked, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize("python", PYTHONS)
def test_every_public_name_has_an_entry_or_a_reason(python):
    """A new Python that adds a name fails this test until the reference has it."""
    listed = set(left_out())
    missing = [
        name
        for name in public_names(python)
        if name not in ENTRIES
        and not any(entry.startswith(name + ".") for entry in ENTRIES)
        and name not in listed
        and name.rpartition(".")[0] + ".*" not in listed
    ]
    assert missing == [], "give them an entry in reference/data, or a place in reference/data/left-out.toml"


def test_the_list_of_what_is_left_out_is_tidy():
    """No name twice, none that has an entry; every group says why."""
    names = left_out()
    assert len(names) == len(set(names))
    assert [name for name in names if name in ENTRIES] == []
    assert all(group["why"].endswith(".") for group in LEFT_OUT["group"])


def test_what_is_left_out_exists():
    """On some Python; seen only where there is one that has the old names and one that has the new."""
    releases = [python.release for python in interpreters()]
    if min(releases) > (3, 13) or max(releases) < (3, 15):
        pytest.skip("needs Python 3.13 or older, and 3.15")
    names = left_out()
    seen = {name for python in interpreters() for name in public_names(python)}
    seen |= {name.rpartition(".")[0] + ".*" for name in seen}
    assert [name for name in names if name not in seen] == []
