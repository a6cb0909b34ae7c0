"""A room with a real server, real participants and audio; only the models are scripted."""

from functools import partial

import pytest
from livekit.agents import tts

from tests.fakes import tones
from tests.fakes.engines import FakeEngines, FakeTTS
from tests.integration.interpreted import SENTENCE, conversation, heard, interpreter
from tests.integration.room import Ear, Place, ear, microphone

ES, FR = "translation/ana/es", "translation/ana/fr"

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]


def has_read(listener: Ear, sentence: str) -> bool:
    return sentence in listener.finals("en")


async def test_a_listener_hears_and_reads_the_translation(place: Place) -> None:
    async with (
        place.join("ana") as ana,
        place.join("listener") as listening,
        ear(listening) as listener,
        interpreter(place, target_languages=("es", "fr")),
        microphone(ana) as ana_speaks,
    ):
        await listener.wait_for(lambda: len(listener.audible) == 2)
        ana_speaks.say(SENTENCE)
        spanish, french = (tones.translate(SENTENCE, code) for code in ("es", "fr"))
        await listener.wait_for(lambda: heard(listener, "translation/ana/es", spanish))
        await listener.wait_for(lambda: heard(listener, "translation/ana/fr", french))
        await listener.wait_for(lambda: listener.finals("en") == [SENTENCE])
        await listener.wait_for(lambda: listener.finals("es") == [spanish])
        await listener.wait_for(lambda: listener.finals("fr") == [french])

        finals = {caption.language: caption for caption in listener.captions if caption.final}
        assert {caption.sender for caption in listener.captions} == {"ana"}
        assert {c.attributes["interpreter.speaker"] for c in listener.captions} == {"ana"}
        track = {
            language: c.attributes["lk.transcribed_track_id"] for language, c in finals.items()
        }
        assert track == {
            "en": ana_speaks.sid,
            "es": listener.tracks["translation/ana/es"],
            "fr": listener.tracks["translation/ana/fr"],
        }
        segments = {caption.attributes["lk.segment_id"] for caption in finals.values()}
        assert len(segments) == 3
        pairs = {c.attributes["interpreter.source_segment_id"] for c in finals.values()}
        assert pairs == {finals["en"].attributes["lk.segment_id"]}


async def test_captions_grow_and_never_take_back(place: Place) -> None:
    async with conversation(place) as (ana_speaks, listener):
        await listener.wait_for(lambda: listener.audible)
        ana_speaks.say("alpha bravo charlie delta echo over.")
        await listener.wait_for(lambda: bool(listener.finals("en")))
        texts = [caption.text for caption in listener.captions if caption.language == "en"]
        assert len(texts) > 2, "the caption was shown while ana spoke"
        assert all(
            later.startswith(earlier) for earlier, later in zip(texts, texts[1:], strict=False)
        )


async def test_the_translated_track_is_named_and_never_a_microphone(place: Place) -> None:
    async with (
        place.join("ana") as ana,
        place.join("listener") as listening,
        ear(listening) as listener,
        interpreter(place),
        microphone(ana),
    ):
        await listener.wait_for(lambda: list(listener.tracks) == ["translation/ana/es"])
        agent = listening.remote_participants["interpreter"]
        (publication,) = agent.track_publications.values()
        assert publication.source == 0, "unknown, so that several can be told apart"


async def test_two_speakers_two_languages_and_no_cross_talk(place: Place) -> None:
    german = {"interpreter.speaks": "de"}
    async with (
        place.join("ana") as ana,
        place.join("ben", attributes=german) as ben,
        place.join("listener") as listening,
        ear(listening) as listener,
        interpreter(place, target_languages=("es", "fr")),
        microphone(ana) as ana_speaks,
        microphone(ben) as ben_speaks,
    ):
        await listener.wait_for(lambda: len(listener.audible) == 4)
        said = {"ana": "alpha bravo alpha bravo over.", "ben": "delta echo delta echo over."}
        ana_speaks.say(said["ana"])
        ben_speaks.say(said["ben"])
        for who, text in said.items():
            for code in ("es", "fr"):
                name, expected = f"translation/{who}/{code}", tones.translate(text, code)
                await listener.wait_for(partial(heard, listener, name, expected))
        await listener.wait_for(lambda: len(listener.finals("es")) == 2)
        by_sender = {c.sender: c.text for c in listener.captions if c.final and c.language == "es"}
        assert by_sender == {who: tones.translate(text, "es") for who, text in said.items()}
        assert {c.sender for c in listener.captions if c.language == "de"} == {"ben"}


