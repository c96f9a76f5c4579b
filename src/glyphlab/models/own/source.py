"""A model from outside, described so that a recipe can name it: its source, and what that uses.

The digest covers the source of a function or class, every function, class and module of one's own
that it uses by name, the values that it is bound to, and the versions of the packages. So another
source is another run, and the same script resumes its own.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import inspect
import re
import sys
import sysconfig
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from glyphlab._common.errors import UsageError
from glyphlab.recipes.own_model import CustomModel

__all__ = ["described", "is_estimator"]

NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
RANDOM = "random_state"
WITHOUT_EFFECT = ("n_jobs", "verbose")
"""Parameters that change no result."""


def is_estimator(thing: object) -> bool:
    """Whether something is an object that is fitted and predicts, as scikit-learn's are."""
    own = all(hasattr(thing, word) for word in ("fit", "predict", "get_params"))
    return own and not isinstance(thing, type)


def described(name: str, thing: Any, where: str | None = None) -> CustomModel:
    """Describe a model from outside.

    Parameters
    ----------
    name : str
        What the comparison calls it.
    thing : callable or estimator
        ``make_net(image_shape, heads, classes)`` that returns a `torch.nn.Module`, or a classifier
        of scikit-learn.
    where : str, optional
        From where it was imported; found for whatever stands in a module under its own name.

    Raises
    ------
    UsageError
        Where it is neither, has no source, or is bound to what cannot be written down.
    """
    if not NAME.fullmatch(name):
        raise UsageError(
            f"a model of yours is called '{name}', and its runs are named after it: write lower-"
            "case letters, digits, dots, dashes or underscores, as 'my-net'"
        )
    reader = _Reader(name)
    if is_estimator(thing):
        _require_classifier(name, thing)
        reader.use(type(thing), root=True)
        arguments = reader.parameters(thing)
        drawn = [key for key in thing.get_params() if key.rpartition("__")[2] == RANDOM]
        chance = any(thing.get_params()[key] is None for key in drawn)
        return CustomModel(
            name=name, kind="estimator", source=reader.digest(), where=where, arguments=arguments,
            has_chance=chance,
        )  # fmt: skip
    if not callable(thing) or _is_module(thing):
        raise UsageError(
            f"model '{name}' is a {type(thing).__name__}: give the name of a model, a function "
            "make_net(image_shape, heads, classes) that returns a new torch.nn.Module, or a "
            "classifier of scikit-learn such as RandomForestClassifier()"
        )
    if isinstance(thing, type) and hasattr(thing, "get_params"):
        raise UsageError(f"model '{name}' is a class: give an object, {thing.__name__}()")
    arguments = reader.bound(thing)
    return CustomModel(
        name=name, kind="net", source=reader.digest(), where=where or _place(thing),
        arguments=arguments,
    )  # fmt: skip


def _require_classifier(name: str, thing: Any) -> None:
    from sklearn.base import is_classifier

    kind = type(thing).__name__
    if not is_classifier(thing):
        raise UsageError(f"model '{name}' is a {kind}, which is no classifier: give a classifier")
    if not hasattr(thing, "predict_proba"):
        raise UsageError(
            f"model '{name}' is a {kind} without predict_proba, and confidence is made of that: "
            "wrap it in sklearn.calibration.CalibratedClassifierCV, or choose one that has it"
        )


def _is_module(thing: Any) -> bool:
    torch = sys.modules.get("torch")  # without it nothing can be one
    return torch is not None and isinstance(thing, torch.nn.Module)


def _place(thing: Any) -> str | None:
    """Return from where something can be imported; None where it cannot."""
    module, name = getattr(thing, "__module__", None), getattr(thing, "__qualname__", "")
    if module in (None, "__main__") or "<" in name:
        return None
    found: Any = sys.modules.get(module)
    for step in name.split("."):
        found = getattr(found, step, None)
    return f"{module}:{name}" if found is thing else None


