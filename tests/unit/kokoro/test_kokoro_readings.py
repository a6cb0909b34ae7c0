"""Signs and short forms are spoken as people say them."""

import pytest

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


def test_languages_without_a_table_are_left_alone() -> None:
    assert read("5 km, $5", "sv") == "5 km, $5"
