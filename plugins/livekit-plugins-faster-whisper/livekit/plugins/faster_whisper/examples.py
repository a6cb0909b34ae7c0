"""A sentence that stands before everything, for Whisper to write as it is written. Pure.

Without one it writes Japanese without a mark, so that no sentence ends, and Chinese in whichever of
its two scripts. It takes the previous text for a matter of style as well as of content
(OpenAI, "Whisper prompting guide").
"""

_TRADITIONAL = frozenset({"hant", "tw", "hk", "mo"})
_EXAMPLES = {
    "zh": "大家好，欢迎参加今天的会议。我们现在开始讨论这个问题。",
    "ja": "こんにちは。本日は、よろしくお願いします。",
    "ko": "안녕하세요. 오늘은 좋은 날입니다.",
}
_TRADITIONAL_EXAMPLE = "大家好，歡迎參加今天的會議。我們現在開始討論這個問題。"


def example_for(language: str) -> str:
    """The sentence for a BCP-47 language, in its script; empty where none is needed."""
    base, *subtags = language.lower().split("-")
    if base == "zh" and _TRADITIONAL.intersection(subtags):
        return _TRADITIONAL_EXAMPLE
    return _EXAMPLES.get(base, "")
