"""Every schedule is found, once, and counted right: compared with a brute force of its own."""

import asyncio
import math
import random
from collections import Counter
from copy import deepcopy
from functools import partial

import pytest
from overlap_trace import explorer
from overlap_trace.stepper import NotRepeatable
from overlap_trace.virtual_time import VirtualTimeError, virtual

from tests.unit.virtual.programs import both_counted, dine, increment, keep, lose, lose_in_a_group, use

# These tests compare what is found, however long a busy machine takes.
explore = partial(explorer.explore, max_seconds=100)
explore_async = partial(explorer.explore_async, max_seconds=100)

# -- an independent model ----------------------------------------------------------------
#
# A program is a list of tasks, a task a list of instructions. Between two "yield"s nothing
# else runs. No asyncio here: the model knows how asyncio's Lock hands itself on, and tries
# every order by plain recursion.


def brute_force(tasks):
    """A Counter of how all interleavings end: the values of the variables, or "deadlock"."""
    endings = Counter()

    def blocked(state, number):
        return any(
            number in waiters and (owner is not None or waiters[0] != number)
            for owner, waiters in state["locks"].values()
        )

    def step(state, number):
        """Run one task up to its next yield, to a lock it does not get, or to its end."""
        program, at, locks = tasks[number], state["at"], state["locks"]
        while at[number] < len(program):
            kind, *names = program[at[number]]
            if kind == "acquire":
                owner, waiters = locks[names[0]]
                if number in waiters:
                    waiters.remove(number)  # it was handed on to this task
                elif owner is not None or waiters:
                    waiters.append(number)
                    return
                locks[names[0]] = number, waiters
            elif kind == "release":
                locks[names[0]] = None, locks[names[0]][1]
            elif kind == "read":
                state["registers"][number] = state["values"][names[0]]
            elif kind == "write":
                state["values"][names[0]] = state["registers"][number] + 1
            at[number] += 1
            if kind == "yield":
                return
        state["done"].add(number)

    def go_on(state):
        alive = [number for number in range(len(tasks)) if number not in state["done"]]
        ready = [number for number in alive if not blocked(state, number)]
        if not ready:
            endings["deadlock" if alive else tuple(state["values"].items())] += 1
        for number in ready:
            copy = deepcopy(state)
            step(copy, number)
            go_on(copy)

    go_on(
        {
            "at": [0] * len(tasks),
            "registers": [None] * len(tasks),
            "done": set(),
            "values": dict.fromkeys(names_in(tasks, "read"), 0),
            "locks": {name: (None, []) for name in names_in(tasks, "acquire")},
        }
    )
    return endings


def names_in(tasks, wanted):
    """The names that instructions of one kind use, sorted."""
    return sorted({name for program in tasks for kind, *names in program for name in names if kind == wanted})


def as_coroutine(tasks, delay=lambda: 0):
    """The same program with asyncio: a main() that returns the values of its variables.

    A "yield" is a sleep of delay() seconds.
    """

    async def run(program, values, locks):
        register = None
        for kind, *names in program:
            if kind == "yield":
                await asyncio.sleep(delay())
            elif kind == "read":
                register = values[names[0]]
            elif kind == "write":
                values[names[0]] = register + 1
            elif kind == "acquire":
                await locks[names[0]].acquire()
            else:
                locks[names[0]].release()

    async def main():
        values = dict.fromkeys(names_in(tasks, "read"), 0)
        locks = {name: asyncio.Lock() for name in names_in(tasks, "acquire")}
        await asyncio.gather(*(run(program, values, locks) for program in tasks))
        return tuple(values.items())

    return main


def endings_of(result):
    """What explore() found, in the form of brute_force()."""
    endings = Counter()
    for outcome in result.outcomes:
        key = "deadlock" if outcome.kind == "deadlock" else eval(outcome.text.removeprefix("main returned "))
        endings[key] += outcome.count
    return endings


LOST_UPDATE = [("read", "n"), ("yield",), ("write", "n"), ("yield",)]


def locked(*instructions):
    return [("acquire", "lock"), *instructions, ("release", "lock")]


