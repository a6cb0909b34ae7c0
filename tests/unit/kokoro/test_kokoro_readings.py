"""Signs and short forms are spoken as people say them."""

import pytest

from livekit.plugins.kokoro.clauses import clauses
from livekit.plugins.kokoro.readings import read

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("language", "written", "spoken"),
    [
        ("en-us", "It costs $5 million.", "It costs 5 million dollars."),
        ("en-gb", "£1 or £3.50", "1 pound or 3 pounds 50"),
        ("en-us", "$1,200,000", "1,200,000 dollars"),
        ("fr-fr", "en 2020 50 €", "en 2020 50 euros"),
        ("en-us", "$5 10 times", "5 dollars 10 times"),
        ("es", "unos 5 millones €", "unos 5 millones de euros"),
        ("es", "$4.3 mil millones y $5 mil", "4.3 mil millones de dólares y 5 mil dólares"),
        ("es-419", "$3.50", "3 dólares con 50"),
        ("fr-fr", "1 200 € par mois", "1 200 euros par mois"),
        ("it", "1 €, 3,50 €", "1 euro, 3 euro e 50"),
        ("pt-br", "R$ 5 milhões", "5 milhões de reais"),
        ("en-us", "US$ 5 million, US$3", "5 million dollars, 3 dollars"),
    ],
)
def test_money(language: str, written: str, spoken: str) -> None:
    assert read(written, language) == spoken


@pytest.mark.parametrize(
    ("language", "written", "spoken"),
    [
        ("en-us", "20 mg/ml at 37°C", "20 milligrams per milliliter at 37 degrees Celsius"),
        ("es", "a 120 km/h", "a 120 kilómetros por hora"),
        ("fr-fr", "20mg", "20 milligrammes"),
        ("it", "5 km", "5 chilometri"),
        ("pt-br", "70 kg", "70 quilos"),
        ("en-us", "5 kms, kg", "5 kms, kg"),
    ],
)
def test_units_follow_a_number(language: str, written: str, spoken: str) -> None:
    assert read(written, language) == spoken


@pytest.mark.parametrize(
    ("language", "written", "spoken"),
    [
        ("en-us", "Dr. Smith vs. Mr. Jones", "Dr Smith versus Mr Jones"),
        ("en-us", "at 3:30 p.m. on", "at 3:30 pm on"),
        ("en-us", "at 3 a.m.", "at 3 am."),
        ("en-us", "the U.S. and the U.K., then", "the US and the UK, then"),
        ("en-us", "he is in the U.S.", "he is in the US."),
        ("en-us", "This is it. Me. And I.", "This is it. Me. And I."),
        ("en-us", "No. I did not. No. 5", "No. I did not. number 5"),
        ("it", "n. 5, non so n.", "numero 5, non so n."),
        ("es", "la Sra. López y EE. UU.", "la señora López y Estados Unidos"),
        ("fr-fr", "M. Dupont, p. ex.", "monsieur Dupont, par exemple"),
        ("it", "la sig.ra Rossi", "la signora Rossi"),
        ("pt-br", "o Dr. Souza", "o doutor Souza"),
        (
            "it",
            "Sig.ra Neri, Dott.ssa Blu e Sig. Rossi",
            "signora Neri, dottoressa Blu e signor Rossi",
        ),
        ("it", "n° 5, N°5", "numero 5, numero 5"),
        ("fr-fr", "n°1, av. J.-C.", "numéro 1, avant Jésus-Christ"),
        ("es", "N.º 5, EE.\u00a0UU.", "número 5, Estados Unidos"),
        (
            "en-us",
            "St. Louis, near St. Paul, Main St. He",
            "Saint Louis, near Saint Paul, Main St. He",
        ),
        ("hi", "डॉ. शर्मा", "डॉक्टर शर्मा"),
    ],
)
def test_short_forms(language: str, written: str, spoken: str) -> None:
    assert read(written, language) == spoken


@pytest.mark.parametrize(
    ("language", "written", "spoken"),
    [
        ("en-us", "World War II", "World War 2"),
        ("es", "Felipe VI, siglo XXI", "Felipe 6, siglo 21"),
        ("fr-fr", "Louis XIV au XVIIe siècle", "Louis 14 au 17ème siècle"),
        ("fr-fr", "le 2e étage", "le 2ème étage"),
        ("es", "el 1.er piso, 2.º y 3.ª", "el primer piso, 2º y 3ª"),
        ("fr-fr", "S.M. le roi", "SM le roi"),
        ("es", "p.ej. hola.com", "por ejemplo hola punto com"),
        ("en-us", "the IV line. Start IV fluids", "the I V line. Start I V fluids"),
        ("fr-fr", "perfusion IV, Henri IV", "perfusion I V, Henri 4"),
        ("en-us", "an I.V. line, Type II", "an I V line, Type 2"),
        ("fr-fr", "les XIXe et XXe siècles, Ve", "les 19ème et 20ème siècles, 5ème"),
        ("fr-fr", "XIXème, la 1re fois, François Ier", "19ème, la première fois, François premier"),
        ("fr-fr", "la 2nde, Vie", "la seconde, Vie"),
        ("it", "1° maggio, il 3°, l'8° posto", "1º maggio, il 3º, l'8º posto"),
        ("it", "30° sotto zero, 37°C, a 30°", "30° sotto zero, 37 gradi Celsius, a 30°"),
        ("it", "a 360° della situazione, i 40° durante", "a 360° della situazione, i 40° durante"),
        ("ja", "4日、4月4日、24日", "よっか、しがつよっか、20よっか"),
        ("ja", "2日間、7日間、3日間、14日間", "ふつかかん、なのかかん、三日かん、10よっかかん"),
        ("ja", "第2日曜日、G7日本", "第2日曜日、G7日本"),
        ("en-us", "10-15 people", "10 to 15 people"),
        ("es", "de 2019–2024", "de 2019 a 2024"),
        ("en-us", "555-1234, 2-1, 2024-05-12", "555 1234, 2 1, 2024-05-12"),
        ("fr-fr", "100\u202f000 personnes", "100000 personnes"),
        ("en-us", "www.example.com", "www dot example dot com"),
        ("en-us", "United States.To be", "United States.To be"),
    ],
)
def test_numbers_and_addresses(language: str, written: str, spoken: str) -> None:
    assert read(written, language) == spoken


