"""What fixes a classical model, frozen and validated."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Self

from pydantic import Field, ValidationError, model_validator

from glyphlab._common.errors import RecipeError, UnknownName
from glyphlab._common.typed import TypedDocument, explain

__all__ = ["CLASSICAL_MODELS", "SOLVERS", "ClassicalSettings"]

CLASSICAL_MODELS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "logistic": MappingProxyType(
            {"C": 1.0, "penalty": "l2", "solver": "lbfgs", "max_iter": 1000, "tol": 1e-4}
        ),
        "svm": MappingProxyType({"C": 1.0, "kernel": "rbf", "gamma": "scale"}),
        "forest": MappingProxyType(
            {
                "n_estimators": 100,
                "max_depth": None,
                "min_samples_split": 2,
                "min_samples_leaf": 1,
            }
        ),
        "knn": MappingProxyType({"neighbors": 5, "weights": "uniform"}),
    }
)
"""Every model by name, with the settings that it has and their defaults (scikit-learn's, but for
more iterations)."""

SOLVERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "lbfgs": ("l2", "none"),
        "newton-cg": ("l2", "none"),
        "newton-cholesky": ("l2", "none"),
        "sag": ("l2", "none"),
        "saga": ("elasticnet", "l1", "l2", "none"),
        "softmax": ("l2",),
    }
)
"""Which penalties each solver of logistic regression knows; ``softmax`` is `SoftmaxRegression`."""

PENALTIES = ("elasticnet", "l1", "l2", "none")
KERNELS = ("linear", "poly", "rbf")
WEIGHTS = ("distance", "uniform")
SHARED = ("pca", "name")


class ClassicalSettings(TypedDocument):
    """A classical model and its settings; those of other models stay None.

    `of` makes one with errors in one line; the class itself raises pydantic's.
    """

    name: str = Field("logistic", description="Which model: 'logistic', 'svm', 'forest' or 'knn'.")
    C: float | None = Field(
        None, description="Inverse strength of the penalty, for 'logistic' and 'svm'; above 0."
    )
    penalty: str | None = Field(
        None, description="Penalty of 'logistic': 'l2', 'l1', 'elasticnet' or 'none'."
    )
    solver: str | None = Field(
        None, description="Solver of 'logistic'; it has to know the penalty."
    )
    l1_ratio: float | None = Field(
        None, description="Share of the l1 norm in penalty 'elasticnet', from 0 to 1."
    )
    max_iter: int | None = Field(None, ge=1, description="Most iterations of 'logistic'.")
    tol: float | None = Field(
        None, gt=0, description="Largest entry of the gradient at which 'logistic' stops."
    )
    kernel: str | None = Field(None, description="Kernel of 'svm': 'linear', 'poly' or 'rbf'.")
    gamma: float | str | None = Field(
        None,
        description="Width of the kernels 'rbf' and 'poly': a number above 0, 'scale' or 'auto'.",
    )
    degree: int | None = Field(None, ge=1, description="Degree of the kernel 'poly'; at least 1.")
    n_estimators: int | None = Field(None, ge=1, description="Trees of 'forest'.")
    max_depth: int | None = Field(
        None, ge=1, description="Largest depth of a tree; left out, trees have no limit."
    )
    min_samples_split: int | None = Field(
        None, ge=2, description="Fewest images at which a node of a tree splits."
    )
    min_samples_leaf: int | None = Field(
        None, ge=1, description="Fewest images in a leaf of a tree."
    )
    neighbors: int | None = Field(None, ge=1, description="Neighbours that 'knn' asks.")
    weights: str | None = Field(
        None, description="Weights of the neighbours: 'uniform' or 'distance'."
    )
    pca: int | float | None = Field(
        None,
        description="Principal components to use: how many, or which share of the variance they"
        " keep.",
    )

    @classmethod
    def of(cls, name: str, **settings: Any) -> ClassicalSettings:
        """Return the settings of a model by name.

        Raises
        ------
        RecipeError
            In one line: what was found, what was expected, and the nearest right name.
        """
        try:
            return cls.model_validate({"name": name, **settings})
        except ValidationError as error:
            raise RecipeError(explain(error, cls, kind="setting")) from error

    @property
    def has_chance(self) -> bool:
        """Whether another seed can give another model."""
        drawn = self.name == "forest" or self.solver in ("sag", "saga")
        return drawn or self.pca is not None  # large images are decomposed from random directions

    @model_validator(mode="before")
    @classmethod
    def _with_defaults(cls, content: Any) -> Any:
        """Fill in the model's own defaults, so that a recipe's hash covers them."""
        if not isinstance(content, Mapping):
            return content
        name = content.get("name", "logistic")
        if not isinstance(name, str):
            return content
        _known("classical model", name, CLASSICAL_MODELS)
        filled = {**CLASSICAL_MODELS[name], **{k: v for k, v in content.items() if v is not None}}
        if name == "logistic":
            if filled["penalty"] in ("l1", "elasticnet") and content.get("solver") is None:
                filled["solver"] = "saga"
            if filled["penalty"] == "elasticnet":
                filled.setdefault("l1_ratio", 0.5)
        elif name == "svm":
            if filled["kernel"] == "poly":
                filled.setdefault("degree", 3)
            if filled["kernel"] == "linear" and content.get("gamma") is None:
                del filled["gamma"]
        return filled

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        own = {*CLASSICAL_MODELS[self.name], *SHARED}
        own |= {"logistic": {"l1_ratio"}, "svm": {"degree"}}.get(self.name, set())
        for setting, value in self:
            if value is not None and setting not in own:
                raise ValueError(
                    f"{setting} = {value!r} means nothing to '{self.name}', which has: "
                    f"{', '.join(sorted(own - {'name'}))}"
                )
        if self.C is not None and self.C <= 0:
            raise ValueError(f"C = {self.C:g}: must be above 0 (penalty = 'none' for no penalty)")
        if self.name == "logistic":
            self._check_logistic()
        elif self.name == "svm":
            self._check_svm()
        elif self.name == "knn":
            _known("weights", str(self.weights), WEIGHTS)
        self._check_pca()
        return self

    def _check_logistic(self) -> None:
        penalty, solver = str(self.penalty), str(self.solver)
        _known("penalty", penalty, PENALTIES)
        _known("solver", solver, SOLVERS)
        if penalty not in SOLVERS[solver]:
            able = ", ".join(sorted(name for name, knows in SOLVERS.items() if penalty in knows))
            raise ValueError(
                f"solver '{solver}' does not know penalty '{penalty}': solvers that do: {able}"
            )
        usual = CLASSICAL_MODELS["logistic"]["C"]  # which every recipe on file has
        if penalty == "none" and self.C not in (None, usual):
            raise ValueError(
                f"C = {self.C:g} means nothing to penalty 'none': leave it out, or set another "
                "penalty"
            )
        if self.l1_ratio is not None:
            if penalty != "elasticnet":
                raise ValueError(
                    f"l1_ratio = {self.l1_ratio:g} means nothing to penalty '{penalty}': leave it "
                    "out, or set penalty = 'elasticnet'"
                )
            if not 0 <= self.l1_ratio <= 1:
                raise ValueError(f"l1_ratio = {self.l1_ratio:g}: must be from 0 to 1")

    def _check_svm(self) -> None:
        _known("kernel", str(self.kernel), KERNELS)
        if self.degree is not None and self.kernel != "poly":
            raise ValueError(
                f"degree = {self.degree} means nothing to kernel '{self.kernel}': leave it out, "
                "or set kernel = 'poly'"
            )
        if self.gamma is None:
            return
        if self.kernel == "linear":
            raise ValueError(
                f"gamma = {self.gamma!r} means nothing to kernel 'linear': leave it out, or set "
                "kernel = 'rbf'"
            )
        if isinstance(self.gamma, str):
            _known("gamma", self.gamma, ("auto", "scale"))
        elif self.gamma <= 0:
            raise ValueError(f"gamma = {self.gamma:g}: must be above 0, or 'scale' or 'auto'")

    def _check_pca(self) -> None:
        if self.pca is None:
            return
        whole = isinstance(self.pca, int)
        if (whole and self.pca < 1) or (not whole and not 0 < self.pca < 1):
            raise ValueError(
                f"pca = {self.pca:g}: give a number of components (an int from 1) or a share of "
                "the variance (a float between 0 and 1)"
            )


def _known(kind: str, name: str, known: Any) -> None:
    if name not in known:
        raise UnknownName(kind, name, known)
