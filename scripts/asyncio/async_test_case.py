# /// script
# requires-python = ">=3.11"
# ///
"""Test coroutines with unittest, and see a test that tests nothing.

Run it: python async_test_case.py
"""

import asyncio
import unittest
import warnings


# [tests]
class Queue(unittest.IsolatedAsyncioTestCase):
    """Each test has a loop of its own; nothing runs before it."""

    async def asyncSetUp(self):
        self.queue = asyncio.Queue()

    async def test_first_in_first_out(self):
        await self.queue.put("soup")
        self.assertEqual(await self.queue.get(), "soup")

    async def test_this_one_is_wrong(self):
        self.assertTrue(self.queue.full())


class NotAsync(unittest.TestCase):
    async def test_this_one_is_wrong_too(self):
        self.fail()  # never reached: nobody awaits it
# [/tests]


def outcome(case):
    """How many tests of a class ran, and how many failed."""
    result = unittest.TestResult()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "was never awaited"
        unittest.defaultTestLoader.loadTestsFromTestCase(case)(result)
    return f"{result.testsRun} ran, {len(result.failures)} failed"


def main():
    for case in Queue, NotAsync:
        print(f"{case.__base__.__name__}: {outcome(case)}")


if __name__ == "__main__":
    main()
