"""Compares a net and a classifier of your own with `aligned`; leave the small sizes out later."""

from sklearn.ensemble import RandomForestClassifier
from torch import nn

from glyphlab import compare, load_task


def make_net(image_shape: tuple[int, int], heads: int, classes: int) -> nn.Module:
    read = nn.Linear(image_shape[0] * image_shape[1], heads * classes)
    return nn.Sequential(nn.Flatten(), read, nn.Unflatten(1, (heads, classes)))


models = {"mine": make_net, "forest": RandomForestClassifier(20), "aligned": "aligned"}
print(compare(load_task("triple", per_label=1), models, seeds=2, preset="smoke"))
