"""A registry: names that are known at once, and what they name imported when it is asked for."""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import itertools
import logging
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from glyphlab._common.errors import PluginError, UnknownName

__all__ = ["Registry"]

Item = TypeVar("Item")

_log = logging.getLogger("glyphlab")


class Registry(Generic[Item]):
    """What can be extended of one kind, by name.

    Parameters
    ----------
    kind : str
        What messages call one, as ``'strategy'``.
    group : str
        The group of entry points by which installed packages add theirs.
    table : mapping of str to str
        Our own: names, and where each is, as ``'package.module:attribute'``.
    objects : mapping of str to object
        Our own that are made already.
    needs : iterable of str
        Attributes that each must have.
    beside : str
        What may stand instead of a name, as ``'a folder'``: messages say it.
    """

    def __init__(
        self,
        kind: str,
        group: str,
        table: Mapping[str, str] | None = None,
        *,
        objects: Mapping[str, Item] | None = None,
        needs: Iterable[str] = (),
        beside: str = "",
    ) -> None:
        self.kind, self.group, self.needs = kind, group, tuple(needs)
        self.beside = beside
        self._table = table or {}
        self._objects: Mapping[str, Item] = objects if objects is not None else {}
        self._added: dict[str, Item] = {}
        self._loaded: dict[tuple[str, str], Item] = {}
        self._said: set[str] = set()

    def names(self) -> tuple[str, ...]:
        """Return every name, ours first; nothing is imported."""
        return (*self._own(), *self._added, *sorted(set(self._plugins()) - set(self._added)))

    def __contains__(self, name: object) -> bool:
        return name in self._own() or name in self._added or name in self._plugins()

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __len__(self) -> int:
        return len(self.names())

    def check(self, name: str) -> str:
        """Return a name as it is.

        Raises
        ------
        UnknownName
            With the nearest right name.
        """
        if name not in self:
            raise UnknownName(self.kind, name, self.names(), self.beside)
        return name

    def load(self, name: str) -> Item:
        """Return what a name stands for, imported now.

        Raises
        ------
        UnknownName
            With the nearest right name.
        PluginError
            Where the package that gives it cannot be imported, or gives something else.
        """
        if name in self._objects:
            return self._objects[name]
        if name in self._added:
            return self._added[name]
        if name in self._table:
            module, _, attribute = self._table[name].partition(":")
            item: Item = getattr(importlib.import_module(module), attribute)
            return item
        self.check(name)
        return self._plugin(name)

    def usable(self) -> Iterator[tuple[str, Item]]:
        """Yield names and what they stand for; of a plug-in that is broken one line is said."""
        for name in self.names():
            try:
                item = self.load(name)
            except PluginError as error:
                self._say(str(error))
            else:
                yield name, item

    def register(self, name: str, item: Item) -> None:
        """Add one for the rest of this process, as a test or a notebook does.

        Raises
        ------
        PluginError
            Where the name is taken, or the object lacks what one needs.
        """
        if name in self:
            raise PluginError(
                f"the {self.kind} '{name}' is there already: register another name, or call "
                "unregister first where it is your own"
            )
        self._require_whole(name, item, "what was registered")
        self._added[name] = item

    def unregister(self, name: str) -> None:
        """Take back what `register` added; a name that is not there is no error."""
        self._added.pop(name, None)

    def _own(self) -> tuple[str, ...]:
        return (*self._table, *self._objects)

    def _plugins(self) -> dict[str, list[importlib.metadata.EntryPoint]]:
        """Return the entry points of this group by name, without names that are ours."""
        found: dict[str, list[importlib.metadata.EntryPoint]] = {}
        for point in _entry_points(tuple(sys.path)):
            if point.group != self.group:
                continue
            if point.name in self._own():
                self._say(
                    f"{_package(point)} names a {self.kind} '{point.name}', which is taken: ours "
                    "is used; rename it in that package's entry points, or uninstall the package"
                )
                continue
            found.setdefault(point.name, []).append(point)
        return found

    def _plugin(self, name: str) -> Item:
        points = self._plugins()[name]
        if len(points) > 1:
            packages = " and ".join(sorted(_package(point) for point in points))
            raise PluginError(
                f"{packages} both name a {self.kind} '{name}': uninstall one of them, or rename it "
                "in its entry points"
            )
        (point,) = points
        key = name, point.value
        if key not in self._loaded:
            try:
                item = point.load()
            except Exception as error:  # whatever a foreign module may raise
                said = " ".join(str(error).split())
                raise PluginError(
                    f"the {self.kind} '{name}' of {_package(point)} cannot be imported "
                    f"({type(error).__name__}: {said}): update or uninstall that package"
                ) from error
            self._require_whole(name, item, _package(point))
            self._loaded[key] = item
        return self._loaded[key]

    def _require_whole(self, name: str, item: Any, whose: str) -> None:
        lacking = [one for one in self.needs if not hasattr(item, one)]
        if lacking:
            raise PluginError(
                f"the {self.kind} '{name}' of {whose} has no {', '.join(lacking)}: give it all of "
                f"{', '.join(self.needs)}"
            )

    def _say(self, line: str) -> None:
        if line not in self._said:
            self._said.add(line)
            _log.warning(line)


@functools.lru_cache(maxsize=8)
def _entry_points(path: tuple[str, ...]) -> tuple[importlib.metadata.EntryPoint, ...]:
    """Return the entry points of everything installed, for one state of ``sys.path``."""
    del path
    found: dict[str, tuple[importlib.metadata.EntryPoint, ...]] = {}
    for package in importlib.metadata.distributions():
        points = tuple(one for one in package.entry_points if one.group.startswith("glyphlab."))
        if points:  # of two of one name the first on the path is what an import finds
            found.setdefault(package.name, points)
    return tuple(itertools.chain.from_iterable(found.values()))


def _package(point: importlib.metadata.EntryPoint) -> str:
    if point.dist is None:
        return f"the plug-in {point.value}"
    return f"package {point.dist.name} {point.dist.version}"
