# /// script
# requires-python = ">=3.11"
# ///
"""Use a device in a child by fork that the parent has opened.

For Linux and macOS. Run it: python device_over_fork_broken.py
"""
import multiprocessing
import os


# [device]
class Device:
    """Stands for a GPU's driver: its state dies with a fork."""

    opened_by = None

    @classmethod
    def compute(cls):
        if cls.opened_by not in (None, os.getpid()):
            raise RuntimeError(
                "Cannot re-initialize CUDA in forked subprocess"
            )
        cls.opened_by = os.getpid()
        return "computed"


def child(answers):
    try:
        answers.put(Device.compute())
    except RuntimeError as error:
        answers.put(f"RuntimeError: {error}")


def main():
    print("parent:", Device.compute())
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()
    process = context.Process(target=child, args=[answers])
    process.start()
    print("child:", answers.get())
    process.join()
# [/device]



if __name__ == "__main__":
    main()
