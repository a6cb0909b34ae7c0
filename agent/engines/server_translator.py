"""The language model of an OpenAI-compatible server, beside one in the process."""

from typing import Any

from livekit.agents import NOT_GIVEN, NotGivenOr
from livekit.agents.utils import is_given
from livekit.plugins.openai.llm import LLMStream

from livekit.plugins import openai

# What a translator tells a model in the process; a server refuses what its API has no word for.
IN_PROCESS = frozenset({"source_language", "target_language", "glossary", "background"})


class ServerLLM(openai.LLM):
    """LiveKit's, which may stand in one list with a model that has to know the languages."""

    def chat(
        self, *, extra_kwargs: NotGivenOr[dict[str, Any]] = NOT_GIVEN, **request: Any
    ) -> LLMStream:
        if is_given(extra_kwargs):
            extra_kwargs = {k: v for k, v in extra_kwargs.items() if k not in IN_PROCESS}
        return super().chat(extra_kwargs=extra_kwargs, **request)
