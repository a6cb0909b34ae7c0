"""Terms of a room: from its metadata, whatever else that is for."""

import json
import re

import pytest

from agent.terms import Terms, terms_of_room

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("metadata", ["", "a room", "[1]", "null", '{"title": "rounds"}'])
def test_metadata_of_others_has_no_terms(metadata: str) -> None:
    assert terms_of_room(metadata, Terms(domain="surgery")) == (Terms(), ())


def test_terms_stand_beside_what_others_put_there() -> None:
    wanted = {
        "keyterms": ["Hygieia"],
        "glossary": {"Spanish": {"stent": "endoprótesis"}},
        "domain": "cardiology",
    }
    metadata = json.dumps({"title": "rounds", "interpreter": wanted})
    terms, faults = terms_of_room(metadata, Terms())
    assert not faults
    assert terms.expected("en") == ("Hygieia", "stent")
    assert terms.glossary_into("es-MX") == {"stent": "endoprótesis"}
    assert terms.domain == "cardiology"


def test_what_a_region_says_otherwise_goes_before() -> None:
    terms = Terms(glossary={"es": {"car": "coche", "bus": "autobús"}, "es-MX": {"car": "carro"}})
    assert terms.glossary_into("es-MX") == {"car": "carro", "bus": "autobús"}
    assert terms.glossary_into("es") == {"car": "coche", "bus": "autobús"}
    assert terms.glossary_into("fr") == {}


def test_a_language_by_another_of_its_codes_has_the_same_terms() -> None:
    terms = Terms(glossary={"zh": {"stent": "支架"}})
    assert terms.glossary_into("cmn-Hans-CN") == {"stent": "支架"}


def test_a_speaker_is_not_expected_to_say_what_is_translated_into_their_language() -> None:
    terms = Terms(glossary={"es": {"ward round": "pase de visita"}, "en": {"alta": "discharge"}})
    assert terms.expected("en-GB") == ("ward round",)
    assert terms.expected("es") == ("alta",)
    assert terms.expected(None) == ("ward round", "alta")


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"glossary": {"es": "Asclepius"}}, r"interpreter\.glossary\.es: .* dictionary"),
        ({"domain": "Asclepius " * 99}, r"interpreter\.domain: .* 500 characters"),
        ({"glossary": {"es": {"Asclepius": 1}}}, r"interpreter\.glossary\.es: .* string"),
        ({"keyterms": "Asclepius"}, r"interpreter\.keyterms: .* tuple"),
        ({"keyterm": ["Asclepius"]}, r"interpreter\.keyterm: Extra"),
        ("Asclepius", "interpreter: "),
    ],
)
def test_wrong_terms_are_located_and_not_quoted(wrong: object, where: str) -> None:
    terms, faults = terms_of_room(json.dumps({"interpreter": wrong}), Terms())
    assert terms == Terms()
    assert re.match(where, faults[0]) and len(faults) == 1
    assert "Asclepius" not in faults[0]


@pytest.mark.parametrize("before", [Terms(), Terms(domain="surgery", keyterms=("Panacea",))])
def test_what_is_right_is_used_and_what_is_wrong_stays_as_it_was(before: Terms) -> None:
    wanted = {
        "keyterms": ["Hygieia"],
        "glossary": {"es": {"stent": "endoprótesis"}},
        "domain": "cardiology " * 50,
        "speaker": "Ana",
    }
    terms, faults = terms_of_room(json.dumps({"interpreter": wanted}), before)
    assert terms.keyterms == ("Hygieia",)
    assert terms.glossary == {"es": {"stent": "endoprótesis"}}
    assert terms.domain == before.domain
    named = [fault.split(":")[0] for fault in faults]
    assert named == ["interpreter.domain", "interpreter.speaker"]


def test_terms_that_are_no_object_change_nothing() -> None:
    before = Terms(domain="surgery")
    assert terms_of_room('{"interpreter": "cardiology"}', before)[0] == before


def test_terms_that_were_taken_away_are_gone() -> None:
    before = Terms(domain="surgery", keyterms=("Panacea",))
    assert terms_of_room('{"interpreter": {"domain": "cardiology"}}', before) == (
        Terms(domain="cardiology"),
        (),
    )
