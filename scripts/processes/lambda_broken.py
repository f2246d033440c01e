# /// script
# requires-python = ">=3.11"
# ///
"""Send a lambda to another process.

Run it: python lambda_broken.py
"""
from concurrent.futures import ProcessPoolExecutor


# [lambda]
def main():
    pixels, factor = [10, 20, 30], 2
    with ProcessPoolExecutor() as pool:
        try:
            print(*pool.map(lambda level: level * factor, pixels))
        except Exception as error:
            print(f"{type(error).__name__}: {error}")
# [/lambda]


if __name__ == "__main__":
    main()
