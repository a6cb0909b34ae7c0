"""Languages that are written without spaces between words."""

import unicodedata
from functools import partial

import pytest

from livekit.plugins.cascade.guards import echoes_of, guard, without_echo
from livekit.plugins.cascade.policy import finish, longest, options_for
from livekit.plugins.cascade.speech_queue import SpeechQueue
from livekit.plugins.cascade.text import SENTENCE_END, breaks_word, split_units
from livekit.plugins.cascade.types import SentencePair, SourceSegment, Word

pytestmark = pytest.mark.unit

BORN_FREE = "All human beings are born free and equal in dignity and rights."
# The Universal Declaration of Human Rights, article 1.
ARTICLE = {
    "zh": "人人生而自由，在尊严和权利上一律平等。",
    "ja": "すべての人間は、生れながらにして自由であり、かつ、尊厳と権利とについて平等である。",
    "th": "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ",
    "lo": "ມະນຸດທຸກຄົນເກີດມາມີກຽດສັກສີ, ສິດທິ, ເສລີພາບ ແລະ ຄວາມສະເໝີພາບເທົ່າທຽມກັນ.",
    "km": "មនុស្សទាំងអស់ កើតមកមានសេរីភាព និងសមភាព ក្នុងផ្នែកសេចក្ដីថ្លៃថ្នូរនិងសិទ្ធិ។",
    "my": "လူတိုင်းသည် တူညီ လွတ်လပ်သော ဂုဏ်သိက္ခာဖြင့် လည်းကောင်း၊ တူညီလွတ်လပ်သော "
    "အခွင့်အရေးများဖြင့် လည်းကောင်း၊ မွေးဖွားလာသူများ ဖြစ်သည်။",
}


@pytest.mark.parametrize(
    ("text", "units", "language"),
    [
        ("เกียรติศักดิ์ และ", ["เกี", "ย", "ร", "ติ", "ศั", "ก", "ดิ์", " และ"], "th"),
        ("ເສລີພາບ", ["ເສ", "ລີ", "ພາ", "ບ"], "lo"),
        ("ក្នុងសេចក្ដី", ["ក្នុ", "ង", "សេ", "ច", "ក្ដី"], "km"),
        ("လွတ်လပ်သော သင်္ဘော", ["လွတ်", "လပ်", "သော", " သင်္ဘော"], "my"),
        ("ใช้ GPT-4 ๆ เ", ["ใช้", " GPT", "-", "4", " ๆ", " เ"], "th"),
    ],
)
def test_a_letter_keeps_the_signs_around_it(text: str, units: list[str], language: str) -> None:
    assert split_units(text, language) == units


@pytest.mark.parametrize("language", ARTICLE)
def test_a_complete_sentence_is_not_too_long_for_its_source(language: str) -> None:
    source, text = BORN_FREE.split(), ARTICLE[language]
    guarded = guard(
        text,
        committed="",
        source=source,
        source_language="en",
        language=language,
        longest=longest(len(source), options_for("en", language)),
        max_repeats=2,
        final=True,
    )
    assert guarded == text


@pytest.mark.parametrize(
    ("language", "units"), [("es", 34), ("zh-TW", 58), ("ja", 87), ("th", 87), ("km", 87)]
)
def test_what_is_too_long_depends_on_the_characters_of_a_word(language: str, units: int) -> None:
    assert longest(12, options_for("en", language)) == units


def _without_echo(text: str, *, source: str, before: SentencePair, language: str) -> str:
    words = tuple(Word(word, float(i), i + 1.0) for i, word in enumerate(source.split()))
    segment = SourceSegment("s1", "en", words, (), final=True, media_time=0.0, wall_time=0.0)
    echoes = echoes_of(segment, [before], language)
    return without_echo(text, committed="", echoes=echoes, language=language)


SHARING = SentencePair("You can now share photos.", "写真を共有することができるようになりました。")
LEARNING = SentencePair("Machine learning is everywhere.", "การเรียนรู้ของเครื่องมีอยู่ทุกหนทุกแห่ง")


@pytest.mark.parametrize(
    ("source", "text", "before", "language"),
    [
        (
            "Doctors can now examine their patients remotely.",
            "医師は遠隔で患者を診察することができるようになりました。",
            SHARING,
            "ja",
        ),
        (
            "Many companies lack people and are not ready for digital transformation.",
            "多くの企業は、人材が不足しているため、デジタルトランスフォーメーションの準備ができていません。",
            SentencePair(
                "Today I talk about digital transformation.",
                "今日はデジタルトランスフォーメーションについてお話しします。",
            ),
            "ja",
        ),
        (
            "Every hospital will soon use machine learning to find diseases early.",
            "โรงพยาบาลทุกแห่งในประเทศจะใช้การเรียนรู้ของเครื่องเพื่อค้นหาโรคตั้งแต่เนิ่นๆ ในไม่ช้า",
            LEARNING,
            "th",
        ),
    ],
)
def test_a_long_term_or_a_stock_ending_is_no_echo(
    source: str, text: str, before: SentencePair, language: str
) -> None:
    assert _without_echo(text, source=source, before=before, language=language) == text


