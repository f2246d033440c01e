# /// script
# requires-python = ">=3.11"
# dependencies = ["sqlalchemy", "aiosqlite"]
# ///
"""SQLAlchemy with asyncio: a session for each task, a pool for all.

Run it: python session_per_task.py
"""
import asyncio
import tempfile
from contextlib import asynccontextmanager

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import (
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Photo(Base):
    __tablename__ = "photos"
    name: Mapped[str] = mapped_column(primary_key=True)


# [session]
async def add_photo(sessions, name):
    """A task, a session, a transaction. All of it, or nothing."""
    async with sessions.begin() as session:
        session.add(Photo(name=name))
        await session.flush()
        await look_elsewhere(name)


async def count_photos(sessions):
    async with sessions() as session:
        return await session.scalar(select(func.count(Photo.name)))


@asynccontextmanager
async def database(address, **pool):
    """One engine for the program: it holds the pool."""
    engine = create_async_engine(address, **pool)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        yield async_sessionmaker(engine, expire_on_commit=False)
    finally:
        await engine.dispose()
# [/session]


at_the_owl = asyncio.Event()


async def look_elsewhere(name):
    """Stands for more work in the transaction."""
    match name:
        case "yak":
            raise ValueError("no yaks")
        case "owl":
            at_the_owl.set()
            await asyncio.Event().wait()


# [main]
async def main():
    with tempfile.TemporaryDirectory() as folder:
        address = f"sqlite+aiosqlite:///{folder}/photos.db"
        async with database(address, pool_size=2, max_overflow=0,
                            pool_timeout=0.2) as sessions:
            for name in "cat", "dog":
                await add_photo(sessions, name)
            try:
                await add_photo(sessions, "yak")
            except ValueError as error:
                print("yak:", error)
            owl = asyncio.create_task(add_photo(sessions, "owl"))
            await at_the_owl.wait()
            owl.cancel()
            await asyncio.wait([owl])
            print("owl: cancelled", owl.cancelled())
            print("photos:", await count_photos(sessions))
            await share(sessions)
            await run_out(sessions)


async def share(sessions):
    """Wrong: two tasks use one session, so one transaction."""
    async def commit_something_else():
        await session.commit()

    async with sessions() as session:
        session.add(Photo(name="half"))
        await session.flush()
        await asyncio.create_task(commit_something_else())
        await session.rollback()  # too late: half is in
    print("one session, two tasks:", await count_photos(sessions))


async def run_out(sessions):
    """Wrong: hold connections, and ask for one more."""
    async with sessions() as one, sessions() as two:
        await one.scalar(select(1))
        await two.scalar(select(1))
        try:
            await count_photos(sessions)
        except SQLAlchemyError as error:
            print("the third of two:", str(error).partition(",")[0])
# [/main]


if __name__ == "__main__":
    asyncio.run(main())
