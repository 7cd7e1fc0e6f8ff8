"use strict";
/* Which turns are meant: filters stand in the page's address, so that a view can be sent to somebody. */
const Report = { data: JSON.parse(document.getElementById("data").textContent) };
Report.turns = Report.data.turns;
for (const judged of Report.turns.flatMap((turn) => (turn.was ? [turn, turn.was] : [turn]))) {
  judged.passed = judged.passed.map((place) => Report.data.check_names[place]);
}

/* an element with its attributes and children; text is always set as text, whatever a customer wrote */
Report.make = (name, attributes = {}, ...children) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((one) => one !== null && one !== undefined && one !== ""));
  return element;
};

Report.keyOf = (turn) => `${turn.case}@${turn.r}`;
Report.wholeCases = new Map();
for (const turn of Report.turns) {
  const key = Report.keyOf(turn);
  Report.wholeCases.set(key, (Report.wholeCases.get(key) ?? true) && turn.ok);
}

/* "0.9..1" holds what is not below 0.9 and below 1 */
const within = (value, range) => {
  const [low, high] = range.split("..");
  return (low === "" || value >= Number(low)) && (high === "" || value < Number(high));
};

const moved = {
  worse: (turn, check) => (check ? turn.worse.includes(check) : turn.worse.length > 0),
  better: (turn, check) => (check ? turn.better.includes(check) : turn.better.length > 0),
  compared: (turn) => turn.compared,
  same: (turn) => turn.compared && turn.same,
  other: (turn) => turn.compared && !turn.same,
};

const judged = (turn, check, is) => {
  const failed = check === "跑通" ? turn.error !== "" : check in turn.failed;
  const passed = check === "跑通" ? turn.error === "" : turn.passed.includes(check);
  return is === "fail" ? failed : is === "pass" ? passed : failed || passed;
};

const tests = {
  ok: (turn, value) => turn.ok === (value === "1"),
  whole: (turn, value) => Report.wholeCases.get(Report.keyOf(turn)) === (value === "1"),
  case: (turn, value) => turn.case === value,
  change: (turn, value, all) => value in moved && moved[value](turn, all.get("check")),
  check: (turn, value, all) => all.has("change") || judged(turn, value, all.get("is")),
  score: (turn, value) => within(turn.score, value),
  "case-score": (turn, value) => within(turn.case_score, value),
  ms: (turn, value) => within(turn.ms, value),
  expected: (turn, value) => turn.expected === value,
  heard: (turn, value) => turn.expected !== "" && turn.heard === value,
  wants: (turn) => turn.rank !== null,
  found: (turn, value) => turn.rank !== null && turn.rank > 0 && turn.rank <= Number(value),
  missed: (turn, value) => turn.rank !== null && (turn.rank === 0 || turn.rank > Number(value)),
  flaky: (turn, value) => turn.flaky === (value === "1"),
  model: (turn) => turn.calls > 0,
  step: (turn, value) => value in turn.steps,
  q: (turn, value) => value.toLowerCase().split(/\s+/).filter(Boolean).every((word) => Report.textOf(turn).includes(word)),
};

Report.draftText = (draft) => draft.sentences.map(([text]) => text).join("");
/* a number in a part of the reply stands for the draft of that number */
Report.partsOf = (answer) => answer.parts.map((part) => part.map((one) => (typeof one === "number" ? Report.draftText(answer.drafts[one]) : one)).join(""));

const texts = new WeakMap();
Report.textOf = (turn) => {
  if (!texts.has(turn)) {
    const answer = turn.answer;
    const offered = answer.offer ? answer.offer.applied.map(([place]) => Report.data.shared[place].join(" ")) : [];
    const whole = [
      turn.case, turn.title, turn.guide, ...Object.values(turn.tags), ...turn.asked, ...turn.expect.flat(), ...Report.partsOf(answer),
      ...answer.need.flat(), ...offered, ...Object.entries(turn.failed).flat(),
    ];
    texts.set(turn, whole.join("\n").toLowerCase());
  }
  return texts.get(turn);
};

Report.select = (filters) => {
  const all = new URLSearchParams(filters);
  const chosen = Report.turns.filter((turn) =>
    [...all].every(([key, value]) => {
      if (key.startsWith("tag.")) return turn.tags[key.slice(4)] === value;
      return key in tests ? tests[key](turn, value, all) : true;
    }),
  );
  const sort = all.get("sort");
  const step = all.get("step");
  if (sort === "slow") chosen.sort((one, other) => (step ? other.steps[step] - one.steps[step] : other.ms - one.ms));
  if (sort === "score") chosen.sort((one, other) => one.score - other.score);
  return chosen;
};

/* what a filter says, in words */
Report.words = (key, value, all) => {
  const share = (range) => {
    const [low, high] = range.split("..").map(Number);
    return low >= 1 ? "全对" : `${Math.round(low * 100)} 到不满 ${Math.round(high * 100)} 分`;
  };
  if (key.startsWith("tag.")) return `${key.slice(4)}：${value}`;
  switch (key) {
    case "ok": return value === "1" ? "全对的" : "没全对的";
    case "whole": return value === "1" ? "整段全对的" : "整段没全对的";
    case "case": return `对话 ${value}`;
    case "change": return { worse: "变差的", better: "变好的", compared: "可比的", same: "一字不差的", other: "记录有不同的" }[value] ?? value;
    case "check": return all.has("change") ? value : `${value}：${{ fail: "没通过", pass: "通过" }[all.get("is")] ?? "检查到的"}`;
    case "score": return `这一轮得分 ${share(value)}`;
    case "case-score": return `整段得分 ${share(value)}`;
    case "ms": {
      const [low, high] = value.split("..");
      return high === "" || Number(high) >= 1e9 ? `${Report.time(Number(low))}以上` : `${Report.time(Number(low))} 到 ${Report.time(Number(high))}`;
    }
    case "expected": return `应为「${value}」`;
    case "heard": return `听成「${value}」`;
    case "wants": return "写明了该用的资料";
    case "found": return `前 ${value} 条里找到了`;
    case "missed": return `前 ${value} 条里没找到`;
    case "flaky": return "时好时坏的";
    case "model": return "用了模型的";
    case "step": return `有「${Report.stepLabel(value)}」这一步`;
    case "q": return `含「${value}」`;
    default: return "";
  }
};

Report.stepLabel = (step) => Report.data.figures.latency.steps.find((one) => one.step === step)?.label ?? step;
Report.time = (value) => (value >= 1000 ? `${(value / 1000).toFixed(2)} 秒` : value >= 10 ? `${Math.round(value)} 毫秒` : `${value.toFixed(1)} 毫秒`);
Report.percent = (share) => (share === null ? "没检查到" : `${(share * 100).toFixed(1)}%`);
Report.toTurns = (filters) => `#/turns?${new URLSearchParams(filters)}`;
Report.toTurn = (turn, list = "") => `#/turn?${new URLSearchParams({ case: turn.case, n: turn.n, r: turn.r, ...(list ? { list } : {}) })}`;