@pytest.mark.parametrize(
    ("tasks", "expected"),
    [
        ([LOST_UPDATE] * 2, {(("n", 1),): 12, (("n", 2),): 8}),
        ([LOST_UPDATE] * 3, None),
        ([[("read", "n"), ("yield",), ("write", "n")]] * 3, None),
        ([locked(("read", "n"), ("yield",), ("write", "n"))] * 2, None),
        ([locked(("read", "n"), ("yield",), ("write", "n"))] * 3, None),
        (
            [
                [("acquire", "a"), ("yield",), ("acquire", "b"), ("release", "b"), ("release", "a")],
                [("acquire", "b"), ("yield",), ("acquire", "a"), ("release", "a"), ("release", "b")],
            ],
            {"deadlock": 4, (): 2},
        ),
    ],
)
def test_known_programs_agree_with_brute_force(tasks, expected):
    """12 of 20 schedules lose an update, and the other textbook cases."""
    endings = brute_force(tasks)
    result = explore(as_coroutine(tasks))
    assert result.complete
    assert endings_of(result) == endings
    if expected is not None:
        assert endings == expected


def test_the_number_of_schedules_is_the_multinomial():
    """Two tasks of three steps have 20 schedules, three have 1,680."""
    for count, schedules in ((2, 20), (3, 1_680)):
        assert math.factorial(3 * count) // math.factorial(3) ** count == schedules
        assert explore(as_coroutine([LOST_UPDATE] * count)).explored == schedules


def random_tasks(chance):
    """Two or three tasks that read and write variables, some of them with locks."""

    def section():
        name = chance.choice("xy")
        body = [("read", name)] + [("yield",)] * chance.randint(0, 1) + [("write", name)]
        if chance.random() < 0.5:
            lock = chance.choice("ab")
            body = [("acquire", lock), *body, ("release", lock)]
        return body + [("yield",)] * chance.randint(0, 1)

    def nested():
        first, second = chance.sample("ab", 2)
        return [("acquire", first), ("yield",), ("acquire", second), ("release", second), ("release", first)]

    count = chance.choice((2, 2, 3))
    tasks = [section() if chance.random() < 0.7 else nested() for _ in range(count)]
    if count == 2:
        tasks[0] += section()
    return tasks


@pytest.mark.parametrize("seed", range(25))
def test_random_programs_agree_with_brute_force(seed):
    """Random reads, writes and locks in two or three tasks: every ending, with its exact count."""
    tasks = random_tasks(random.Random(seed))
    result = explore(as_coroutine(tasks), max_schedules=20_000, max_seconds=100)
    assert result.complete
    assert endings_of(result) == brute_force(tasks)


# -- programs as a reader writes them ---------------------------------------------------------


@pytest.mark.parametrize("main", [lose, lose_in_a_group])
def test_twelve_of_twenty_schedules_lose_an_update(main):
    result = explore(main, check=both_counted, shared="counter", bad="lose an update")
    assert (result.bad, result.explored, result.at_least) == (12, 20, 20)
    assert result.headline == "12 of 20 schedules lose an update."
    assert "possible if timing differed" in str(result)
    assert result.usual == f"{main.__name__} returned 1, which fails the check"


def test_with_the_lock_no_schedule_loses_an_update():
    result = explore(keep, check=lambda total: total == 3, bad="lose an update")
    assert result.headline == "0 of 36 schedules lose an update."
    assert result.complete
    assert result.shortest is None
    assert result.timeline() is None


def test_check_then_act():
    """Two withdrawals that both looked before either took: the account is overdrawn."""

    async def main():
        account = {"balance": 100}

        async def withdraw(amount):
            if account["balance"] >= amount:
                await asyncio.sleep(0)
                account["balance"] -= amount

        await asyncio.gather(withdraw(80), withdraw(80))
        if account["balance"] < 0:
            raise AssertionError("overdrawn")

    result = explore(main, shared="account['balance']")
    assert (result.bad, result.explored) == (4, 6)
    assert result.outcomes[-1].text == "main raised AssertionError: overdrawn"
    assert result.shortest.steps[-1]["shared"] == {"account['balance']": "-60"}