@pytest.mark.parametrize(
    ("language", "written", "spoken"),
    [
        ("ja", "12.5%増えて1,200万円", "12点5パーセント増えて1200万円"),
        ("ja", "¥1,000か$5万か20mg", "1000円か5万ドルか20ミリグラム"),
        ("cmn", "有1,200个，$3.5亿，5 km", "有1200个，3.5亿美元，5公里"),
        ("hi", "₹500, 20 mg", "500 रुपये, 20 मिलीग्राम"),
        ("hi", "1,20,000 में 12,345", "120000 में 12345"),
        ("ja", "1,200,000円", "1200000円"),
    ],
)
def test_languages_of_other_scripts(language: str, written: str, spoken: str) -> None:
    assert read(written, language) == spoken


@pytest.mark.parametrize(
    ("language", "written", "spoken"),
    [
        ("ja", "10℃、㎞、5㎡、50％、１２３", "10度、km、5平方メートル、50パーセント、123"),
        ("ja", "１，２３４円、ＡＩ", "1234円、AI"),
        ("cmn", "10℃，5㎡，10㎞，50％，１２３，ＡＩ", "10摄氏度，5平方米，10公里，50%，123，AI"),
        ("cmn", "９：３０，好（吗）：是！", "9点30分，好（吗）：是！"),
    ],
)
def test_full_width_signs_and_digits(language: str, written: str, spoken: str) -> None:
    assert read(written, language) == spoken


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        (
            "1人、2人、4人、14人、10人、11人、1人前",
            "ひとり、ふたり、よにん、10よにん、10人、11人、1人前",
        ),
        ("1つ、9つ", "ひとつ、ここのつ"),
        ("4月1日、7月20日、9月5日", "しがつついたち、しちがつ二十日、くがつ五日"),
        ("2日、10日、14日、24日", "ふつか、十日、10よっか、20よっか"),
        ("12日、31日、1日に5回、1.5日", "十二日、三十一日、1日に5回、1点5日"),
        ("4時、7時、19時、10時、05月07日", "よじ、しちじ、10くじ、10時、05月なのか"),
        ("14:30、9:05", "10よじ30分、くじ5分"),
        ("円周率3.141、1.50", "円周率3点1 4 1、1点5 0"),
    ],
)
def test_japanese_counters_and_dates(written: str, spoken: str) -> None:
    assert read(written, "ja") == spoken


@pytest.mark.parametrize(
    ("language", "text", "spoken"),
    [
        ("en-us", "Great 🎉 news 👍🏽!", "Great news !"),
        ("sv", "Hej 👨‍👩‍👧 och ❤️", "Hej och "),
        ("es", "1️⃣ uno ☀️ dos", "1 uno dos"),
        ("ja", "楽しい🎉です", "楽しい です"),
        ("en-us", "5 × 3 © 2 ± 1 → 4", "5 × 3 © 2 ± 1 → 4"),
        ("hi", "क\u094d\u200dष", "क\u094d\u200dष"),
    ],
)
def test_pictures_are_not_named(language: str, text: str, spoken: str) -> None:
    assert read(text, language) == spoken


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en-us", "I would like to introduce Mr. Smith and Dr. Jones to you."),
        ("en-us", "It was published in issue No. 5 of the magazine."),
        ("es", "Trabaja desde hace años en los EE. UU. con su familia."),
        ("es", "Hay muchas frutas de temporada, p. ej. manzanas."),
        ("es", "El tren sale mañana a las 10:00 a. m. de la estación."),
        ("fr-fr", "Nous avons rencontré hier M. Dupont et sa femme."),
        ("it", "Buongiorno a tutti, ecco il Sig. Rossi."),
        ("pt-br", "Hoje encontramos a nossa amiga, a Sra. Souza."),
        ("hi", "आज हमारे साथ यहाँ हैं डॉ. शर्मा।"),
    ],
)
def test_no_sentence_ends_at_an_abbreviation(language: str, text: str) -> None:
    pieces = list(clauses(read(text, language)))
    assert not [piece for piece in pieces[:-1] if piece.endswith(".")]


def test_languages_without_a_table_are_left_alone() -> None:
    assert read("5 km, $5", "sv") == "5 km, $5"


def test_half_a_character_is_left_out() -> None:
    assert read("hello \ud83d world", "en-us") == "hello  world"