def test_the_sentence_before_is_an_echo_in_japanese() -> None:
    said = "はい、そうです。患者さんたちもそう言っていますし、私たちもそう思います。"
    before = SentencePair(
        "Patients like it and so do we.", "患者さんたちもそう言っていますし、私たちもそう思います。"
    )
    source = "Yes, it is."
    assert _without_echo(said, source=source, before=before, language="ja") == "はい、そうです。"


@pytest.mark.parametrize(
    ("before", "after", "torn", "language"),
    [
        ("は", "遠", False, "ja"),
        ("で", "き", True, "ja"),
        ("を", "お", False, "ja"),
        ("お", "話", True, "ja"),
        ("は", "", True, "ja"),
        ("。", "", False, "ja"),
        ("ย์", "ทั้", False, "th"),
        ("ยา", "กา", True, "th"),
        ("น", "เพื่", False, "th"),
        ("จะ", "ส่", False, "th"),
        ("ระ", "กา", True, "th"),
        ("ร", " และ", False, "th"),
        ("น", "", True, "th"),
        ("ແລະ", "ສິ", False, "lo"),
        ("ទី", "ក", True, "km"),
        ("ក", "មា", False, "km"),
        ("က", "မ္ဘာ့", True, "my"),
        ("သည်", "တူ", False, "my"),
        ("和", "良", False, "zh"),
    ],
)
def test_what_is_known_of_the_ends_of_words(
    before: str, after: str, torn: bool, language: str
) -> None:
    assert breaks_word(before, after, language) is torn


def _spoken(text: str, language: str, *, step: int, buffered: float = 0.0) -> list[str]:
    """What the voice is given of ``text`` that comes ``step`` characters at a time."""
    queue = SpeechQueue(language=language)
    take = partial(queue.take, buffered_seconds=buffered, synthesis_seconds=0.5)
    chunks = []
    for start in range(0, len(text), step):
        queue.add("s1", text[start : start + step], source_start=0.0, source_end=1.0)
        if start + step >= len(text):
            queue.complete("s1")
        while chunk := take():
            chunks.append(chunk.text)
    return chunks


@pytest.mark.parametrize("step", [1, 2, 3, 5, 8, 100])
@pytest.mark.parametrize("language", ARTICLE)
def test_a_voice_is_given_all_and_never_begins_with_a_sign(language: str, step: int) -> None:
    chunks = _spoken(ARTICLE[language], language, step=step)
    given, text = ("".join(part.split()) for part in ("".join(chunks), ARTICLE[language]))
    # A full stop that comes by itself, when all else has been said, says nothing.
    assert given in {text, text[:-1]} and text.removeprefix(given) in {"", *SENTENCE_END}
    assert not [chunk for chunk in chunks if unicodedata.category(chunk[0])[0] == "M"]


@pytest.mark.parametrize(
    ("language", "text", "chunks"),
    [
        (
            "ja",
            "今日はデジタルトランスフォーメーションについてお話ししたいと思います。",
            ["今日は", "デジタルトランスフォーメーション", "についてお話ししたいと", "思います。"],
        ),
        (
            "th",
            ARTICLE["th"],
            ["มนุษย์ทั้งหลาย", "เกิดมามีอิสระ", "และเสมอภาคกัน", "ในเกียรติศักดิ์", "และสิทธิ"],
        ),
        (
            "zh",
            "他们赋有理性和良心，并互相对待。",
            ["他们赋有", "理性和", "良心，", "并互相", "对待。"],
        ),
    ],
)
def test_a_voice_is_given_whole_words_as_far_as_they_are_known(
    language: str, text: str, chunks: list[str]
) -> None:
    assert _spoken(text, language, step=1) == chunks


@pytest.mark.parametrize("language", ["th", "ja", "zh"])
def test_a_long_foreign_name_is_said_when_nothing_follows_it(language: str) -> None:
    name = "Supercalifragilisticexpialidocious"
    assert _spoken(name, language, step=100) == [name]


@pytest.mark.parametrize(
    ("language", "text", "first"),
    [
        ("zh", "他们赋", ""),
        ("zh", "他们赋有", "他们赋有"),
        ("zh", "他们赋有理性，并应以", "他们赋有理性，"),
        # Nothing tells its words: it is not cut in one of them.
        ("zh", "这个项目由北京大学和清华大学共同完成。", "这个项目由北京大学和清华大学共同完成。"),
        ("ja", "医師は遠隔で患者を診察するこ", "医師は遠隔で患者を"),
        ("th", "ต่างในตนมีเหตุผลและมโนธรรม และควร", "ต่างในตนมีเหตุผลและมโนธรรม"),
        ("km", ARTICLE["km"][:36], ARTICLE["km"][:29]),
    ],
)
def test_a_sentence_begins_early_and_with_the_best_piece_at_hand(
    language: str, text: str, first: str
) -> None:
    queue = SpeechQueue(language=language)
    queue.add("s1", text, source_start=0.0, source_end=1.0)
    chunk = queue.take(buffered_seconds=0.0, synthesis_seconds=0.5)
    assert (chunk.text if chunk else "") == first


@pytest.mark.parametrize(("language", "mark"), [("km", "។"), ("my", "။")])
def test_a_sentence_ends_with_the_mark_of_its_script(language: str, mark: str) -> None:
    for hypothesis in ("កខ", f"កខ{mark}"):
        rest = finish(committed="", hypothesis=hypothesis, source="So it is.", language=language)
        assert rest == f"កខ{mark}"
