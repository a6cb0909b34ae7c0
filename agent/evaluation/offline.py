"""What the same models make of a recording with all the time in the world: the ceiling."""

import re
from collections.abc import Sequence

from livekit.plugins.cascade import SentencePair, TranslationRequest

from .context import Context
from .emissions import Offline
from .material import SAMPLE_RATE, Clip, decode
from .recording import frames_of
from .routes import join_text
from .systems import Engines

_SENTENCE = re.compile(r"(?<=[.?!])\s+|(?<=[。？！])")


async def offline_texts(clip: Clip, targets: Sequence[str], engines: Engines) -> list[Offline]:
    """The whole recording recognised at once, and its transcript translated sentence by sentence.

    Translated is the true transcript, and by itself what was recognised: the first tells what
    interpreting loses altogether, the second how much of that is the recogniser's at its best.
    Without a transcript there is no translation.

    Raises:
        MaterialError: the recording cannot be read.
        APIError: an engine failed.
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
    """``text`` sentence by sentence, shown the same sentences before it as when it interprets."""
    translator = engines.translator(source, target)
    context, translated = Context(), list[str]()
    for sentence in filter(None, _SENTENCE.split(text.strip())):
        request = TranslationRequest(source=sentence, context=context.pairs, final=True)
        hypothesis = await translator.translate(request)
        context.add(SentencePair(sentence, hypothesis.text))
        translated.append(hypothesis.text)
    return join_text(translated, target)
