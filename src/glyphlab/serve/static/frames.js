// Pages of runs within a page of the studio: as high as what is in them.

export function fitFrames() {
  for (const frame of document.querySelectorAll("iframe.whole-page")) {
    const fit = () => {
      const inner = frame.contentDocument?.documentElement;
      if (!inner) return;
      frame.height = inner.scrollHeight + 4;
      for (const fold of frame.contentDocument.querySelectorAll("details")) fold.addEventListener("toggle", () => (frame.height = inner.scrollHeight + 4));
    };
    frame.addEventListener("load", fit);
    fit();
    addEventListener("resize", () => frame.contentDocument && (frame.height = frame.contentDocument.documentElement.scrollHeight + 4));
  }
}
