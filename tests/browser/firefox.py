"""Firefox as people have it: no build for tests, with the rules of its own for sound."""

import base64
import io
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import av
import numpy as np
from numpy.typing import NDArray
from playwright.async_api import Browser, Page, async_playwright

from tests.browser.visitor import RATE, OnAudio

# Hands over what the page plays of one track, in pieces of a file that only together are one.
_RECORD = """
(name) => {
  const element = document.querySelector(`audio[data-track="${name}"]`);
  const recorder = new MediaRecorder(element.srcObject, { mimeType: "audio/webm;codecs=opus" });
  let handedOver = Promise.resolve();
  recorder.ondataavailable = ({ data }) => {
    handedOver = handedOver.then(async () => {
      const bytes = new Uint8Array(await data.arrayBuffer());
      await window.playing(btoa(String.fromCharCode(...bytes)));
    });
  };
  recorder.start(500);
}
"""


@asynccontextmanager
async def browsing(
    executable: str, preferences: Mapping[str, int] | None = None
) -> AsyncIterator[Browser]:
    """A browser that plays sound as it does for anybody.

    Args:
        preferences: of ``about:config``.
    """
    async with async_playwright() as playwright:
        browser = await playwright.firefox.launch(
            # Drives a Firefox that is installed, over WebDriver BiDi.
            channel="moz-firefox",
            executable_path=executable,
            firefox_user_prefs={**(preferences or {})},
        )
        try:
            yield browser
        finally:
            await browser.close()


async def listen(page: Page, track: str, on_audio: OnAudio) -> None:
    """Hear what the page plays of a track from now on.

    Where there is no sound device, as on a machine for tests, Firefox computes no graph of audio
    nodes, which :meth:`Visitor.listen` uses; it does play, and record.
    """
    recording, heard = bytearray(), 0

    def take(piece: str) -> None:
        nonlocal heard
        recording.extend(base64.b64decode(piece))
        samples = _decoded(bytes(recording))
        if len(samples) > heard:
            on_audio(samples[heard:])
        heard = len(samples)

    await page.expose_function("playing", take)
    await page.evaluate(_RECORD, track)


def _decoded(recording: bytes) -> NDArray[np.int16]:
    """The samples of a recording as far as it goes."""
    resampler = av.AudioResampler("s16", "mono", RATE)
    parts = [np.zeros(0, np.int16)]
    with av.open(io.BytesIO(recording), "r") as container:
        for frame in container.decode(audio=0):
            parts += [mono.to_ndarray()[0].astype(np.int16) for mono in resampler.resample(frame)]
    return np.concatenate(parts)
