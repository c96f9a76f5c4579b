"""Loss `margin`: a hinge whose margin is one half."""

from torch.nn import functional as F

from glyphlab.models.generators.losses import AdversarialLoss


def _apart(real, made, _smoothing):
    return F.relu(0.5 - real).mean() + F.relu(0.5 + made).mean()


def _near(made, _real):
    return -made.mean()


MARGIN = AdversarialLoss("margin", _apart, _near, False, "an example")