async def test_each_speaker_has_a_voice_of_their_own(place: Place) -> None:
    engines = FakeEngines()
    async with (
        place.join("ben", attributes={"interpreter.voice": "male"}) as ben,
        place.join("listener") as listening,
        ear(listening) as listener,
        interpreter(place, engines),
        microphone(ben),
    ):
        await listener.wait_for(lambda: len(listener.tracks) == 1)
        async with place.join("ana") as ana, microphone(ana) as ana_speaks:
            await listener.wait_for(lambda: len(listener.tracks) == 2)
            await ana.local_participant.set_attributes({"interpreter.voice": "maria"})
            ana_speaks.say(SENTENCE)
            await listener.wait_for(lambda: len(engines.cast) == 3)
        await listener.wait_for(lambda: len(listener.tracks) == 1)
        async with place.join("eva") as eva, microphone(eva):
            await listener.wait_for(lambda: len(listener.tracks) == 2)
    assert engines.cast == [
        ("ben", "es", "otto"),
        ("ana", "es", "anna"),
        ("ana", "es", "maria"),
        ("eva", "es", "anna"),
    ]


async def test_a_speaker_who_leaves_mid_sentence(place: Place) -> None:
    """What was said is still spoken, the tracks go, and the other speaker is not disturbed."""
    async with (
        place.join("ben") as ben,
        place.join("listener") as listening,
        ear(listening) as listener,
        interpreter(place),
        microphone(ben) as ben_speaks,
    ):
        async with place.join("ana") as ana, microphone(ana) as ana_speaks:
            await listener.wait_for(lambda: len(listener.audible) == 2)
            ana_speaks.say("alpha bravo charlie delta")
            ben_speaks.say("echo delta echo delta echo delta over.")
            await listener.wait_for(
                lambda: any("charlie" in c.text for c in listener.captions if c.sender == "ana")
            )
        await listener.wait_for(lambda: list(listener.tracks) == ["translation/ben/es"])
        spoken = listener.heard["translation/ana/es"]
        assert spoken[:3] == ["alphaes", "bravoes", "charliees"]
        expected = tones.translate("echo delta echo delta echo delta over.", "es")
        await listener.wait_for(lambda: heard(listener, "translation/ben/es", expected))


async def test_a_speaker_who_comes_back_is_interpreted_again(place: Place) -> None:
    async with (
        place.join("listener") as listening,
        ear(listening) as listener,
        interpreter(place),
        place.join("ana") as ana,
    ):
        for sentence in ("alpha bravo over.", "delta echo over."):
            async with microphone(ana) as ana_speaks:
                await listener.wait_for(lambda: listener.audible)
                ana_speaks.say(sentence)
                await listener.wait_for(partial(has_read, listener, sentence))
                await ana.local_participant.unpublish_track(ana_speaks.sid)
            await listener.wait_for(lambda: not listener.tracks)
        expected = tones.translate("alpha bravo over. delta echo over.", "es")
        await listener.wait_for(lambda: heard(listener, "translation/ana/es", expected))


async def test_agents_are_not_interpreted(place: Place) -> None:
    async with (
        place.join("ana") as ana,
        place.join("assistant", kind="agent") as assistant,
        place.join("listener") as listening,
        ear(listening) as listener,
        interpreter(place) as events,
        microphone(assistant) as assistant_speaks,
    ):
        assistant_speaks.say("echo echo over.")
        async with microphone(ana) as ana_speaks:
            await assistant_speaks.wait_said()
            ana_speaks.say("alpha bravo over.")
            await listener.wait_for(lambda: bool(listener.finals("es")))
        assert {event.stream for event in events} == {"ana"}
        assert set(listener.heard) <= {"translation/ana/es"}