def test_a_deadlock_by_lock_order_is_found_and_explained():
    result = explore(dine)
    assert result.headline == "4 of 6 schedules end in a deadlock."
    text = result.outcomes[-1].text
    assert "use #1 waits for Lock.acquire of spoon, held by use #2, line" in text
    assert "use #2 waits for Lock.acquire of fork, held by use #1, line" in text
    assert "_locked" not in vars(asyncio.Lock)  # as asyncio made it
    assert result.shortest.steps[-1]["kind"] == "end"
    waits = {span.lane: span.end for span in result.timeline().spans if span.note.endswith("for ever")}
    assert set(waits) == {"dine", "use #1", "use #2"}


def test_a_fixed_lock_order_has_no_deadlock():
    async def main():
        fork, spoon = asyncio.Lock(), asyncio.Lock()
        await asyncio.gather(use(fork, spoon), use(fork, spoon))

    assert explore(main).bad == 0


def test_the_first_failure_in_a_group_depends_on_the_schedule():
    """A sibling may finish, or be cancelled, before or after the group hears of the failure."""

    async def main():
        log = []

        async def fail():
            log.append("failed")
            raise ValueError

        async def sibling():
            try:
                await asyncio.sleep(0)
                log.append("finished")
            except asyncio.CancelledError:
                log.append("cancelled")
                raise

        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(sibling())
                group.create_task(fail())
        except ExceptionGroup:
            return log

    result = explore(main)
    assert result.usual == "main returned ['failed', 'finished']"
    assert {outcome.text for outcome in result.outcomes} == {
        "main returned ['failed']",
        "main returned ['failed', 'cancelled']",
        "main returned ['failed', 'finished']",
        "main returned ['finished', 'failed']",
    }


def test_exact_delays_keep_their_order():
    """The slow task cannot win."""

    async def main():
        finished = []

        async def job(name, seconds):
            await asyncio.sleep(seconds)
            finished.append(name)

        await asyncio.gather(job("slow", 2), job("fast", 1))
        return "".join(finished)

    exact = explore(main)
    assert {outcome.text for outcome in exact.outcomes} == {"main returned 'fastslow'"}
    assert "Delays were exact" in str(exact)


def test_callbacks_of_the_program_are_steps_of_their_own():
    async def main():
        log = []

        async def task():
            log.append("task")

        asyncio.get_running_loop().call_soon(log.append, "callback")
        await asyncio.create_task(task())
        await asyncio.sleep(0)
        return log

    assert {o.text for o in explore(main).outcomes} >= {
        "main returned ['task', 'callback']",
        "main returned ['callback', 'task']",
    }


def test_asyncios_own_order_is_among_the_schedules():
    """For random programs, what asyncio does is one of the outcomes, and usually not the only one."""
    different = 0
    for seed in range(30):
        chance = random.Random(seed)
        plans = [[chance.choice(["turn", "event", "queue", "lock"]) for _ in range(2)] for _ in range(2)]

        async def main(plans=plans):
            log, event, queue, lock = [], asyncio.Event(), asyncio.Queue(), asyncio.Lock()

            async def work(name, plan):
                for action in plan:
                    log.append(name)
                    if action == "turn":
                        await asyncio.sleep(0)
                    elif action == "event":
                        event.set()
                        await event.wait()
                    elif action == "queue":
                        queue.put_nowait(name)
                        await asyncio.sleep(0)
                        log.append(await queue.get())
                    else:
                        async with lock:
                            await asyncio.sleep(0)

            async with asyncio.TaskGroup() as group:
                for name, plan in zip("ab", plans, strict=True):
                    group.create_task(work(name, plan))
            return "".join(log)

        result = explore(main)
        assert result.complete
        assert result.usual in {outcome.text for outcome in result.outcomes}
        different += len(result.outcomes) > 1
    assert different > 10


# -- bounds ---------------------------------------------------------------------------------


def test_a_bound_on_schedules_is_reported_honestly():
    """What is known to exist is never more than what exists."""
    whole = explore(as_coroutine([LOST_UPDATE] * 3)).explored
    for bound in (1, 10, 100, whole - 1):
        result = explore(as_coroutine([LOST_UPDATE] * 3), max_schedules=bound)
        assert result.explored == bound
        assert not result.complete
        assert bound < result.at_least <= whole
        text = f"Explored {bound:,} of at least {result.at_least:,} schedules"
        assert text in str(result)
        assert text in result._repr_html_()
    assert explore(as_coroutine([LOST_UPDATE] * 3), max_schedules=whole).complete


