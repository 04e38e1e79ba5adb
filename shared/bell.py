"""A signal between tasks: somebody has work for you.

Rule: nobody polls; who waits is woken, and a bell rung while nobody waits is heard at the next wait.
"""

import asyncio


class Bell:
    """Rung by the many, heard by the one."""

    def __init__(self) -> None:
        self.rung = asyncio.Event()

    def ring(self) -> None:
        self.rung.set()

    async def wait(self, timeout_s: float) -> None:
        """Return when rung, or after `timeout_s` seconds for a ring that got lost; the bell is silent again."""
        try:
            async with asyncio.timeout(timeout_s):
                await self.rung.wait()
        except TimeoutError:
            return
        finally:
            self.rung.clear()
