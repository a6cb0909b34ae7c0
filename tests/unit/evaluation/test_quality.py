import pytest

from agent.evaluation.clauses import check_clauses, clauses, repeated_clauses
from agent.evaluation.quality import chrf, error_rate, normalise, translation_quality

pytestmark = pytest.mark.unit


def test_case_punctuation_and_width_do_not_count_as_errors() -> None:
    assert error_rate("We’re here, at last!", "we're HERE at last", "en").percent == 0


@pytest.mark.parametrize(
    ("language", "quoted", "plain"),
    [
        ("en", "'Ask not,' he said; the people's voice.", "Ask not, he said the people's voice"),
        ("en", "‘Ask not,’ he said: ‘don’t’.", "Ask not, he said don't"),
        ("en", "the dogs' bowls, rock 'n' roll", "the dogs bowls rock n roll"),
        ("fr", "« L’homme » dit : 'l'eau'", "l'homme dit l'eau"),
        ("it", "un po' d'acqua", "un po d'acqua"),
        ("nl", "'s Morgens zei hij 'ja'", "'s morgens zei hij ja"),
        ("uk", "пʼять м’ят", "п'ять м'ят"),
        ("zh", "他说‘好’吧", "他说好吧"),
        ("zh", "他说'don't'吧", "他说don’t吧"),
    ],
)
def test_single_quotation_marks_do_not_count(language: str, quoted: str, plain: str) -> None:
    assert error_rate(plain, quoted, language).percent == 0


@pytest.mark.parametrize("words", ["don't we're people's", "l'homme d'acqua", "rock'n'roll c'h"])
def test_apostrophes_stay_in_their_words(words: str) -> None:
    assert normalise(f"“{words}!”", "en") == words
    assert error_rate(words, words.replace("'", ""), "en").percent == 100


def test_each_kind_of_error_is_counted() -> None:
    rate = error_rate("one two three four", "one too four five", "en")
    assert rate.percent == 75.0
    assert (rate.substitutions + rate.deletions + rate.insertions, rate.reference_length) == (3, 4)


def test_unspaced_scripts_are_counted_by_character() -> None:
    assert normalise("你好，世界。", "zh-CN") == "你 好 世 界"
    assert error_rate("你好世界", "你好世 间", "zh").percent == 25.0


def test_empty_reference_is_an_error_and_empty_output_is_not() -> None:
    assert error_rate("one two", "", "en").percent == 100.0
    with pytest.raises(ValueError, match="at least one word"):
        error_rate("...", "one", "en")


@pytest.mark.parametrize(
    ("language", "tokeniser"),
    [("es", "13a"), ("zh-CN", "zh"), ("yue", "zh"), ("ja", "ja-mecab"), ("th", "char")],
)
def test_signature_names_the_tokeniser(language: str, tokeniser: str) -> None:
    text = {
        "es": "Hola a todos",
        "zh-CN": "大家早上好",
        "yue": "各位早晨你好",
        "ja": "皆さん、おはようございます",
        "th": "สวัสดีทุกคน",
    }[language]
    quality = translation_quality([text], [text], language)
    assert quality.bleu.score == pytest.approx(100) or len(text.split()) < 4
    assert quality.chrf.score == pytest.approx(100)
    assert f"tok:{tokeniser}" in quality.bleu.signature
    assert "version:" in quality.chrf.signature


@pytest.mark.parametrize(
    ("language", "text", "other"),
    [
        ("my", "မြန်မာဘာသာစကားကိုလေ့လာနေသည်", "မြန်မာဘာသာစကားကိုလေ့လာခဲ့သည်"),
        ("yue", "我今日好開心見到你", "我今日非常開心見到你"),
    ],
)
def test_unspaced_scripts_have_more_than_one_token(language: str, text: str, other: str) -> None:
    assert 20 < translation_quality([text], [other], language).bleu.score < 100


def test_hypotheses_and_references_have_to_pair() -> None:
    with pytest.raises(ValueError, match="2 hypotheses but 1 references"):
        translation_quality(["a", "b"], ["a"], "es")


CAPTIONS = (
    "Así pues, mis queridos compatriotas: no pregunten qué puede hacer su país por ustedes; "
    "pregunten qué pueden hacer ustedes por su país."
)


def test_recognition_slips_are_neither_repetition_nor_loss() -> None:
    heard = CAPTIONS.lower().replace("compatriotas", "compatriota").replace("qué", "que")
    check = check_clauses(CAPTIONS, heard, "es")
    assert check.repeated == () and check.missing == ()
    assert chrf(heard, CAPTIONS) > 75


def test_a_clause_spoken_twice_is_found() -> None:
    again = CAPTIONS + " pregunten qué pueden hacer ustedes por su país"
    assert check_clauses(CAPTIONS, again, "es").repeated == (clauses(CAPTIONS, "es")[-1],)


def test_a_clause_that_was_not_spoken_is_found() -> None:
    assert check_clauses(CAPTIONS, CAPTIONS.split(";")[0], "es").missing == (
        clauses(CAPTIONS, "es")[-1],
    )


def test_captions_that_repeat_themselves() -> None:
    text = "I will say it one more time. I will say it one more time. That is all there is."
    assert repeated_clauses(text, "en") == ("I will say it one more time.",)
    assert repeated_clauses(CAPTIONS, "es") == ()


def test_a_clause_that_only_resembles_another_is_no_repetition() -> None:
    text = "Siga al asistente, puedes crear tu proyecto. Después de crear un proyecto, verá más."
    assert repeated_clauses(text, "es") == ()
    assert repeated_clauses(f"{text} Puedes crear tu proyecto.", "es") == (
        "puedes crear tu proyecto.",
        "Puedes crear tu proyecto.",
    )
