"""The page in a real browser, in a real room; the interpreter's engines are scripted."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

import aiohttp
import pytest

from agent.provisioning import LiveKitServer
from agent.web.site import Site, serving
from livekit import api, rtc
from tests.browser.chromium import browsing
from tests.browser.command import web
from tests.browser.visitor import RATE, Visitor
from tests.fakes import tones
from tests.integration.interpreted import interpreter
from tests.integration.room import PATIENCE_SECONDS, Microphone, Place, microphone

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

KEY = "q+3/x & 100% =="
FIRST, SECOND = "alpha bravo over.", "delta echo over."
ES, FR = "translation/ana/es", "translation/ana/fr"
LANGUAGES = ("en", "es", "fr")
# Shows a caption as the page shows one that comes from a room.
_SHOW = """
([text, speaker]) => read({
  info: { attributes: {
    "lk.segment_id": "translation",
    "interpreter.source_segment_id": "source",
    "interpreter.speaker": speaker,
    language: "ar",
  } },
  readAll: async () => text,
})
"""
# Loses the page's connection and waits until it is there again.
_RECONNECTED = """
async (how) => {
  const back = new Promise((resolve) => room.once(RoomEvent.Reconnected, resolve));
  await room.simulateScenario(how);
  await back;
}
"""


@pytest.fixture
async def address(livekit_server: LiveKitServer, livekit_client: Path) -> AsyncIterator[str]:
    key, secret = livekit_server.api_key, livekit_server.api_secret
    async with serving(Site(livekit_server.url, key, secret, LANGUAGES, livekit_client)) as url:
        yield url


@asynccontextmanager
async def visiting(
    place: Place, address: str, chromium: str, *, hears: str, key: str = ""
) -> AsyncIterator[tuple[Visitor, Microphone]]:
    """Lia at the page, in a room where Ana speaks.

    Args:
        key: of the room, which is end-to-end encrypted then.
    """
    async with (
        place.join("ana", key=key) as ana,
        interpreter(place, key=key, target_languages=("es", "fr")),
        microphone(ana) as ana_speaks,
        browsing(chromium) as browser,
    ):
        lia = Visitor(await browser.new_page())
        await lia.join(address, name="Lia", room=place.name, hears=hears)
        yield lia, ana_speaks


class Words:
    """Reads the words of tones back from audio."""

    def __init__(self) -> None:
        self._listener = tones.Listener(RATE)
        self._changed = asyncio.Event()
        self.heard: list[str] = []

    def take(self, samples: tones.Samples) -> None:
        self.heard += self._listener.hear(samples)
        self._changed.set()

    async def wait_for(self, words: list[str]) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self.heard != words:
                self._changed.clear()
                await self._changed.wait()


async def hear_and_read_in_spanish(lia: Visitor, ana_speaks: Microphone) -> None:
    """Have Ana speak, and wait until Lia's page has said and shown that, and nothing else."""
    await lia.wait_for_voice(ES)
    words = Words()
    await lia.listen(ES, words.take)
    ana_speaks.say(FIRST)
    await lia.wait_until_reads(tones.translate(FIRST, "es"))
    await words.wait_for(tones.translate(FIRST, "es").split())


async def test_a_visitor_hears_and_reads_their_language(
    place: Place, address: str, chromium: str
) -> None:
    async with visiting(place, address, chromium, hears="es") as (lia, ana_speaks):
        await lia.wait_for_status("You hear Spanish")
        await hear_and_read_in_spanish(lia, ana_speaks)
        await lia.wait_until_reads(FIRST, "source")
        assert await lia.reads("speaker") == ["ana"]
        assert FR not in await lia.voices()


async def test_who_has_scrolled_back_to_read_is_left_there(
    place: Place, address: str, chromium: str
) -> None:
    async with visiting(place, address, chromium, hears="es") as (lia, ana_speaks):
        await lia.wait_for_voice(ES)
        # As low as if many sentences were there already.
        await lia.page.add_style_tag(content="main { flex: none; height: 20px; }")
        captions = lia.page.locator("#captions")
        ana_speaks.say(FIRST)
        await lia.wait_until_reads(tones.translate(FIRST, "es"))
        assert await captions.evaluate("it => it.scrollTop") > 0, "the newest is in sight"
        await captions.evaluate("it => it.scrollTo(0, 0)")
        ana_speaks.say(SECOND)
        await lia.wait_until_reads(tones.translate(SECOND, "es"))
        assert await captions.evaluate("it => it.scrollTop") == 0


