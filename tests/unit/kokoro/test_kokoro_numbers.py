"""Numbers with signs are spoken as people say them: ranges, minus signs, money, times of day."""

import pytest

from livekit.plugins.kokoro.readings import read

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("language", "written", "spoken"),
    [
        ("en-us", "It was -5 or −5°C.", "It was minus 5 or minus 5 degrees Celsius."),
        (
            "es",
            "de -5 °C, un −3 %, -$5",
            "de menos 5 grados Celsius, un menos 3 %, menos 5 dólares",
        ),
        ("fr-fr", "-5 degrés, (−3 %)", "moins 5 degrés, (moins 3 %)"),
        ("it", "-5 e −5", "meno 5 e meno 5"),
        ("pt-br", "-5 e −5", "menos 5 e menos 5"),
        ("hi", "तापमान -5 और −5", "तापमान माइनस 5 और माइनस 5"),
        ("cmn", "气温-5度，−3%", "气温负5度，负3%"),
        ("ja", "気温は-5度、−3度", "気温はマイナス5度、マイナス3度"),
        ("es", "5 − 3 y 5−3", "5 menos 3 y 5 menos 3"),
    ],
)
def test_a_minus_sign_is_said(language: str, written: str, spoken: str) -> None:
    assert read(written, language) == spoken


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "COVID-19, un 5-3-2, 2024-05-12, - 5 casas, 555-123-4567"),
        ("fr-fr", "A4-5, v1.2.3-4"),
        ("hi", "कोविड-19"),
        ("cmn", "COVID-19"),
    ],
)
def test_other_dashes_are_no_minus(language: str, text: str) -> None:
    assert read(text, language) == text


@pytest.mark.parametrize(
    ("language", "written", "spoken"),
    [
        ("en-us", "1,500-2,000 people", "1,500 to 2,000 people"),
        ("en-us", "1.5-2 million, 2.5-3.5%", "1.5 to 2 million, 2.5 to 3.5%"),
        ("en-us", "10000-20000, 500-1000, 5 – 10", "10000 to 20000, 500 to 1000, 5 to 10"),
        ("en-us", "9:30-17:15, 22:15-6:15, 9am-5pm", "9:30 to 17:15, 22:15 to 6:15, 9am to 5pm"),
        ("en-us", "$5-10 million", "5 to 10 million dollars"),
        ("en-us", "$10-$20, 10%-20%", "10 dollars to 20 dollars, 10% to 20%"),
        ("en-us", "$900k-$1.2m", "900 thousand dollars to 1.2 million dollars"),
        (
            "en-us",
            "5–10 kg, −5°C – 5°C",
            "5 to 10 kilograms, minus 5 degrees Celsius to 5 degrees Celsius",
        ),
        ("en-us", "10-15-year-olds", "10 to 15-year-olds"),
        ("es", "1.500-2.000, 1,5-2 millones", "1.500 a 2.000, 1,5 a 2 millones"),
        ("fr-fr", "1 500-2 000, 1\u202f500-2\u202f000", "1 500 à 2 000, 1500 à 2000"),
        ("fr-fr", "9h-17h, 14h30-16h", "9 heures à 17 heures, 14 heures 30 à 16 heures"),
        ("pt-br", "R$ 5-10 mil", "5 a 10 mil reais"),
        ("hi", "₹5-10 करोड़, 10-15 लोग", "5 से 10 करोड़ रुपये, 10 से 15 लोग"),
        ("cmn", "5~10个，5～10个，1.5～2倍", "5到10个，5到10个，1.5到2倍"),
        ("cmn", "来了10-15人，20-30%，20%-30%", "来了10到15人，20%到30%，20%到30%"),
        ("cmn", "¥1,000-20,000，3小时-5小时", "1000到20000元，3小时到5小时"),
        ("ja", "10-15人、20%-30%", "10から15人、20パーセントから30パーセント"),
        ("ja", "3月～5月、1.5-2倍", "3月から5月、1点5から2倍"),
    ],
)
def test_both_numbers_of_a_range_are_whole(language: str, written: str, spoken: str) -> None:
    assert read(written, language) == spoken


@pytest.mark.parametrize(
    ("language", "written", "spoken"),
    [
        ("en-us", "555-1234, 747-400, 2019-20, 3-2", "555 1234, 747 400, 2019 20, 3 2"),
        ("en-us", "$10-5", "10 dollars 5"),
        ("en-us", "555-123-4567, 12/05-13/05", "555-123-4567, 12/05-13/05"),
        ("cmn", "010-1234-5678，3-2，2024-05-12", "010 1234 5678，3 2，2024年5月12日"),
        ("ja", "090-1234-5678、2024-05-12", "090 1234 5678、2024年5月十二日"),
    ],
)
def test_dates_scores_and_telephone_numbers_are_no_ranges(
    language: str, written: str, spoken: str
) -> None:
    assert read(written, language) == spoken


