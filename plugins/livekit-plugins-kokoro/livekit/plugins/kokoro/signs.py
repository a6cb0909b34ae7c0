"""What languages say for signs and short forms."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

_Rules: TypeAlias = tuple[tuple[str, str], ...]
# "an IV line" is no fourth line; "Henry IV" is.
_INTRAVENOUS = (r"(?<=[a-zà-ÿ] )IV\b", "I V")


@dataclass(frozen=True, slots=True)
class Words:
    """What a language says for signs.

    Attributes:
        currencies: by sign, of one and of several.
        thousand: between an amount and its currency.
        magnitudes: what else stands there, as a regular expression.
        of: what stands between those and the currency.
        cents: what stands between the currency and hundredths of it.
        units: by sign.
        short: abbreviations with their points.
        to: between two numbers of a range.
        dot: in an address.
        named: what stands before a Roman number, as a regular expression.
        letters: what is no Roman number, as a regular expression.
        more: other regular expressions and what they are replaced by.
    """

    currencies: Mapping[str, tuple[str, str]]
    thousand: str
    magnitudes: str
    of: str
    cents: str
    units: Mapping[str, str]
    short: Mapping[str, str]
    to: str
    dot: str
    named: str = r"[A-ZÀ-Þ]\w{2,}"
    letters: str = r"(?!)"
    more: _Rules = (_INTRAVENOUS,)


WORDS = {
    "en": Words(
        currencies={
            "$": ("dollar", "dollars"),
            "€": ("euro", "euros"),
            "£": ("pound", "pounds"),
        },
        thousand="thousand",
        magnitudes="million|billion|trillion",
        of="",
        cents="",
        units={
            "km/h": "kilometers per hour",
            "mph": "miles per hour",
            "km": "kilometers",
            "cm": "centimeters",
            "mm": "millimeters",
            "kg": "kilograms",
            "mg/ml": "milligrams per milliliter",
            "mg": "milligrams",
            "ml": "milliliters",
            "°C": "degrees Celsius",
            "°F": "degrees Fahrenheit",
        },
        short={
            "Dr.": "Dr",
            "Mr.": "Mr",
            "Mrs.": "Mrs",
            "Ms.": "Miz",
            "Prof.": "professor",
            "e.g.": "for example",
            "i.e.": "that is",
            "vs.": "versus",
        },
        to="to",
        dot="dot",
        # "Start IV fluids" begins with a capital as well.
        letters="IV",
        more=(
            (r"\bI\.?V\b\.?", "I V"),
            (r"\bNo\.(?= ?\d)", "number"),
            (r"\b([ap])\.m\.(?= [a-z]|,)", r"\1m"),
            (r"\b([ap])\.m\.", r"\1m."),
        ),
    ),
    "es": Words(
        currencies={
            "$": ("dólar", "dólares"),
            "€": ("euro", "euros"),
            "£": ("libra", "libras"),
        },
        thousand="mil",
        magnitudes="mil millones|millón|millones|billón|billones",
        of="de",
        cents="con",
        units={
            "km/h": "kilómetros por hora",
            "km": "kilómetros",
            "cm": "centímetros",
            "mm": "milímetros",
            "mg/ml": "miligramos por mililitro",
            "mg": "miligramos",
            "ml": "mililitros",
            "°C": "grados Celsius",
        },
        short={
            "Sr.": "señor",
            "Sra.": "señora",
            "Srta.": "señorita",
            "Dr.": "doctor",
            "Dra.": "doctora",
            "Ud.": "usted",
            "Uds.": "ustedes",
            "EE. UU.": "Estados Unidos",
            "EE.UU.": "Estados Unidos",
            "p. ej.": "por ejemplo",
            "p.ej.": "por ejemplo",
            "n.º": "número",
            "nº": "número",
        },
        to="a",
        dot="punto",
        named=r"[A-ZÀ-Þ]\w{2,}|siglos?",
        more=((r"\b1\.?er\b", "primer"), (r"\b3\.?er\b", "tercer"), _INTRAVENOUS),
    ),
    "fr": Words(
        currencies={
            "$": ("dollar", "dollars"),
            "€": ("euro", "euros"),
            "£": ("livre", "livres"),
        },
        thousand="mille",
        magnitudes="million|millions|milliard|milliards|billions",
        of="de",
        cents="",
        units={
            "km/h": "kilomètres heure",
            "mg/ml": "milligrammes par millilitre",
            "mg": "milligrammes",
            "ml": "millilitres",
            "°C": "degrés Celsius",
        },
        short={
            "M.": "monsieur",
            "MM.": "messieurs",
            "p. ex.": "par exemple",
            "n°": "numéro",
        },
        to="à",
        dot="point",
        named=r"[A-ZÀ-Þ]\w{2,}|[Ll]e|[Dd]u|[Aa]u",
        # espeak-ng knows "21ème".
        more=((r"\b(\d+)e\b", r"\1ème"), _INTRAVENOUS),
    ),
    "it": Words(
        currencies={
            "$": ("dollaro", "dollari"),
            "€": ("euro", "euro"),
            "£": ("sterlina", "sterline"),
        },
        thousand="mila",
        magnitudes="milione|milioni|miliardo|miliardi",
        of="di",
        cents="e",
        units={
            "km/h": "chilometri orari",
            "km": "chilometri",
            "cm": "centimetri",
            "mm": "millimetri",
            "kg": "chilogrammi",
            "mg/ml": "milligrammi per millilitro",
            "mg": "milligrammi",
            "ml": "millilitri",
            "°C": "gradi Celsius",
        },
        short={
            "sig.": "signor",
            "sig.ra": "signora",
            "dott.": "dottor",
            "dott.ssa": "dottoressa",
            "prof.": "professor",
            "ad es.": "ad esempio",
        },
        to="a",
        dot="punto",
        # It reads Roman numbers as they are said.
        named=r"(?!)",
        more=((r"\bn\.(?= ?\d)", "numero"), _INTRAVENOUS),
    ),
    "pt": Words(
        currencies={
            "R$": ("real", "reais"),
            "$": ("dólar", "dólares"),
            "€": ("euro", "euros"),
            "£": ("libra", "libras"),
        },
        thousand="mil",
        magnitudes="milhão|milhões|bilhão|bilhões|trilhões",
        of="de",
        cents="e",
        units={
            "km/h": "quilômetros por hora",
            "km": "quilômetros",
            "cm": "centímetros",
            "mm": "milímetros",
            "kg": "quilos",
            "mg/ml": "miligramas por mililitro",
            "mg": "miligramas",
            "ml": "mililitros",
            "°C": "graus Celsius",
        },
        short={
            "Sr.": "senhor",
            "Sra.": "senhora",
            "Dr.": "doutor",
            "Dra.": "doutora",
            "p. ex.": "por exemplo",
        },
        to="a",
        dot="ponto",
        named=r"[A-ZÀ-Þ]\w{2,}|século",
    ),
}

# Of "1,200" and of "1,20,000", as one writes in Hindi.
_THOUSANDS = (r"(?<=\d),(?=(?:\d\d,)*\d{3}(?!\d))", "")


def _plain(currencies: Mapping[str, str], magnitudes: str, units: Mapping[str, str]) -> _Rules:
    amount = rf"\s?(\d[\d.]*{magnitudes})"
    return (
        _THOUSANDS,
        *((rf"[{signs}]{amount}", rf"\1{name}") for signs, name in currencies.items()),
        *((rf"(?<=\d)\s?{sign}(?![A-Za-z])", name) for sign, name in units.items()),
    )


PLAIN: dict[str, _Rules] = {
    "hi": _plain(
        {"$": " डॉलर", "€": " यूरो", "£": " पाउंड", "₹": " रुपये"},
        "",
        {
            "km": " किलोमीटर",
            "cm": " सेंटीमीटर",
            "kg": " किलो",
            "mg": " मिलीग्राम",
            "ml": " मिलीलीटर",
            "°C": " डिग्री",
        },
    ),
    "cmn": _plain(
        {"$": "美元", "€": "欧元", "£": "英镑"},
        "[万亿]?",
        {
            "km/h": "公里每小时",
            "km": "公里",
            "cm": "厘米",
            "mm": "毫米",
            "kg": "公斤",
            "mg": "毫克",
            "ml": "毫升",
            "°C": "摄氏度",
        },
    ),
    "ja": (
        *_plain(
            {"$": "ドル", "€": "ユーロ", "£": "ポンド", "¥￥": "円"},
            "[万億兆]?",
            {
                "km/h": "キロ毎時",
                "km": "キロ",
                "cm": "センチ",
                "mm": "ミリ",
                "kg": "キロ",
                "mg": "ミリグラム",
                "ml": "ミリリットル",
                "°C": "度",
                "[%％]": "パーセント",
            },
        ),
        (r"(?<=\d)\.(?=\d)", "点"),
    ),
}
"""By espeak's name: regular expressions and what they are replaced by, in order."""
