# /// script
# requires-python = ">=3.14"
# ///
"""Choose the loop, start tasks at once, see who awaits whom (3.14).

Run it: python newer_calls.py
"""

import asyncio
import io


# [eager]
async def look_up(name, steps):
    steps.append(f"{name} begins")
    await asyncio.sleep(0)
    return name


async def in_which_order(steps):
    task = asyncio.create_task(look_up("cat", steps))
    steps.append("the caller goes on")
    await task
    return ", ".join(steps)


async def eagerly(steps):
    """Every new task runs at once, up to its first real wait."""
    loop = asyncio.get_running_loop()
    loop.set_task_factory(asyncio.eager_task_factory)
    return await in_which_order(steps)


def run(coroutine):
    """As asyncio.run, with the loop chosen, and no policy."""
    return asyncio.run(coroutine, loop_factory=asyncio.EventLoop)
# [/eager]


# [graph]
async def wait_for(door):
    await door.wait()


async def who_awaits():
    """Calls from the innermost to the task that started it all."""
    door, page = asyncio.Event(), io.StringIO()
    async with asyncio.TaskGroup() as group:
        cat = group.create_task(wait_for(door), name="cat")
        await asyncio.sleep(0)
        asyncio.print_call_graph(cat, file=page)  # or the terminal
        text = asyncio.format_call_graph(cat)  # or as a string
        graph = asyncio.capture_call_graph(cat)  # or as objects
        door.set()
    printed = page.getvalue().splitlines()
    calls = [line.split()[-1] for line in printed if "async " in line]
    frames = len(graph.call_stack)
    return calls, text.startswith(printed[0]), frames
# [/graph]


def main():
    print("usual:", run(in_which_order([])))
    print("eager:", run(eagerly([])))
    calls, same, frames = run(who_awaits())
    print("calls:", " <- ".join(calls))
    print("as a string:", same, "frames of the task:", frames)


if __name__ == "__main__":
    main()
