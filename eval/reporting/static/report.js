"use strict";
/* Which view is shown follows from the page's address: #/overview, #/turns?…, #/turn?… */
(() => {
  const make = Report.make;
  const views = { overview: document.getElementById("overview"), turns: document.getElementById("turns"), turn: document.getElementById("turn") };
  const search = document.getElementById("search");
  const PAGE = 100;

  const parse = () => {
    const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
    return { name: path in views ? path : "overview", query: new URLSearchParams(query) };
  };

  const tally = (turns, of) => {
    const counts = new Map();
    for (const turn of turns) for (const name of of(turn)) counts.set(name, (counts.get(name) ?? 0) + 1);
    return [...counts].sort((one, other) => other[1] - one[1]);
  };
  const having = (filters, extra) => {
    const next = new URLSearchParams(filters);
    for (const [key, value] of Object.entries(extra)) if (value === null) next.delete(key); else next.set(key, value);
    return `#/turns?${next}`;
  };

  const row = (turn, filters) => {
    const failed = Object.entries(turn.failed);
    return make("li", {}, make("a", { class: "row", href: Report.toTurn(turn, filters.toString()) },
      make("div", { class: "said" }, turn.asked.join(" ／ ")),
      make("div", { class: "where" }, `${turn.title} · ${turn.case} 第 ${turn.n} 轮${turn.r ? `（第 ${turn.r + 1} 遍）` : ""} · ${turn.tags["意图"]} · ${Report.time(turn.ms)}`),
      make("ul", {},
        turn.error ? make("li", {}, make("span", { class: "badge bad" }, "没跑成"), turn.error) : null,
        failed.map(([name, detail]) => make("li", {}, make("span", { class: "badge bad" }, `${turn.worse.includes(name) ? "变差 " : ""}${name}`), detail)),
        turn.better.length ? make("li", {}, make("span", { class: "badge good" }, `变好 ${turn.better.join("、")}`)) : null,
        !failed.length && !turn.error && !turn.better.length ? make("li", {}, make("span", { class: "badge plain" }, "全对")) : null)));
  };

  const showTurns = (filters) => {
    const turns = Report.select(filters);
    const cases = new Set(turns.map(Report.keyOf)).size;
    const wrong = turns.filter((turn) => !turn.ok).length;
    const chips = [...filters].map(([key, value]) => [key, Report.words(key, value, filters)]).filter(([, words]) => words)
      .map(([key, words]) => make("li", {}, make("a", { class: "chip", href: having(filters, { [key]: null }), "aria-label": `去掉条件：${words}` }, `${words} ×`)));
    const changing = filters.get("change") === "worse";
    const reasons = tally(turns, (turn) => (changing ? turn.worse : Object.keys(turn.failed)));
    const sort = make("select", { "aria-label": "排序" }, [["", "按编号"], ["slow", "慢的在前"], ["score", "得分低的在前"]]
      .map(([value, words]) => make("option", { value, selected: (filters.get("sort") ?? "") === value }, words)));
    sort.addEventListener("change", () => { location.hash = having(filters, { sort: sort.value || null }); });
    const rows = make("ul", { class: "rows" });
    const more = make("button", { type: "button" });
    const add = () => {
      const start = rows.childElementCount;
      rows.append(...turns.slice(start, start + PAGE).map((turn) => row(turn, filters)));
      more.textContent = `再看 ${Math.min(PAGE, turns.length - rows.childElementCount)} 轮`;
      more.hidden = rows.childElementCount >= turns.length;
    };
    more.addEventListener("click", add);
    add();
    views.turns.replaceChildren(make("div", { class: "crumbs" }, make("a", { href: "#/overview" }, "← 回到总览")),
      make("section", {},
        make("h1", {}, chips.length ? "符合条件的轮次" : "全部轮次"),
        chips.length ? make("ul", { class: "chips", "aria-label": "条件" }, chips) : null,
        make("div", { class: "tools" }, make("p", { class: "lead", id: "counted", "data-turns": turns.length, "data-cases": cases }, `${turns.length} 轮，来自 ${cases} 段对话；没全对 ${wrong} 轮`), sort),
        reasons.length ? make("p", {}, changing ? "变差在：" : "错在：", reasons.map(([name, count]) => [make("a", { class: "chip bad", href: having(filters, changing ? { check: name } : { check: name, is: "fail" }), title: Report.data.checks[name] ?? "" }, `${name} ${count}`), " "])) : null,
        turns.length ? rows : make("p", { class: "soft" }, "没有符合的轮次。去掉一个条件，或者换个词试试。"), more));
  };

  const showTurn = (query) => {
    const turn = Report.turns.find((one) => one.case === query.get("case") && String(one.n) === query.get("n") && String(one.r) === (query.get("r") ?? "0"));
    if (!turn) {
      views.turn.replaceChildren(make("section", {}, make("h1", {}, "没有这一轮"), make("p", {}, "这份报告里没有链接里说的那一轮，可能是别的评测的链接。 ", make("a", { href: "#/turns" }, "看全部轮次"))));
      return;
    }
    const list = query.get("list") ?? "";
    views.turn.replaceChildren(...Report.turnView(turn, Report.select(list), list).filter(Boolean));
  };

  let shown = "";
  const show = () => {
    const { name, query } = parse();
    for (const [key, view] of Object.entries(views)) view.hidden = key !== name;
    if (name === "turns") showTurns(query);
    if (name === "turn") showTurn(query);
    if (name === "overview") Report.drawCharts();
    if (document.activeElement !== search) search.value = name === "turns" ? query.get("q") ?? "" : "";
    for (const link of document.querySelectorAll(".top nav a")) {
      const here = link.getAttribute("href") === (location.hash || "#/overview");
      if (here) link.setAttribute("aria-current", "page"); else link.removeAttribute("aria-current");
    }
    const heading = views[name].querySelector("h1");
    document.title = `${heading ? heading.textContent : "评测报告"} · ${Report.data.figures.run.run_id}`;
    if (shown && document.activeElement !== search) {
      views[name].focus({ preventScroll: true });
      if (name === "overview") document.getElementById(query.get("at") ?? "")?.scrollIntoView(); else scrollTo(0, 0);
    }
    shown = name;
  };

  let typing = 0;
  search.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      const { name, query } = parse();
      const next = having(name === "turns" ? query : new URLSearchParams(), { q: search.value.trim() || null });
      /* a search is one step back, however many letters it took */
      if (name === "turns") { history.replaceState(null, "", next); show(); } else location.hash = next;
    }, 200);
  });
  search.form.addEventListener("submit", (event) => event.preventDefault());
  views.turn.addEventListener("click", (event) => {
    const link = event.target.closest("[data-ground]");
    if (!link) return;
    event.preventDefault();
    const ground = document.getElementById(link.dataset.ground);
    ground?.closest("details")?.setAttribute("open", "");
    ground?.scrollIntoView({ block: "center" });
  });
  /* paper cannot be clicked: what led to the verdict is printed whole */
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll(".verdict details:not([open]), #compared details:not([open])")];
    for (const one of folded) one.open = true;
  });
  addEventListener("afterprint", () => { for (const one of folded) one.open = false; });
  addEventListener("hashchange", show);
  show();
})();
