"""Loss `margin`: a hinge whose margin is one half."""

from torch.nn import functional as F

from glyphlab.models.generators.losses import AdversarialLoss


def _apart(real, generated, _smoothing):
    return F.relu(0.5 - real).mean() + F.relu(0.5 + generated).mean()


def _near(generated, _real):
    return -generated.mean()


MARGIN = AdversarialLoss("margin", _apart, _near, False, "an example")
