"""What the same models make of a recording with all the time in the world: the ceiling."""

import logging
import re
from collections.abc import Sequence

from livekit.agents import APIError

from livekit.plugins.cascade import SentencePair, SourceSegment, Translator, Word
from livekit.plugins.cascade.fillers import without_fillers
from livekit.plugins.cascade.text import is_unspaced, split_units

from .context import Context
from .emissions import Offline
from .material import SAMPLE_RATE, Clip, decode
from .recording import frames_of
from .routes import join_text
from .systems import Engines

logger = logging.getLogger("interpreter.evaluation")

_SENTENCE = re.compile(r"(?<=[.?!])\s+|(?<=[。？！])")


async def offline_texts(clip: Clip, targets: Sequence[str], engines: Engines) -> list[Offline]:
    """The whole recording recognised at once, and its transcript translated sentence by sentence.

    Translated is the true transcript, and by itself what was recognised: the first tells what
    interpreting loses altogether, the second how much of that is the recogniser's at its best.
    Without a transcript there is no translation.

    Raises:
        MaterialError: the recording cannot be read.
        APIError: the recogniser failed.
    """
    recogniser = engines.stt(clip.language)
    frames = frames_of(decode(clip.path), SAMPLE_RATE, seconds=1.0)
    event = await recogniser.recognize(frames, language=clip.language)
    text = " ".join(alternative.text for alternative in event.alternatives[:1])
    texts = [Offline(stage="recognition", language=clip.language, text=text)]
    for target in targets if clip.text else ():
        translated = await translate(clip.text, clip.language, target, engines)
        texts.append(Offline(stage="translation", language=target, text=translated))
        interpreted = await translate(text, clip.language, target, engines)
        texts.append(Offline(stage="interpretation", language=target, text=interpreted))
    return texts


async def translate(text: str, source: str, target: str, engines: Engines) -> str:
    """``text`` sentence by sentence, shown and guarded as when it interprets.

    A sentence that the translator fails to translate is left out.
    """
    translator = engines.translator(source, target)
    context, translated = Context(), list[str]()
    for sentence in filter(None, _SENTENCE.split(text.strip())):
        segment = without_fillers(_segment(sentence, source))
        translated.append(await _translate(segment, translator, context))
    return join_text(translated, target)


def _segment(sentence: str, language: str) -> SourceSegment:
    """A complete one; its times are of no account."""
    units = split_units(sentence, language) if is_unspaced(language) else sentence.split()
    words = tuple(Word(unit, 0.0, 0.0) for unit in units)
    return SourceSegment("", language, words, (), final=True, media_time=0.0, wall_time=0.0)


async def _translate(segment: SourceSegment, translator: Translator, context: Context) -> str:
    translation = context.open(segment.segment_id, translator)
    request = translation.request(segment)
    translation.begin(segment)
    try:
        hypothesis = await translator.translate(request)
    except APIError as error:
        language = translator.target_language
        logger.warning(
            "offline, a sentence stays without a %s translation", language, exc_info=error
        )
        return ""
    translation.update(segment, hypothesis)
    translation.commit(segment)
    context.add(SentencePair(segment.text, translation.committed))
    return translation.committed
