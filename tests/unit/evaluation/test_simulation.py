"""Policies on a made-up talk, with a translator that knows every word."""

import asyncio
import json
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from unittest import mock

import pytest

from agent.evaluation.emissions import (
    LOG_NAME,
    EmissionsWriter,
    Failure,
    Guarded,
    Header,
    read_log,
)
from agent.evaluation.material import MaterialError
from agent.evaluation.offline import translate
from agent.evaluation.scores import RouteScores, score_run
from agent.evaluation.simulation import (
    Agreement,
    Policy,
    SentenceWait,
    WaitK,
    material_of,
    simulate,
)
from agent.evaluation.timed_text import Recogniser, TimedTalk, load_talk, snapshots
from agent.evaluation.virtual_time import run
from livekit.plugins.cascade import (
    CascadeEvent,
    Hypothesis,
    OnPartial,
    SegmentReader,
    SentencePair,
    SourceSegment,
    TargetOptions,
    TranslationRequest,
    Translator,
    Word,
)
from livekit.plugins.cascade.errors import CascadeError

from .scripted import ScriptedEngines, UpperTranslator

pytestmark = pytest.mark.unit

TEXTS = ("one two three four five six seven eight, ", "nine ten eleven twelve. ", "So it ends.")
REALSI = Path(os.environ.get("INTERPRETER_DATA", "../shared/data")) / "simul_text/realsi"


@pytest.fixture
def talk(tmp_path: Path) -> TimedTalk:
    clauses = [
        {"sub_start_time": 4000 * i, "sub_end_time": 4000 * i + 3800, "sub_src_text": text}
        for i, text in enumerate(TEXTS)
    ]
    segments = [
        {
            "start_time": clause["sub_start_time"],
            "end_time": clause["sub_end_time"],
            "src_text": clause["sub_src_text"],
            "trg_text": str(clause["sub_src_text"]).upper(),
            "utterance": [clause],
        }
        for clause in clauses
    ]
    path = tmp_path / "talk.json"
    path.write_text(json.dumps({"vid": "en2es-1", "duration": 12000, "segment": segments}))
    return load_talk(path)


def score(
    talk: TimedTalk, policy: Policy, folder: Path, translator: Translator | None = None
) -> RouteScores:
    folder = folder / policy.name
    header = Header(settings={"system": policy.name}, material=material_of(talk))
    translator = translator or UpperTranslator(talk.source_language, talk.target_language)
    with EmissionsWriter(folder / LOG_NAME) as log:
        run(simulate(talk, policy, translator, log, header=header), virtual=True)
    assert read_log(folder).complete
    return score_run(folder).routes[0]


def test_clauses_give_their_words_times(talk: TimedTalk) -> None:
    assert talk.source_language == "en" and talk.target_language == "es"
    assert talk.words[0].start == 0.0
    assert talk.words[7].end == pytest.approx(3.8)
    assert all(a.end <= b.start + 1e-6 for a, b in zip(talk.words, talk.words[1:], strict=False))


def test_a_recogniser_without_errors_commits_every_word_once(talk: TimedTalk) -> None:
    seen = list(snapshots(talk, Recogniser(step=0.5, delay=0.7)))
    final = [word for snapshot in seen if snapshot.final for word in snapshot.committed]
    assert tuple(final) == talk.words
    for snapshot in seen:
        assert all(word.end <= snapshot.media_time - 0.7 + 1e-6 for word in snapshot.committed)
        assert all(word.end <= snapshot.media_time for word in snapshot.tail)


@pytest.mark.parametrize("policy", [Agreement(), Agreement(hold=3), SentenceWait(), WaitK(2, 1.0)])
def test_every_policy_translates_everything(
    talk: TimedTalk, policy: Policy, tmp_path: Path
) -> None:
    route = score(talk, policy, tmp_path)
    assert route.text.target == talk.reference_text.replace("  ", " ").strip()
    assert route.quality.translation and route.quality.translation.chrf.score == pytest.approx(100)


class Astray(UpperTranslator):
    """Does of whole sentences with "twelve" what small models do."""

    def __init__(self, how: str) -> None:
        super().__init__("en", "es")
        self.how = how

    async def translate(
        self, request: TranslationRequest, on_partial: OnPartial | None = None
    ) -> Hypothesis:
        text = request.source.upper()
        if request.final and "twelve" in request.source:
            if self.how == "refuses":
                raise CascadeError("translation", "no translation", retryable=False)
            text += " TEN ELEVEN TWELVE," * 20 if self.how == "loops" else " 我们在这里"
        return Hypothesis(text, complete=True)


