// Words, numbers and elements. Text becomes text nodes only: the page's policy
// forbids to turn it into markup, and no name of a handler can do that.
"use strict";

const loopz = {};

(() => {
  // el makes an element: el("p.note", {title: "x"}, "text", child, ...).
  loopz.el = (spec, attributes = {}, ...children) => {
    const [tag, ...classes] = spec.split(".");
    const e = document.createElement(tag);
    if (classes.length) e.className = classes.join(" ");
    return loopz.fill(e, attributes, children);
  };

  loopz.svg = (tag, attributes = {}, ...children) =>
    loopz.fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);

  loopz.fill = (e, attributes, children) => {
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== undefined && value !== null && value !== false) e.setAttribute(name, value === true ? "" : value);
    }
    e.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false));
    return e;
  };

  loopz.number = (n) => n.toLocaleString("en");

  // plural is "1 loop" or "2 loops".
  loopz.plural = (n, one, many = one + "s") => `${loopz.number(n)} ${n === 1 ? one : many}`;

  // span writes nanoseconds with two or three digits.
  loopz.span = (ns) => {
    if (!ns) return "0";
    for (const [unit, size] of [["h", 3600e9], ["min", 60e9], ["s", 1e9], ["ms", 1e6], ["µs", 1e3]]) {
      if (ns >= size) {
        const n = ns / size;
        return `${n < 10 ? +n.toFixed(1) : Math.round(n)} ${unit}`;
      }
    }
    return `${ns} ns`;
  };

  // skew is how far the server's clock is ahead, in milliseconds.
  loopz.skew = 0;
  loopz.now = () => Date.now() + loopz.skew;

  // age writes how long something has lasted that began at an ISO time.
  loopz.age = (since) => {
    const s = Math.max(0, loopz.now() - Date.parse(since)) / 1000;
    if (s < 10) return `${s.toFixed(1)} s`;
    if (s < 120) return `${Math.round(s)} s`;
    if (s < 7200) return `${Math.round(s / 60)} min`;
    return `${Math.round(s / 3600)} h`;
  };

  // lasts is an element with the age of a task, which the page keeps up to date.
  loopz.lasts = (task) => {
    if (!task.since) return null;
    const e = loopz.el("time.lasts", { datetime: task.since, "data-least": task.atLeast });
    loopz.tick(e);
    return e;
  };

  loopz.tick = (e) => {
    const ago = e.dataset.ago !== undefined ? " ago" : "";
    const text = (e.dataset.least !== undefined ? "> " : "") + loopz.age(e.getAttribute("datetime")) + ago;
    if (e.textContent !== text) e.textContent = text;
  };

  // ago is an element with the time since a moment.
  loopz.ago = (time) => {
    const e = loopz.el("time", { datetime: time, "data-ago": true, title: new Date(time).toLocaleString() });
    loopz.tick(e);
    return e;
  };

  // handler splits a name into a package, which is quiet, and the rest.
  loopz.handler = (name) => {
    const cut = name.lastIndexOf("/") + 1;
    const dot = name.indexOf(".", cut);
    const at = dot < 0 ? 0 : dot + 1;
    return loopz.el("code.handler", { title: name }, loopz.el("span.quiet", {}, name.slice(cut, at)), name.slice(at));
  };

  loopz.loopLink = (id, name) => loopz.el("a", { href: `#loop=${id}` }, name || `loop ${id}`);

  // stack is a stack trace that is folded away.
  loopz.stack = (text, title = "Stack") =>
    loopz.el("details.stack", {}, loopz.el("summary", {}, title), loopz.el("pre", { tabindex: "0" }, text));
})();