def test_a_bound_on_time_still_explores_one_schedule():
    result = explore(lose, max_seconds=0)
    assert result.explored == 1
    assert not result.complete


def test_a_bound_must_allow_one_schedule():
    with pytest.raises(ValueError, match="at least 1"):
        explore(lose, max_schedules=0)


def test_schedules_close_to_asyncios_come_first():
    """The first few of 1,680 already contain different endings."""
    result = explore(as_coroutine([LOST_UPDATE] * 3), max_schedules=60)
    assert len(result.outcomes) > 1


def test_a_program_that_does_not_end_is_bad():
    async def main():
        done = False

        async def wait():
            while not done:  # noqa: ASYNC110
                await asyncio.sleep(0)

        await wait()

    result = explore(main, max_steps=50)
    assert (result.bad, result.explored) == (1, 1)
    assert result.outcomes[0].text == "main was not done after 50 steps"
    assert result.headline == "1 of 1 explored schedules do not end."


def test_runs_that_were_stopped_leave_the_number_of_schedules_open():
    """Where they would have gone on, there may be more to choose."""

    async def main():
        done = False

        async def wait():
            while not done:  # noqa: ASYNC110
                await asyncio.sleep(0)

        async def stop():
            nonlocal done
            await asyncio.sleep(0)
            done = True

        await asyncio.gather(wait(), stop())

    result = explore(main, max_steps=20)
    assert 0 < result.cut < result.explored == result.at_least
    assert not result.complete
    assert "Every schedule was explored." not in str(result)
    assert f"so there are at least {result.at_least} schedules; nothing is known" in str(result)
    assert result.to_dict()["complete"] is False


# -- callbacks --------------------------------------------------------------------------------


def test_a_callback_of_the_program_may_have_a_private_name():
    """Written in C or not: only what asyncio's own code defines runs as soon as it can."""

    def programs(call):
        async def main():
            seen = {}

            async def task(number):
                seen["key"] = number
                await asyncio.sleep(0)

            call(asyncio.get_running_loop(), seen)
            await asyncio.gather(task(1), task(2))
            return seen["key"]

        return main

    def _private(seen):
        seen["key"] = "callback"

    in_c = explore(programs(lambda loop, seen: loop.call_soon(seen.__setitem__, "key", "callback")))
    private = explore(programs(lambda loop, seen: loop.call_soon(_private, seen)))
    public = explore(programs(lambda loop, seen: loop.call_soon(lambda: _private(seen))))
    counted = [
        {outcome.text: outcome.count for outcome in found.outcomes} for found in (in_c, private, public)
    ]
    assert counted[0] == counted[1] == counted[2]
    assert set(counted[0]) == {"main returned 1", "main returned 2", "main returned 'callback'"}
    assert in_c.explored == 36


def test_a_callback_that_fails_is_bad():
    """asyncio only logs it, so main returns."""

    async def main():
        asyncio.get_running_loop().call_soon(lambda: 1 / 0)
        await asyncio.sleep(0)

    result = explore(main)
    assert result.bad == result.explored
    assert {outcome.text for outcome in result.outcomes} == {
        "the callback <lambda> failed unseen: ZeroDivisionError: division by zero"
    }


def test_a_callback_that_fails_before_the_programs_own_handler_is_good():
    async def main():
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda loop, context: None)
        loop.call_soon(lambda: 1 / 0)
        await asyncio.sleep(0)

    assert explore(main).bad == 0


# -- repeatability ----------------------------------------------------------------------------


def test_results_are_the_same_each_time():
    first = explore(lose, check=both_counted, shared="counter")
    again = explore(lose, check=both_counted, shared="counter")
    assert first.to_dict() == again.to_dict()
    assert str(first) == str(again)


def test_state_that_main_does_not_reset_is_noticed():
    state = {"n": 0}

    async def main():
        state["n"] += 1
        return state["n"]

    with pytest.raises(NotRepeatable, match="main returned 1, then main returned 2") as caught:
        explore(main)
    assert "create or reset" in str(caught.value)


