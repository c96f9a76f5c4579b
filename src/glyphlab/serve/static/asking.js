// How pages ask the studio: JSON in and out, errors as sentences, and events that are followed.

/** Say something at the edge of the page, for everyone: screen readers read it out. */
export function say(sentence, wrong = false) {
  const place = document.getElementById("said");
  place.textContent = sentence;
  place.classList.toggle("wrong", wrong);
  clearTimeout(say.later);
  say.later = setTimeout(() => (place.textContent = ""), wrong ? 12000 : 5000);
}

/** What the studio answers; an answer that is none is an Error whose message is the reason. */
export async function ask(path, { method = "GET", json, body, type } = {}) {
  const headers = json !== undefined ? { "content-type": "application/json" } : type ? { "content-type": type } : {};
  let answer;
  try {
    answer = await fetch(path, { method, headers, body: json !== undefined ? JSON.stringify(json) : body });
  } catch {
    throw new Error("The studio does not answer: it may have been closed in its terminal.");
  }
  const found = (answer.headers.get("content-type") ?? "").startsWith("application/json") ? await answer.json() : await answer.blob();
  if (!answer.ok) {
    const said = found.error ?? `it answered with ${answer.status}`;
    const named = /^\S+\.\w+:/.test(said); // a file keeps its name
    throw new Error((named ? said : said[0].toUpperCase() + said.slice(1)) + (/[.!?]$/.test(said) ? "" : "."));
  }
  return found;
}

/** Ask, and say what went wrong; undefined then. */
export async function tryTo(work) {
  try {
    return await work();
  } catch (error) {
    say(error.message, true);
    return undefined;
  }
}

/**
 * Follow a stream. Where the connection is cut the browser comes back by itself, and says what it heard last. A tab
 * that nobody sees follows nothing, as a browser keeps few connections for all of them.
 * @param listeners {name: (data) => true to end}
 * @returns what ends it
 */
export function follow(path, listeners) {
  let source = null;
  let ended = false;
  let last = "";

  function open() {
    if (source || ended || document.hidden) return;
    source = new EventSource(last ? `${path}?after=${last}` : path);
    for (const [name, listener] of Object.entries(listeners)) {
      source.addEventListener(name, (event) => {
        last = event.lastEventId;
        if (listener(JSON.parse(event.data)) !== true) return;
        ended = true;
        close();
      });
    }
  }

  function close() {
    source?.close();
    source = null;
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  addEventListener("pagehide", close);
  addEventListener("pageshow", open);
  open();
  return () => {
    ended = true;
    close();
  };
}
