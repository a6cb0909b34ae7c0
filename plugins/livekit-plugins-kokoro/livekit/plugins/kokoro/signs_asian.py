"""Of languages in scripts of their own."""

from collections.abc import Mapping

from .signs import FULL_HOUR, HOUR, LETTER, MINUTES, TIME_ENDS, Rules, Words

# Of "1,200" and of "1,20,000", as one writes in Hindi.
_THOUSANDS = (r"(?<=\d),(?=(?:\d\d,)*\d{3}(?!\d))", "")
_A_DATE = (r"(?<![\d-])(\d{4})-0?(\d{1,2})-0?(\d{1,2})(?![\d-])", r"\1年\2月\3日")
# Of a telephone number, or of a score.
_DASH = (r"(?<=\d)[-–](?=\d)", " ")


_SIXTIETH = r"0?([1-5]?\d)"


def _ratio(to: str) -> tuple[str, str]:
    """Of a score or a proportion, not of what has more parts."""
    return (r"(?<![\d:])(\d+):(\d+)(?![\d:])", rf"\1{to}\2")


def _through(to: str) -> tuple[str, str]:
    """Of a dash after a number with its counter, and of a tilde."""
    return (r"((?<=\d)[\u3040-\u9fff]{1,2}(?=[-–]\d)|\w(?=[~～〜]\d))[-–~～〜]", rf"\1{to}")


def _counted(readings: Mapping[str, str], *, after_tens: Mapping[str, str]) -> Rules:
    """Of numbers that are whole, and of the last digit of any."""
    last = tuple((rf"(?<=\d){written}", f"0{spoken}") for written, spoken in after_tens.items())
    whole = {**after_tens, **readings}
    # Not of "第2" and "G7".
    alone = rf"(?<![\d.第])(?<!{LETTER})0?"
    return *last, *((rf"{alone}{written}", spoken) for written, spoken in whole.items())


# Not of "日曜" and "日本".
_DAY = "日(?![曜本])"
_TENS = ("", "十", "二十", "三十")
_ONES = ("", "一", "二", "三", "四", "五", "六", "七", "八", "九")
_JAPANESE = _counted(
    {
        # Not of "1人前" and "1人称".
        "1人(?![前称])": "ひとり",
        "2人(?![前称])": "ふたり",
        "1つ": "ひとつ",
        "2つ": "ふたつ",
        "3つ": "みっつ",
        "4つ": "よっつ",
        "5つ": "いつつ",
        "6つ": "むっつ",
        "7つ": "ななつ",
        "8つ": "やっつ",
        "9つ": "ここのつ",
        "4月": "しがつ",
        "7月": "しちがつ",
        "9月": "くがつ",
        # misaki takes "日" of "12日" for the sun, and knows "二十日" but not these two.
        **{
            f"{day}{_DAY}": f"{_TENS[day // 10]}{_ONES[day % 10]}日"
            for day in range(3, 32)
            if day not in (4, 7)
        },
        f"2{_DAY}": "ふつか",
        f"7{_DAY}": "なのか",
    },
    after_tens={
        "4人": "よにん",
        "4時": "よじ",
        "7時": "しちじ",
        "9時": "くじ",
        f"4{_DAY}": "よっか",
    },
)

