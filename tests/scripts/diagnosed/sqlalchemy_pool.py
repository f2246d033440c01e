"""SQLAlchemy's pool of two connections is the limit."""

# verdict: It waits for its own limit
# line: with engine.connect():
# needs: sqlalchemy

import time
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import create_engine
from sqlalchemy.pool import QueuePool

engine = create_engine(
    "sqlite://",
    poolclass=QueuePool,
    pool_size=2,
    max_overflow=0,
    connect_args={"check_same_thread": False},
)


def work(_):
    with engine.connect():
        time.sleep(0.15)


with ThreadPoolExecutor(10) as pool:
    list(pool.map(work, range(16)))
