// Pictures: histograms, and graphs of loops that wait for each other.
"use strict";

(() => {
  const { el, svg, span, number } = loopz;

  // place is where a duration stands on the axis of a histogram: bucket i reaches
  // from i to i+1.
  const place = (ns) => Math.log2(Math.max(ns, 1)) - 7;

  const decades = [];
  for (let ns = 1e3; ns <= 1e12; ns *= 10) decades.push(ns);

  // axisName is short, because there is little room.
  const axisName = (ns) => {
    for (const [unit, size] of [["s", 1e9], ["ms", 1e6], ["µs", 1e3]]) if (ns >= size) return `${ns / size} ${unit}`;
    return `${ns} ns`;
  };

  // domain is the buckets that a histogram shows: those that are filled, and as many
  // around them as it takes for a picture.
  const domain = (h, least) => {
    let from = h.first, to = h.first + h.counts.length;
    while (to - from < least) {
      if (from > 0) from--;
      if (to - from < least) to++;
    }
    return [from, to];
  };

  // histogram draws how long something took.
  loopz.histogram = (title, what, h) => {
    const facts = h.count
      ? `p50 ${span(h.p50Ns)}, p99 ${span(h.p99Ns)}, max ${span(h.maxNs)}`
      : "nothing yet";
    const figure = el("figure.histogram", {},
      el("figcaption", {}, el("strong", {}, title), " ", el("span.quiet", {}, what), el("span.facts", {}, facts)));
    if (!h.count) return figure;
    const [from, to] = domain(h, 14);
    const w = 480, hgt = 112, base = 84, step = w / (to - from), most = Math.max(...h.counts);
    const x = (u) => (u - from) * step;
    const picture = svg("svg", { viewBox: `0 0 ${w} ${hgt}`, role: "img", "aria-label": `${title}: ${facts}, ${number(h.count)} timed` });
    for (const ns of decades) {
      const at = x(place(ns));
      if (at < 8 || at > w - 8) continue;
      picture.append(
        svg("line", { class: "grid", x1: at, x2: at, y1: 6, y2: base }),
        svg("text", { class: "axis", x: at, y: base + 22, "text-anchor": "middle" }, axisName(ns)));
    }
    h.counts.forEach((n, i) => {
      if (!n) return;
      const tall = Math.max(2, (n / most) * (base - 10));
      const bound = 2 ** (8 + h.first + i);
      picture.append(svg("rect", { class: "bar", x: x(h.first + i) + 1, y: base - tall, width: Math.max(step - 2, 1), height: tall, rx: 1.5 },
        svg("title", {}, `${span(bound / 2)} to ${span(bound)}: ${number(n)}`)));
    });
    picture.append(svg("line", { class: "base", x1: 0, x2: w, y1: base, y2: base }));
    for (const [name, ns] of [["p50", h.p50Ns], ["p99", h.p99Ns]]) {
      const at = Math.min(Math.max(x(place(ns)), 1), w - 1);
      picture.append(
        svg("path", { class: `mark ${name}`, d: `M${at} ${base + 1}l-4 6h8z` }, svg("title", {}, `${name} ${span(ns)}`)));
    }
    figure.append(picture);
    return figure;
  };

  // spark is a histogram that fits into a line.
  loopz.spark = (h) => {
    const [from, to] = domain(h, 12);
    const most = Math.max(...h.counts), w = 4;
    const picture = svg("svg", { class: "spark", viewBox: `0 0 ${(to - from) * w} 16`, width: (to - from) * w, height: 16, "aria-hidden": "true" });
    h.counts.forEach((n, i) => {
      if (!n) return;
      const tall = Math.max(1.5, (n / most) * 15);
      picture.append(svg("rect", { class: "bar", x: (h.first + i - from) * w, y: 16 - tall, width: w - 1, height: tall }));
    });
    return picture;
  };

  const boxW = 168, boxH = 48, short = (s, n) => (s.length > n ? s.slice(0, n - 1) + "…" : s);

  const arrows = (id) => svg("defs", {},
    svg("marker", { id, viewBox: "0 0 10 10", refX: 9, refY: 5, markerWidth: 7, markerHeight: 7, orient: "auto-start-reverse" },
      svg("path", { d: "M0 1L9 5L0 9z", class: "tip" })));

  // box is a loop, with the handler that waits, if one does.
  const box = (n) => svg("a", { href: `#loop=${n.id}`, class: "node" },
    svg("title", {}, n.handler ? `${n.name}: ${n.handler}` : n.name),
    svg("rect", { x: n.x, y: n.y, width: boxW, height: boxH, rx: 8 }),
    svg("text", { class: "name", x: n.x + 12, y: n.y + (n.handler ? 20 : 29) }, short(n.name, 20)),
    n.handler ? svg("text", { class: "what", x: n.x + 12, y: n.y + 37 }, short(n.handler.slice(n.handler.lastIndexOf("/") + 1), 24)) : null);

  const words = (x, y, text, anchor = "middle") => svg("text", { class: "edge", x, y, "text-anchor": anchor }, text);

  const reason = (w) => ({ "the result": "result", "room in the queue": "room", "the drain": "drain" })[w.for] || w.for;

  // cycle draws a deadlock: each loop waits for the next, and the last for the first.
  loopz.cycle = (hops, wide, id) => {
    const across = wide >= hops.length * (boxW + 84) + 20;
    const nodes = hops.map((h, i) => ({
      id: h.loop, name: h.loopName, handler: h.handler,
      x: across ? 4 + i * (boxW + 84) : 4, y: across ? 4 : 4 + i * (boxH + 46),
    }));
    const last = nodes[nodes.length - 1];
    const w = across ? last.x + boxW + 4 : boxW + 92, h = across ? boxH + 62 : last.y + boxH + 4;
    const picture = svg("svg", { class: "graph deadlock", viewBox: `0 0 ${w} ${h}`, width: w, height: h, role: "group",
      "aria-label": "Deadlock: " + hops.map((x) => `${x.handler} on ${x.loopName} waits for ${x.for} of ${x.targetName}`).join(", ") }, arrows(id));
    const line = (d) => svg("path", { class: "way", d, "marker-end": `url(#${id})` });
    nodes.slice(0, -1).forEach((n, i) => {
      const m = nodes[i + 1];
      if (across) picture.append(line(`M${n.x + boxW} ${n.y + boxH / 2}H${m.x - 3}`), words((n.x + boxW + m.x) / 2, n.y + boxH / 2 - 7, reason(hops[i])));
      else picture.append(line(`M${n.x + boxW / 2} ${n.y + boxH}V${m.y - 3}`), words(n.x + boxW / 2 + 8, n.y + boxH + 26, reason(hops[i]), "start"));
    });
    const first = nodes[0], back = reason(hops[hops.length - 1]);
    if (across) {
      const low = boxH + 34, r = 14, from = last.x + boxW / 2, to = nodes.length === 1 ? first.x + boxW / 4 : first.x + boxW / 2;
      picture.append(line(`M${from} ${last.y + boxH}V${low - r}q0 ${r} ${-r} ${r}H${to + r}q${-r} 0 ${-r} ${-r}V${first.y + boxH + 4}`),
        words((from + to) / 2, low + 16, back));
    } else {
      const right = boxW + 36, r = 14, from = last.y + boxH / 2 + (nodes.length === 1 ? 12 : 0), to = first.y + boxH / 2 - (nodes.length === 1 ? 12 : 0);
      picture.append(line(`M${last.x + boxW} ${from}H${right - r}q${r} 0 ${r} ${-r}V${to + r}q0 ${-r} ${-r} ${-r}H${first.x + boxW + 4}`),
        words(right + 6, (from + to) / 2 + 4, back, "start"));
    }
    picture.append(...nodes.map(box));
    return picture;
  };

  // layers puts those who wait before those whom they wait for.
  const layers = (nodes, edges) => {
    for (const n of nodes.values()) n.layer = 0;
    // A cycle would go on for ever, so there are no more rounds than loops.
    for (let round = 0, moved = true; moved && round < nodes.size; round++) {
      moved = false;
      for (const e of edges) {
        const from = nodes.get(e.loop), to = nodes.get(e.target);
        if (from !== to && to.layer <= from.layer && from.layer + 1 < nodes.size) {
          to.layer = from.layer + 1;
          moved = true;
        }
      }
    }
    const rows = [];
    for (const n of nodes.values()) (rows[n.layer] ||= []).push(n);
    return rows.filter(Boolean);
  };

  const mostNodes = 40;

  // graph draws who waits for whom now, with what those are running who wait for nobody.
  // It returns the picture and how many loops were left out.
  loopz.graph = (waits, loops, wide) => {
    const nodes = new Map(), edges = new Map();
    let left = 0;
    for (const w of waits) {
      const missing = [w.loop, w.target].filter((id) => !nodes.has(id)).length;
      if (nodes.size + missing > mostNodes) { left += missing; continue; }
      if (!nodes.has(w.loop)) nodes.set(w.loop, { id: w.loop, name: w.loopName });
      if (!nodes.has(w.target)) nodes.set(w.target, { id: w.target, name: w.targetName });
      nodes.get(w.loop).handler ||= w.handler;
      const key = `${w.loop} ${w.target} ${w.for}`;
      const e = edges.get(key) || { loop: w.loop, target: w.target, for: w.for, count: 0 };
      e.count++;
      edges.set(key, e);
    }
    for (const n of nodes.values()) n.handler ||= loops.get(n.id)?.running?.handler;
    const rows = layers(nodes, [...edges.values()]);
    const across = wide >= rows.length * (boxW + 90);
    let w = 0, h = 0;
    rows.forEach((row, i) => row.forEach((n, j) => {
      n.x = 4 + (across ? i * (boxW + 90) : j * (boxW + 20));
      n.y = 4 + (across ? j * (boxH + 18) : i * (boxH + 52));
      w = Math.max(w, n.x + boxW + 4);
      h = Math.max(h, n.y + boxH + 4);
    }));
    const picture = svg("svg", { class: "graph", viewBox: `0 0 ${w} ${h}`, width: w, height: h, role: "group", "aria-label": "Who waits for whom" }, arrows("tip"));
    for (const e of edges.values()) {
      const a = nodes.get(e.loop), b = nodes.get(e.target), text = reason(e) + (e.count > 1 ? ` ×${e.count}` : "");
      let d, x, y;
      if (across) {
        const x1 = a.x + boxW, y1 = a.y + boxH / 2, x2 = b.x - 3, y2 = b.y + boxH / 2, mid = (x1 + x2) / 2;
        [d, x, y] = [`M${x1} ${y1}C${mid} ${y1} ${mid} ${y2} ${x2} ${y2}`, mid, (y1 + y2) / 2 - 7];
      } else {
        const x1 = a.x + boxW / 2, y1 = a.y + boxH, x2 = b.x + boxW / 2, y2 = b.y - 3, mid = (y1 + y2) / 2;
        [d, x, y] = [`M${x1} ${y1}C${x1} ${mid} ${x2} ${mid} ${x2} ${y2}`, (x1 + x2) / 2 + 8, mid + 4];
      }
      picture.append(svg("path", { class: "way", d, "marker-end": "url(#tip)" }), words(x, y, text, across ? "middle" : "start"));
    }
    picture.append(...[...nodes.values()].map(box));
    return [picture, left];
  };
})();