async def test_two_interpreters_do_not_interpret_each_other(place: Place) -> None:
    async with (
        place.join("ana") as ana,
        place.join("listener") as listening,
        ear(listening) as listener,
        interpreter(place, identity="first", target_languages=("es",)),
        interpreter(place, identity="second", target_languages=("fr",)),
        microphone(ana) as ana_speaks,
    ):
        await listener.wait_for(lambda: len(listener.audible) == 2)
        ana_speaks.say("alpha bravo over.")
        await listener.wait_for(lambda: bool(listener.finals("es") and listener.finals("fr")))
        assert set(listener.tracks) == {"translation/ana/es", "translation/ana/fr"}


async def test_changing_the_spoken_language_changes_the_routes(place: Place) -> None:
    async with (
        place.join("ana") as ana,
        place.join("listener") as listening,
        ear(listening) as listener,
        interpreter(place, target_languages=("es", "fr")),
        microphone(ana),
    ):
        await listener.wait_for(lambda: len(listener.tracks) == 2)
        await ana.local_participant.set_attributes({"interpreter.speaks": "fr"})
        await listener.wait_for(lambda: list(listener.tracks) == ["translation/ana/es"])


@pytest.mark.parametrize("direct", [(), ("es",)])
async def test_a_detected_language_loses_nothing_of_the_beginning(
    place: Place, direct: tuple[str, ...]
) -> None:
    engines = FakeEngines(direct=direct)
    async with (
        place.join("ana") as ana,
        place.join("listener", subscribe=False) as listening,
        ear(listening) as listener,
        interpreter(place, engines, source_language=(), target_languages=("en", "es")),
        microphone(ana) as ana_speaks,
    ):
        await ana_speaks.wait_subscribed()
        ana_speaks.say(SENTENCE)
        await listener.wait_for(lambda: listener.finals("es") == [tones.translate(SENTENCE, "es")])
        assert list(listener.tracks) == ["translation/ana/es"]


async def test_each_sentence_is_interpreted_out_of_the_language_that_it_is_in(
    place: Place,
) -> None:
    """Two people with one microphone, or somebody who speaks two languages."""
    english, spanish = SENTENCE, tones.translate("delta echo over.", "es")
    into = tones.translate
    async with (
        place.join("ana", attributes={"interpreter.speaks": "en,es"}) as ana,
        place.join("listener") as listening,
        ear(listening) as listener,
        interpreter(place, target_languages=("en", "es", "fr")),
        microphone(ana) as ana_speaks,
    ):
        await ana_speaks.wait_subscribed()
        for said in (english, spanish, english):
            ana_speaks.say(said)
        everything = [english, spanish, english]
        for language, of in (("es", [english] * 2), ("en", [spanish]), ("fr", everything)):
            expected = [into(said, language) for said in of]
            name = f"translation/ana/{language}"
            await listener.wait_for(partial(heard, listener, name, " ".join(expected)))
        await listener.wait_for(lambda: set(listener.tracks) == {ES, FR})
        read = [text.lower() for text in listener.finals("fr")]
        assert read == [into(said, "fr") for said in everything]
        # The original in Spanish stands among the translations into it.
        read = sorted(text.lower() for text in listener.finals("es"))
        assert read == sorted(into(said, "es") for said in everything)


async def test_a_direct_route_is_heard_beside_one_by_text(place: Place) -> None:
    async with (
        place.join("ana") as ana,
        place.join("listener") as listening,
        ear(listening) as listener,
        interpreter(place, FakeEngines(direct=("es",)), target_languages=("es", "fr")) as events,
        microphone(ana) as ana_speaks,
    ):
        await listener.wait_for(lambda: len(listener.audible) == 2)
        ana_speaks.say(SENTENCE)
        for language in ("es", "fr"):
            expected = tones.translate(SENTENCE, language)
            await listener.wait_for(
                partial(heard, listener, f"translation/ana/{language}", expected)
            )
            await listener.wait_for(lambda: listener.finals(language) == [expected])  # noqa: B023
        await listener.wait_for(lambda: listener.finals("en") == [SENTENCE])
        said = {e.language: e.segment_id for e in events if e.kind == "source"}
        assert said.keys() == {"en", "es"}, "the direct route's sentences are its own"
        spoken = {e.language: e.segment_id for e in events if e.kind == "spoken"}
        assert spoken == {"es": said["es"], "fr": said["en"]}


