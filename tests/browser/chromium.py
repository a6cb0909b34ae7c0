"""A real browser with a recording for a microphone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, async_playwright


@asynccontextmanager
async def browsing(executable: str, microphone: Path | None = None) -> AsyncIterator[Browser]:
    """A browser that plays sound without a click and lends its microphone without a question.

    Args:
        microphone: a recording (WAV) that it hears once, from when the microphone is opened.
    """
    arguments = [
        "--autoplay-policy=no-user-gesture-required",
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
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