class _Reader:
    """Gathers the source of one model."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.parts: dict[str, str] = {}

    def digest(self) -> str:
        """Return the digest of all that was gathered."""
        whole = hashlib.sha256()
        for key in sorted(self.parts):
            whole.update(f"{key}\0{self.parts[key]}\0".encode())
        return whole.hexdigest()[:16]

    def bound(self, thing: Any) -> dict[str, str]:
        """Gather a callable, and return the values that it is bound to, as text."""
        found: dict[str, str] = {}
        if isinstance(thing, functools.partial):
            found |= {f"{n}": self.value(f"{n}", one) for n, one in enumerate(thing.args)}
            found |= {key: self.value(key, one) for key, one in thing.keywords.items()}
            found |= self.bound(thing.func)
        elif isinstance(thing, types.MethodType):
            raise self._unreadable("a method of an object")
        elif isinstance(thing, types.FunctionType):
            found |= dict(self._values(thing))
            self.use(thing, root=True)
        elif isinstance(thing, type):
            self.use(thing, root=True)
        else:
            raise self._unreadable(f"a {type(thing).__name__}")
        self.parts["bound"] = repr(sorted(found.items()))
        return found

    def parameters(self, thing: Any) -> dict[str, str]:
        """Gather an estimator's parameters, and return them as text."""
        found = {
            key: self.value(key, one)
            for key, one in sorted(thing.get_params(deep=False).items())
            if key not in WITHOUT_EFFECT
        }
        self.parts[f"parameters of {type(thing).__qualname__} {len(self.parts)}"] = repr(found)
        return found

    def value(self, name: str, thing: Any) -> str:
        """Return a value as text that stands for its whole content.

        Raises
        ------
        UsageError
            Where it has no such text.
        """
        if thing is None or isinstance(thing, bool | int | float | str | bytes | Path):
            return repr(thing)
        if isinstance(thing, np.generic):
            return repr(thing.item())
        if isinstance(thing, Mapping):
            pairs = sorted((repr(key), self.value(name, one)) for key, one in thing.items())
            return "{" + ", ".join(f"{key}: {one}" for key, one in pairs) + "}"
        if isinstance(thing, list | tuple | set | frozenset):
            inner = [self.value(name, one) for one in thing]
            return f"{type(thing).__name__}({', '.join(inner if isinstance(thing, list | tuple) else sorted(inner))})"  # noqa: E501
        if isinstance(thing, types.FunctionType | type | types.BuiltinFunctionType):
            self.use(thing)
            return f"{thing.__module__}.{thing.__qualname__}"
        if isinstance(thing, functools.partial):
            inner = [self.value(name, one) for one in (thing.func, thing.args, thing.keywords)]
            return f"partial({', '.join(inner)})"
        if isinstance(getattr(thing, "__wrapped__", None), types.FunctionType):  # as of lru_cache
            return f"{type(thing).__qualname__}({self.value(name, thing.__wrapped__)})"
        if hasattr(thing, "get_params"):  # a step of a pipeline, or what another one is built on
            self.use(type(thing))
            return f"{type(thing).__qualname__}({self.parameters(thing)})"
        if type(thing).__module__.partition(".")[0] in ("numpy", "torch") and hasattr(
            thing, "tolist"
        ):
            text = repr((str(thing.dtype), tuple(thing.shape), thing.tolist()))
            return f"array {hashlib.sha256(text.encode()).hexdigest()[:16]}"
        raise UsageError(
            f"model '{self.name}' is bound to {name}, a {type(thing).__name__} whose content "
            "cannot be written down: bind it to numbers, text, arrays or functions"
        )

    def use(self, thing: Any, *, root: bool = False) -> None:
        """Gather what is used: the source of what is one's own, the version of a package."""
        module = thing.__name__ if isinstance(thing, types.ModuleType) else thing.__module__
        own = _is_own(module)
        if not own:
            package = str(module).partition(".")[0]
            self.parts.setdefault(f"package {package}", _version(package))
            if not root:
                return
        if isinstance(thing, types.ModuleType):
            self._use_module(thing)
            return
        key = f"{module}.{thing.__qualname__}"
        if key in self.parts:
            return
        self.parts[key] = self._source(thing)
        if own:
            for one in _functions(thing):
                self._follow(one)
            for base in getattr(thing, "__mro__", ())[1:]:
                self.use(base)

    def _use_module(self, module: types.ModuleType) -> None:
        """Gather the source of a module of one's own, and all of one's own that it holds."""
        key = f"module {module.__name__}"
        if key in self.parts:
            return
        self.parts[key] = self._source(module)
        for _, held in sorted(vars(module).items()):
            if isinstance(held, types.ModuleType | types.FunctionType | type):
                self.use(held)

    def _follow(self, function: types.FunctionType) -> None:
        """Gather what a function uses by name."""
        for name in sorted(_names(function.__code__)):
            used = function.__globals__.get(name)
            if isinstance(used, types.FunctionType | types.ModuleType | type):
                self.use(used)
            elif isinstance(used, types.BuiltinFunctionType):
                if isinstance(used.__module__, str):
                    self.use(used)
            elif used is not None:
                self.parts[f"value {function.__module__}.{name}"] = self._global(name, used)
        for key, text in self._values(function):
            self.parts[f"{function.__module__}.{function.__qualname__} {key}"] = text

    def _global(self, name: str, thing: Any) -> str:
        """Return what a function finds under a global name, as text."""
        try:
            return self.value(name, thing)
        except UsageError:
            text = repr(thing)
            if " at 0x" in text or _is_module(thing):  # says nothing of the content
                raise
            self.use(type(thing))
            return text

    def _values(self, function: types.FunctionType) -> Iterator[tuple[str, str]]:
        """Yield the values of defaults and closure, as text."""
        for name, parameter in inspect.signature(function).parameters.items():
            if parameter.default is not parameter.empty:
                yield name, self.value(name, parameter.default)
        cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
        for name, cell in cells:
            if name == "__class__" or cell.cell_contents is function:
                continue
            yield name, self.value(name, cell.cell_contents)

    def _source(self, thing: Any) -> str:
        try:
            return inspect.getsource(thing)
        except (OSError, TypeError):
            texts = []
            for one in _functions(thing) if isinstance(thing, type) else ():
                try:  # a class of a notebook has no file, but its functions have their cells
                    texts.append(inspect.getsource(one))
                except (OSError, TypeError):
                    break
            else:
                if texts:
                    return "".join(texts)
        raise self._unreadable(f"{getattr(thing, '__qualname__', thing)}")

    def _unreadable(self, what: str) -> UsageError:
        return UsageError(
            f"model '{self.name}': {what} has no source that could be read, so no run could be "
            "distinguished from one of another source: write a plain function or class in a "
            "file, a "
            "script or a notebook cell"
        )


