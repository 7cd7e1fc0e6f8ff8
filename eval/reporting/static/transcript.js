"use strict";
/* One turn, readable: what was asked and expected, what came and on what grounds; with an earlier run, both and what differs. */
(() => {
  const make = Report.make;
  const shared = Report.data.shared;

  /* ---- what differs, character by character; long texts sentence by sentence, so that it stays quick ---- */
  const pieces = (text) => (text.length > 600 ? text.match(/[^。！？；\n]+[。！？；\n]*/g) ?? [] : [...text]);
  Report.difference = (old, now) => {
    const a = pieces(old), b = pieces(now);
    let head = 0;
    while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
    let tail = 0;
    while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1;
    const x = a.slice(head, a.length - tail), y = b.slice(head, b.length - tail);
    const width = y.length + 1;
    const longest = new Uint16Array((x.length + 1) * width);
    for (let i = x.length - 1; i >= 0; i -= 1) {
      for (let j = y.length - 1; j >= 0; j -= 1) {
        longest[i * width + j] = x[i] === y[j] ? longest[(i + 1) * width + j + 1] + 1 : Math.max(longest[(i + 1) * width + j], longest[i * width + j + 1]);
      }
    }
    const parts = [];
    const add = (kind, text) => {
      const last = parts[parts.length - 1];
      if (last && last.kind === kind) last.text += text;
      else if (text) parts.push({ kind, text });
    };
    add("same", a.slice(0, head).join(""));
    let i = 0, j = 0;
    while (i < x.length || j < y.length) {
      if (i < x.length && j < y.length && x[i] === y[j]) { add("same", x[i]); i += 1; j += 1; }
      else if (i < x.length && (j === y.length || longest[(i + 1) * width + j] >= longest[i * width + j + 1])) { add("gone", x[i]); i += 1; }
      else { add("new", y[j]); j += 1; }
    }
    add("same", a.slice(a.length - tail).join(""));
    return parts;
  };
  const marked = (old, now, side) =>
    Report.difference(old, now)
      .filter((part) => part.kind === "same" || part.kind === (side === "now" ? "new" : "gone"))
      .map((part) => (part.kind === "same" ? part.text : make(side === "now" ? "ins" : "del", {}, part.text)));

  /* ---- the pieces of an answer ---- */
  const list = (pairs) => make("dl", {}, pairs.flatMap(([name, words]) => [make("dt", {}, name), make("dd", {}, words)]));
  const pairs = (row) => row.flatMap((word, place) => (place % 2 ? [] : [[word, row[place + 1]]]));
  const textOf = Report.draftText;

  const badgeOf = { pass: "good", trimmed: "part", held: "bad" };
  const draft = (one, number, other, side, prefix) => {
    const words = one.sentences.length === 0 ? [make("span", { class: "soft" }, "（没有留下可发的内容）")]
      : other && textOf(other) !== textOf(one) ? marked(side === "now" ? textOf(other) : textOf(one), side === "now" ? textOf(one) : textOf(other), side)
      : one.sentences.flatMap(([text, grounds]) => [text, ...grounds.map((id) => make("a", { class: "grounds", href: "#", "data-ground": `${prefix}${id}`, title: `依据 ${id}` }, id))]);
    return make("div", { class: `draft ${one.outcome}` },
      make("div", {}, make("strong", {}, `草稿 ${number} · ${one.manner} `), make("span", { class: `badge ${badgeOf[one.outcome] ?? "plain"}` }, one.label), make("span", { class: "soft" }, ` ${one.source}`)),
      make("p", { class: "words" }, words),
      one.findings.map(([reason, rule, span, remedy]) => make("p", { class: "finding" }, `${reason}${span ? `「${span}」` : ""}：${remedy}`, rule ? make("span", { class: "soft" }, `（${rule}）`) : "")),
      one.written ? make("details", {}, make("summary", {}, "把关前的原文"), make("p", { class: "words soft" }, marked(one.written, textOf(one), "was"))) : null);
  };

  const offer = (one) => {
    if (!one) return [];
    return [make("h3", {}, "优惠怎么算的"), make("p", {}, one.why),
      make("table", { class: "bill" }, make("tbody", {},
        one.lines.map(([name, count, unit]) => make("tr", {}, make("th", { scope: "row" }, `${name} ×${count}`), make("td", { class: "right" }, `${unit} 元`))),
        one.shipping ? make("tr", {}, make("th", { scope: "row" }, "运费"), make("td", { class: "right" }, `${one.shipping} 元`)) : null,
        make("tr", {}, make("th", { scope: "row" }, "合计"), make("td", { class: "right" }, `${one.total} 元`)),
        one.applied.map(([place, saving]) => {
          const [id, name, gift, terms] = shared[place];
          return make("tr", {}, make("th", { scope: "row" }, `${name}（${id}）`, make("span", { class: "soft block" }, terms)), make("td", { class: "right better" }, gift ? `赠 ${gift}` : `−${saving} 元`));
        }),
        make("tr", { class: "sum" }, make("th", { scope: "row" }, "实付"), make("td", { class: "right" }, `${one.pay} 元`)))),
      one.step ? make("p", { class: "soft" }, one.step) : null,
      one.exact ? null : make("p", { class: "finding" }, "组合太多，没有全部算过。"),
      one.not_applied.length ? make("details", {}, make("summary", {}, `没有用的 ${one.not_applied.length} 张券，各差在哪`),
        make("ul", { class: "grounds-list" }, one.not_applied.map((place) => make("li", {}, make("strong", {}, `${shared[place][1]}（${shared[place][0]}）`), ` ${shared[place][2]}：${shared[place][3]}`)))) : null,
      make("p", { class: "soft" }, `规则版本 ${one.version}`)];
  };

  const grounds = (answer, prefix) => {
    const line = ([id, place]) => {
      const [kind, title, where, text] = shared[place];
      return make("li", { id: `${prefix}${id}` }, make("span", { class: "badge plain" }, id), ` ${text}`, make("span", { class: "soft block" }, [kind, title, where].filter(Boolean).join(" · ")));
    };
    const cited = answer.evidence.filter((one) => one[2]), others = answer.evidence.filter((one) => !one[2]);
    if (!answer.evidence.length) return [];
    return [
      make("details", { open: cited.length > 0 && cited.length <= 4 }, make("summary", {}, `草稿用到的依据 ${cited.length} 条`), make("ul", { class: "grounds-list" }, cited.map(line))),
      others.length ? make("details", {}, make("summary", {}, `查到但没用的 ${others.length} 条`), make("ul", { class: "grounds-list" }, others.map(line))) : null,
    ];
  };

  const hits = (answer, wanted) => {
    if (!answer.hits.length && !wanted) return [];
    return [make("details", { open: wanted && !answer.hits.some((hit) => hit[2]) }, make("summary", {}, `检索到的资料 ${answer.hits.length} 条`),
      make("ul", { class: "grounds-list" }, answer.hits.map(([place, score, fits], number) => make("li", {}, `${number + 1}. `, fits ? make("span", { class: "badge good" }, "该用的") : null,
        ` ${shared[place][1]} · ${shared[place][2]} `, make("span", { class: "soft" }, score.toFixed(2)), make("span", { class: "soft block" }, shared[place][3])))))];
  };

  const checks = (judged, moves) => make("ul", { class: "checks-list" },
    judged.error ? make("li", {}, make("span", { class: "badge bad" }, "没跑成"), ` ${judged.error}`) : null,
    Object.entries(judged.failed).map(([name, detail]) => make("li", {}, make("span", { class: "badge bad" }, `✗ ${name}`), ` ${detail}`, moves?.worse.includes(name) ? make("strong", { class: "worse" }, " · 由对变错") : null)),
    make("li", {}, judged.passed.map((name) => [make("span", { class: moves?.better.includes(name) ? "badge good" : "badge plain" }, `✓ ${name}${moves?.better.includes(name) ? " 由错变对" : ""}`), " "])));

  const answer = (title, judged, one, other, side, turn, moves) => {
    const prefix = `${side}-`;
    const parts = other ? Report.partsOf(other) : [];
    return make("section", { class: side },
      make("h2", {}, title), make("p", {}, make("span", { class: `badge ${judged.ok ? "good" : "bad"}` }, judged.ok ? "全对" : `错 ${Object.keys(judged.failed).length || 1} 项`), make("span", { class: "soft" }, ` ${one.kind} · ${Report.time(judged.ms)}`)),
      checks(judged, moves),
      make("h3", {}, "听成什么"), list(one.need),
      one.drafts.length ? [make("h3", {}, "给的草稿"), one.drafts.map((each, place) => draft(each, place + 1, other?.drafts[place], side, prefix))] : null,
      make("details", { open: one.drafts.length === 0 }, make("summary", {}, "导购看到的整段回复"),
        Report.partsOf(one).map((text, place) => make("p", { class: "part-text" }, other && one.drafts.length === 0 ? marked(side === "now" ? parts[place] ?? "" : text, side === "now" ? text : parts[place] ?? "", side) : text))),
      offer(one.offer), make("h3", {}, "依据"), grounds(one, prefix), hits(one, turn.rank !== null),
      make("details", {}, make("summary", {}, "怎么做出来的"), list([...pairs(shared[one.made]), ...Object.entries(judged.steps).map(([step, spent]) => [Report.stepLabel(step), Report.time(spent)])])));
  };

  /* ---- the whole turn ---- */
  const earlier = (turns) => turns.length === 0 ? null : make("details", {}, make("summary", {}, `前面 ${turns.length} 轮说了什么`),
    make("div", { class: "earlier" }, turns.map((one) => [
      make("p", { class: "said-by" }, `第 ${one.n} 轮`), one.asked.map((text) => make("p", { class: "bubble" }, text)),
      make("p", { class: "soft" }, `${one.answer.kind}：${one.answer.drafts.length ? textOf(one.answer.drafts[0]) : Report.partsOf(one.answer).join("")}`)])));

  Report.turnView = (turn, listed, filters) => {
    const place = listed.indexOf(turn);
    const step = (other, words) => (other ? make("a", { href: Report.toTurn(other, filters) }, words) : null);
    const siblings = Report.turns.filter((one) => one.case === turn.case && one.r === turn.r);
    const before = turn.was, differs = before && before.answer;
    const moves = { worse: turn.worse, better: turn.better };
    const opened = [
      make("div", { class: "crumbs" }, make("a", { href: `#/turns?${filters}` }, `← 回到列表（${listed.length} 轮）`),
        make("span", {}, step(listed[place - 1], "上一轮"), place >= 0 ? make("span", { class: "soft" }, `${place + 1} / ${listed.length}`) : null, step(listed[place + 1], "下一轮"))),
      make("section", {},
        make("h1", {}, turn.title),
        make("p", { class: "soft" }, `${turn.case} 第 ${turn.n} 轮，共 ${turn.of} 轮`, turn.r ? ` · 第 ${turn.r + 1} 遍` : "", ` · ${turn.split} · 导购 ${turn.guide}`),
        make("ul", { class: "chips" }, Object.entries(turn.tags).map(([tag, value]) => make("li", {}, make("a", { class: "chip", href: Report.toTurns({ [`tag.${tag}`]: value }) }, `${tag} ${value}`)))),
        siblings.length > 1 ? make("p", {}, "这段对话：", siblings.map((one) => [one === turn ? make("strong", { "aria-current": "true" }, `第 ${one.n} 轮`) : make("a", { href: Report.toTurn(one, filters) }, `第 ${one.n} 轮`), one.ok ? " " : make("span", { class: "worse" }, "✗ ")])) : null,
        make("div", { class: "talk" },
          make("div", {}, earlier(siblings.filter((one) => one.n < turn.n)), make("p", { class: "said-by" }, "导购说"), turn.asked.map((text) => make("p", { class: "bubble" }, text))),
          make("div", {}, make("p", { class: "said-by" }, "应该怎么答"), turn.expect.length ? list(turn.expect) : make("p", { class: "soft" }, "没有写期望，只做通用检查")))),
    ];
    if (!before && turn.compared) opened.push(make("p", { class: "soft" }, turn.same ? "和基线里的记录一字不差。" : "和基线里的记录有不同；基线不留原文，要看两次对照，请用 --before 指定上次的结果。"));
    if (before && !differs) opened.push(make("p", { class: "soft" }, turn.worse.length || turn.better.length ? "和上次的回答一字不差，只是检查结果不同（耗时）。" : "和上次的回答一字不差。"));
    opened.push(make("div", { class: differs ? "answers both" : "answers" },
      differs ? answer("上次", before, before.answer, turn.answer, "was", turn, null) : null,
      answer(before ? "这次" : "得到的回答", turn, turn.answer, differs ? before.answer : null, "now", turn, moves)));
    return opened;
  };
})();