def test_a_program_that_takes_other_turns_is_noticed():
    """The first two runs are alike; a later one has other tasks ready."""
    runs = []

    async def main():
        runs.append(None)
        if len(runs) % 2:
            await asyncio.gather(increment(), increment())
        else:
            await asyncio.gather(increment(), increment(), increment())

    runs.append(None)
    with pytest.raises(NotRepeatable):
        explore(main)


def test_random_choices_are_noticed_later_too():
    runs = []

    async def main():
        runs.append(None)
        tasks = 2 if len(runs) < 6 else 3
        await asyncio.gather(*(increment() for _ in range(tasks)))

    with pytest.raises(NotRepeatable, match="other tasks were ready"):
        explore(main)


# -- what it leaves alone -----------------------------------------------------------------------


def test_prints_of_the_program_are_not_shown(capsys):
    async def main():
        print("hello")
        await asyncio.sleep(0)

    explore(main)
    assert capsys.readouterr().out == ""


def test_with_turns_for_the_running_loop_the_result_is_the_same():
    """explore_async() finds what explore() finds, while another task goes on."""
    tasks = as_coroutine([LOST_UPDATE] * 3)

    async def page():
        async def tick():
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0)

        ticks = 0
        ticker = asyncio.create_task(tick())
        result = await explore_async(tasks)
        ticker.cancel()
        return result, ticks

    result, ticks = asyncio.run(page())
    assert result.to_dict() == explore(tasks).to_dict()
    assert ticks > 1


def test_an_exploration_can_be_cancelled():
    """Between two schedules; the loop around it is left as it was."""

    async def page():
        exploring = asyncio.create_task(explore_async(as_coroutine([LOST_UPDATE] * 4), max_seconds=60))
        await asyncio.sleep(0)
        exploring.cancel()
        await asyncio.wait([exploring])
        assert exploring.cancelled()
        return asyncio.current_task()

    assert asyncio.run(page()) is not None


# -- how it is called -------------------------------------------------------------------------


def test_it_works_inside_a_running_loop_and_leaves_it_alone():
    async def cell():
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        result = explore(lose, check=both_counted)
        assert asyncio.get_running_loop() is loop
        assert asyncio.current_task() is task
        await asyncio.sleep(0)
        return result.bad, result.explored

    assert asyncio.run(cell()) == (12, 20)


def test_it_works_inside_virtual_time():
    async def cell():
        return explore(lose, check=both_counted).bad

    async def page():
        return await virtual(cell())

    assert asyncio.run(page()) == 12


def test_a_coroutine_instead_of_a_function_is_explained():
    with pytest.raises(TypeError, match=r"pass lose, not lose\(\)"):
        explore(lose())


def test_what_is_no_coroutine_function_is_refused():
    with pytest.raises(TypeError, match="async def"):
        explore(lambda: 3)
    with pytest.raises(TypeError, match="coroutine function"):
        explore(3)


def test_real_input_and_output_is_refused():
    """Not counted as a bad schedule: the program cannot be explored."""

    async def main():
        await asyncio.to_thread(print)

    with pytest.raises(VirtualTimeError, match="a thread"):
        explore(main)


def test_errors_of_the_check_come_out():
    def check(result):
        raise KeyError("mistake in the check")

    with pytest.raises(KeyError, match="mistake"):
        explore(lose, check=check)


def test_an_assertion_in_the_check_is_a_verdict():
    def check(result):
        if result != 2:
            raise AssertionError("an update\nis lost")

    result = explore(lose, check=check)
    assert result.bad == 12
    assert result.outcomes[-1].text.endswith("fails the check: an update is lost")


def test_keyboard_interrupt_ends_the_exploration():
    async def main():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        explore(main)


def test_a_failure_that_nobody_looks_at_is_bad():
    async def main():
        async def fail():
            raise ValueError("lost")

        task = asyncio.create_task(fail())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return task.done()

    result = explore(main)
    assert (result.bad, result.explored) == (2, 3)  # in one, main is done first
    assert result.outcomes[-1].text == "fail failed unseen: ValueError: lost"
