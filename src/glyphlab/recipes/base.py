"""What every recipe has: a task, a seed, a name, and one identity made of all that counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, ValidationError, model_validator

from glyphlab._common.errors import IgnoredKey, RecipeError
from glyphlab._common.renamed_keys import require_new_names
from glyphlab._common.toml import read_toml
from glyphlab._common.typed import TypedDocument, explain
from glyphlab.recipes.overrides import apply_overrides, keys_of
from glyphlab.runs import Run, recipe_hash
from glyphlab.runs.documents import RECIPE, read_recipe
from glyphlab.tasks.task_recipe import TaskRecipe

__all__ = ["BaseRecipe", "Device", "Part", "Precision", "name_of", "typed_content"]

Precision = Annotated[
    Literal["auto", "float32", "bfloat16"],
    Field(description="Number format; 'auto' takes bfloat16 where a short test finds it faster."),
]
Device = Annotated[
    Literal["auto", "cpu", "cuda"],
    Field(description="Device; 'auto' takes a GPU where there is one."),
]
"""What a training of a classifier or of a generator runs on, as keys of its recipe."""


class Part(TypedDocument):
    """One table of a recipe, `table`; a recipe itself has no such name."""

    table: ClassVar[str] = ""
    added: ClassVar[tuple[str, ...]] = ()
    """Keys that name no run where they have their default: runs were made before there were any."""

    @model_validator(mode="before")
    @classmethod
    def _has_no_old_key(cls, content: Any) -> Any:
        if isinstance(content, Mapping):
            require_new_names(content, table=cls.table)
        return content


class BaseRecipe(Part):
    """Everything that decides the result of a run."""

    kind: str = Field(description="Which kind of recipe this is.")
    task: TaskRecipe = Field(TaskRecipe(), description="Which data the run is about.")
    seed: int = Field(
        0,
        ge=0,
        description="Root of every random choice in training: initial weights, order of images,"
        " augmentation.",
    )
    name: str = Field(
        "run",
        pattern=r"^[a-z0-9][a-z0-9._-]*$",
        description="Names the run: its folder begins with it.",
    )

    def ignored(self) -> dict[str, str]:
        """Return the keys that would change nothing here, each with the reason and what to do."""
        return {}

    def requires(self) -> tuple[BaseRecipe, ...]:
        """Return the recipes of the runs that must be finished before this one is trained."""
        return ()

    @property
    def has_chance(self) -> bool:
        """Whether another seed can give another result."""
        return True

    @model_validator(mode="after")
    def _has_no_key_without_effect(self) -> Self:
        defaults = {
            name: field.get_default(call_default_factory=True)
            for name, field in type(self).model_fields.items()
        }
        for path, reason in self.ignored().items():
            table, _, key = path.partition(".")
            value, default = getattr(self, table), defaults[table]
            if key:
                default = type(value).model_fields[key].get_default(call_default_factory=True)
                value = getattr(value, key)
            if value != default:
                raise _NoEffect(path, reason)
        return self

    @property
    def title(self) -> str:
        """First part of the name of the run's folder; it begins with no dot and no dash."""
        path = Path(self.task.name)
        task = path.stem.lstrip(".-") or path.resolve().stem.lstrip(".-") or "data"
        return f"{task}-{self.name}-s{self.seed}"

    def content(self) -> dict[str, Any]:
        """Return what names the run, as JSON holds it: every key that has an effect.

        A key that came later than the first runs is left out where it has its default, so that
        these keep their names.
        """
        content: dict[str, Any] = self.model_dump(mode="json")
        for table in content:
            part = getattr(self, table)
            for key in getattr(part, "added", ()):
                if getattr(part, key) == type(part).model_fields[key].get_default():
                    del content[table][key]
        for path in self.ignored():
            table, _, key = path.partition(".")
            if key:
                content[table].pop(key, None)
            else:
                del content[table]
        return content

    @property
    def hash(self) -> str:
        """The eight hexadecimal digits that tell this recipe from every other."""
        return recipe_hash(self.content())

    def path_in(self, root: Path) -> Path:
        """Return the run folder of this recipe, begun or not."""
        return Run.path_of(root, self.title, self.content())

    def open_run(self, root: Path) -> Run:
        """Begin the run of this recipe, or resume it, as `Run.open` does."""
        return Run.open(root, self.title, self.content())

    @classmethod
    def from_mapping(
        cls, content: Mapping[str, Any], where: str = "recipe", typed: Iterable[str] = ()
    ) -> Self:
        """Validate a mapping.

        Parameters
        ----------
        content : mapping
        where : str
            What the message calls it.
        typed : iterable of str
            Keys that a person gave, as ``training.momentum``: they may not be without effect, not
            even with the value that they have anyway.

        Raises
        ------
        RecipeError
            Naming the key, what is wrong with it, and the nearest right key.
        """
        try:
            found = cls.model_validate(dict(content))
        except ValidationError as error:
            for item in error.errors():
                cause = item.get("ctx", {}).get("error")
                if isinstance(cause, _NoEffect):
                    raise IgnoredKey(where, cause.path, cause.reason) from error
            raise RecipeError(f"{where}: {explain(error, cls)}") from error
        ignored = found.ignored()
        for key in typed:
            for path, reason in ignored.items():
                if key == path or key.startswith(f"{path}."):
                    raise IgnoredKey(where, path, reason)
        return found

    @classmethod
    def from_toml(cls, path: Path, overrides: Iterable[str] = (), seed: int | None = None) -> Self:
        """Read a TOML file and apply ``key.path=value`` overrides.

        Parameters
        ----------
        path : Path
        overrides : iterable of str
        seed : int, optional
            Takes the place of the file's.

        Raises
        ------
        RecipeError
            Where the file is missing, is no TOML, or holds what a recipe cannot.
        """
        whole = typed_content(path, overrides, seed)
        return cls.from_mapping(whole, str(path), typed=keys_of(whole))


def typed_content(
    path: Path, overrides: Iterable[str] = (), seed: int | None = None
) -> dict[str, Any]:
    """Return what a person typed: a TOML file, or the ``recipe.json`` of a run, and overrides.

    Raises
    ------
    RecipeError
        Where the file cannot be read, or is another JSON file, or an override is none.
    """
    if path.suffix == ".json":
        if path.name != RECIPE:
            raise RecipeError(
                f"{path}: expected a recipe, which is a TOML file or the {RECIPE} of a run: name "
                "one of these"
            )
        content = read_recipe(path.parent)
    else:
        otherwise = "or write one: an empty file is a recipe, and --dry-run shows its every key"
        content = read_toml(path, "recipe", otherwise, RecipeError)
        content.setdefault("name", name_of(path))
    if seed is not None:
        content["seed"] = seed
    return apply_overrides(content, overrides)


class _NoEffect(ValueError):
    """What a recipe's own validation says of a key that would change nothing."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path} {reason}")
        self.path, self.reason = path, reason


def name_of(path: Path) -> str:
    """Return the name of a recipe whose file says none."""
    plain = "".join(c if c.isascii() and c.isalnum() else "-" for c in path.stem.lower())
    return plain.lstrip("-") or "run"
