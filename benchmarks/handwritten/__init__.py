"""Handwritten-like pictures of MNIST digits: strokes on paper, lit and taken as people do."""
