"""The translation with all the time in the world, of a model that goes astray."""

from unittest import mock

import pytest

from agent.evaluation.offline import translate
from livekit.plugins.cascade import Hypothesis, OnPartial, TranslationRequest
from livekit.plugins.cascade.errors import CascadeError

from .scripted import ScriptedEngines, UpperTranslator

pytestmark = pytest.mark.unit

TEXT = "This is the first. The second goes round. So it ends."
WHOLE = "THIS IS THE FIRST. THE SECOND GOES ROUND. SO IT ENDS."


class Second(UpperTranslator):
    """Says something else of the second sentence; None: refuses it."""

    def __init__(self, said: str | None, language: str = "es") -> None:
        super().__init__("en", language)
        self.said = said
        self.shown: list[tuple[str, ...]] = []

    async def translate(
        self, request: TranslationRequest, on_partial: OnPartial | None = None
    ) -> Hypothesis:
        self.shown.append(tuple(pair.source for pair in request.context))
        if "second" not in request.source:
            return Hypothesis(request.source.upper(), complete=True)
        if self.said is None:
            raise CascadeError("translation", "no translation", retryable=False)
        return Hypothesis(self.said, complete=True)


async def translated(translator: Second, text: str = TEXT) -> str:
    engines = ScriptedEngines([])
    with mock.patch.object(engines, "translator", lambda source, target: translator):
        return await translate(text, "en", "es", engines)


@pytest.mark.parametrize(
    "said",
    [
        "THE SECOND GOES ROUND.",
        "THE SECOND GOES ROUND 我们在这里.",
        # The mark that the source has.
        "THE SECOND GOES ROUND",
    ],
)
async def test_what_is_translated_offline_is_guarded_as_when_it_interprets(said: str) -> None:
    assert await translated(Second(said)) == WHOLE


async def test_a_loop_is_cut_offline() -> None:
    text = await translated(Second("THE SECOND GOES ROUND" + " AND GOES ROUND" * 20))
    assert text.count("AND GOES ROUND") <= 2
    assert text.endswith("SO IT ENDS.")


async def test_a_sentence_that_is_refused_offline_is_left_out() -> None:
    translator = Second(None)
    assert await translated(translator) == "THIS IS THE FIRST. SO IT ENDS."
    assert translator.shown == [(), ("This is the first.",), ("This is the first.",)]


async def test_hesitation_is_not_translated_offline_either() -> None:
    assert await translated(Second(None), "So, um, it ends.") == "SO, IT ENDS."


@pytest.mark.parametrize("text", ["今天 GPT 很好。我们结束。", "今天很好。 我们结束。"])
async def test_scripts_without_spaces_are_asked_for_as_they_are_written(text: str) -> None:
    asked: list[str] = []

    class Keeper(UpperTranslator):
        async def translate(
            self, request: TranslationRequest, on_partial: OnPartial | None = None
        ) -> Hypothesis:
            asked.append(request.source)
            return Hypothesis("A.", complete=True)

    engines = ScriptedEngines([])
    with mock.patch.object(engines, "translator", Keeper):
        assert await translate(text, "zh", "es", engines) == "A. A."
    assert "".join(asked) == text.replace("。 ", "。")
