"""What listeners get, put together: every update may come several times and out of order."""

import pytest

from agent.demo.captions import CaptionBoard, CaptionUpdate, update_of

pytestmark = pytest.mark.unit


def source(number: int, text: str, *, final: bool = False) -> CaptionUpdate:
    return CaptionUpdate(f"SG_{number}", f"SG_{number}", "en", text, final)


def translation(number: int, text: str, *, final: bool = False) -> CaptionUpdate:
    return CaptionUpdate(f"SG_es{number}", f"SG_{number}", "es", text, final)


def test_an_update_is_read_from_a_text_stream() -> None:
    attributes = {
        "lk.segment_id": "SG_es1",
        "lk.transcription_final": "true",
        "language": "es",
        "interpreter.source_segment_id": "SG_1",
    }
    assert update_of(attributes, " Hola ") == translation(1, "Hola", final=True)


def test_a_later_update_replaces_an_earlier_one() -> None:
    board = CaptionBoard()
    board.add(source(1, "and so"))
    board.add(source(1, "and so my"))
    assert board.open_text("en") == "and so my"
    board.add(source(1, "And so, my friends.", final=True))
    assert board.open_text("en") == ""
    assert board.unfinished("en", ()) == {}


def test_the_same_update_from_several_listeners_counts_once() -> None:
    board = CaptionBoard()
    assert board.add(source(1, "Hello.", final=True))
    assert not board.add(source(1, "Hello.", final=True))


def test_an_update_that_was_overtaken_by_the_final_text_changes_nothing() -> None:
    board = CaptionBoard()
    board.add(source(1, "Hello.", final=True))
    assert not board.add(source(1, "hel"))
    assert board.open_text("en") == ""


def test_what_lacks_a_final_text_is_counted_by_language() -> None:
    board = CaptionBoard()
    for update in (
        source(1, "One.", final=True),
        source(2, "Two.", final=True),
        translation(1, "Uno.", final=True),
        translation(2, "Do"),
    ):
        board.add(update)
    assert board.unfinished("en", ("es", "fr")) == {"es": 1, "fr": 2}
    board.add(translation(2, "Dos.", final=True))
    assert board.unfinished("en", ("es",)) == {}


def test_a_direct_route_has_sentences_of_its_own() -> None:
    board = CaptionBoard()
    for number, text, final in ((8, "Uno dos.", True), (9, "Tr", False)):
        board.add(CaptionUpdate(f"SG_es{number}", f"SG_direct{number}", "es", text, final))
    board.add(source(1, "One.", final=True))
    assert board.unfinished("en", ("es", "fr")) == {"es": 1, "fr": 1}
    board.add(CaptionUpdate("SG_es9", "SG_direct9", "es", "Tres.", final=True))
    board.add(CaptionUpdate("SG_fr1", "SG_1", "fr", "Un.", final=True))
    assert board.unfinished("en", ("es", "fr")) == {}


def test_an_original_without_captions_is_missed() -> None:
    board = CaptionBoard()
    board.add(translation(1, "Uno.", final=True))
    assert board.unfinished("en", ("es",)) == {"en": 1}


def test_regions_of_a_language_belong_together() -> None:
    board = CaptionBoard()
    board.add(source(1, "hel"))
    assert board.open_text("en-US") == "hel"
