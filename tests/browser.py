"""Headless Chromium at addresses of a studio: tabs that are looked at, clicked and drawn in.

It is spoken to in its own protocol, over a pipe: no package is needed, and no port is opened.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import itertools
import json
import os
import select
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

from chromium import QUIET, chromium

__all__ = ["Browser", "Tab"]

_PATIENCE = 30.0
_KEYS = {"Tab": 9, "Enter": 13, "Escape": 27, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39,
         "ArrowDown": 40, "Delete": 46, " ": 32, "Home": 36, "End": 35}  # fmt: skip


class Browser:
    """One Chromium with a profile of its own; tabs share its cookies."""

    def __init__(self, folder: Path) -> None:
        (here_reads, there_writes), (there_reads, here_writes) = os.pipe(), os.pipe()
        from_us, to_us = (
            fcntl.fcntl(one, fcntl.F_DUPFD, 10) for one in (there_reads, there_writes)
        )

        def take_places() -> None:
            os.dup2(from_us, 3)
            os.dup2(to_us, 4)

        self.process = subprocess.Popen(
            [
                chromium(), *QUIET, "--remote-debugging-pipe",
                f"--user-data-dir={folder / 'profile'}", "about:blank",
            ],
            pass_fds=(3, 4), preexec_fn=take_places, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        for handle in (from_us, to_us):
            os.close(handle)
        os.close(there_reads)
        os.close(there_writes)
        self._reads, self._writes = here_reads, here_writes
        self._left = b""
        self._numbers = itertools.count(1)
        self._answers: dict[int, dict[str, Any]] = {}
        self.tabs: dict[str, Tab] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        with contextlib.suppress(OSError, AssertionError):
            self.say("Browser.close")
        for handle in (self._reads, self._writes):
            os.close(handle)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def open(
        self, address: str, *, width: int = 1280, height: int = 900, dark: bool = False
    ) -> Tab:
        """Open an address in a new tab, and wait until it is there."""
        target = self.say("Target.createTarget", url="about:blank")["targetId"]
        session = self.say("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        tab = self.tabs[session] = Tab(self, session)
        for domain in ("Page", "Runtime", "Log"):
            tab.say(f"{domain}.enable")
        tab.look(width, height, dark=dark)
        tab.front()
        tab.go(address)
        return tab

    def say(self, method: str, session: str | None = None, **given: Any) -> dict[str, Any]:
        """Send one command, and return its result."""
        number = next(self._numbers)
        message: dict[str, Any] = {"id": number, "method": method, "params": given}
        if session is not None:
            message["sessionId"] = session
        os.write(self._writes, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + _PATIENCE
        while number not in self._answers:
            assert time.monotonic() < until, f"Chromium did not answer {method}"
            self.listen(0.2)
        found = self._answers.pop(number)
        assert "error" not in found, (method, found["error"])
        result: dict[str, Any] = found["result"]
        return result

    def listen(self, seconds: float) -> None:
        """Take what Chromium says for some time."""
        if not select.select([self._reads], [], [], seconds)[0]:
            return
        *whole, self._left = (self._left + os.read(self._reads, 1 << 20)).split(b"\0")
        for one in whole:
            message = json.loads(one)
            if "id" in message:
                self._answers[message["id"]] = message
            elif (tab := self.tabs.get(message.get("sessionId", ""))) is not None:
                tab.hear(message["method"], message["params"])


class Tab:
    """One tab.

    Attributes
    ----------
    wrong : list of str
        Errors of scripts, and what the browser refused or could not load.
    """

    def __init__(self, browser: Browser, session: str) -> None:
        self.browser, self.session = browser, session
        self.wrong: list[str] = []
        self._loaded = False

    def say(self, method: str, **given: Any) -> dict[str, Any]:
        """Send one command to this tab."""
        return self.browser.say(method, self.session, **given)

    def hear(self, method: str, params: dict[str, Any]) -> None:
        if method == "Page.loadEventFired":
            self._loaded = True
        elif method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.wrong.append(details.get("exception", {}).get("description", details["text"]))
        elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.wrong.append(f"{params['entry']['text']} {params['entry'].get('url', '')}")
        elif method == "Page.javascriptDialogOpening":
            self.say("Page.handleJavaScriptDialog", accept=True)

    def front(self) -> None:
        """Bring the tab to the front: one that nobody sees follows nothing."""
        self.say("Page.bringToFront")

    def look(self, width: int, height: int, *, dark: bool = False) -> None:
        """Set the size of the window, and light or dark."""
        self.say("Emulation.setDeviceMetricsOverride", width=width, height=height,
                 deviceScaleFactor=1, mobile=width < 600)  # fmt: skip
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.say("Emulation.setEmulatedMedia", features=[scheme])

    def go(self, address: str) -> None:
        """Go to an address, and wait until it is there."""
        self._loaded = False
        found = self.say("Page.navigate", url=address)
        assert "errorText" not in found, found
        if "loaderId" not in found:  # another place of the same document
            return
        until = time.monotonic() + _PATIENCE
        while not self._loaded:
            assert time.monotonic() < until, f"{address} did not load"
            self.browser.listen(0.2)

    def run(self, script: str) -> Any:
        """Return what the body of an async function returns."""
        found = self.say(
            "Runtime.evaluate", expression=f"(async () => {{ {script} }})()", awaitPromise=True,
            returnByValue=True, userGesture=True,
        )  # fmt: skip
        assert "exceptionDetails" not in found, found["exceptionDetails"]["exception"]
        return found["result"].get("value")

    def wait(self, script: str, seconds: float = _PATIENCE) -> None:
        """Wait until the body of an async function returns something true, as an element."""
        until = time.monotonic() + seconds
        while True:
            with contextlib.suppress(AssertionError):  # the page may just be changing
                if self.run(f"return Boolean(await (async () => {{ {script} }})())"):
                    return
            assert time.monotonic() < until, f"never true: {script}; {self.text()[:2000]}"
            time.sleep(0.1)

    def text(self, selector: str = "body") -> str:
        """Return the text of an element, as it is shown."""
        return str(self.run(f"return document.querySelector({json.dumps(selector)}).innerText"))

    def place(self, selector: str) -> tuple[float, float, float, float]:
        """Return left, top, width and height of an element in the window, scrolled there."""
        self.wait(f"return document.querySelector({json.dumps(selector)})")
        left, top, width, height = self.run(
            f"const one = document.querySelector({json.dumps(selector)});"
            "one.scrollIntoView({block: 'center', behavior: 'instant'});"
            "const box = one.getBoundingClientRect();"
            "return [box.left, box.top, box.width, box.height];"
        )
        return left, top, width, height

    def click(self, selector: str) -> None:
        """Click in the middle of an element."""
        left, top, width, height = self.place(selector)
        self.stroke([(left + width / 2, top + height / 2)])

    def draw(self, selector: str, points: Sequence[tuple[float, float]]) -> None:
        """Draw a line with the mouse; points are shares of an element's width and height."""
        left, top, width, height = self.place(selector)
        self.stroke([(left + x * width, top + y * height) for x, y in points])

    def stroke(self, points: Sequence[tuple[float, float]]) -> None:
        """Press the mouse at the first point of the window, move through all, and let go."""
        steps = [("mousePressed", points[0]), *(("mouseMoved", one) for one in points[1:]),
                 ("mouseReleased", points[-1])]  # fmt: skip
        self.say("Input.dispatchMouseEvent", type="mouseMoved", x=points[0][0], y=points[0][1])
        for kind, (x, y) in steps:
            self.say("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=1,
                     clickCount=1)  # fmt: skip

    def press(self, key: str, *, shift: bool = False, ctrl: bool = False) -> None:
        """Press a key and let go."""
        held = (8 if shift else 0) | (2 if ctrl else 0)
        code = _KEYS.get(key, ord(key[0].upper()))
        text = {"Enter": "\r", " ": " "}.get(key, key if len(key) == 1 and not ctrl else "")
        for kind in ("keyDown", "keyUp"):
            self.say("Input.dispatchKeyEvent", type=kind, key=key, modifiers=held, text=text,
                     windowsVirtualKeyCode=code)  # fmt: skip

    def type(self, selector: str, text: str) -> None:
        """Write into a field, in the place of what is there."""
        self.run(f"const one = document.querySelector({json.dumps(selector)}); one.focus();"
                 "one.select?.();")  # fmt: skip
        self.say("Input.insertText", text=text)

    def give_files(self, selector: str, files: Sequence[Path]) -> None:
        """Choose files in an input of files."""
        document = self.say("DOM.getDocument")["root"]["nodeId"]
        node = self.say("DOM.querySelector", nodeId=document, selector=selector)["nodeId"]
        self.say("DOM.setFileInputFiles", nodeId=node, files=[str(one) for one in files])

    def picture(self, path: Path) -> None:
        """Save the whole page as a PNG."""
        size = self.say("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        found = self.say("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        path.write_bytes(base64.b64decode(found["data"]))

    @contextlib.contextmanager
    def nothing_wrong(self) -> Iterator[None]:
        """Insist that the block leaves no error in the browser's console."""
        before = len(self.wrong)
        yield
        self.browser.listen(0.1)
        assert self.wrong[before:] == []
