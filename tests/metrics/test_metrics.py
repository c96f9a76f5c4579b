import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score

from glyphlab._common.errors import UsageError
from glyphlab.metrics import (
    confusion,
    correct_images,
    digit_accuracy,
    exact_match,
    macro_f1_digit,
    macro_f1_label,
    position_accuracy,
    score_all,
)


def labels(seed, n, k, classes):
    rng = np.random.default_rng(seed)
    true = rng.integers(0, classes, (n, k))
    pred = np.where(rng.random((n, k)) < 0.7, true, rng.integers(0, classes, (n, k)))
    return pred, true


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 60), st.integers(1, 4), st.integers(2, 12))
def test_scores_agree_with_scikit_learn(seed, n, k, classes):
    pred, true = labels(seed, n, k, classes)
    p, t = pred.ravel(), true.ravel()
    rows_p, rows_t = (["-".join(map(str, row)) for row in table] for table in (pred, true))
    assert exact_match(pred, true) == pytest.approx(accuracy_score(rows_t, rows_p))
    assert macro_f1_digit(pred, true) == pytest.approx(
        f1_score(t, p, average="macro", zero_division=0)
    )
    assert macro_f1_label(pred, true) == pytest.approx(
        f1_score(rows_t, rows_p, average="macro", zero_division=0)
    )
    np.testing.assert_array_equal(
        confusion(pred, true, classes), confusion_matrix(t, p, labels=range(classes))
    )
    for place, accuracy in enumerate(position_accuracy(pred, true)):
        assert accuracy == pytest.approx(accuracy_score(true[:, place], pred[:, place]))


def test_a_small_case_by_hand():
    true = np.array([[1, 2], [3, 4], [1, 2], [0, 0]])
    pred = np.array([[1, 2], [3, 1], [1, 2], [4, 4]])
    assert correct_images(pred, true).tolist() == [True, False, True, False]
    assert exact_match(pred, true) == 0.5
    assert position_accuracy(pred, true).tolist() == [0.75, 0.5]
    recall = digit_accuracy(pred, true, 6)
    np.testing.assert_array_equal(recall[:5], [0, 1, 1, 1, 0])
    assert np.isnan(recall[5])
    # Whole rows: (1,2) is always right, four other rows occur on one side only.
    assert macro_f1_label(pred, true) == pytest.approx(1 / 5)


def test_one_label_an_image_is_one_position():
    pred, true = np.array([18, 3, 3]), np.array([18, 3, 4])
    assert exact_match(pred, true) == pytest.approx(2 / 3)
    assert position_accuracy(pred, true).shape == (1,)
    assert macro_f1_label(pred, true) == macro_f1_digit(pred, true)


def test_score_all_is_json_with_the_keys_of_a_summary():
    scores = score_all(np.array([[1, 2, 3]]), np.array([[1, 2, 4]]), 10)
    assert json.loads(json.dumps(scores, allow_nan=False)) == scores
    assert list(scores) == [
        "exact_match",
        "position_accuracy",
        "digit_accuracy",
        "macro_f1_digit",
        "macro_f1_label",
    ]
    assert scores["digit_accuracy"][:5] == [None, 1.0, 1.0, None, 0.0]


@pytest.mark.parametrize(
    ("pred", "true", "said"),
    [
        (np.zeros((3, 2), int), np.zeros((3, 3), int), "same images"),
        (np.zeros((2, 2, 2), int), np.zeros((2, 2, 2), int), "same images"),
        (np.zeros(0, int), np.zeros(0, int), "not empty"),
        (np.zeros(3), np.zeros(3, int), "integers"),
    ],
)
def test_what_cannot_be_scored_is_said(pred, true, said):
    with pytest.raises(UsageError, match=said) as caught:
        exact_match(pred, true)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("wrong", [-1, 10])
def test_a_label_outside_the_classes_is_said(wrong):
    with pytest.raises(UsageError, match=r"0\.\.9"):
        confusion(np.array([wrong]), np.array([1]), 10)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 60), st.integers(1, 3), st.integers(2, 12))
def test_python_integers_score_as_numbers_do(seed, n, k, classes):
    pred, true = labels(seed, n, k, classes)
    longer = [table.astype(object) * 10**30 - 10**31 for table in (pred, true)]
    assert score_all(*longer, None) == score_all(pred, true, None)
    assert exact_match(longer[0][:, 0], longer[1][:, 0]) == exact_match(pred[:, 0], true[:, 0])
    plain = [table.astype(object) for table in (pred, true)]
    assert score_all(*plain, classes) == score_all(pred, true, classes)
    assert score_all(pred, plain[1], classes) == score_all(pred, true, classes)


def test_other_objects_are_no_labels():
    with pytest.raises(UsageError, match="labels are object, expected integers"):
        exact_match(np.array([1, "2"], object), np.array([1, 2], object))
