import { expect, test } from "vitest";
import { runsTasks } from "../src/page/tasks";

test.each([
  "await main()",
  "x = [await f(n) for n in names]",
  "with open('x') as f:\n    await main()",
  "async with asyncio.TaskGroup() as group:\n    group.create_task(f())",
  "async for line in lines():\n    print(line)",
  "import asyncio\nif __name__ == '__main__':\n    asyncio.run(main())",
  "async def f():\n    await g()\n\nawait f()",
  "async def f(\n    a,\n):\n    await g()\nawait f(1)",
  "task = asyncio.create_task(f())",
])("runs tasks: %j", (source) => expect(runsTasks(source)).toBe(true));

test.each([
  "print(1)",
  "async def f():\n    await g()",
  "class A:\n    async def f(self):\n        async with self.lock:\n            await g()\nA()",
  "async def f(\n    a,\n):\n    await g()\n",
  "def f():\n    x = 1\n\n    asyncio.run(main())\nf",
  "# await main()\nx = 1  # await",
  "awaiting = 1",
])("runs none: %j", (source) => expect(runsTasks(source)).toBe(false));
