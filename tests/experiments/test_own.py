"""Models from outside in a comparison: what joins it, what is resumed, and what is refused."""

from __future__ import annotations

import functools
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from torch import Tensor, nn

from glyphlab._common.errors import RecipeError, RunError, UnknownName, UsageError
from glyphlab.experiments import compare
from glyphlab.experiments.comparing import plan_comparison
from glyphlab.models.own import given as own
from glyphlab.models.own.source import described, is_estimator
from glyphlab.recipes import Recipe
from glyphlab.tasks import load_task
from glyphlab.training import predict, train
from glyphlab.training.events import Epoch, Event

pytestmark = pytest.mark.usefixtures("one_thread", "without_familiarity")


class Small(nn.Module):
    """A net of a user: it views what a convolution gives, and drops some of it."""

    def __init__(self, shape: tuple[int, int], heads: int, classes: int) -> None:
        super().__init__()
        self.heads = heads
        self.conv = nn.Conv2d(1, 2, 3, 4)
        sides = [(side - 3) // 4 + 1 for side in shape]
        self.out = nn.Linear(2 * sides[0] * sides[1], heads * classes)

    def forward(self, images: Tensor) -> Tensor:
        assert images.dtype == torch.float32
        assert images.min() >= 0
        assert images.max() <= 1
        maps = nn.functional.dropout(self.conv(images).relu(), 0.2, self.training)
        return self.out(maps.view(len(images), -1)).view(len(images), self.heads, -1)


def make_net(image_shape: tuple[int, int], heads: int, classes: int) -> nn.Module:
    return Small(image_shape, heads, classes)


FEW_IMAGES = ("task.generalization_grid=0", "task.train_images=100")
FEW = ("training.epochs=1", "task.generalization_grid=0", "task.train_images=100")


def own_only(root: Path, thing: Any, *, task: str = "single", seeds: int = 1, **words: Any) -> Any:
    few = FEW_IMAGES if is_estimator(thing) else FEW
    return compare(
        task, {"mine": thing}, seeds=seeds, root=root, overrides=few, quiet=True, **words
    )


def test_a_net_and_a_forest_join_a_comparison(tmp_path: Path) -> None:
    models = {"mine": make_net, "forest": RandomForestClassifier(n_estimators=5), "ours": "mlp"}
    result = compare("single", models, seeds=2, root=tmp_path, overrides=FEW, quiet=True)
    assert [row["model"] for row in result.rows] == ["mine", "forest", "ours"]
    assert [row["seeds"] for row in result.rows] == [2, 2, 2]
    assert len({row["mean"] for row in result.rows}) == 3
    assert len(result.tests) == 3
    assert "--models mlp --model mine=" in result.command
    assert result.command.endswith("# and forest, made in Python: glyphlab.compare")
    files = {path: path.stat().st_mtime_ns for path in tmp_path.glob("*/done")}
    again = compare("single", models, seeds=2, root=tmp_path, overrides=FEW, quiet=True)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.glob("*/done")} == files
    assert [row["mean"] for row in again.rows] == [row["mean"] for row in result.rows]
    image = tmp_path / "one.png"
    Image.fromarray(load_task("single").test.images[0]).save(image)
    for run in result.runs:
        (read,) = predict(run.path, [image], as_is=True)
        assert read["symbols"] == run.load_predictions()["pred"][0].tolist()


@pytest.mark.parametrize(("task", "strategy"), [("triple", "multihead"), ("addition", "whole")])
def test_labels_of_other_shapes(task: str, strategy: str, tmp_path: Path) -> None:
    few = ["training.epochs=1", "task.generalization_grid=0", "task.per_label=1"]
    result = compare(
        task, {"mine": make_net, "bayes": GaussianNB()}, seeds=1, root=tmp_path, overrides=few,
        quiet=True,
    )  # fmt: skip
    assert [row["strategy"] for row in result.rows] == [strategy, strategy]


def test_the_same_weights_and_dropout_whatever_was_drawn_before(tmp_path: Path) -> None:
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = own_only(tmp_path / "a", make_net).runs[0].load_tensors("model.safetensors")
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    second = own_only(tmp_path / "b", make_net).runs[0].load_tensors("model.safetensors")
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)
    other = own_only(tmp_path / "b", make_net, seeds=2).runs[1].load_tensors("model.safetensors")
    assert not any(torch.equal(first[name], other[name]) for name in first)


