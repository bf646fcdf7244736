// What stands around the table, and the view of one loop.
"use strict";

(() => {
  const { el, number, plural, span, handler, lasts, ago, stack, loopLink } = loopz;
  const byID = (id) => document.getElementById(id);
  const wide = () => byID("main").clientWidth - 40;

  // show replaces the content of e, but leaves it alone while it is as it was. What
  // was unfolded stays so.
  const show = (e, key, make) => {
    if (e.shows === key) return;
    e.shows = key;
    const open = new Set([...e.querySelectorAll("details[open]")].map((d) => d.dataset.key));
    e.replaceChildren(...make());
    for (const d of e.querySelectorAll("details")) if (open.has(d.dataset.key)) d.open = true;
  };

  const folded = (key, text, title) => {
    const d = stack(text, title);
    d.dataset.key = key;
    return d;
  };

  const total = (n, word, href, alarm) => el(`div${n && alarm ? ".alarm" : ""}`, {},
    el("dt", {}, n && href ? el("a", { href }, word) : word), el("dd", {}, number(n)));

  loopz.totals = (t) => show(byID("totals"), JSON.stringify({ ...t, queueTime: 0, runTime: 0 }), () => [
    total(t.loops, t.loops === 1 ? "loop" : "loops"),
    total(t.running, "running"),
    total(t.queued, "queued"),
    total(t.waiting, "wait for room"),
    total(t.awaiting, "in Await"),
    total(t.slow, "slow", "#slow", true),
    total(t.deadlocks, t.deadlocks === 1 ? "deadlock" : "deadlocks", "#deadlocks", true),
  ]);

  loopz.times = (t) => show(byID("times"), JSON.stringify([t.queueTime, t.runTime]), () => [
    loopz.histogram("Queued", "from the call to the start of its handler", t.queueTime),
    loopz.histogram("Ran", "how long handlers held their loop", t.runTime),
  ]);

  const hop = (key) => (h, i) => el("li", {},
    handler(h.handler), " on ", loopLink(h.loop, h.loopName), ` waits for ${h.for} of `, loopLink(h.target, h.targetName),
    folded(`${key}-${i}`, h.stack));

  const deadlock = (d, i) => el("article.card.red", {},
    el("p", {}, el("b", {}, "Deadlock"), ` of ${plural(new Set(d.hops.map((h) => h.loop)).size, "loop")}, found `, ago(d.time),
      el("span.quiet", {}, ". The call that would have closed the cycle was refused; the others went on.")),
    el("div.scroll", { tabindex: "0", role: "region", "aria-label": "Picture of the deadlock" }, loopz.cycle(d.hops, wide(), `red${i}`)),
    el("ol.hops", {}, d.hops.map(hop(d.time))));

  // shelf is cards of which the first few are open to view.
  const shelf = (cards, key) => {
    const rest = cards.slice(3);
    return [...cards.slice(0, 3), rest.length ? el("details.stack", { "data-key": key }, el("summary", {}, `${number(rest.length)} more`), rest) : ""];
  };

  loopz.deadlocks = (all) => {
    byID("deadlocks").hidden = !all || !all.length;
    show(byID("deadlocks").querySelector(".list"), JSON.stringify([all, wide()]), () => shelf((all || []).map(deadlock), "deadlocks"));
  };

  const slow = (r) => el("article.card.amber", {},
    el("p", {}, handler(r.handler), " held ", loopLink(r.loop, r.name), " for more than ", el("b", {}, span(r.forNs)), ", ",
      el("span.tag.warn", {}, !r.found ? "at work" : r.blocked ? "blocked" : "busy"), ", ", ago(r.time)),
    r.queued ? el("p", {}, `${number(r.queued)} queued behind it`, (r.waiting || []).map((t, i) => [i ? ", " : ": ", handler(t.handler), loopz.caller(t)])) : null,
    folded(r.time + r.loop, r.stack));

  loopz.slow = (all) => {
    byID("slow").hidden = !all || !all.length;
    show(byID("slow").querySelector(".list"), JSON.stringify(all), () => shelf((all || []).map(slow), "slow"));
  };

  loopz.waits = (all, count, loops) => {
    byID("waits").hidden = !all || !all.length;
    if (!all || !all.length) return;
    const targets = all.map((w) => loops.get(w.target)?.running?.handler);
    const key = JSON.stringify([all, targets, wide()]);
    const [picture, left] = loopz.graph(all, loops, wide());
    show(byID("graph"), key, () => [picture]);
    show(byID("waits").querySelector(".list"), key, () => [
      left || count > all.length ? el("p.quiet", {}, `Not all fit into the picture: ${plural(count, "handler")} are waiting.`) : "",
      el("details.stack", { "data-key": "waits" }, el("summary", {}, plural(all.length, "handler"), " with stacks"),
        el("ul.hops", {}, all.map(hop("wait")))),
    ]);
  };

  const fact = (name, value) => (value ? el("div", {}, el("dt", {}, name), el("dd", {}, value)) : null);

  const facts = (l) => el("dl.facts", {}, [
    fact("executor", l.executor),
    fact("when full", { wait: "callers wait", reject: "calls are refused", shed: "the oldest spawned is shed" }[l.overflow]),
    fact("longest queue", `${number(l.maxQueue)} of ${number(l.capacity)}`),
    fact("in Await", l.awaiting && number(l.awaiting)),
    fact("busy", l.busy === undefined ? null : `${l.busy} %`),
    fact("calls/s", l.rate === undefined ? null : number(l.rate)),
    Object.entries(l.calls).map(([name, n]) => fact(name === "spawnErrors" ? "spawn errors" : name, n && number(n))),
  ].flat());

  const who = (t) => (t.awaited ? "comes back from Await" : t.caller ? ["a handler of ", loopLink(t.caller, t.callerName)]
    : { call: "a caller", async: "a future", spawn: "nobody", stream: "a stream's consumer" }[t.mode] || t.mode);

  const queue = (title, tasks, all) => {
    if (!all) return null;
    const rows = (tasks || []).map((t, i) => el("tr", {}, el("td.number.quiet", {}, number(i + 1)), el("th", { scope: "row" }, handler(t.handler),
      t.position ? el("span.quiet.place", {}, ` ${t.position}`) : null), el("td", {}, who(t)), el("td.number", {}, lasts(t) || "–")));
    const more = all - rows.length;
    return el("section", {}, el("h3", {}, title, " ", el("span.quiet", {}, number(all))),
      el("table.queue", {}, el("thead", {}, el("tr", {}, ["", "Handler", "Who waits", "For"].map((h, i) => el(i === 3 ? "th.number" : "th", { scope: "col" }, h)))),
        el("tbody", {}, rows)),
      more > 0 ? el("p.quiet", {}, `and ${number(more)} more`) : null);
  };

  // loop draws the view of one loop; null is one that is no more.
  loopz.loop = (l) => {
    const e = byID("detail");
    const back = el("p", {}, el("a.back", { href: "#" }, "← All loops"));
    show(e, JSON.stringify(l), () => (!l
      ? [back, el("h2", {}, "No such loop"), el("p.quiet", {}, "It has been collected, or there never was one with this number.")]
      : [back,
        el("h2.title", { "data-state": l.state }, el("span.dot", {}), l.name, " ", el("span.quiet", {}, `loop ${l.id}, ${l.state}`)),
        el("p.now", {}, l.running ? ["Running ", handler(l.running.handler), " ", lasts(l.running)] : el("span.quiet", {}, "No handler is running.")),
        el("div.pair", {}, loopz.histogram("Queued", "from the call to the start of its handler", l.queueTime),
          loopz.histogram("Ran", "how long handlers held the loop", l.runTime)),
        queue("Queue", l.queue, l.queued || (l.queue || []).length),
        queue("Waiting for room in the queue", l.room, l.waiting),
        facts(l)].filter(Boolean)));
  };

  // narrow views are drawn in another way.
  loopz.onResize = (again) => {
    let soon = 0;
    addEventListener("resize", () => { clearTimeout(soon); soon = setTimeout(again, 100); });
  };
})();
