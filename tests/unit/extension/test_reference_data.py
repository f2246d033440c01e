"""The reference says what the Pythons of this machine say: names, signatures, versions."""

import json
import re
import subprocess
import tomllib

import pytest

from book.extension.reference import DATA, anchors
from tools.running import interpreters

PROBE = """
import importlib, inspect, json, sys

def find(name):
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:end]))
        except ImportError:
            continue
        for part in parts[end:]:
            found = getattr(found, part)
        return found
    raise AttributeError(name)

def look(name):
    try:
        thing = find(name)
    except AttributeError:
        return {"there": False}
    try:
        signature = inspect.signature(thing)
    except (TypeError, ValueError):
        return {"there": True, "signature": None}
    kept = [p.replace(annotation=p.empty) for p in signature.parameters.values() if p.name != "self"]
    signature = signature.replace(parameters=kept, return_annotation=signature.empty)
    nameless = [p.name for p in kept if p.kind is p.POSITIONAL_ONLY]
    return {"there": True, "signature": str(signature), "nameless": nameless}

import warnings
warnings.simplefilter("ignore")
print(json.dumps({name: look(name) for name in json.load(sys.stdin)}))
"""
PYTHONS = [pytest.param(python, id=python.tag) for python in interpreters()]
# For what the tables say of releases before 3.11, which the guide itself does not run on.
AND_OLDER = [pytest.param(python, id=python.tag) for python in interpreters(oldest=(3, 8))]

# The documentation names the version of these elsewhere than at their own anchor.
EXECUTORS = "library/concurrent.futures.html"
SAID_ELSEWHERE = {
    ("asyncio.BrokenBarrierError", "3.11"): "library/asyncio-sync.html#asyncio.Barrier",
    ("asyncio.get_event_loop", "3.12"): "whatsnew/3.12.html#deprecated",
    ("concurrent.futures.InterpreterPoolExecutor", "3.14"): f"{EXECUTORS}#interpreterpoolexecutor",
    ("concurrent.futures.process.BrokenProcessPool", "3.15"): "whatsnew/3.15.html#concurrent-futures",
    ("multiprocessing.set_start_method", "3.14"): "whatsnew/3.14.html#multiprocessing",
    ("threading.RLock", "3.15"): "whatsnew/3.15.html#removed",
}
# The documentation is silent on these; test_changes_seen.py runs them.
SILENT = ("`asyncio.as_completed` no longer loses", "`Process.wait` of asyncio returns")


def release(version):
    return tuple(map(int, version.split(".")))


def entries():
    """Every entry with a name, with its file and the version of its group, if it has one."""
    for source in sorted(DATA.glob("*.toml")):
        data = tomllib.loads(source.read_text(encoding="utf8"))
        for section in data.get("section", []):
            yield from ((source.stem, None, entry) for entry in section["entry"])
        for group in data.get("release", []):
            named = [change for change in group["change"] if "name" in change]
            yield from ((source.stem, group["version"], change) for change in named)


def rows():
    """Every entry and every change, with the versions that it names."""
    for source in sorted(DATA.glob("*.toml")):
        data = tomllib.loads(source.read_text(encoding="utf8"))
        for section in data.get("section", []):
            for entry in section["entry"]:
                yield entry["name"], [entry["added"]] if "added" in entry else [], entry
                yield entry["name"], list(entry.get("changed", {})), entry
        for group in data.get("release", []):
            yield from ((change["what"], [group["version"]], change) for change in group["change"])


def said_in_docs(place):
    """The versions that the Python documentation names at a place."""
    page, _, anchor = place.partition("#")
    whole_page = re.findall(r"whatsnew/(3\.\d+)\.html", page)
    return whole_page or anchors()[page][anchor]


def importable(name):
    """The name by which Python finds it: `asyncio.loop` stands for the class of loops, and 3.8 has
    the class of servers in another place."""
    name = name.replace("asyncio.loop.", "asyncio.BaseEventLoop.")
    return name.replace("asyncio.Server.", "asyncio.base_events.Server.")


def without_slash(signature):
    """The same for comparing: in older releases fewer arguments must stay nameless."""
    return re.sub(r"(?<=[(, ])/(, |(?=\)))", "", signature).replace(", )", ")")


@pytest.fixture(scope="module")
def seen():
    """What a Python says about all the names, asked once."""
    names = sorted({importable(entry["name"]) for _, _, entry in entries()})
    answers = {}

    def ask(python):
        if python.path not in answers:
            done = subprocess.run(
                [python.path, "-c", PROBE],
                input=json.dumps(names),
                capture_output=True,
                text=True,
                check=True,
            )
            answers[python.path] = json.loads(done.stdout)
        return answers[python.path]

    return ask


