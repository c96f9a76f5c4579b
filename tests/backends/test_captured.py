"""What is recorded once and replayed: the parts of it, on the CPU."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from glyphlab._common.errors import UnknownName
from glyphlab.backends.cuda import (
    CaptureFailed,
    GraphRecorder,
    Replayed,
    Tally,
    capture_is_off,
    copied_to,
    rate_from,
)
from taped import TapeRecorder


def test_the_switch(monkeypatch: pytest.MonkeyPatch) -> None:
    for value in ("", "1"):
        monkeypatch.setenv("GLYPHLAB_CUDA_GRAPHS", value)
        assert capture_is_off() == ""
    monkeypatch.setenv("GLYPHLAB_CUDA_GRAPHS", "0")
    assert "unset it" in capture_is_off()
    monkeypatch.setenv("GLYPHLAB_CUDA_GRAPHS", "no")
    with pytest.raises(UnknownName, match="GLYPHLAB_CUDA_GRAPHS"):
        capture_is_off()


def test_a_body_is_run_for_real_only_by_replays() -> None:
    """What it changes while it is recorded is put back; what came up meanwhile is zero."""
    weight, state = torch.ones(3), {}

    def body() -> None:
        if not state:
            state["moment"] = torch.zeros(3)
        state["moment"].add_(1)
        weight.add_(torch.rand(3, generator=chance)).add_(state["moment"])

    chance = torch.Generator()
    replayed = Replayed(TapeRecorder(), lambda: [weight, *state.values()], chance)
    expected = torch.ones(3)
    for count in range(1, 4):
        replayed.run("key", body, seed=count)
        drawn = torch.rand(3, generator=torch.Generator().manual_seed(count))
        expected = expected + drawn + count
        torch.testing.assert_close(weight, expected, atol=0, rtol=0)
        assert state["moment"].tolist() == [count] * 3
    assert replayed.seconds > 0


def test_numbers_of_the_host_are_baked_in() -> None:
    """So that a test that passes with this recorder says something of a GPU."""
    weight, rates = torch.zeros(1), [1.0]
    replayed = Replayed(TapeRecorder(), lambda: [weight], torch.Generator())

    def body() -> None:
        weight.add_(rates[0])

    for rate in (1.0, 10.0):
        rates[0] = rate
        replayed.run("key", body, seed=0)
    assert weight.item() == 2.0


def test_what_waits_for_the_device_cannot_be_recorded() -> None:
    weight = torch.ones(1)
    replayed = Replayed(TapeRecorder(), lambda: [weight], torch.Generator())

    def body() -> None:
        weight.mul_(2)
        float(weight)

    with pytest.raises(CaptureFailed, match="not permitted"):
        replayed.run("key", body, seed=0)
    assert weight.item() == 1.0


def test_only_so_many_are_kept() -> None:
    replayed = Replayed(TapeRecorder(), list, torch.Generator())
    for number in range(16):
        assert replayed.takes(number)
        replayed.run(number, lambda: None, seed=0)
    assert replayed.takes(15)
    assert not replayed.takes(16)


def test_a_tally() -> None:
    tally: Tally[str] = Tally(2, "cpu")
    assert tally.take() == []
    for number in range(3):
        tally.put(torch.tensor([number, 10.0 * number]))
        tally.expect(f"step {number}")
    assert tally.take() == [("step 0", [0, 0]), ("step 1", [1, 10]), ("step 2", [2, 20])]
    for number in range(1024):
        assert not tally.is_full
        tally.put(torch.tensor([1.0, number]))
        tally.expect("again")
    assert tally.is_full
    assert [numbers[1] for _, numbers in tally.take()] == list(range(1024))
    assert not tally.is_full


def test_a_rate_is_read_from_a_tensor_and_back() -> None:
    net = nn.Linear(2, 2)
    for optimizer in (torch.optim.Adam(net.parameters()), torch.optim.SGD(net.parameters())):
        rate = torch.tensor(0.5)
        rate_from(optimizer, rate)
        assert all(group["lr"] is rate for group in optimizer.param_groups)
        assert all(group.get("capturable", True) for group in optimizer.param_groups)
        rate_from(optimizer, None)
        assert not any(group.get("capturable", False) for group in optimizer.param_groups)


def test_on_the_processor_nothing_is_copied() -> None:
    value = torch.ones(3)
    assert copied_to("cpu", value) is value


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
def test_a_graph_on_a_gpu() -> None:
    weight, state = torch.ones(3, device="cuda"), {}
    chance = torch.Generator("cuda")

    def body() -> None:
        if not state:
            state["moment"] = torch.zeros(3, device="cuda")
        state["moment"].add_(1)
        drawn = torch.rand(3, generator=chance, device="cuda")
        weight.add_(drawn).add_(state["moment"])

    replayed = Replayed(GraphRecorder(), lambda: [weight, *state.values()], chance)
    expected = torch.ones(3, device="cuda")
    for count in range(1, 4):
        replayed.run("key", body, seed=count)
        again = torch.Generator("cuda").manual_seed(count)
        drawn = torch.rand(3, generator=again, device="cuda")
        expected = expected + drawn + count
        torch.testing.assert_close(weight, expected, atol=0, rtol=0)
    assert state["moment"].tolist() == [3.0] * 3


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
def test_a_failed_graph_leaves_the_gpu_usable() -> None:
    weight = torch.ones(1, device="cuda")
    stream = torch.cuda.current_stream()
    replayed = Replayed(GraphRecorder(), lambda: [weight], torch.Generator("cuda"))

    def body() -> None:
        weight.mul_(2)
        float(weight)

    with pytest.raises(CaptureFailed):
        replayed.run("key", body, seed=0)
    assert torch.cuda.current_stream() == stream
    assert weight.item() == 1.0

    def other() -> None:
        weight.mul_(3)

    replayed.run("other", other, seed=0)
    assert weight.item() == 3.0
