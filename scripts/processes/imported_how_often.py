# /// script
# requires-python = ">=3.11"
# ///
"""See how often a file is imported for three workers of forkserver.

Run it: python imported_how_often.py (not on Windows)
"""
import multiprocessing
import random

# [count]
print("imported as", __name__, flush=True)
generator = random.Random()               # once for each import


def draw(answers):
    answers.put(generator.random())


def main():
    context = multiprocessing.get_context("forkserver")
    answers = context.SimpleQueue()
    workers = [
        context.Process(target=draw, args=[answers]) for _ in range(3)
    ]
    for worker in workers:
        worker.start()
    drawn = [answers.get() for _ in workers]
    for worker in workers:
        worker.join()
    print("different numbers:", len(set(drawn)))
# [/count]


if __name__ == "__main__":
    main()
