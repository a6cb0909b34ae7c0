"""The page in Firefox, which has ways of its own to a server, to sound and to encryption."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agent.provisioning import LiveKitServer, own_address
from agent.web.site import Site, serving
from tests.browser.firefox import browsing, listen
from tests.browser.test_page import ES, FIRST, FR, KEY, LANGUAGES, Words
from tests.browser.visitor import Visitor
from tests.fakes import tones
from tests.integration.interpreted import interpreter
from tests.integration.room import Microphone, Place, microphone

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def livekit_server(
    livekit_server_binary: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveKitServer]:
    """The server of `make web`."""
    address = own_address()
    if address.startswith("127."):
        pytest.skip("no network: Firefox needs another address for sound than a loopback one")
    folder = tmp_path_factory.mktemp("livekit")
    with LiveKitServer(livekit_server_binary, folder, media_address=address) as server:
        yield server


def site_of(server: LiveKitServer, client: Path) -> Site:
    return Site(server.url, server.api_key, server.api_secret, LANGUAGES, client)


@pytest.fixture
async def address(livekit_server: LiveKitServer, livekit_client: Path) -> AsyncIterator[str]:
    async with serving(site_of(livekit_server, livekit_client)) as url:
        yield url


@asynccontextmanager
async def visiting(
    place: Place,
    address: str,
    firefox: str,
    *,
    key: str = "",
    preferences: Mapping[str, int] | None = None,
) -> AsyncIterator[tuple[Visitor, Microphone]]:
    """Lia at the page, who wants to hear Spanish, in a room where Ana speaks."""
    async with (
        place.join("ana", key=key) as ana,
        interpreter(place, key=key, target_languages=("es", "fr")),
        microphone(ana) as ana_speaks,
        browsing(firefox, preferences) as browser,
    ):
        lia = Visitor(await browser.new_page())
        there = f"{address}/#key={key}" if key else address
        await lia.join(there, name="Lia", room=place.name, hears="es")
        yield lia, ana_speaks


@pytest.mark.parametrize("key", ["", KEY], ids=["open", "encrypted"])
async def test_a_visitor_hears_and_reads_their_language_changes_it_and_leaves(
    place: Place, address: str, firefox: str, key: str
) -> None:
    async with visiting(place, address, firefox, key=key) as (lia, ana_speaks):
        await lia.wait_for_voice(ES)
        await lia.wait_for_status("You hear Spanish")
        words = Words()
        await listen(lia.page, ES, words.take)
        ana_speaks.say(FIRST)
        await lia.wait_until_reads(tones.translate(FIRST, "es"))
        await words.wait_for(tones.translate(FIRST, "es").split())
        await lia.wait_until_reads(FIRST, "source")
        assert await lia.volumes("microphone") == [0.1], "quiet beside a translation"
        await lia.page.get_by_label("I hear").select_option("fr")
        await lia.wait_for_voice(FR)
        await lia.page.get_by_role("button", name="Leave").click()
        await lia.wait_for_status("You have left")


async def test_a_visitor_whose_browser_holds_sound_back_is_told_and_hears_after_a_click(
    place: Place, address: str, firefox: str
) -> None:
    # Each sound needs a click of its own: a choice of some people, and a rule of other browsers.
    strict = {"media.autoplay.blocking_policy": 2}
    async with visiting(place, address, firefox, preferences=strict) as (lia, _):
        await lia.wait_for_voice(ES)
        await lia.wait_for_status("holds the sound back")
        assert ES in await lia.silent()
        await lia.page.get_by_role("status").click()
        await lia.wait_for_status("You hear Spanish")
        assert await lia.silent() == []


async def test_a_visitor_whose_browser_finds_no_way_for_sound_is_told_why(
    livekit_server_binary: Path, livekit_client: Path, firefox: str, tmp_path: Path
) -> None:
    async with (
        LiveKitServer(livekit_server_binary, tmp_path) as on_loopback,
        serving(site_of(on_loopback, livekit_client)) as address,
        browsing(firefox) as browser,
    ):
        lia = Visitor(await browser.new_page())
        await lia.join(address, name="Lia", hears="es")
        await lia.wait_for_status("Firefox finds none to a server at a loopback address")
        await lia.page.get_by_role("button", name="Join").wait_for()
