"""The demo's recording with its text, so that anybody can measure on the same eleven seconds."""

from agent.config import load_settings
from agent.models import Store

from .material import Clip

NAME = "demo"
_TEXT = (
    "And so, my fellow Americans, ask not what your country can do for you, "
    "ask what you can do for your country."
)
# As the address is usually quoted in these languages.
_REFERENCES = {
    "es": "Y así, compatriotas: no pregunten qué puede hacer su país por ustedes; pregunten qué "
    "pueden hacer ustedes por su país.",
    "fr": "Ainsi, mes chers compatriotes, ne demandez pas ce que votre pays peut faire pour vous, "
    "demandez ce que vous pouvez faire pour votre pays.",
}


def demo_clip() -> Clip:
    """The recording of ``make demo``; fetched when it is missing.

    Raises:
        ModelError: no source has it.
    """
    folder = Store.from_settings(load_settings()).ensure("demo-audio")
    return Clip("jfk", folder / "jfk.wav", "en", text=_TEXT, references=_REFERENCES)
