"""Templates escape what they are given, and miss what they are not."""

from __future__ import annotations

import jinja2
import pytest

from glyphlab._common.templates import templates_of


def test_text_is_escaped_and_what_is_missing_is_an_error() -> None:
    found = templates_of("glyphlab.reporting")
    assert found.from_string("{{ a }}").render(a="<b>") == "&lt;b&gt;"
    with pytest.raises(jinja2.UndefinedError, match="'a' is undefined"):
        found.from_string("{{ a }}").render()
    assert "page.html.j2" in found.list_templates()
