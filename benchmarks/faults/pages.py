"""What a page of ours may not hold, however hostile the run is that it shows."""

from __future__ import annotations

from html.parser import HTMLParser

__all__ = ["wrong_in_page"]


def wrong_in_page(text: str) -> list[str]:
    """Return what a page holds that it may not: a script, a handler, anything from outside."""
    wrong = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag in ("script", "iframe", "object", "embed", "base", "link", "form"):
                wrong.append(f"<{tag}>")
            for name, value in attrs:
                if name.startswith("on") or "glyphmark" in name:
                    wrong.append(f"{tag} {name}")
                if name in ("src", "href", "xlink:href") and not (value or "").startswith(
                    ("data:image/", "#")
                ):
                    wrong.append(f"{tag} {name}={value}")

        handle_startendtag = handle_starttag

        def handle_comment(self, data: str) -> None:
            if "glyphmark" in data:
                wrong.append("comment")

    Reader().feed(text)
    return wrong