def test_a_forest_with_a_seed_of_its_own_is_trained_once(tmp_path: Path) -> None:
    fixed = own_only(tmp_path, RandomForestClassifier(5, random_state=3), seeds=3)
    assert [row["seeds"] for row in fixed.rows] == [1]
    chain = make_pipeline(StandardScaler(), RandomForestClassifier(5))
    assert [row["seeds"] for row in own_only(tmp_path, chain, seeds=2).rows] == [2]


@pytest.mark.parametrize("epoch", [1, 2])
def test_one_that_was_interrupted_ends_with_the_same_weights(epoch: int, tmp_path: Path) -> None:
    plan = plan_comparison(
        "single", {"mine": make_net}, seeds=1, root=tmp_path, overrides=[*FEW, "training.epochs=3"]
    )
    (recipe,) = plan.recipes["mine"]

    def stop(event: Event) -> None:
        if isinstance(event, Epoch) and event.row["epoch"] == epoch:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(recipe, tmp_path / "a", quiet=True, callbacks=[stop])
    resumed = train(recipe, tmp_path / "a", quiet=True).load_tensors("model.safetensors")
    whole = train(recipe, tmp_path / "b", quiet=True).load_tensors("model.safetensors")
    assert all(torch.equal(resumed[name], whole[name]) for name in whole)


def digest(thing: Any) -> str:
    return described("mine", thing).source


def bound(width: int) -> Callable[..., nn.Module]:
    def make(image_shape: tuple[int, int], heads: int, classes: int) -> nn.Module:
        return nn.Linear(width, heads)

    return make


def test_the_digest_covers_source_and_values() -> None:
    assert digest(make_net) == digest(make_net)
    assert digest(bound(3)) == digest(bound(3)) != digest(bound(4))
    with_array = functools.partial(make_net, classes=np.arange(3))
    assert digest(with_array) != digest(functools.partial(make_net, classes=np.arange(4)))
    forests = [RandomForestClassifier(n) for n in (5, 5, 6)]
    assert digest(forests[0]) == digest(forests[1]) != digest(forests[2])
    assert digest(RandomForestClassifier(5, n_jobs=2)) == digest(forests[0])
    assert digest(make_pipeline(forests[0])) != digest(make_pipeline(forests[2]))


def module(folder: Path, name: str, text: str) -> Any:
    (folder / f"{name}.py").write_text(text)
    sys.modules.pop(name, None)
    return __import__(name)


NET = """
from torch import nn
WIDTH = {width}
class Net(nn.Module):
    def __init__(self, shape, heads, classes):
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(shape[0] * shape[1], WIDTH),
                                    nn.{act}(), nn.Linear(WIDTH, classes))
    def forward(self, x):
        return self.layers(x).unsqueeze(1)
def make_net(image_shape, heads, classes):
    return Net(image_shape, heads, classes)
"""


def test_what_a_function_uses_is_part_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import linecache

    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    found = []
    for width, act in ((8, "ReLU"), (9, "ReLU"), (8, "Tanh"), (8, "ReLU")):
        text = NET.format(width=width, act=act)
        found.append(digest(module(tmp_path, "own_net_a", text).make_net))
        linecache.clearcache()
    assert found[0] == found[3]
    assert len(set(found)) == 3


USES = """
import functools
import logging
from math import sqrt
import numpy as np
import torch
from torch import nn
CONFIG = {config}
HALF = functools.partial(nn.Linear, bias={bias})
TABLE = np.arange({size})
STEPS = [torch.relu, len]
DEVICE = torch.device("cpu")
LOG = logging.getLogger("own")
@functools.lru_cache
def width():
    return {width}
def make_net(image_shape, heads, classes):
    LOG.info(sqrt(len(TABLE)), STEPS, DEVICE)
    return HALF(CONFIG["width"], width())
"""


def test_any_global_that_a_function_uses_is_part_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import linecache

    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    usual = {"config": '{"width": 16}', "bias": True, "size": 3, "width": 4}
    changes = [{}, {"config": '{"width": 64}'}, {"bias": False}, {"size": 5}, {"width": 5}, {}]
    found = []
    for change in changes:
        found.append(digest(module(tmp_path, "own_net_g", USES.format(**usual | change)).make_net))
        linecache.clearcache()
    assert found[0] == found[-1]
    assert len(set(found)) == len(changes) - 1


