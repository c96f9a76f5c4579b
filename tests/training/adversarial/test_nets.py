"""Both players of every family: sizes, counts, chance, and gradients where they are wanted."""

from __future__ import annotations

import pytest
import torch

from glyphlab._common.errors import RecipeError
from glyphlab._common.seeds import torch_rng
from glyphlab.models import count_parameters
from glyphlab.models.generators.autoencoders import ReconstructingDiscriminator
from glyphlab.models.generators.keras_layers import KerasConv, KerasDropout
from glyphlab.models.generators.nets_by_name import (
    SmallDiscriminator,
    SmallGenerator,
    build_pair,
    set_first_brightness,
)
from glyphlab.recipes import GeneratorModelRecipe

pytestmark = pytest.mark.usefixtures("one_thread")

FAMILIES = ("canvas", "dcgan", "dense", "small", "strip")


def pair(family: str, height: int = 28, width: int = 28, **more: object) -> tuple:  # type: ignore[type-arg]
    told = {"conditional": family == "small", "latent": 12, "width": 4}
    model = GeneratorModelRecipe.model_validate({"family": family, **told, **more})
    return build_pair(model, 10, height, width, torch_rng(0, "test"))


@pytest.mark.parametrize(("height", "width"), [(28, 28), (84, 28), (84, 84)])
@pytest.mark.parametrize("family", FAMILIES)
def test_sizes(family: str, height: int, width: int) -> None:
    generator, discriminator = pair(family, height, width)
    for module in discriminator.modules():
        if isinstance(module, KerasDropout):
            module.chance = torch_rng(0, "masks")
    labels = torch.arange(5) if family == "small" else None
    images = generator(torch.randn(5, 12, generator=torch_rng(0, "z")), labels)
    assert images.shape == (5, 1, height, width)
    assert float(images.detach().abs().max()) <= 1
    logits = discriminator(images, labels)
    assert logits.shape == (5,)
    logits.sum().backward()
    assert all(p.grad is not None for p in generator.parameters() if p.requires_grad)


def test_symbols_of_an_image_are_channels() -> None:
    """What stands below each other outside is a map of its own inside, and nothing else changes."""
    model = GeneratorModelRecipe(conditional=False, latent=12, width=8, discriminator_width=4)
    generator, discriminator = build_pair(model, 10, 84, 28, torch_rng(0, "test"), 3)
    assert isinstance(generator, SmallGenerator)
    assert isinstance(discriminator, SmallDiscriminator)
    assert (generator.out.out_channels, discriminator.down1.in_channels) == (3, 3)
    assert (generator.out.in_channels, discriminator.down1.out_channels) == (8, 4)
    images = generator(torch.randn(5, 12, generator=torch_rng(0, "z")))
    assert images.shape == (5, 1, 84, 28)
    logits = discriminator(images)
    logits.sum().backward()
    assert all(p.grad is not None for p in generator.parameters())
    maps = images.detach().view(5, 3, 28, 28)
    seen = discriminator.down1(maps)
    torch.testing.assert_close(discriminator(maps.reshape(5, 1, 84, 28)), logits)
    assert seen.shape == (5, 4, 14, 14)
    alone, _ = build_pair(model, 10, 28, 28, torch_rng(0, "test"))
    assert alone(torch.zeros(2, 12)).shape == (2, 1, 28, 28)
    with pytest.raises(RecipeError, match="30×28 is no multiple of 4"):
        build_pair(model, 10, 90, 28, torch_rng(0, "test"), 3)


@pytest.mark.parametrize("family", FAMILIES)
def test_where_drawn_images_begin(family: str) -> None:
    """A brightness moves what is drawn there, also where it is an end of the range."""
    generator, _ = pair(family, 84, 84)
    labels = torch.arange(5) if family == "small" else None
    noise = torch.randn(5, 12, generator=torch_rng(0, "z"))
    means = []
    for brightness in (-1.0, -0.9, 0.0, 0.9):
        set_first_brightness(generator, brightness)
        means.append(float(generator(noise, labels).mean().detach()))
    assert means[0] < means[1] < -0.6
    assert -0.5 < means[2] < 0.5 < means[3]


def test_the_reports_counts() -> None:
    """Of `triple-mnist`, 5b.3: 4,457,729 and 170,977 with batch norm's running means."""
    model = GeneratorModelRecipe(family="strip", latent=100, conditional=False)
    generator, discriminator = build_pair(model, 10, 84, 28, torch_rng(0, "test"))
    counts = [
        sum(t.numel() for name, t in net.state_dict().items() if "num_batches" not in name)
        for net in (generator, discriminator)
    ]
    assert counts == [4_457_729, 170_977]


def test_the_tutorial_dcgan() -> None:
    model = GeneratorModelRecipe(family="dcgan", latent=100, conditional=False)
    generator, discriminator = build_pair(model, 10, 28, 28, torch_rng(0, "test"))
    assert (
        count_parameters(generator) == 100 * 6272 + 6272 + 2 * (16 * 128 * 128 + 128) + 49 * 128 + 1
    )
    assert count_parameters(discriminator) == 640 + 36_928 + 3_137


