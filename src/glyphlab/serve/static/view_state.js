// What a view shows, in its address: a link keeps it, and Back returns to it.

/**
 * @param defaults {key: text, true or false}: what is as here is left out of the address
 * @param changed called when somebody went back, or followed a link to another view
 * @returns {values, set}
 */
export function viewState(defaults, changed) {
  const read = () => {
    const said = new URLSearchParams(location.hash.slice(1));
    const of = (key, value) => (typeof value === "boolean" ? (said.has(key) ? said.get(key) === "1" : value) : (said.get(key) ?? value));
    return Object.fromEntries(Object.entries(defaults).map(([key, value]) => [key, of(key, value)]));
  };
  const state = {
    values: read(),
    set(key, value) {
      state.values[key] = value;
      const said = new URLSearchParams();
      for (const [name, now] of Object.entries(state.values)) {
        if (now !== defaults[name]) said.set(name, typeof now === "boolean" ? (now ? "1" : "0") : now);
      }
      const hash = said.toString();
      history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
    },
  };
  addEventListener("hashchange", () => {
    state.values = read();
    changed();
  });
  return state;
}

/** Join a control to a key of the state: an input, a select or a tick. */
export function bind(control, state, key, changed) {
  const show = () => (control.type === "checkbox" ? (control.checked = state.values[key]) : (control.value = state.values[key]));
  control.addEventListener("input", () => {
    state.set(key, control.type === "checkbox" ? control.checked : control.value);
    changed();
  });
  show();
  return show;
}
