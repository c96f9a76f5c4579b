"""Choices of Play: each is a recipe, and each recipe is its choice again."""

from __future__ import annotations

import itertools

import pytest
from pydantic import ValidationError

from glyphlab._common.errors import RecipeError, UnknownName
from glyphlab.serve.playing.play_choices import (
    STRATEGIES,
    PlayChoice,
    choice_of,
    play_recipe,
    ranges,
    strategies_of,
)
from glyphlab.serve.playing.play_data import ceiling_words, play_data

PAIRS = [(task, one) for task, names in STRATEGIES.items() for one in names]


@pytest.mark.parametrize(("task", "strategy"), PAIRS)
def test_a_recipe_is_its_choice_again(task: str, strategy: str) -> None:
    choice = PlayChoice.model_validate({"task": task, "strategy": strategy, "width": 8, "seed": 3})
    assert choice_of(play_recipe(choice).content()) == choice


def test_a_recipe_from_elsewhere_is_no_choice() -> None:
    content = play_recipe(PlayChoice()).content()
    content["training"]["batch_size"] = 7
    assert choice_of(content) is None
    assert choice_of({"kind": "generator"}) is None


@pytest.mark.parametrize("task", STRATEGIES)
def test_all_strategies_that_read_a_task_are_offered(task: str) -> None:
    chosen = PlayChoice.model_validate({"task": task, "strategy": STRATEGIES[task][0]})
    audit = play_data(play_recipe(chosen).task).audit
    assert set(STRATEGIES[task]) == set(audit.ceilings)
    assert all(about for _, about in strategies_of(task))


def test_every_value_of_every_slider_can_be_chosen() -> None:
    for one in ranges():
        for value in one.values:
            made = PlayChoice.model_validate({one.key: value})
            assert float(getattr(made, one.key)) == value
            play_recipe(made)
    assert {one.key for one in ranges()} < set(PlayChoice.model_fields)


@pytest.mark.parametrize(
    "wrong",
    [{"epochs": 41}, {"images": 10_000}, {"width": 1_000}, {"task": "../x"}, {"learning_rate": 0},
     {"seed": -1}, {"more": 1}],
)  # fmt: skip
def test_what_is_out_of_range_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        PlayChoice.model_validate(wrong)


def test_a_strategy_for_another_task_is_refused() -> None:
    with pytest.raises(UnknownName, match="did you mean 'whole'"):
        play_recipe(PlayChoice(task="addition", strategy="whol"))
    with pytest.raises(RecipeError, match="choose convolutions"):
        play_recipe(PlayChoice(task="triple", strategy="aligned", net="dense"))


def test_ceilings_in_words() -> None:
    assert "no test image" in ceiling_words("whole", 0.0)
    assert "50.0 % of the test images at most" in ceiling_words("multihead", 0.5)
    assert "Nothing in the data" in ceiling_words("aligned", 1.0)


def test_few_images_lower_the_ceiling_of_whole_labels() -> None:
    found = {}
    for images in (50, 1000):
        choice = PlayChoice(task="addition", strategy="whole", images=images)
        found[images] = play_data(play_recipe(choice).task).audit.ceilings["whole"]
    assert found[50] < found[1000] == 1.0


def test_settings_that_change_no_image_share_the_data() -> None:
    one, two = (play_recipe(PlayChoice(epochs=epochs)).task for epochs in (1, 2))
    assert play_data(one) is play_data(two)
    assert not set(itertools.chain(*play_data(one).truths)) - set("0123456789")
