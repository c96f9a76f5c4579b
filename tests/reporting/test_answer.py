import pytest

from glyphlab._common.tabular.number_texts import percent
from glyphlab.reporting.pages.answer import answer


def row(model, mean):
    return {"model": model, "mean": mean, "low": mean - 0.01, "high": mean + 0.01, "seeds": 3}


def pair(a, b, verdict):
    return {"a": a, "b": b, "verdict": verdict}


ROWS = [row("weak", 0.8), row("strong", 0.95), row("middle", 0.94)]


def said(tests, ceilings=None):
    return " ".join(answer(ROWS, tests, ceilings or {}))


def test_better_than_all_is_said_where_every_test_says_so():
    text = said([pair("weak", "strong", "worse"), pair("strong", "middle", "better")])
    assert "strong" in text
    assert "is better than every other model" in text


@pytest.mark.parametrize("word", ["not distinguished", "one seed"])
def test_without_a_verdict_nothing_is_called_better(word):
    text = said([pair("weak", "strong", word), pair("strong", "middle", word)])
    assert "no test says that it is better" in text
    assert "is better than" not in text
    assert "middle and weak" in text


def test_each_kind_of_verdict_is_named_apart():
    text = said([pair("weak", "strong", "worse"), pair("middle", "strong", "not distinguished")])
    assert "is better than weak." in text
    assert "These seeds and images do not distinguish it from middle." in text


def test_a_pair_that_was_not_tested_is_said():
    assert "Against middle it was not tested." in said([pair("strong", "weak", "better")])


def test_what_the_audit_foretold_is_told():
    text = said([], {"weak": 0.1, "strong": 1.0})
    assert "weak got 80.00" in text
    assert "can reach 10.00" in text
    assert "strong got" not in text


def test_one_model_alone_is_compared_with_nothing():
    (sentence,) = answer([row("only", 0.9)], [], {})
    assert "89.00 to 91.00" in sentence
    assert "highest" not in sentence


def test_percent():
    assert percent(0.98765) == "98.77\N{NO-BREAK SPACE}%"
    assert percent(None) == "–"
