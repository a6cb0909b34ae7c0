"""The direct route: what a recogniser writes in the target language is spoken as it is."""

import asyncio

import pytest

from livekit.plugins.cascade import (
    DIRECT_POLICY,
    DirectTranslator,
    TargetOptions,
    TranslationRequest,
)
from livekit.plugins.cascade.draft import OpenTranslation
from livekit.plugins.cascade.types import SourceSegment, Word

from .running import END, START, running
from .scripted import ScriptedTranslator, final, silence

pytestmark = pytest.mark.unit

SENTENCE = "ask not what your country can do for you."


def snapshot(committed: int, *, final: bool = False) -> SourceSegment:
    """The first words of the sentence are committed, two more may change."""
    words = tuple(Word(w, 0.4 * i, 0.4 * i + 0.3) for i, w in enumerate(SENTENCE.split()))
    tail = () if final else words[committed : committed + 2]
    return SourceSegment("s1", "en", words[:committed], tail, final, 9.0, 99.0)


async def spoken(open_translation: OpenTranslation, source: SourceSegment) -> str:
    translator = DirectTranslator(source_language="ja", target_language="en")
    if open_translation.needs_hypothesis(source):
        request = open_translation.request(source)
        open_translation.begin(source)
        open_translation.update(source, await translator.translate(request))
    commit = open_translation.commit(source)
    return commit.text if commit else ""


async def test_what_is_committed_is_spoken_at_once_and_once_and_the_tail_is_not() -> None:
    draft = OpenTranslation("s1", "en", DIRECT_POLICY)
    said = [await spoken(draft, snapshot(count)) for count in (1, 3, 4)]
    assert said == ["ask", " not what", " your"]
    assert await spoken(draft, snapshot(9, final=True)) == " country can do for you."
    assert draft.committed == SENTENCE


async def test_the_translation_is_the_source() -> None:
    translator = DirectTranslator(source_language="ja", target_language="en")
    hypothesis = await translator.translate(TranslationRequest(source="ask not", committed="ask"))
    assert (hypothesis.text, hypothesis.complete) == ("ask not", True)
    assert (translator.source_language, translator.target_language) == ("ja", "en")


async def test_a_sentence_that_begins_with_hesitation_alone_is_spoken_without_it() -> None:
    async with running(
        START,
        final("Um,"),
        final("I think that we can go.", 0.3),
        END,
        translator=ScriptedTranslator(word=str),
        options=TargetOptions(policy=DIRECT_POLICY),
    ) as run:
        for _ in range(4):
            run.source.push_frame(silence(0.5))
            # Taken one by one, as they are said.
            await asyncio.sleep(0.01)
        await run.finish()
        assert " ".join(run.voice.texts) == "I think that we can go"
        assert [caption.text for caption in run.captions if caption.final][-1:] == [
            "I think that we can go."
        ]
        assert not run.of("error")
