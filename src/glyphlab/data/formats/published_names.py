"""What the classes of published sets are called, which their files do not say."""

from __future__ import annotations

import string
from collections.abc import Mapping

__all__ = ["EMNIST_NAMES", "KUZUSHIJI", "NOT_MNIST", "numbers_from"]

_MERGED = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabdefghnqrt"


def numbers_from(first: int, names: str | tuple[str, ...]) -> dict[int, str]:
    """Return what each number stands for, counted from `first`."""
    return dict(enumerate(names, first))


EMNIST_NAMES: Mapping[str, Mapping[int, str]] = {
    "balanced": numbers_from(0, _MERGED),
    "bymerge": numbers_from(0, _MERGED),
    "byclass": numbers_from(0, string.digits + string.ascii_uppercase + string.ascii_lowercase),
    "digits": numbers_from(0, string.digits),
    "letters": numbers_from(1, string.ascii_uppercase),
    "mnist": numbers_from(0, string.digits),
}
"""By EMNIST's splits (Cohen et al., 2017); those of 47 classes have small letters where they differ
in form from capitals, and ``letters`` takes both for one."""
KUZUSHIJI = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")
"""Of Kuzushiji-MNIST (Clanuwat et al., 2018)."""
NOT_MNIST = tuple("ABCDEFGHIJ")
