// The stream of changes, and which view is shown.
"use strict";

(() => {
  const byID = (id) => document.getElementById(id);
  const loops = new Map();
  const parts = {};
  let source = null, watched = null, detail, paused = false;

  const draw = (reorder = false) => {
    if (!parts.totals) return;
    loopz.totals(parts.totals);
    if (watched !== null) {
      if (detail !== undefined) loopz.loop(detail);
      return;
    }
    loopz.deadlocks(parts.deadlocks);
    loopz.table(loops, reorder);
    loopz.slow(parts.slow);
    loopz.waits(parts.waits, parts.totals.waits, loops);
    loopz.times(parts.totals);
  };

  const take = (message) => {
    const news = JSON.parse(message.data);
    loopz.skew = Date.parse(news.time) - Date.now();
    for (const l of news.loops) loops.set(l.id, l);
    for (const id of news.gone) loops.delete(id);
    const before = parts.totals && parts.totals.deadlocks;
    for (const name of ["totals", "waits", "deadlocks", "slow"]) if (name in news) parts[name] = news[name];
    if (before !== undefined && parts.totals.deadlocks > before) say("A deadlock was found.");
    draw();
  };

  // say tells those who listen to the page and do not see it; it is for news only.
  const say = (text) => { byID("news").textContent = text; };

  const states = { live: "live", wait: "connecting", lost: "no connection", paused: "paused" };

  const link = (state) => {
    const e = byID("link");
    if (e.dataset.state === state) return;
    if (state === "lost") say("The connection is lost.");
    if (state === "live" && e.dataset.state === "lost") say("The connection is back.");
    e.dataset.state = state;
    e.textContent = states[state];
    document.body.dataset.link = state;
  };

  const connect = () => {
    if (source) source.close();
    source = null;
    if (paused) { link("paused"); return; }
    source = new EventSource("?events" + (watched === null ? "" : `&loop=${encodeURIComponent(watched)}`));
    source.addEventListener("state", (m) => { loops.clear(); take(m); link("live"); });
    source.addEventListener("change", take);
    source.addEventListener("detail", (m) => { detail = JSON.parse(m.data); draw(); });
    const mine = source;
    source.onerror = () => {
      link("lost");
      // A browser gives up if the server refuses; the program may just be starting.
      if (mine.readyState === EventSource.CLOSED && mine === source) setTimeout(() => mine === source && connect(), 3000);
    };
  };

  const route = () => {
    if (location.hash === "#main" && parts.totals) return; // the link that skips what stands above
    const match = /^#loop=(\d+)$/.exec(location.hash);
    const next = match ? match[1] : null;
    const changed = next !== watched;
    const from = watched;
    watched = next;
    byID("overview").hidden = next !== null;
    byID("totals").hidden = false;
    byID("detail").hidden = next === null;
    if (!changed) return;
    detail = undefined;
    byID("detail").shows = undefined;
    byID("detail").replaceChildren();
    connect();
    draw(true);
    // The focus goes where the reader does.
    if (next !== null) { byID("main").focus({ preventScroll: true }); scrollTo(0, 0); }
    else document.querySelector(`#loops tr[data-id="${from}"] a`)?.focus();
  };

  addEventListener("hashchange", route);
  addEventListener("keydown", (e) => { if (e.key === "Escape" && watched !== null) location.hash = "#"; });
  byID("pause").addEventListener("click", (e) => {
    paused = !paused;
    e.currentTarget.setAttribute("aria-pressed", paused);
    e.currentTarget.textContent = paused ? "Go on" : "Pause";
    connect();
  });
  // Ages grow without the server.
  setInterval(() => {
    if (document.hidden || paused) return;
    for (const t of document.querySelectorAll("time[datetime]")) loopz.tick(t);
  }, 100);
  loopz.startTable(() => draw(true));
  loopz.onResize(() => draw(true));
  route();
  if (!source) connect();
})();