BASELINES = [SentenceWait(), WaitK(2, 1.0)]


@pytest.mark.parametrize("policy", BASELINES)
@pytest.mark.parametrize("how", ["loops", "changes its script"])
def test_a_model_that_goes_astray_is_stopped_in_the_baselines_too(
    talk: TimedTalk, policy: Policy, how: str, tmp_path: Path
) -> None:
    route = score(talk, policy, tmp_path, Astray(how))
    expected = talk.reference_text.split()
    assert expected == [word for word in expected if word in route.text.target]
    assert len(route.text.target.split()) <= len(expected) + 3
    assert "我" not in route.text.target
    assert len(read_log(tmp_path / policy.name).of(Guarded)) == 1


@pytest.mark.parametrize("policy", BASELINES)
def test_a_sentence_that_is_refused_is_an_error_and_the_rest_is_translated(
    talk: TimedTalk, policy: Policy, tmp_path: Path
) -> None:
    route = score(talk, policy, tmp_path, Astray("refuses"))
    (failure,) = read_log(tmp_path / policy.name).of(Failure)
    assert failure.data.stage == "translation" and not failure.data.recoverable
    assert route.text.target.endswith("SO IT ENDS.")
    assert "TWELVE" not in route.text.target


def test_lag_follows_the_policy(talk: TimedTalk, tmp_path: Path) -> None:
    policies: list[Policy] = [
        Agreement(hold=0),
        Agreement(hold=4),
        WaitK(1, 1.0),
        WaitK(4, 1.0),
        SentenceWait(),
    ]
    lags = {}
    for policy in policies:
        lagging = score(talk, policy, tmp_path).lagging
        assert lagging is not None
        lags[policy.name] = lagging.cu.laal
    assert lags["cascade (hold 0)"] < lags["cascade (hold 4)"] < lags["sentence-wait"]
    assert lags["wait-k (1)"] < lags["wait-k (4)"] < lags["sentence-wait"]


class Reader(UpperTranslator):
    """Keeps what it was shown before each finished sentence."""

    def __init__(self) -> None:
        super().__init__("en", "es")
        self.shown: list[tuple[SentencePair, ...]] = []

    async def translate(
        self, request: TranslationRequest, on_partial: OnPartial | None = None
    ) -> Hypothesis:
        if request.final:
            self.shown.append(tuple(request.context))
        return Hypothesis(request.source.upper(), complete=True)


SENTENCES = [f"This is sentence number {number} of this long talk." for number in range(30)]


async def wait(policy: Policy, reader: Translator) -> None:
    source = SegmentReader()
    target = policy.target(source, reader, lambda event: None, lambda: 0.0)
    target.start()
    for number, sentence in enumerate(SENTENCES):
        words = tuple(Word(word, number, number + 1) for word in sentence.split())
        source.put(SourceSegment(str(number), "en", words, (), True, number + 1.0, number + 1.0))
        await asyncio.sleep(0)
    source.end()
    await target.drain()


async def test_all_policies_are_shown_the_same_sentences() -> None:
    sentence_wait, wait_k, offline = Reader(), Reader(), Reader()
    await wait(SentenceWait(), sentence_wait)
    await wait(WaitK(3, 1.0), wait_k)
    engines = ScriptedEngines([])
    with mock.patch.object(engines, "translator", lambda source, target: offline):
        await translate(" ".join(SENTENCES), "en", "es", engines)
    assert max(map(len, sentence_wait.shown)) == TargetOptions().most_context_pairs
    assert wait_k.shown == sentence_wait.shown == offline.shown


class Written(list[tuple[object, object]]):
    """Source words read and text written, each time that there is more of it."""

    def keep(self, event: CascadeEvent) -> None:
        if event.kind == "commit":
            self.append((event.data["source_words"], event.data["total"]))


async def read_five(policy: Policy, translator: Translator) -> Written:
    """An open sentence of five words, one after the other."""
    written = Written()
    source = SegmentReader()
    target = policy.target(source, translator, written.keep, lambda: 0.0)
    target.start()
    words = tuple(Word(word, i, i + 1) for i, word in enumerate("a b c d e".split()))
    for count in range(1, len(words) + 1):
        source.put(SourceSegment("S", "en", words[:count], (), False, count, count))
        for _ in range(5):
            await asyncio.sleep(0)
    source.end()
    await target.drain()
    return written