def test_what_a_module_of_ones_own_uses_is_part_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import linecache

    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    found = []
    for width, constant in ((8, 1), (9, 1), (8, 2), (8, 1)):
        texts = {
            "own_deep_m": f"import own_helper_m\ndef width():\n    return {width}\n",  # a circle
            "own_other_m": f"SIZE = {constant}\n",
            "own_helper_m": "import own_deep_m, own_other_m\ndef w():\n"
            "    return own_deep_m.width() + own_other_m.SIZE\n",
        }
        for name, text in texts.items():
            (tmp_path / f"{name}.py").write_text(text)
            sys.modules.pop(name, None)
        text = "import own_helper_m\nfrom torch import nn\n"
        text += "def make_net(image_shape, heads, classes):\n"
        text += "    return nn.Linear(own_helper_m.w(), classes)\n"
        found.append(digest(module(tmp_path, "own_net_m", text).make_net))
        linecache.clearcache()
    assert found[0] == found[3]
    assert len(set(found)) == 3


def test_a_global_whose_content_nobody_can_see_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    for number, made in enumerate(("Sizes()", "torch.nn.Linear(2, 2)")):
        text = f"import torch\nclass Sizes:\n    wide = 3\nKNOWN = {made}\n"
        text += "def make_net(image_shape, heads, classes):\n    return KNOWN\n"
        with pytest.raises(UsageError, match=r"KNOWN, a .* whose content cannot be written down"):
            digest(module(tmp_path, f"own_net_u{number}", text).make_net)


def test_parts_of_an_estimator_draw_on_their_own() -> None:
    open_states = ["a__random_state", "b__random_state", "random_state"]
    found = own._states(open_states, 7)
    assert found["random_state"] == 7
    assert len(set(found.values())) == 3
    assert own._states(open_states[:1], 7) == {"a__random_state": 7}


def test_by_the_place_that_it_is_imported_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = NET.format(width=4, act="ReLU")
    (tmp_path / "own_net_b.py").write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    result = own_only(tmp_path / "runs", "own_net_b:make_net")
    assert "--models '' --model mine=own_net_b:make_net" in result.command
    (run,) = result.runs
    assert run.recipe["model"]["custom"]["where"] == "own_net_b:make_net"
    image = tmp_path / "one.png"
    Image.fromarray(load_task("single").test.images[0]).save(image)
    own._GIVEN.clear()
    predict(run.path, [image])
    kept = sys.modules.pop("own_net_b")
    with pytest.raises(RunError, match="import own_net_b first, or name it with --model"):
        predict(run.path, [image])  # a run folder may be a stranger's: nothing is imported for it
    kept.make_net = make_net
    monkeypatch.setitem(sys.modules, "own_net_b", kept)
    with pytest.raises(RunError, match="has another source than when 'mine' was trained"):
        predict(run.path, [image])


def test_what_no_module_has_cannot_be_read_elsewhere(tmp_path: Path) -> None:
    (run,) = own_only(tmp_path, lambda shape, heads, classes: Small(shape, heads, classes)).runs
    image = tmp_path / "one.png"
    Image.fromarray(load_task("single").test.images[0]).save(image)
    own._GIVEN.clear()
    with pytest.raises(RunError, match="'mine' was made in a program or a notebook"):
        predict(run.path, [image])


def without_source() -> Any:
    space: dict[str, Any] = {}
    exec("def make(image_shape, heads, classes): return None", space)
    return space["make"]


class Odd:
    pass


def bound_to_an_object(odd: Odd = Odd()) -> Any:  # noqa: B008
    return odd