def _functions(thing: Any) -> Iterator[types.FunctionType]:
    if isinstance(thing, types.FunctionType):
        yield thing
    for one in vars(thing).values() if isinstance(thing, type) else ():
        inner = getattr(one, "__func__", None) or getattr(one, "fget", None) or one
        if isinstance(inner, types.FunctionType):
            yield inner


def _names(code: types.CodeType) -> set[str]:
    inner = [one for one in code.co_consts if isinstance(one, types.CodeType)]
    return set(code.co_names).union(*map(_names, inner))


_INSTALLED = tuple(
    {str(Path(sysconfig.get_path(kind)).resolve()) for kind in ("stdlib", "purelib", "platlib")}
)


def _is_own(module: str) -> bool:
    """Whether a module is the user's: no part of Python, of this project or of a package."""
    if module == "__main__":
        return True
    file = getattr(sys.modules.get(module), "__file__", None)
    if file is None or module.partition(".")[0] == "glyphlab":
        return False
    path = str(Path(file).resolve())
    return not path.startswith(_INSTALLED) and "site-packages" not in path


def _version(package: str) -> str:
    try:
        return importlib.metadata.version({"sklearn": "scikit-learn"}.get(package, package))
    except importlib.metadata.PackageNotFoundError:
        return "" if package == "glyphlab" else ".".join(map(str, sys.version_info[:2]))