@pytest.mark.parametrize("python", AND_OLDER)
def test_every_name_is_there_from_the_version_that_adds_it(seen, python):
    """And not before; what was removed is gone."""
    wrong = []
    for source, version, entry in entries():
        there = seen(python)[importable(entry["name"])]["there"]
        added = entry.get("added", version or "3.8")
        expected = python.release >= release(added)
        if entry.get("kind") == "removed":
            expected = not expected
        if there != expected:
            wrong.append(f"{source}: {entry['name']} on {python.tag}: there={there}, expected {expected}")
    assert wrong == []


def signatures(seen, python):
    """Each signature that a Python gives and the tables show: the entry, what was found, what is expected."""
    for source, _, entry in entries():
        found = seen(python)[importable(entry["name"])]
        if "signature" not in entry or not found["there"] or found["signature"] is None:
            continue
        older = {release(version): given for version, given in entry.get("inspect", {}).items()}
        reached = [version for version in older if version <= python.release]
        expected = older[max(reached)] if reached else entry["signature"]
        # A version whose inspect gives nothing may give the signature in a later patch release.
        yield f"{source}: {entry['name']}", found, expected or entry["signature"]


def with_names_of(expected, found):
    """The signature found; arguments that stay nameless are called what they are called in the expected one.

    Nobody can pass such a name, and patch releases change it: 3.14.7 has `ContextVar.set(object, /)`, those
    before and after it `value`.
    """
    signature = without_slash(found["signature"])
    names = re.findall(r"(?:^\(|, )(\w+)", expected)
    for old, new in zip(found["nameless"], names, strict=False):
        signature = re.sub(rf"\b{old}\b", new, signature, count=1)
    return signature


@pytest.mark.parametrize("python", PYTHONS)
def test_every_signature_is_the_one_of_this_version(seen, python):
    """What is shown, or what the entry says that `inspect` gives from a version on."""
    assert [
        f"{name} on {python.version}: {found['signature']}, expected {expected}"
        for name, found, expected in signatures(seen, python)
        if with_names_of(without_slash(expected), found) != without_slash(expected)
    ] == []


def test_what_must_stay_nameless_is_shown(seen):
    """A slash stands where the newest Python here has one: whoever passes such a name gets a TypeError."""
    newest = interpreters()[-1]
    slashes = []
    for source, _, entry in entries():
        found = seen(newest)[importable(entry["name"])]
        if "signature" in entry and found.get("signature"):
            shown = re.match(r"\((.*?), /[,)]", entry["signature"])
            slashes.append(
                (
                    f"{source}: {entry['name']}",
                    len(shown[1].split(", ")) if shown else 0,
                    len(found["nameless"]),
                )
            )
    assert any(nameless for _, _, nameless in slashes)
    assert [each for each in slashes if each[1] != each[2]] == []


def test_a_name_that_nobody_can_pass_is_one_that_some_python_gives(seen):
    """The names that the test above leaves open."""
    given = {}
    for python in interpreters():
        for name, found, expected in signatures(seen, python):
            right = given.get(name, False) or without_slash(found["signature"]) == without_slash(expected)
            given[name] = right
    assert [name for name, right in given.items() if not right] == []


@pytest.mark.parametrize("python", PYTHONS)
def test_where_inspect_gives_nothing_the_entry_says_so(seen, python):
    """`inspect = { "3.14" = false }`: no signature goes unchecked in silence."""
    silent = []
    for source, _, entry in entries():
        found = seen(python)[importable(entry["name"])]
        if "signature" not in entry or not found["there"] or found["signature"] is not None:
            continue
        older = {release(version): given for version, given in entry.get("inspect", {}).items()}
        reached = [version for version in older if version <= python.release]
        if not reached or older[max(reached)] is not False:
            silent.append(f"{source}: {entry['name']} on {python.tag}")
    assert silent == []


def test_a_shown_signature_that_differs_from_the_newest_says_why():
    """Readers see what they may pass; the data says why inspect shows something else."""
    for source, _, entry in entries():
        given = list(entry.get("inspect", {}).values())
        if given and given[-1] and given[-1] != entry["signature"]:
            assert "why" in entry, (source, entry["name"])


def test_the_documentation_names_each_version_that_the_tables_name():
    """At the anchor that the entry links to, or in the release notes; this covers every release."""
    wrong, used = [], set()
    for name, versions, entry in rows():
        if name.startswith(SILENT):
            continue
        for version in versions:
            place = entry["docs"]
            if (name, version) in SAID_ELSEWHERE:
                used.add((name, version))
                assert version not in said_in_docs(place), f"{name}: no longer said elsewhere"
                place = SAID_ELSEWHERE[name, version]
            if version not in said_in_docs(place):
                wrong.append(f"{name}: {version} is not among {said_in_docs(place)} at {place}")
    assert wrong == []
    assert used == SAID_ELSEWHERE.keys()


def test_there_are_enough_entries():
    """The three tables of names have not shrunk by accident."""
    assert sum(1 for _ in entries()) > 230
