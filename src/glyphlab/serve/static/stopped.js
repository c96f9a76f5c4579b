// Whether the studio still answers: a page whose studio has stopped says so, and goes on when it is back.

const EVERY = 2000; // milliseconds between two looks for a studio that does not answer
const MISSED = 2; // looks that find nothing before the page says so
const STOPPED = "The studio has stopped. This page shows its last state, and goes on when the studio is back.";
const OTHER = "The studio of this page has stopped, and another one answers here: open the address that its terminal shows.";
const works = new Set();
let looking = false;

/** Do something each time that the studio is back; returns what ends that. */
export function whenBack(work) {
  works.add(work);
  return () => works.delete(work);
}

/** Look for a studio that did not answer, until it does. */
export async function lookForStudio() {
  if (looking) return;
  looking = true;
  let missed = 0;
  for (;;) {
    const status = await health();
    if (status && status !== 403) break;
    missed += 1;
    if (missed >= MISSED) tell(status ? OTHER : STOPPED);
    await new Promise((over) => setTimeout(over, EVERY));
  }
  looking = false;
  if (!missed) return;
  tell("");
  for (const work of [...works]) work();
}

/** The status of an answer, which is 403 where the token is another one; 0 where nobody answers. */
const health = () => fetch("/api/health", { cache: "no-store" }).then(({ status }) => status, () => 0);

function tell(sentence) {
  const place = document.getElementById("stopped");
  if (place.textContent !== sentence) place.textContent = sentence; // said once to those who hear it
}