def test_keras_pads_more_at_the_end() -> None:
    """Keras's 'same' of an even side with stride 2: nothing before, one after."""
    conv = KerasConv(1, 1, 3, 2)
    torch.nn.init.zeros_(conv.weight)
    conv.weight.data[0, 0, 0, 0] = 1.0
    torch.nn.init.zeros_(conv.bias)  # type: ignore[arg-type]
    x = torch.arange(16.0).view(1, 1, 4, 4)
    assert conv(x)[0, 0].tolist() == [[0.0, 2.0], [8.0, 10.0]]


def test_dropout_draws_from_its_generator() -> None:
    layer = KerasDropout(0.4)
    x = torch.ones(4, 500)
    layer.chance = torch_rng(0, "a")
    first = layer(x)
    layer.chance = torch_rng(0, "a")
    assert torch.equal(first, layer(x))
    assert float((first == 0).float().mean()) == pytest.approx(0.4, abs=0.05)
    assert float((layer(torch.ones(999_999)) == 0).float().mean()) == pytest.approx(0.4, abs=0.002)
    assert float(first.mean()) == pytest.approx(1, abs=0.1)
    layer.eval()
    assert torch.equal(layer(x), x)


@pytest.mark.parametrize("family", FAMILIES)
def test_weights_come_from_the_seed_alone(family: str) -> None:
    first = pair(family)
    torch.rand(3)  # the global generator moves on
    for one, other in zip(first, pair(family), strict=True):
        for a, b in zip(one.state_dict().values(), other.state_dict().values(), strict=True):
            assert torch.equal(a, b)


def test_a_label_changes_what_is_drawn_and_what_is_judged() -> None:
    generator, discriminator = pair("small")
    assert isinstance(generator, SmallGenerator)
    assert isinstance(discriminator, SmallDiscriminator)
    noise = torch.randn(1, 12, generator=torch_rng(0, "z"))
    one, two = (generator(noise, torch.tensor([label])) for label in (1, 2))
    assert not torch.equal(one, two)
    assert discriminator(one, torch.tensor([1])) != discriminator(one, torch.tensor([2]))


def test_spectral_norm_bounds_the_kernels() -> None:
    torch.rand(5)
    _, discriminator = pair("small", spectral=True)
    _, again = pair("small", spectral=True)
    discriminator.train()
    for _ in range(30):
        discriminator(torch.zeros(1, 1, 28, 28), torch.tensor([1]))
    largest = torch.linalg.matrix_norm(discriminator.dense.weight.detach(), 2)
    assert float(largest) == pytest.approx(1, rel=0.05)
    for a, b in zip(pair("small", spectral=True)[1].parameters(), again.parameters(), strict=True):
        assert torch.equal(a, b)


def test_sides_that_are_no_multiple_of_four() -> None:
    with pytest.raises(RecipeError, match="30×28 is no multiple of 4"):
        pair("small", 30, 28)


@pytest.mark.parametrize("family", FAMILIES)
def test_an_autoencoder_gives_errors_of_what_it_draws_again(family: str) -> None:
    """Its decoder is a generator of the same form, with weights of its own."""
    model = GeneratorModelRecipe.model_validate(
        {"family": family, "conditional": False, "latent": 6, "width": 4}
    )
    generator, discriminator = build_pair(model, 10, 84, 28, torch_rng(0, "t"), reconstructs=True)
    assert isinstance(discriminator, ReconstructingDiscriminator)
    other, _ = build_pair(model, 10, 84, 28, torch_rng(0, "t"))
    assert all(
        torch.equal(one, two)
        for one, two in zip(generator.parameters(), other.parameters(), strict=True)
    )
    assert count_parameters(discriminator.decoder) == count_parameters(generator)
    images = torch.rand(5, 1, 84, 28, generator=torch_rng(0, "images")) * 2 - 1
    discriminator.eval()
    drawn = discriminator.reconstruct(images)
    assert drawn.shape == images.shape
    expected = -(drawn - images).abs().flatten(1).mean(1)
    torch.testing.assert_close(discriminator(images), expected)
    alone = torch.stack([discriminator(image[None])[0] for image in images])
    torch.testing.assert_close(alone, expected, rtol=1e-4, atol=1e-6)
    assert discriminator.joint == (family not in ("strip", "canvas"))


def test_a_share_of_dropout_takes_the_place_of_the_papers() -> None:
    _, own = pair("dcgan")
    _, without = pair("dcgan", dropout=0.0)
    shares = [
        [one.share for one in net.modules() if isinstance(one, KerasDropout)]
        for net in (own, without)
    ]
    assert shares == [[0.4, 0.4], [0.0, 0.0]]
    images = torch.rand(3, 1, 28, 28, generator=torch_rng(0, "images"))
    without.train()  # nothing is drawn: no generator of chance is needed
    torch.testing.assert_close(without(images), without.eval()(images))