ASIAN = {
    "hi": Words(
        currencies={
            "$": ("डॉलर", "डॉलर"),
            "€": ("यूरो", "यूरो"),
            "£": ("पाउंड", "पाउंड"),
            "¥": ("येन", "येन"),
            "₹": ("रुपया", "रुपये"),
        },
        thousand="हज़ार",
        magnitudes="हजार|लाख|करोड़|अरब|खरब|मिलियन|बिलियन|ट्रिलियन",
        scales={
            **dict.fromkeys(("k", "K"), ("हज़ार", "हज़ार")),
            **dict.fromkeys(("m", "M", "mn"), ("मिलियन", "मिलियन")),
            **dict.fromkeys(("B", "bn"), ("बिलियन", "बिलियन")),
        },
        units={
            "km/h": "किलोमीटर प्रति घंटा",
            "km": "किलोमीटर",
            "cm": "सेंटीमीटर",
            "kg": "किलो",
            "mg": "मिलीग्राम",
            "ml": "मिलीलीटर",
            "°C": "डिग्री",
        },
        short={"डॉ.": "डॉक्टर", "प्रो.": "प्रोफ़ेसर", "श्री.": "श्री"},
        to="से",
        minus="माइनस",
        more=(_THOUSANDS, (FULL_HOUR, r"\1")),
    ),
    "cmn": Words(
        currencies={
            "$": ("美元", "美元"),
            "€": ("欧元", "欧元"),
            "£": ("英镑", "英镑"),
            "¥": ("元", "元"),
            "₹": ("卢比", "卢比"),
        },
        thousand="千",
        magnitudes="[十百千万亿]+",
        scales={},
        units={
            "km/h": "公里每小时",
            "km²": "平方公里",
            "km2": "平方公里",
            "km": "公里",
            "m²": "平方米",
            "m2": "平方米",
            "m": "米",
            "cm": "厘米",
            "mm": "毫米",
            "kg": "公斤",
            "mg/ml": "毫克每毫升",
            "mg": "毫克",
            "ml": "毫升",
            "°C": "摄氏度",
            "°": "度",
        },
        to="到",
        minus="负",
        space="",
        more=(
            _A_DATE,
            _THOUSANDS,
            # A percentage is said after its sign.
            (r"(?<=\d)到(?=[\d.]+%)", "%到"),
            _through("到"),
            (rf"{HOUR}:{_SIXTIETH}:{_SIXTIETH}{TIME_ENDS}", r"\1点\2分\3秒"),
            # Of a score.
            (r"(?<=[以分])(\d+):(\d+)", r"\1比\2"),
            (FULL_HOUR, r"\1点"),
            (rf"{HOUR}:0([1-9]){TIME_ENDS}分?", r"\1点零\2分"),
            (rf"{HOUR}:([1-5]\d){TIME_ENDS}分?", r"\1点\2分"),
            (r"(?<![\d.第])2点", "两点"),
            _ratio("比"),
            _DASH,
        ),
    ),
    "ja": Words(
        currencies={
            "$": ("ドル", "ドル"),
            "€": ("ユーロ", "ユーロ"),
            "£": ("ポンド", "ポンド"),
            "¥": ("円", "円"),
            "₹": ("ルピー", "ルピー"),
        },
        thousand="千",
        magnitudes="[十百千万億兆]+",
        scales={},
        units={
            "km/h": "キロ毎時",
            "km²": "平方キロメートル",
            "km2": "平方キロメートル",
            "km": "キロ",
            "m²": "平方メートル",
            "m2": "平方メートル",
            "m": "メートル",
            "cm": "センチ",
            "mm": "ミリ",
            "kg": "キロ",
            "mg": "ミリグラム",
            "ml": "ミリリットル",
            "°C": "度",
            "°": "度",
            "%": "パーセント",
        },
        to="から",
        minus="マイナス",
        space="",
        more=(
            _A_DATE,
            _THOUSANDS,
            _through("から"),
            (rf"{HOUR}:{_SIXTIETH}:{_SIXTIETH}{TIME_ENDS}", r"\1時\2分\3秒"),
            (FULL_HOUR, r"\1時"),
            (rf"{HOUR}:{MINUTES}分?", r"\1時\2\3分"),
            _ratio("対"),
            _DASH,
            # misaki takes it for a room.
            (r"(?<=\d日)間", "かん"),
            # By itself it is a day's time.
            (r"(?<=月)0?1日", "ついたち"),
            *_JAPANESE,
        ),
        last=(
            # Behind the point each digit is said by itself.
            (r"(?<=\d\.\d)(?=\d)", " "),
            (r"(?<=\d\.\d \d)(?=\d)", " "),
            (r"(?<=\d)\.(?=\d)", "点"),
        ),
    ),
}