async def test_a_visitor_changes_the_language_and_leaves(
    place: Place, address: str, chromium: str
) -> None:
    async with visiting(place, address, chromium, hears="original") as (lia, ana_speaks):
        await lia.wait_for_status("You hear the original")
        await lia.wait_for_focus("hears")
        await lia.page.get_by_label("I hear").select_option("fr")
        await lia.wait_for_voice(FR)
        ana_speaks.say(SECOND)
        await lia.wait_until_reads(tones.translate(SECOND, "fr"))
        assert ES not in await lia.voices()
        await lia.page.get_by_role("button", name="Leave").click()
        await lia.wait_for_status("You have left")
        await lia.wait_for_focus("join")
        assert await lia.voices() == []


async def test_a_visitor_hears_on_after_the_connection_was_lost(
    place: Place, address: str, chromium: str
) -> None:
    async with visiting(place, address, chromium, hears="es") as (lia, ana_speaks):
        await lia.wait_for_voice(ES)
        for how in ("resume-reconnect", "full-reconnect"):
            await lia.page.evaluate(_RECONNECTED, how)
        await lia.wait_for_status("You hear Spanish")
        await hear_and_read_in_spanish(lia, ana_speaks)
        assert sorted(await lia.voices()) == ["microphone", ES], "each once"


async def test_a_translation_is_as_loud_as_it_is_whatever_was_played_before(
    place: Place, address: str, chromium: str
) -> None:
    async with visiting(place, address, chromium, hears="es") as (lia, _):
        async with place.join("ben") as ben, microphone(ben):
            await lia.wait_for_voice("translation/ben/es")
            await lia.wait_for_voice(ES)
            assert set(await lia.volumes("microphone")) == {0.1}, "quiet beside a translation"
        await lia.wait_for_silence("translation/ben/es")
        await lia.page.get_by_label("I hear").select_option("fr")
        await lia.wait_for_voice(FR)
        assert await lia.volumes(FR) == [1]


async def test_a_language_that_runs_from_right_to_left_does_so(address: str, chromium: str) -> None:
    async with browsing(chromium) as browser:
        page = await browser.new_page()
        await page.goto(address)
        for text, speaker in [("أهلا بكم في مؤتمر LiveKit!", "ليلى"), ("Welcome!", "Lia")]:
            await page.evaluate(_SHOW, [text, speaker])
            directions = await page.eval_on_selector_all(
                "article .translation, article .speaker",
                "lines => lines.map((line) => getComputedStyle(line).direction)",
            )
            assert directions == ["ltr" if text.isascii() else "rtl"] * 2


@pytest.mark.parametrize("written", [KEY, quote(KEY)])
async def test_a_visitor_hears_and_reads_with_the_key_of_an_encrypted_room(
    place: Place, address: str, chromium: str, written: str
) -> None:
    there = f"{address}/#key={written}"
    async with visiting(place, there, chromium, hears="es", key=KEY) as (lia, ana_speaks):
        await hear_and_read_in_spanish(lia, ana_speaks)


@pytest.mark.parametrize(
    ("fragment", "told"), [("", "as #key="), ("#key=another", "with another key")]
)
async def test_a_visitor_without_the_key_is_told(
    place: Place, address: str, chromium: str, fragment: str, told: str
) -> None:
    there = f"{address}/{fragment}"
    async with visiting(place, there, chromium, hears="es", key=KEY) as (lia, ana_speaks):
        ana_speaks.say(FIRST)
        await lia.wait_for_status(told)
        assert await lia.reads("source") == []


async def test_a_key_that_is_put_behind_the_address_of_the_open_page_is_taken(
    place: Place, address: str, chromium: str
) -> None:
    async with visiting(place, address, chromium, hears="es", key=KEY) as (lia, ana_speaks):
        await lia.wait_for_status("as #key=")
        async with lia.page.expect_event("load"):
            await lia.page.goto(f"{address}/#key={KEY}")
        await lia.fill(name="Lia", room=place.name, hears="es")
        await hear_and_read_in_spanish(lia, ana_speaks)


async def test_somebody_with_another_key_is_no_trouble_any_more_when_they_have_left(
    place: Place, address: str, chromium: str
) -> None:
    there = f"{address}/#key={KEY}"
    async with visiting(place, there, chromium, hears="es", key=KEY) as (lia, _):
        async with place.join("eve", key="another") as eve, microphone(eve) as eve_speaks:
            eve_speaks.say(FIRST)
            await lia.wait_for_status("with another key")
        await lia.wait_for_status("You hear Spanish")