@pytest.mark.parametrize(
    ("k", "rate", "open_text"), [(1, 1.0, "A B C D E"), (3, 1.0, "A B C"), (3, 0.5, "A B")]
)
async def test_wait_k_writes_its_first_word_when_it_has_read_k(
    k: int, rate: float, open_text: str
) -> None:
    written = await read_five(WaitK(k, rate), Reader())
    assert written[0] == (k, "A")
    assert written[-1] == (5, open_text)


class Fixed(UpperTranslator):
    """Has one translation for whatever it is asked, in pieces of these lengths."""

    def __init__(self, text: str, language: str, pieces: Sequence[int] = ()) -> None:
        super().__init__("en", language)
        ends = tuple(sum(pieces[:count]) for count in range(1, len(pieces) + 1))
        self.hypothesis = Hypothesis(text, complete=True, token_ends=ends)
        self.requests: list[TranslationRequest] = []

    async def translate(
        self, request: TranslationRequest, on_partial: OnPartial | None = None
    ) -> Hypothesis:
        self.requests.append(request)
        return self.hypothesis


@pytest.mark.parametrize(
    ("text", "language", "pieces", "totals"),
    [
        ("今天我们很好", "zh", (2, 2, 1, 1), {2: "今天", 4: "今天我们", 5: "今天我们很"}),
        (
            "今天我们很好",
            "zh",
            (),
            {1: "今", 2: "今天", 3: "今天我", 4: "今天我们", 5: "今天我们很"},
        ),
        ("A B C", "es", (2, 3), {1: "A", 2: "A B", 3: "A B C"}),
    ],
)
async def test_wait_k_writes_a_token_when_all_of_its_characters_are_due(
    text: str, language: str, pieces: Sequence[int], totals: dict[int, str]
) -> None:
    assert await read_five(WaitK(1, 1.0), Fixed(text, language, pieces)) == [*totals.items()]


async def test_wait_k_asks_for_what_is_due_however_much_that_is() -> None:
    translator = Fixed("A B C D E F", "es")
    await read_five(WaitK(1, 1.0), translator)
    assert {request.previous for request in translator.requests} == {""}
    assert [request.longest for request in translator.requests] == [12, 14, 16, 18, 20]


async def test_wait_k_goes_on_after_a_draft_that_failed() -> None:
    class Failing(Reader):
        async def translate(
            self, request: TranslationRequest, on_partial: OnPartial | None = None
        ) -> Hypothesis:
            if len(request.source.split()) == 3:
                raise CascadeError("translation", "no answer", retryable=False)
            return await super().translate(request, on_partial)

    written = await read_five(WaitK(2, 1.0), Failing())
    assert written == [(2, "A"), (4, "A B C"), (5, "A B C D")]


@pytest.mark.parametrize("policy", [Agreement(), *BASELINES])
async def test_a_translation_may_be_as_long_under_every_policy(policy: Policy) -> None:
    translator = Fixed("", "zh")
    await wait(policy, translator)
    assert {request.longest for request in translator.requests if request.final} == {9 * 4 + 10}


def test_a_talk_can_be_cut_at_a_segment(talk: TimedTalk) -> None:
    first = talk.first(9.0)
    assert len(first.references) == 2
    assert first.seconds == pytest.approx(7.8)
    assert first.words[-1].text == "twelve."


def test_a_reference_segment_of_no_length_is_refused_by_name(talk: TimedTalk) -> None:
    empty = replace(talk.references[1], duration=0.0)
    with pytest.raises(MaterialError, match=r"en2es-1: the reference segment at 4\.0 s"):
        material_of(replace(talk, references=(talk.references[0], empty)))


def test_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text('{"vid": "speech"}')
    with pytest.raises(MaterialError, match=r"x\.json is not a timed talk"):
        load_talk(path)


@pytest.mark.skipif(not REALSI.is_dir(), reason="INTERPRETER_DATA has no simul_text")
def test_real_talks_are_read_whole() -> None:
    talks = [load_talk(path) for path in sorted(REALSI.rglob("*.json"))]
    assert len(talks) == 20
    for talk in talks:
        said = "".join(word.text for word in talk.words).replace(" ", "")
        assert said == talk.source_text.replace(" ", ""), talk.name
