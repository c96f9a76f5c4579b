"""The tree of errors: what crosses to another process is what was raised."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Iterator

import pytest

from glyphlab._common import errors
from glyphlab._common.errors import GlyphlabError, IgnoredKey, UnknownName, UsageError


def tree(root: type[GlyphlabError]) -> Iterator[type[GlyphlabError]]:
    yield root
    for kind in root.__subclasses__():
        yield from tree(kind)


def made(kind: type[GlyphlabError]) -> GlyphlabError:
    given: dict[type[GlyphlabError], tuple[object, ...]] = {
        UnknownName: ("task", "tripel", ["triple", "addition"]),
        IgnoredKey: ("recipe", "training.momentum", "means nothing"),
    }
    return kind(*given.get(kind, ("said",)))


TREE = [kind for kind in tree(GlyphlabError) if kind.__module__ == errors.__name__]
WAYS: dict[str, Callable[[GlyphlabError], GlyphlabError]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    **{
        f"pickle {protocol}": lambda error, p=protocol: pickle.loads(pickle.dumps(error, p))  # type: ignore[misc]
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    },
}


def test_the_tree_is_what_the_module_offers() -> None:
    offered = {getattr(errors, name) for name in errors.__all__}
    assert {one for one in offered if isinstance(one, type)} == set(TREE)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", TREE, ids=lambda kind: kind.__name__)
def test_an_error_comes_back_as_it_was(kind: type[GlyphlabError], way: str) -> None:
    error = made(kind)
    error.add_note("in trial 3")
    again = WAYS[way](error)
    assert type(again) is kind
    assert (str(again), again.args, again.exit_code) == (str(error), error.args, error.exit_code)
    assert again.__notes__ == ["in trial 3"]
    assert vars(again) == vars(error)


@pytest.mark.parametrize("way", WAYS)
def test_an_unknown_name_keeps_what_it_knows(way: str) -> None:
    again = WAYS[way](UnknownName("task", "tripel", ["triple", "addition"]))
    assert isinstance(again, UnknownName)
    assert (again.kind, again.name, again.suggestion) == ("task", "tripel", "triple")
    assert str(again) == ("unknown task 'tripel': did you mean 'triple'? known: addition, triple")


def test_many_names_are_shown_nearest_first_and_on_one_line() -> None:
    names = [f"{letter * 12}-net" for letter in "abcdefghijklmnop"]
    said = str(UnknownName("model", "ppppppppppp-net", names))
    assert said.startswith(
        "unknown model 'ppppppppppp-net': did you mean 'pppppppppppp-net'? "
        "known: pppppppppppp-net, "
    )
    assert said.endswith(" more")
    assert len(said) < 300
    few = UnknownName("model", "x", ["b", "a"], "a folder")
    assert str(few) == "unknown model 'x': known: a, b; or a folder"


def test_names_of_several_kinds_stand_in_groups() -> None:
    error = UnknownName("model", "smal", groups={"classifiers": ["whole"], "generators": ["small"]})
    assert error.suggestion == "small"
    assert str(error).endswith("known: classifiers whole; generators small")


def test_a_kind_of_unknown_name_comes_back_too() -> None:
    again = pickle.loads(pickle.dumps(_Unheard("model", "x", ["y"])))
    assert type(again) is _Unheard
    assert isinstance(again, UsageError)


class _Unheard(UnknownName):
    pass