async def test_a_failing_recogniser_leaves_the_other_speaker_alone(place: Place) -> None:
    async with (
        place.join("ana") as ana,
        place.join("ben") as ben,
        place.join("listener") as listening,
        ear(listening) as listener,
        interpreter(place, FakeEngines(poison="echo")),
        microphone(ana) as ana_speaks,
        microphone(ben) as ben_speaks,
    ):
        await listener.wait_for(lambda: len(listener.audible) == 2)
        ana_speaks.say("echo")
        ben_speaks.say(SENTENCE)
        expected = tones.translate(SENTENCE, "es")
        await listener.wait_for(lambda: heard(listener, "translation/ben/es", expected))
        ana_speaks.say("alpha bravo over.")
        await listener.wait_for(lambda: "alpha bravo over." in listener.finals("en"))


async def test_an_unknown_language_of_one_speaker_leaves_the_others_alone(place: Place) -> None:
    class Choosy(FakeEngines):
        def stt(self, languages: tuple[str, ...]):  # type: ignore[no-untyped-def]
            if "tlh" in languages:
                raise ValueError("no engine recognises tlh")
            return super().stt(languages)

    async with (
        place.join("ana", attributes={"interpreter.speaks": "tlh"}) as ana,
        place.join("ben") as ben,
        place.join("listener") as listening,
        ear(listening) as listener,
        interpreter(place, Choosy()),
        microphone(ana),
        microphone(ben) as ben_speaks,
    ):
        await listener.wait_for(lambda: listener.audible)
        ben_speaks.say(SENTENCE)
        await listener.wait_for(lambda: listener.finals("en") == [SENTENCE])
        assert list(listener.tracks) == ["translation/ben/es"]
        await ana.local_participant.set_attributes({"interpreter.speaks": "en"})
        await listener.wait_for(lambda: set(listener.tracks) == {ES, "translation/ben/es"})


async def test_captions_go_on_when_no_voice_can_be_reached(place: Place) -> None:
    async with (
        place.join("ana") as ana,
        place.join("listener") as listening,
        ear(listening) as listener,
        interpreter(place, FakeEngines(lambda: FakeTTS(reachable=False))) as events,
        microphone(ana) as ana_speaks,
    ):
        await listener.wait_for(lambda: listener.audible)
        ana_speaks.say(SENTENCE)
        await listener.wait_for(lambda: listener.finals("es") == [tones.translate(SENTENCE, "es")])
        assert any(e.kind == "error" and e.data["stage"] == "tts" for e in events)


async def test_the_second_voice_speaks_when_the_first_is_unreachable(place: Place) -> None:
    first, second = FakeTTS(reachable=False), FakeTTS()
    async with (
        place.join("ana") as ana,
        place.join("listener") as listening,
        ear(listening) as listener,
        interpreter(place, FakeEngines(lambda: tts.FallbackAdapter([first, second]))),
        microphone(ana) as ana_speaks,
    ):
        await listener.wait_for(lambda: listener.audible)
        ana_speaks.say(SENTENCE)
        expected = tones.translate(SENTENCE, "es")
        await listener.wait_for(lambda: heard(listener, "translation/ana/es", expected))
        assert first.asked, "the first voice was tried"


async def test_a_silent_microphone_makes_no_words(place: Place) -> None:
    async with (
        place.join("ana") as ana,
        place.join("listener") as listening,
        ear(listening) as listener,
        interpreter(place) as events,
        microphone(ana) as ana_speaks,
    ):
        await listener.wait_for(lambda: listener.audible)
        ana_speaks.say("unknown words are silence here")
        await ana_speaks.wait_said()
        assert events == []
        assert listener.heard["translation/ana/es"] == []