@pytest.mark.parametrize(
    ("language", "written", "spoken"),
    [
        ("en-us", "$1.50, $1.00, $20.00", "1 dollar 50, 1 dollar, 20 dollars"),
        (
            "en-us",
            "$2bn, $100k, $3.5B",
            "2 billion dollars, 100 thousand dollars, 3.5 billion dollars",
        ),
        ("en-us", "€5m, $10 mn, $5 K-cup", "5 million euros, 10 million dollars, 5 dollars K-cup"),
        ("en-us", "₹500, ¥1,000", "500 rupees, 1,000 yen"),
        ("es", "1,50 €, $1M, $5M", "1 euro con 50, 1 millón de dólares, 5 millones de dólares"),
        ("es", "¥1.000, 500 ₹, $1,00", "1.000 yenes, 500 rupias, 1 dólar"),
        (
            "fr-fr",
            "5 M€, 10 k€, 2 Md$",
            "5 millions d'euros, 10 mille euros, 2 milliards de dollars",
        ),
        ("it", "5 mln di euro, 2 mld €", "5 milioni di euro, 2 miliardi di euro"),
        ("pt-br", "R$ 1,50, R$ 1,5 bi", "1 real e 50, 1,5 bilhões de reais"),
        ("hi", "₹5 करोड़, $2 बिलियन, ₹1", "5 करोड़ रुपये, 2 बिलियन डॉलर, 1 रुपया"),
        ("hi", "₹5 कर\u094b\u095c, 50 km/h", "5 करोड़ रुपये, 50 किलोमीटर प्रति घंटा"),
        ("cmn", "$5百万，￥500，¥1,000，500 €", "5百万美元，500元，1000元，500欧元"),
        ("ja", "$5百万、￥500", "5百万ドル、500円"),
    ],
)
def test_money_with_its_cents_and_magnitudes(language: str, written: str, spoken: str) -> None:
    assert read(written, language) == spoken


@pytest.mark.parametrize(
    ("language", "written", "spoken"),
    [
        ("en-us", "at 10:00, 11:00 AM or 9:05", "at 10 o'clock, 11 AM or 9 oh 5"),
        ("en-us", "14:30, 10:00 p.m.", "14:30, 10 pm."),
        ("es", "a las 10:00, a las 14:30 h", "a las 10, a las 14:30 horas"),
        ("es", "a las 10:00 a. m. de hoy", "a las 10 a eme de hoy"),
        ("es", "2 h, 1 h", "2 horas, una hora"),
        ("fr-fr", "à 14h30, 8h, 9 h 05, 10:00", "à 14 heures 30, 8 heures, 9 heures 5, 10 heures"),
        ("fr-fr", "14:30, 1h, 21h", "14 heures 30, une heure, vingt et une heures"),
        ("it", "alle 10:00", "alle 10"),
        ("pt-br", "às 14h30, 9h, 10:00, 14:30", "às 14 horas e 30, 9 horas, 10 horas, 14:30"),
        ("pt-br", "1h, 2h, 22h00", "uma hora, duas horas, vinte e duas horas"),
        ("hi", "10:00 बजे", "10 बजे"),
        ("cmn", "10:30:15，2:01:09", "10点30分15秒，两点1分9秒"),
        ("cmn", "以21:18获胜，3:2", "以21比18获胜，3比2"),
        ("ja", "2:01:09、3:2", "2時1分9秒、3対2"),
        ("cmn", "14:30，10:00，9:05，2:30", "14点30分，10点，9点零5分，两点30分"),
        ("ja", "13:30、10:00、12:05", "13時30分、10時、12時5分"),
        ("cmn", "比分3:2", "比分3比2"),
        ("en-us", "John 3:16, 1:23:45", "John 3:16, 1:23:45"),
    ],
)
def test_times_of_day(language: str, written: str, spoken: str) -> None:
    assert read(written, language) == spoken


@pytest.mark.timeout(30)
@pytest.mark.parametrize("text", ["1" * 20_000, "1.1.1," * 1000, "100 " * 1000, "5-" * 1000])
def test_what_a_model_repeats_is_looked_at_once(text: str) -> None:
    assert read(text, "en-us")
