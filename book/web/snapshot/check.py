"""Does every object find its place after the hash seed has changed?

Runs in Pyodide while the snapshot is made, on the memory that the snapshot keeps. What it finds
is a fault of hashes.mjs: it missed something that keeps a hash.
"""

import collections
import datetime
import functools
import gc
import pathlib
import sys
import weakref

#: What is added to an object, and taken off, to make an equal one that has no hash yet.
MORE = {str: "x", bytes: b"x", tuple: (None,)}


def misplaced():
    """What cannot be found where its hash leads, a line each."""
    problems = []
    for thing in _reachable():
        try:
            problem = _problem(thing)
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"
        if problem:
            problems.append(f"{type(thing).__name__} at {id(thing)}: {problem}")
    return problems


def _reachable():
    seen = {id(thing): thing for thing in gc.get_objects()}
    pending = list(seen.values())
    while pending:
        new = []
        for thing in gc.get_referents(*pending):
            if id(thing) not in seen:
                seen[id(thing)] = thing
                new.append(thing)
        pending = new
    for own in (seen, pending):
        seen.pop(id(own), None)
    return list(seen.values())


def _problem(thing):
    """What is wrong with the hash of an object or with a table; None if it is as it must be."""
    if isinstance(thing, collections.OrderedDict) and thing:
        return "its list keeps hashes, and rehash.ts does not renew them"
    if isinstance(thing, dict):
        for key in dict.keys(thing):
            if not dict.__contains__(thing, key):
                return f"the key {key!r} is lost"
    elif isinstance(thing, (set, frozenset)):
        for element in thing:
            if element not in thing:
                return f"the element {element!r} is lost"
        if type(thing) is frozenset and hash(thing) != hash(frozenset(list(thing))):
            return "an old hash"
    elif isinstance(thing, (str, bytes, tuple)):
        kind, more = next(pair for pair in MORE.items() if isinstance(thing, pair[0]))
        same = kind.__add__(thing, more)[:-1]
        if _hash(thing, kind.__hash__) != _hash(same):
            return f"an old hash: {thing!r}"
        if type(thing) is str and sys._is_interned(thing) and sys.intern(same) is not thing:
            return f"no longer the interned one: {thing!r}"
    elif isinstance(thing, (datetime.date, datetime.time)):
        if hash(thing) != hash(thing.replace()):
            return f"an old hash: {thing!r}"
    elif isinstance(thing, weakref.ref):
        if (target := thing()) is not None and _hash(thing) != _hash(target):
            return f"an old hash of {target!r}"
    elif isinstance(thing, pathlib.PurePath):
        if hash(thing) != hash(type(thing)(str(thing))):
            return f"an old hash: {thing!r}"
    elif isinstance(thing, functools._lru_cache_wrapper):
        info = thing.cache_info()
        if info.maxsize and info.currsize:
            return f"its entries keep hashes; clear it in warm.py: {thing.__wrapped__!r}"
    return None


def _hash(thing, compute=hash):
    try:
        return compute(thing)
    except TypeError:
        return None
