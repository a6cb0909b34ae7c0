"""How good recognition and translation are: WER, BLEU and chrF with their signatures."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import jiwer
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from livekit.plugins.cascade.text import base_language, is_unspaced

# sacrebleu's tokenisers of single languages; of others single characters where there are no spaces
# between words, else 13a, as in WMT.
_BLEU_TOKENISERS = {"zh": "zh", "yue": "zh", "ja": "ja-mecab"}
# Printed, and the letter that some languages have for it.
_APOSTROPHES = str.maketrans("’ʼ", "''")


@dataclass(frozen=True, slots=True)
class MetricScore:
    """A score of 0 to 100 and the sacrebleu signature that says how it was computed."""

    score: float
    signature: str


@dataclass(frozen=True, slots=True)
class TranslationQuality:
    """Of a translation against one reference."""

    bleu: MetricScore
    chrf: MetricScore


@dataclass(frozen=True, slots=True)
class ErrorRate:
    """Word error rate in per cent (characters in an unspaced script) and what it counts."""

    percent: float
    substitutions: int
    deletions: int
    insertions: int
    reference_length: int


def normalise(text: str, language: str) -> str:
    """What two transcripts have to share: no case, punctuation, symbols or width variants.

    In an unspaced script every character becomes a word.
    """
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_APOSTROPHES)
    kept = "".join(c if _is_said(c) else " " for c in folded)
    if is_unspaced(language):
        return " ".join("".join(kept.replace("'", "").split()))
    # At either end of a word it may be a quotation mark.
    return " ".join(filter(None, (word.strip("'") for word in kept.split())))


def _is_said(character: str) -> bool:
    # An apostrophe stays: "we're" is one word however it is cut.
    return character == "'" or unicodedata.category(character)[0] not in "PSZC"


def error_rate(reference: str, hypothesis: str, language: str) -> ErrorRate:
    """WER after :func:`normalise` (jiwer).

    Raises:
        ValueError: the reference has no words.
    """
    expected = normalise(reference, language)
    if not expected:
        raise ValueError("a word error rate needs a reference with at least one word")
    output = jiwer.process_words(expected, normalise(hypothesis, language))
    return ErrorRate(
        percent=100 * output.wer,
        substitutions=output.substitutions,
        deletions=output.deletions,
        insertions=output.insertions,
        reference_length=len(expected.split()),
    )


def translation_quality(
    hypotheses: Sequence[str], references: Sequence[str], language: str
) -> TranslationQuality:
    """Corpus BLEU and chrF2 (sacrebleu); texts pair up in order.

    Raises:
        ValueError: not one reference for each hypothesis.
    """
    if len(hypotheses) != len(references):
        raise ValueError(f"{len(hypotheses)} hypotheses but {len(references)} references")
    usual = "char" if is_unspaced(language) else "13a"
    tokeniser = _BLEU_TOKENISERS.get(base_language(language), usual)
    return TranslationQuality(
        bleu=_score(BLEU(tokenize=tokeniser), hypotheses, references),
        chrf=_score(CHRF(), hypotheses, references),
    )


def chrf(hypothesis: str, reference: str) -> float:
    """chrF2 of one text, 0 to 100."""
    return float(CHRF().sentence_score(hypothesis, [reference]).score)


def _score(
    metric: BLEU | CHRF, hypotheses: Sequence[str], references: Sequence[str]
) -> MetricScore:
    score = metric.corpus_score(list(hypotheses), [list(references)]).score
    return MetricScore(float(score), str(metric.get_signature()))
