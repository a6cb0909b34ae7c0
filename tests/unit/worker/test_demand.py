from agent.demand import LINGER_SECONDS, Demand


def test_a_language_begins_with_its_first_listener() -> None:
    demand = Demand(["it", "de"])
    assert demand.languages(0.0) == ()
    demand.ask(["de", None, "original", "fr"], now=1.0)
    assert demand.languages(1.0) == ("de",), "fr is none that may be asked for"
    assert demand.next_end() is None


def test_it_ends_a_while_after_its_last() -> None:
    demand = Demand(["it"])
    demand.ask(["it", "it"], now=0.0)
    demand.ask(["it"], now=1.0)
    demand.ask([], now=2.0)
    end = 2.0 + LINGER_SECONDS
    assert demand.next_end() == end
    assert demand.languages(end - 0.1) == ("it",)
    assert demand.languages(end) == ()
    demand.ask([], now=end)
    assert demand.next_end() is None


def test_a_listener_who_comes_back_in_time_keeps_it() -> None:
    demand = Demand(["it"])
    demand.ask(["it"], now=0.0)
    demand.ask([], now=1.0)
    demand.ask(["it"], now=2.0)
    assert demand.next_end() is None
    assert demand.languages(100.0) == ("it",)


def test_others_who_come_and_go_do_not_prolong_it() -> None:
    demand = Demand(["it", "de"])
    demand.ask(["it"], now=0.0)
    demand.ask([], now=1.0)
    demand.ask(["de"], now=4.0)
    assert demand.next_end() == 1.0 + LINGER_SECONDS
    assert demand.languages(1.0 + LINGER_SECONDS) == ("de",)
