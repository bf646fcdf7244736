// The table of loops. It has as many rows as fit in a glance, knows them by loop, and
// touches only what is different.
"use strict";

(() => {
  const { el, fill, number, span, handler, lasts, loopLink, spark } = loopz;
  const body = document.querySelector("#loops tbody");
  const page = 50;
  let limit = page, sort = "busy", down = true, filter = "", held = false;
  const rows = new Map(); // the rows that are shown, by loop

  const since = (l) => (l.running && l.running.since ? -Date.parse(l.running.since) : l.running ? -1e15 : -1e16);
  const orders = {
    name: (a, b) => b.name.localeCompare(a.name, "en", { numeric: true }),
    running: (a, b) => since(a) - since(b),
    queue: (a, b) => a.queued + a.waiting - b.queued - b.waiting,
    busy: (a, b) => (a.busy ?? -1) - (b.busy ?? -1) || orders.queue(a, b) || orders.running(a, b),
    rate: (a, b) => (a.rate ?? -1) - (b.rate ?? -1),
    wait: (a, b) => a.queueTime.p99Ns - b.queueTime.p99Ns,
    run: (a, b) => a.runTime.p99Ns - b.runTime.p99Ns,
  };

  const chosen = (loops) => {
    const word = filter.toLowerCase();
    const all = [...loops.values()].filter((l) => !word ||
      l.name.toLowerCase().includes(word) || (l.running && l.running.handler.toLowerCase().includes(word)) ||
      (l.queue || []).some((t) => t.handler.toLowerCase().includes(word)));
    const turn = down ? -1 : 1;
    return all.sort((a, b) => turn * orders[sort](a, b) || a.id - b.id);
  };

  // cell replaces a cell's content unless it is what the cell shows already.
  const cell = (td, key, make) => {
    if (td.shows === key) return;
    td.shows = key;
    const content = make();
    td.replaceChildren(...(Array.isArray(content) ? content : [content]).filter((c) => c !== null));
  };

  const none = () => el("span.quiet", {}, "–");

  const running = (l) => {
    if (!l.running) return el("span.quiet", {}, l.state === "idle" ? "idle" : l.state);
    return [loopz.handler(l.running.handler), " ", lasts(l.running),
      l.running.awaited ? el("span.tag", { title: "it has been in Await" }, "resumed") : null];
  };

  // queue is how full it is, and who comes next.
  const queue = (l) => {
    if (!l.queued && !l.waiting) return none();
    const meter = loopz.svg("svg", { class: "meter", viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true" },
      loopz.svg("rect", { class: "groove", width: 100, height: 6, rx: 3 }),
      loopz.svg("rect", { class: l.waiting ? "full" : "level", width: Math.max(3, Math.min(100, (100 * l.queued) / l.capacity)), height: 6, rx: 3 }));
    const next = (l.queue || [])[0];
    return [el("span.line", {}, el("b", {}, number(l.queued)), el("span.quiet", {}, ` of ${number(l.capacity)}`), meter,
      l.waiting ? el("span.tag.warn", { title: "callers that wait for room in the queue" }, `+${number(l.waiting)} wait`) : null),
    next ? el("span.next", {}, el("span.quiet", {}, "next "), handler(next.handler), caller(next)) : null];
  };

  const caller = (t) => (t.caller ? el("span.quiet", {}, " from ", loopLink(t.caller, t.callerName)) : null);
  loopz.caller = caller;

  const share = (l) => {
    if (l.busy === undefined) return none();
    return el(l.busy >= 90 ? "b" : "span", {}, `${l.busy} %`);
  };

  const time = (h) => (h.count ? [spark(h), el("span", {}, span(h.p99Ns))] : none());

  const makeRow = (l) => {
    const tr = el("tr", { "data-id": l.id });
    tr.append(el("th", { scope: "row" }), el("td", { "data-label": "Running" }), el("td", { "data-label": "Queue" }),
      ...["Busy", "Calls/s", "Queued p99", "Ran p99"].map((label) => el("td.number", { "data-label": label })));
    return tr;
  };

  const paint = (tr, l) => {
    if (tr.loop === l) return;
    tr.loop = l;
    tr.dataset.state = l.state;
    const [name, run, wait, busy, rate, queued, ran] = tr.cells;
    cell(name, l.name + l.state, () => [el("span.dot", { title: l.state }, el("span.unseen", {}, l.state)), loopLink(l.id, l.name)]);
    cell(run, JSON.stringify([l.running, l.state]), () => running(l));
    cell(wait, JSON.stringify([l.queued, l.waiting, (l.queue || [])[0]]), () => queue(l));
    cell(busy, String(l.busy), () => share(l));
    cell(rate, String(l.rate), () => (l.rate === undefined ? none() : number(l.rate)));
    cell(queued, JSON.stringify(l.queueTime), () => time(l.queueTime));
    cell(ran, JSON.stringify(l.runTime), () => time(l.runTime));
  };

  // table draws the loops. The order stays as it is while somebody points at a row or
  // is in one, because a row that jumps away cannot be read.
  loopz.table = (loops, reorder = false) => {
    const all = chosen(loops);
    held = !reorder && rows.size > 0 && (body.matches(":hover") || body.contains(document.activeElement));
    let shown = all.slice(0, limit);
    if (held) {
      const ids = new Set(all.map((l) => l.id));
      shown = [...rows.keys()].filter((id) => ids.has(id)).map((id) => loops.get(id));
      const known = new Set(rows.keys());
      shown.push(...all.filter((l) => !known.has(l.id)).slice(0, Math.max(0, limit - shown.length)));
    }
    const keep = new Set(shown.map((l) => l.id));
    for (const [id, tr] of rows) if (!keep.has(id)) { tr.remove(); rows.delete(id); }
    const order = [];
    let at = body.firstElementChild;
    for (const l of shown) {
      const tr = rows.get(l.id) || makeRow(l);
      paint(tr, l);
      if (tr !== at) body.insertBefore(tr, at); else at = at.nextElementSibling;
      order.push([l.id, tr]);
    }
    rows.clear();
    for (const [id, tr] of order) rows.set(id, tr);
    tell(all.length, shown.length, loops.size);
  };

  const tell = (found, shown, all) => {
    const more = found - shown;
    const text = all === 0 ? "There are no loops yet." : found === 0 ? "No loop fits the filter."
      : more > 0 ? `${number(shown)} shown, ${number(more)} more` : filter ? `${number(found)} of ${number(all)}` : "";
    const count = document.getElementById("count");
    if (count.textContent !== text) count.textContent = text;
    document.getElementById("more").hidden = more <= 0;
  };

  const sorted = () => {
    for (const th of document.querySelectorAll("#loops thead th")) {
      const mine = th.dataset.sort === sort;
      fill(th, { "aria-sort": mine ? (down === (sort !== "name") ? "descending" : "ascending") : "none" }, []);
    }
  };

  // startTable connects the controls. again draws the table.
  loopz.startTable = (again) => {
    sorted();
    document.querySelector("#loops thead").addEventListener("click", (e) => {
      const th = e.target.closest("th");
      if (!th) return;
      down = th.dataset.sort === sort ? !down : true;
      sort = th.dataset.sort;
      sorted();
      again();
    });
    const input = document.getElementById("filter");
    input.addEventListener("input", () => { filter = input.value.trim(); limit = page; again(); });
    document.getElementById("more").addEventListener("click", () => { limit += 4 * page; again(); });
    body.addEventListener("keydown", (e) => {
      const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[e.key];
      const to = step && e.target.closest("tr")[step];
      if (!to) return;
      e.preventDefault();
      to.querySelector("th a").focus();
    });
    document.addEventListener("keydown", (e) => {
      if (e.key === "/" && !e.target.matches("input") && !e.ctrlKey && !e.metaKey && !document.getElementById("overview").hidden) {
        e.preventDefault();
        input.focus();
      }
      if (e.key === "ArrowDown" && e.target === input && body.rows.length) {
        e.preventDefault();
        body.rows[0].querySelector("th a").focus();
      }
    });
  };
})();
