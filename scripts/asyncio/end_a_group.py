# /// script
# requires-python = ">=3.15"
# ///
"""End a task group early, as soon as one answer is there (3.15).

Run it: python end_a_group.py
"""

import asyncio


# [cancel]
async def ask(mirror, seconds, group, answers):
    await asyncio.sleep(seconds)  # stands for a request
    answers.append(mirror)
    group.cancel()  # the others are no longer needed


async def first_answer():
    answers = []
    async with asyncio.TaskGroup() as group:
        for mirror, seconds in [("near", 0.01), ("far", 60)]:
            group.create_task(ask(mirror, seconds, group, answers))
    return answers  # and no exception
# [/cancel]


def main():
    print(*asyncio.run(first_answer()))


if __name__ == "__main__":
    main()
