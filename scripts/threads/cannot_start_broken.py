# /// script
# requires-python = ">=3.11"
# ///
"""Start threads until the system refuses one.

For Linux. Run it: python cannot_start_broken.py
"""
import resource
import threading

MEGABYTE = 2**20
done = threading.Event()


# [start]
def wait_for_answer(number):
    done.wait()


def start_all(count):
    threads = []
    for number in range(count):
        one = threading.Thread(target=wait_for_answer, args=[number])
        one.start()
        threads.append(one)
# [/start]


def main():
    # A limit as a container has one: too small for 1,000 stacks.
    threading.stack_size(32 * MEGABYTE)
    resource.setrlimit(
        resource.RLIMIT_AS, (1024 * MEGABYTE, 1024 * MEGABYTE)
    )
    try:
        start_all(1000)
        print("all done")
    except RuntimeError as error:
        print(f"RuntimeError: {error}")
    done.set()



if __name__ == "__main__":
    main()
