"""Names of languages as the prompts of translation models want them. Pure."""

from livekit.agents import LanguageCode

# As in the language table of Tencent's Hunyuan-MT models.
_CHINESE_NAMES = {
    "ar": "阿拉伯语",
    "bn": "孟加拉语",
    "bo": "藏语",
    "cs": "捷克语",
    "de": "德语",
    "en": "英语",
    "es": "西班牙语",
    "fa": "波斯语",
    "fr": "法语",
    "gu": "古吉拉特语",
    "he": "希伯来语",
    "hi": "印地语",
    "id": "印尼语",
    "it": "意大利语",
    "ja": "日语",
    "kk": "哈萨克语",
    "km": "高棉语",
    "ko": "韩语",
    "mn": "蒙古语",
    "mr": "马拉地语",
    "ms": "马来语",
    "my": "缅甸语",
    "nl": "荷兰语",
    "pl": "波兰语",
    "pt": "葡萄牙语",
    "ru": "俄语",
    "ta": "泰米尔语",
    "te": "泰卢固语",
    "th": "泰语",
    "tl": "菲律宾语",
    "tr": "土耳其语",
    "ug": "维吾尔语",
    "uk": "乌克兰语",
    "ur": "乌尔都语",
    "vi": "越南语",
    "yue": "粤语",
    "zh": "中文",
}


def base_code(language: str) -> str:
    """ "es" for "es-MX"."""
    return LanguageCode(language).language


def english_name(language: str) -> str:
    """ "Spanish" for "es-MX"; the code itself for a language without a known name."""
    code = LanguageCode(language)
    return (code.to_language_name() or code.language).title()


def chinese_name(language: str) -> str:
    """ "西班牙语" for "es-MX"; the English name where the table has none."""
    return _CHINESE_NAMES.get(base_code(language)) or english_name(language)
