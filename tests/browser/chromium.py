"""A real browser with a recording for a microphone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, async_playwright


@asynccontextmanager
async def browsing(
    executable: str, microphone: Path | None = None, *, may_speak: bool = True
) -> AsyncIterator[Browser]:
    """A browser that plays sound without a click and lends its microphone without a question.

    Args:
        microphone: a recording (WAV) that it hears once, from when the microphone is opened.
        may_speak: False refuses the microphone, without a question.
    """
    arguments = [
        "--autoplay-policy=no-user-gesture-required",
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream" if may_speak else "--deny-permission-prompts",
    ]
    if microphone is not None:
        arguments.append(f"--use-file-for-fake-audio-capture={microphone}%noloop")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=executable, args=arguments, chromium_sandbox=False
        )
        try:
            yield browser
        finally:
            await browser.close()
