// How pages ask the studio: JSON in and out, errors as sentences, and events that are followed.
import { lookForStudio, whenBack } from "./stopped.js";

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
    lookForStudio();
    throw new Error("The studio does not answer: it may have been closed in its terminal.");
  }
  const found = (answer.headers.get("content-type") ?? "").startsWith("application/json") ? await answer.json() : await answer.blob();
  if (!answer.ok) throw new Error(sentence(found.error ?? `it answered with ${answer.status}`));
  return found;
}

function sentence(said) {
  const named = /^\S+\.\w+:/.test(said); // a file keeps its name
  return (named ? said : said[0].toUpperCase() + said.slice(1)) + (/[.!?]$/.test(said) ? "" : ".");
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
 * that nobody sees follows nothing, as a browser keeps few connections for all of them. A run that is not there any
 * more has the state "removed".
 * @param listeners {name: (data, number of the event) => true to end}
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
        if (listener(JSON.parse(event.data), Number(last)) === true) end();
      });
    }
    source.addEventListener("error", ({ target }) => {
      lookForStudio();
      if (target.readyState === EventSource.CLOSED) refused();
    });
  }

  /** A browser asks no more after an answer that is no stream, and does not say which. */
  async function refused() {
    close();
    const asked = new AbortController();
    const answer = await fetch(path, { signal: asked.signal }).catch(() => undefined);
    if (answer?.ok || !answer || answer.status === 429 || answer.status >= 500) {
      asked.abort();
      setTimeout(open, 3000);
    } else if (answer.status === 404 && listeners.state) {
      listeners.state({ state: "removed" });
      ended = true;
    } else {
      say(sentence((await answer.json()).error), true);
    }
  }

  function close() {
    source?.close();
    source = null;
  }

  function end() {
    ended = true;
    stay();
    close();
  }

  const stay = whenBack(() => {
    close();
    open();
  });

  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  addEventListener("pagehide", close);
  addEventListener("pageshow", open);
  open();
  return end;
}
