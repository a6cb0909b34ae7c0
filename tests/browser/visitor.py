"""Somebody at the page."""

import base64
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from playwright.async_api import Page

RATE = 48_000

# Hands over what the page plays of one track, as it comes out of the browser's decoder.
_LISTEN = """
async (name) => {
  const element = document.querySelector(`audio[data-track="${name}"]`);
  const context = new AudioContext({ sampleRate: 48000 });
  const tap = context.createScriptProcessor(4096, 1, 1);
  tap.onaudioprocess = (event) => {
    const samples = event.inputBuffer.getChannelData(0);
    const bytes = new Uint8Array(Int16Array.from(samples, (value) => 32767 * value).buffer);
    window.playing(btoa(String.fromCharCode(...bytes)));
  };
  context.createMediaStreamSource(element.srcObject).connect(tap);
  tap.connect(context.destination);
}
"""
# A lost connection leaves its elements until the tracks are there again.
_PLAYS = """
name => document.querySelector(`audio[data-track="${name}"]`)?.srcObject?.active
"""
OnAudio = Callable[[NDArray[np.int16]], None]
"""Told what the page plays: mono, 48 kHz."""


@dataclass(frozen=True)
class Visitor:
    """Uses the page as a person does: by what is written on it."""

    page: Page

    async def join(
        self,
        address: str,
        *,
        name: str,
        hears: str,
        room: str = "main",
        speaks: str = "",
        voice: str = "",
    ) -> None:
        """Fill the form and enter the room."""
        await self.page.goto(address)
        await self.fill(name=name, hears=hears, room=room, speaks=speaks, voice=voice)

    async def fill(
        self, *, name: str, hears: str, room: str = "main", speaks: str = "", voice: str = ""
    ) -> None:
        """The same where the page is open already."""
        await self.page.get_by_label("Your name").fill(name)
        await self.page.get_by_label("Room").fill(room)
        await self.page.locator(f'#hears option[value="{hears}"]').wait_for(state="attached")
        await self.page.get_by_label("I speak").select_option(speaks)
        if voice:
            await self.page.get_by_label("My voice").select_option(voice)
        await self.page.get_by_label("I hear").select_option(hears)
        await self.page.get_by_role("button", name="Join").click()

    async def wait_for_status(self, text: str) -> None:
        await self.page.get_by_role("status").filter(has_text=text).wait_for()

    async def wait_for_focus(self, element: str) -> None:
        """Return when the keyboard is with the element of an id."""
        await self.page.wait_for_function("id => document.activeElement.id === id", arg=element)

    async def wait_for_voice(self, track: str) -> None:
        """Return when the page plays a track."""
        await self.page.wait_for_function(_PLAYS, arg=track)

    async def wait_for_silence(self, track: str) -> None:
        """Return when the page plays a track no more."""
        await self.page.locator(f'audio[data-track="{track}"]').wait_for(state="detached")

    async def volumes(self, track: str) -> list[float]:
        """How loud the page plays the tracks of a name, 0 to 1."""
        found: list[float] = await self.page.eval_on_selector_all(
            f'audio[data-track="{track}"]', "all => all.map(one => one.volume)"
        )
        return found

    async def silent(self) -> list[str]:
        """Names of the tracks that the browser does not let it play."""
        names: list[str] = await self.page.eval_on_selector_all(
            "audio", "all => all.filter(one => one.paused).map(one => one.dataset.track)"
        )
        return names

    async def voices(self) -> list[str]:
        """Names of the tracks that the page plays."""
        names: list[str] = await self.page.eval_on_selector_all(
            "audio", "all => all.map(one => one.dataset.track)"
        )
        return names

    async def listen(self, track: str, on_audio: OnAudio) -> None:
        """Hear what the page plays of a track from now on."""

        def take(data: str) -> None:
            on_audio(np.frombuffer(base64.b64decode(data), dtype=np.int16))

        await self.page.expose_function("playing", take)
        await self.page.evaluate(_LISTEN, track)

    async def reads(self, line: str) -> list[str]:
        """The page's captions: of ``translation``, ``source`` or ``speaker``."""
        return await self.page.locator(f"article .{line}").all_inner_texts()

    async def wait_until_reads(self, text: str, line: str = "translation") -> None:
        found = self.page.locator(f"article .{line}:not(.open)").filter(has_text=text)
        await found.first.wait_for()