async def test_what_a_visitor_says_is_encrypted_with_the_key(
    place: Place, address: str, chromium: str
) -> None:
    async with place.join("luc", key=KEY) as room, browsing(chromium) as browser:
        decrypted = asyncio.Event()
        room.on(
            "e2ee_state_changed",
            lambda _, state: decrypted.set() if state == rtc.EncryptionState.OK else None,
        )
        lia = Visitor(await browser.new_page())
        wishes = {"name": "Lia", "speaks": "en", "hears": "original"}
        await lia.join(f"{address}/#key={quote(KEY)}", room=place.name, **wishes)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await decrypted.wait()


async def test_a_visitor_mutes_and_comes_back_to_speak(
    place: Place, address: str, chromium: str
) -> None:
    async with place.join("luc") as room, browsing(chromium) as browser:
        lia = Visitor(await browser.new_page())
        muted = asyncio.Event()
        room.on("track_muted", lambda *_: muted.set())
        wishes = {"speaks": "en", "voice": "male", "hears": "original"}
        await lia.join(address, name="Lia", room=place.name, **wishes)
        await lia.page.get_by_role("button", name="Mute", exact=True).click()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await muted.wait()
        (there,) = room.remote_participants.values()
        assert there.attributes == {f"interpreter.{name}": wish for name, wish in wishes.items()}
        await lia.page.get_by_role("button", name="Unmute").wait_for()
        await lia.page.get_by_role("button", name="Leave").click()
        await lia.wait_for_status("You have left")
        await lia.page.get_by_role("button", name="Join").click()
        await lia.page.get_by_role("button", name="Mute", exact=True).wait_for()


async def test_a_visitor_whose_microphone_is_refused_is_told_what_to_do(
    place: Place, address: str, chromium: str
) -> None:
    async with browsing(chromium, may_speak=False) as browser:
        lia = Visitor(await browser.new_page())
        await lia.join(address, name="Lia", room=place.name, speaks="en", hears="original")
        await lia.wait_for_status("the microphone could not be opened")
        await lia.wait_for_status("choose to listen only")
        await lia.page.get_by_label("I speak").select_option("")
        await lia.page.get_by_role("button", name="Join").click()
        await lia.wait_for_status("Waiting for the interpreter")


async def test_a_visitor_whose_room_is_closed_is_told(
    place: Place, address: str, chromium: str
) -> None:
    async with browsing(chromium) as browser, place.access() as access:
        lia = Visitor(await browser.new_page())
        await lia.join(address, name="Lia", room=place.name, hears="original")
        await lia.wait_for_status("Waiting for the interpreter")
        await access.room.delete_room(api.DeleteRoomRequest(room=place.name))
        await lia.wait_for_status("The connection has ended")
        await lia.page.get_by_role("button", name="Join").wait_for()


async def test_the_page_alone_leads_to_a_server_that_runs_already(
    place: Place, livekit_server: LiveKitServer, livekit_client: Path, chromium: str
) -> None:
    access = {
        "LIVEKIT_URL": livekit_server.url,
        "LIVEKIT_API_KEY": livekit_server.api_key,
        "LIVEKIT_API_SECRET": livekit_server.api_secret,
        "INTERPRETER_TARGET_LANGUAGES": "fr",
        "INTERPRETER_ON_DEMAND_LANGUAGES": "es",
    }
    async with (
        web("--page-only", **access) as address,
        visiting(place, address, chromium, hears="es") as (lia, ana_speaks),
    ):
        offered = lia.page.locator("#speaks option:not([value=''])")
        values = [await one.get_attribute("value") for one in await offered.all()]
        assert values == ["en,fr,es", "en", "fr", "es"], "any of them, or one"
        await lia.wait_for_voice(ES)
        ana_speaks.say(FIRST)
        await lia.wait_until_reads(tones.translate(FIRST, "es"))


async def test_what_a_visitor_may_not_leave_out_is_said(address: str) -> None:
    async with aiohttp.ClientSession() as client:
        wishes = {"name": " ", "room": "main", "hears": "es"}
        async with client.post(f"{address}/ticket", json=wishes) as answer:
            assert answer.status == 400
            assert "name" in await answer.text()