@pytest.mark.parametrize(
    ("thing", "error", "message"),
    [
        (without_source(), UsageError, "make has no source that could be read"),
        (len, UsageError, "a builtin_function_or_method has no source"),
        (bound_to_an_object, UsageError, "is bound to odd, a Odd whose content cannot be"),
        (nn.Linear(2, 2), UsageError, "is a Linear: give the name of a model, a function make_net"),
        (3, UsageError, "is a int: give the name of a model"),
        (RandomForestClassifier, UsageError, r"is a class: give an object, RandomForestClassifier"),
        (LinearRegression(), UsageError, "is a LinearRegression, which is no classifier"),
        (LinearSVC(), UsageError, "is a LinearSVC without predict_proba.*CalibratedClassifierCV"),
        ("whoel", UnknownName, "did you mean 'whole'"),
        ("no_such:make", UsageError, "no_such:make cannot be imported .ModuleNotFoundError"),
        ("json:nope", UsageError, "json:nope cannot be imported .AttributeError"),
    ],
)
def test_what_cannot_be_compared(
    thing: Any, error: type[Exception], message: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=message) as caught:
        own_only(tmp_path, thing)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def wrong_shape(image_shape: Any, heads: int, classes: int) -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(28 * 28, classes))


class Never(Small):
    def forward(self, images: Tensor) -> Tensor:
        return super().forward(images) * float("nan")


class Several(Small):
    def forward(self, images: Tensor) -> Any:
        return super().forward(images), images


def no_module(image_shape: Any, heads: int, classes: int) -> Any:
    return classes


def no_weights(image_shape: Any, heads: int, classes: int) -> nn.Module:
    return nn.Flatten()


def raises(image_shape: Any, heads: int, classes: int) -> nn.Module:
    raise KeyError("two\nlines")


def too_few(image_shape: Any) -> nn.Module:
    return nn.Flatten()


class BadShares(DummyClassifier):
    def predict_proba(self, X: Any) -> Any:
        return super().predict_proba(X) * np.nan


class Fails(DummyClassifier):
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        raise ZeroDivisionError("no\nway")


@pytest.mark.parametrize(
    ("thing", "message"),
    [
        (wrong_shape, r"gives \(2, 10\) for 2 images, expected logits of \(2, 1, 10\)"),
        (Never, "gives nan for an image of noise, before it is trained"),
        (Several, r"gives tuple for 2 images, expected logits of \(2, 1, 10\)"),
        (no_module, "was made as a int, expected a torch.nn.Module"),
        (no_weights, "has no weights to train"),
        (raises, r"failed when it was made for images of \(28, 28\) \(KeyError: 'two"),
        (too_few, r"failed when it was made for images of \(28, 28\) \(TypeError"),
        (BadShares(), "expected finite numbers of shape"),
        (Fails(), r"failed when it was fitted to 100 images \(ZeroDivisionError: no way\)"),
    ],
)
def test_what_fails_when_it_is_used(thing: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=message) as caught:
        own_only(tmp_path, thing)
    assert "\n" not in str(caught.value)


def begins_anew(image_shape: Any, heads: int, classes: int) -> nn.Module:
    torch.manual_seed(0)
    np.random.rand()  # noqa: NPY002
    random.random()
    return Small(image_shape, heads, classes)


@pytest.mark.usefixtures("notes")
def test_the_global_random_state_is_put_back_and_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own._SAID.clear()
    states = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()  # noqa: NPY002
    own_only(tmp_path, begins_anew)
    assert torch.equal(torch.get_rng_state(), states[0])
    assert np.array_equal(np.random.get_state()[1], states[1])  # noqa: NPY002
    assert random.getstate() == states[2]
    said = capsys.readouterr().err
    for whose in ("torch", "NumPy", "Python"):
        assert said.count(f"'mine' changes the global random state of {whose}: it was put") == 1


def test_names(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="write lower-case letters"):
        compare("single", {"My Net": make_net}, root=tmp_path, quiet=True)
    with pytest.raises(UsageError, match="two of the models are called 'whole'"):
        compare("single", {"whole": make_net, "ours": "whole"}, root=tmp_path, quiet=True)


def test_the_table_custom_is_for_net_custom() -> None:
    custom = described("mine", make_net).model_dump()
    for model in ({"net": "custom"}, {"custom": custom}):
        with pytest.raises(RecipeError, match=r"net 'custom' and the table \[model.custom\]"):
            Recipe.from_mapping({"model": {**model, "strategy": "whole"}})
    with pytest.raises(RecipeError, match="strategy 'aligned' pools a net's own map"):
        Recipe.from_mapping({"model": {"net": "custom", "custom": custom}})
    assert "custom" not in Recipe.from_mapping({}).content()["model"]
