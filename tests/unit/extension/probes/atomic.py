"""What other code can see of operations on built-in types, as JSON; run by test_reference_tables.py.

The first half is certain: the operation is made to run Python code in its middle, and that code is the other
thread. The second half tries for a short time to lose something that must not be lost.
"""

import dis
import json
import sys
import threading

ROUNDS, THREADS = 2_000, 4


class Halfway(int):
    """A number whose addition lets another piece of code in before it is done."""

    other = staticmethod(lambda: None)

    def __add__(self, more):
        meanwhile, Halfway.other = Halfway.other, lambda: None
        meanwhile()
        return Halfway(int(self) + more)


def add_to_a_variable():
    """`n += 1`, with another `n += 1` between its read and its write: 2 if nothing is lost."""
    space = {"n": Halfway(0)}
    step = compile("n += 1", "step", "exec")
    Halfway.other = lambda: exec(step, space)
    exec(step, space)
    return int(space["n"])


def add_to_an_item():
    """The same for `d[key] += 1`."""
    d = {"key": Halfway(0)}

    def step():
        d["key"] += 1

    Halfway.other = step
    step()
    return int(d["key"])


def check_then_set():
    """`if key not in d: d[key] = x` twice, the second between check and act: how often x was set."""
    set_by = []

    class Key:
        hashed = 0

        def __hash__(self):
            Key.hashed += 1
            if Key.hashed == 2:  # the first one checked, and is about to set
                step("second")
            return 1

    d, key = {}, Key()

    def step(name):
        if key not in d:
            d[key] = name
            set_by.append(name)

    step("first")
    return len(set_by)


def sort_with_python_code():
    """How long a list is for code that runs while it is sorted."""
    lengths = set()

    class Item:
        def __lt__(self, other):
            lengths.add(len(items))
            return False

    items = [Item() for _ in range(3)]
    items.sort()
    return sorted(lengths)


def change_while_iterating():
    """What a loop over a dictionary raises, and how many of four items a loop over a list sees."""
    d = {1: 1, 2: 2}
    try:
        for key in d:
            d[key + 10] = 0
    except RuntimeError as error:
        raised = type(error).__name__
    items, seen = [1, 2, 3, 4], []
    for item in items:
        seen.append(item)
        items.remove(item)
    return raised, len(seen)


def steps_of(source):
    """The bytecode that reads and that writes a name or an item: two, with work between."""
    names = [one.opname for one in dis.get_instructions(compile(source, "source", "exec"))]
    reads = [
        i for i, name in enumerate(names) if name.startswith(("LOAD_NAME", "BINARY_SUBSCR", "BINARY_OP"))
    ]
    writes = [i for i, name in enumerate(names) if name.startswith(("STORE_NAME", "STORE_SUBSCR"))]
    return min(reads) < max(writes) and max(writes) - min(reads) > 1


def at_once(work):
    """Run it in several threads that begin together."""
    begin = threading.Barrier(THREADS)

    def run(number):
        begin.wait()
        work(number)

    workers = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def nothing_lost():
    """What is left over or missing after many operations of each kind at once; all zero if none is lost."""
    appended, inserted, d = [], [], {}
    both = list(range(ROUNDS * THREADS))
    popped = [[] for _ in range(THREADS)]
    chosen = [[] for _ in range(THREADS)]
    shared = {}

    def work(number):
        for round_ in range(ROUNDS):
            appended.append(number)
            inserted.insert(0, number)
            d[number, round_] = number
            popped[number].append(both.pop() if round_ % 2 else both.pop(0))
            chosen[number].append(shared.setdefault(round_, object()))

    at_once(work)
    every = [item for one in popped for item in one]
    return {
        "append": ROUNDS * THREADS - len(appended),
        "insert": ROUNDS * THREADS - len(inserted),
        "set an item": ROUNDS * THREADS - len(d),
        "pop": len(both) + (ROUNDS * THREADS - len(set(every))),
        "setdefault": sum(len({id(one[r]) for one in chosen}) - 1 for r in range(ROUNDS)),
    }


def main():
    sys.setswitchinterval(1e-5)
    print(
        json.dumps(
            {
                "n += 1": add_to_a_variable(),
                "d[key] += 1": add_to_an_item(),
                "check then set": check_then_set(),
                "length while sorting": sort_with_python_code(),
                "changed while iterating": change_while_iterating(),
                "two steps": [steps_of("n += 1"), steps_of("d[key] += 1")],
                "lost": nothing_lost(),
            }
        )
    )


if __name__ == "__main__":
    main()
