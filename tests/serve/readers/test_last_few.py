"""The last few values stay; of large ones fewer, and each is made once."""

from __future__ import annotations

import threading

import pytest

from glyphlab.serve.readers.last_few import LastFew


def test_those_asked_for_last_stay() -> None:
    kept: LastFew[str, str] = LastFew(2)
    made: list[str] = []

    def ask(key: str) -> str:
        return kept.of(key, lambda: made.append(key) or key.upper())

    assert [ask(key) for key in "abaca"] == list("ABACA")
    assert made == ["a", "b", "c"]  # b went, as a was asked for after it
    ask("b")
    assert made == ["a", "b", "c", "b"]


def test_large_ones_are_fewer_and_one_stays_whatever_it_takes() -> None:
    kept: LastFew[int, bytes] = LastFew(9, size_of=len, most_of_all=10)
    made: list[int] = []

    def ask(size: int) -> None:
        kept.of(size, lambda: made.append(size) or bytes(size))

    for size in (4, 5, 4, 6, 4, 5):
        ask(size)
    assert made == [4, 5, 6, 5]
    ask(50)
    ask(50)
    assert made[-1:] == [50]
    assert made.count(50) == 1


def test_one_is_made_at_a_time_and_once() -> None:
    kept: LastFew[str, int] = LastFew(2)
    inside, begun, made = threading.Semaphore(0), threading.Event(), []

    def make() -> int:
        begun.set()
        inside.acquire()
        made.append(1)
        return len(made)

    found: list[int] = []
    both = [threading.Thread(target=lambda: found.append(kept.of("a", make))) for _ in range(2)]
    for one in both:
        one.start()
    assert begun.wait(10)
    inside.release(2)
    for one in both:
        one.join(10)
    assert found == [1, 1]


def test_what_fails_is_not_kept() -> None:
    kept: LastFew[str, int] = LastFew(2)
    with pytest.raises(ZeroDivisionError):
        kept.of("a", lambda: 1 // 0)
    assert kept.of("a", lambda: 1) == 1
