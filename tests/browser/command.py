"""`python -m agent.web` as a process of its own."""

import asyncio
import os
import re
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def web(*arguments: str, **environment: str) -> AsyncIterator[str]:
    """The command, until it is stopped; gives the page's address."""
    command = (sys.executable, "-m", "agent.web", "--port", "0", *arguments)
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env={**os.environ, **environment}, stdout=PIPE, stderr=STDOUT
    )
    assert process.stdout is not None
    said = ""
    try:
        while not (found := re.search(r"Open (http://\S+)", said)):
            line = (await process.stdout.readline()).decode()
            assert line, said
            said += line
        yield found[1]
    finally:
        process.terminate()
        rest = await process.stdout.read()
        assert await process.wait() == 130, said + rest.decode()
