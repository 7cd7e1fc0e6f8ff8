"use strict";

const POLL_MS = 500;
const GAP_MS = 5 * 60 * 1000;
const UNSETTLED = new Set(["sending", "held"]);
const LOG_SHOWN = 200;

const $ = (id) => document.getElementById(id);
const clock = new Intl.DateTimeFormat("zh-CN", { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit", hour12: false });
const seconds = new Intl.DateTimeFormat("zh-CN", { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
const day = new Intl.DateTimeFormat("zh-CN", { timeZone: "Asia/Shanghai", month: "long", day: "numeric" });

const state = {
  about: null,
  guides: [],
  userid: "",
  generation: 0,
  messages: new Map(),
  read: new Map(),
  entered: new Set(),
  logAfter: 0,
  lines: [],
  drafts: new Map(),
};

/* Every text on this page goes through here: never as HTML. */
function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

async function call(path, options = {}) {
  const response = await fetch(path, options);
  if (!response.ok) throw new Error(`${path}: HTTP ${response.status}`);
  return response.json();
}

function post(path, body) {
  return call(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body ?? {}) });
}

function faceOf(guide) {
  const number = state.guides.findIndex((one) => one.userid === guide.userid);
  return element("span", `avatar tone-${number % 5}`, guide.name.slice(-2));
}

function currentGuide() {
  return state.guides.find((guide) => guide.userid === state.userid);
}

/* ---- guides ---- */

function showGuides() {
  const list = $("guides");
  list.replaceChildren(...state.guides.map((guide) => {
    const button = element("button", "guide");
    button.type = "button";
    button.dataset.userid = guide.userid;
    button.setAttribute("aria-current", String(guide.userid === state.userid));
    const face = element("span", "face");
    face.append(faceOf(guide));
    const unread = guide.received - (state.read.get(guide.userid) ?? 0);
    if (unread > 0 && guide.userid !== state.userid) face.append(element("span", "unread", unread > 99 ? "99+" : String(unread)));
    const lines = element("span", "lines");
    const first = element("span", "first");
    first.append(element("b", "", guide.name));
    if (guide.last_at) first.append(element("time", "", clock.format(new Date(guide.last_at))));
    lines.append(first, element("span", "store", guide.store));
    if (guide.last_text) lines.append(element("span", "last", guide.last_text));
    button.append(face, lines);
    button.addEventListener("click", () => choose(guide.userid, true));
    const item = element("li");
    item.append(button);
    return item;
  }));
}

async function refreshGuides() {
  const guides = await call("/simulator/guides");
  const changed = JSON.stringify(guides) !== JSON.stringify(state.guides);
  state.guides = guides;
  const current = currentGuide();
  if (current) state.read.set(current.userid, current.received);
  if (!changed) return;
  const focused = document.activeElement?.dataset?.userid;
  showGuides();
  if (focused) document.querySelector(`.guide[data-userid="${CSS.escape(focused)}"]`)?.focus();
}

function choose(userid, byClick) {
  if (state.userid) state.drafts.set(state.userid, $("text").value);
  state.userid = userid;
  state.messages.clear();
  const guide = currentGuide();
  state.read.set(userid, guide.received);
  $("who").textContent = `${guide.name} · ${guide.store}`;
  $("messages").replaceChildren();
  $("text").value = state.drafts.get(userid) ?? "";
  fitInput();
  showGuides();
  showSamples();
  if (byClick) {
    document.body.dataset.view = "chat";
    $("text").focus({ preventScroll: true });
  }
  enter(userid);
  showMessages(true);
  refreshMessages().catch(offline);
}

/* Opening the app's chat fires enter_agent, once for each guide in this window. */
function enter(userid) {
  if (state.entered.has(userid)) return;
  state.entered.add(userid);
  post(`/simulator/guides/${encodeURIComponent(userid)}/messages`, { kind: "enter_agent", wait: false }).catch(offline);
}

/* ---- chat ---- */

function showSamples() {
  const mine = state.about.samples.filter((sample) => sample.userid === state.userid);
  $("samples").replaceChildren(...mine.map((sample) => {
    const chip = element("button", "sample", sample.text.replaceAll("\n", " "));
    chip.type = "button";
    chip.title = sample.text;
    chip.addEventListener("click", () => send("text", sample.text));
    return chip;
  }));
}

const LINK = /<a\s[^>]*?href=["']([^"']+)["'][^>]*>([\s\S]*?)<\/a>|(https?:\/\/[^\s<>"'，。；、）)]+)/gi;

/* WeCom shows <a href> and bare addresses as links; anything else stays plain text. */
function fillWithLinks(bubble, text) {
  let from = 0;
  for (const found of text.matchAll(LINK)) {
    const address = found[1] ?? found[3];
    if (!/^https?:\/\//i.test(address)) continue;
    bubble.append(text.slice(from, found.index));
    const link = element("a", "", found[2] ?? address);
    link.href = address;
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    bubble.append(link);
    from = found.index + found[0].length;
  }
  bubble.append(text.slice(from));
}

async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = element("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  button.textContent = "已复制";
  button.classList.add("done");
  setTimeout(() => { button.textContent = "复制"; button.classList.remove("done"); }, 1500);
}

function messageItem(message) {
  const mine = message.direction === "to_app";
  const item = element("li", mine ? "message mine" : "message");
  item.dataset.seq = message.seq;
  item.dataset.as = message.delivery;
  const face = mine ? faceOf(currentGuide()) : element("span", "avatar app", "导");
  face.setAttribute("aria-hidden", "true");
  const body = element("div", "body");
  const bubble = element("div", message.kind === "text" || message.kind === "markdown" ? "bubble" : "bubble media");
  if (mine) bubble.textContent = message.text;
  else fillWithLinks(bubble, message.text);
  body.append(bubble);
  if (message.truncated) body.append(element("div", "cut", `原文 ${message.original_bytes} 字节，超过 2048 字节的部分被企业微信截断`));
  const under = element("div", "under");
  const at = new Date(message.at);
  const time = element("time", "", clock.format(at));
  time.dateTime = message.at;
  if (mine) {
    const failed = message.delivery === "failed" || message.delivery === "lost";
    if (message.delivery) under.append(element("span", failed ? "bad" : "", message.delivery_label));
    under.append(time);
  } else {
    const button = element("button", "copy", "复制");
    button.type = "button";
    button.addEventListener("click", () => copy(message.text, button));
    under.append(time, button);
  }
  body.append(under);
  item.append(face, body);
  return item;
}

function welcome() {
  const item = element("li", "welcome");
  item.append(element("span", "avatar app", "导"), element("p", "", `你好，${currentGuide()?.name ?? ""}`), element("p", "", "把顾客的问题发给导购助手，或点下面的例子试一试"));
  return item;
}

function showMessages(toEnd, firstNew) {
  const list = $("messages");
  const atEnd = toEnd || list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  const items = [];
  let before = 0;
  for (const message of [...state.messages.values()].sort((a, b) => a.seq - b.seq)) {
    const at = new Date(message.at);
    if (at - before > GAP_MS) items.push(element("li", "moment", `${day.format(at)} ${clock.format(at)}`));
    before = at;
    const shown = list.querySelector(`[data-seq="${message.seq}"][data-as="${message.delivery}"]`);
    items.push(shown ?? messageItem(message));
  }
  list.replaceChildren(...(items.length ? items : [welcome()]));
  if (atEnd) scrollToEnd(firstNew);
}

/* To the end, but not past the beginning of what has just arrived: a long reply is read from its top. */
function scrollToEnd(firstNew) {
  const list = $("messages");
  list.scrollTop = list.scrollHeight;
  const fresh = firstNew ? list.querySelector(`[data-seq="${firstNew}"]`) : null;
  if (fresh) list.scrollTop = Math.min(list.scrollTop, fresh.offsetTop - list.offsetTop - 12);
}

/* Ask again from the first message whose delivery is not settled, so that its state can change. */
function askAfter() {
  const all = [...state.messages.values()];
  const open = all.filter((message) => UNSETTLED.has(message.delivery)).map((message) => message.seq - 1);
  return Math.min(...open, Math.max(0, ...all.map((message) => message.seq)));
}

async function refreshMessages() {
  const userid = state.userid;
  const opening = state.messages.size === 0;
  const answer = await call(`/simulator/guides/${encodeURIComponent(userid)}/messages?after=${askAfter()}`);
  if (userid !== state.userid) return;
  if (answer.generation !== state.generation) return startAfresh(answer.generation);
  $("typing").hidden = !answer.waiting;
  let changed = false;
  let firstNew = 0;
  for (const message of answer.messages) {
    const known = state.messages.get(message.seq);
    if (known && known.delivery === message.delivery) continue;
    if (!known && message.direction === "to_guide") firstNew ||= message.seq;
    state.messages.set(message.seq, message);
    changed = true;
  }
  if (changed) showMessages(false, opening ? 0 : firstNew);
}

function startAfresh(generation) {
  state.generation = generation;
  state.messages.clear();
  state.read.clear();
  state.entered.clear();
  state.lines = [];
  state.logAfter = 0;
  $("messages").replaceChildren();
  showMessages(true);
  showLog();
}

async function send(kind, text) {
  const userid = state.userid;
  await post(`/simulator/guides/${encodeURIComponent(userid)}/messages`, { kind, text, wait: false }).catch(offline);
  await refreshMessages().catch(offline);
  scrollToEnd();
}

function fitInput() {
  const input = $("text");
  input.style.height = "auto";
  input.style.height = `${Math.min(input.scrollHeight + 2, 180)}px`;
  $("send").disabled = !input.value.trim();
}

/* ---- panel ---- */

const LOG_KINDS = { callback: "回调", api: "接口", verify: "验证" };
const MESSAGE_KINDS = { text: "文本消息", image: "图片消息", voice: "语音消息", video: "视频消息", location: "位置消息", link: "链接消息", enter_agent: "进入应用事件", unknown: "未知类型消息" };

function logItem(line) {
  const item = element("li");
  const head = element("div", "log-line");
  const what = element("span", "what");
  what.append(element("span", `tag ${line.kind}`, LOG_KINDS[line.kind]));
  const guide = state.guides.find((one) => one.userid.toLowerCase() === line.userid.toLowerCase());
  const subject = line.kind === "callback" ? MESSAGE_KINDS[line.subject] ?? line.subject : line.subject;
  const parts = [subject, guide?.name ?? line.userid, line.attempt > 1 ? `第 ${line.attempt} 次` : ""].filter(Boolean);
  what.append(parts.join(" · "));
  head.append(element("time", "", seconds.format(new Date(line.at))), what, element("span", "took", line.milliseconds < 1 ? "不到 1 毫秒" : `${Math.round(line.milliseconds)} 毫秒`));
  const status = line.status && line.kind !== "api" ? `${line.status} ` : "";
  item.append(head, element("div", line.ok ? "log-result" : "log-result bad", status + line.outcome));
  if (line.request) item.title = line.request;
  return item;
}

function showLog() {
  $("log").replaceChildren(...state.lines.slice(-LOG_SHOWN).reverse().map(logItem));
  $("log-empty").hidden = state.lines.length > 0;
}

async function refreshLog() {
  const answer = await call(`/simulator/log?after=${state.logAfter}`);
  if (answer.generation !== state.generation) return;
  if (!answer.lines.length) return;
  state.lines.push(...answer.lines);
  state.logAfter = answer.lines.at(-1).seq;
  showLog();
}

function showArmed(armed) {
  const box = $("armed");
  box.hidden = armed.length === 0;
  const clear = element("button", "", "全部撤销");
  clear.type = "button";
  clear.addEventListener("click", () => call("/simulator/faults", { method: "DELETE" }).then(showArmed).catch(offline));
  const marks = armed.map((fault) => element("span", "", fault.left === null ? fault.label : `${fault.label.replace(/ ×\d+$/, "")} · 还有 ${fault.left} 次`));
  box.replaceChildren(element("b", "", "待发生"), ...marks, clear);
}

function showSwitches(switches) {
  const groups = [...new Set(switches.map((one) => one.group))];
  $("switches").replaceChildren(...groups.map((name) => {
    const group = element("div", "group");
    const buttons = element("div", "buttons");
    buttons.append(...switches.filter((one) => one.group === name).map((one) => {
      const button = element("button", "switch", one.label);
      button.type = "button";
      button.addEventListener("click", () => post(`/simulator/faults/switches/${one.id}`).then(showArmed).catch(offline));
      return button;
    }));
    group.append(element("div", "group-name", name === "接口" ? "接口：应用调用企业微信时" : "回调：企业微信送消息给应用时"), buttons);
    return group;
  }));
}

async function refreshPanel() {
  if ($("panel").hidden) return;
  await refreshLog();
  showArmed((await call("/simulator/faults")).armed);
}

function openPanel(open) {
  $("panel").hidden = !open;
  $("panel-toggle").setAttribute("aria-expanded", String(open));
  if (open) refreshPanel().catch(offline);
}

/* ---- running ---- */

function offline() {
  $("offline").hidden = false;
}

async function poll() {
  try {
    await Promise.all([refreshGuides(), refreshMessages(), refreshPanel()]);
    $("offline").hidden = true;
  } catch {
    offline();
  }
  setTimeout(poll, document.hidden ? POLL_MS * 4 : POLL_MS);
}

function wire() {
  $("form").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = $("text").value.trim();
    if (!text) return;
    $("text").value = "";
    fitInput();
    send("text", text);
  });
  $("text").addEventListener("input", fitInput);
  $("text").addEventListener("keydown", (event) => {
    /* While an input method is composing, Enter chooses a word. */
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    $("form").requestSubmit();
  });
  for (const button of document.querySelectorAll("[data-kind]")) button.addEventListener("click", () => send(button.dataset.kind, ""));
  $("back").addEventListener("click", () => { document.body.dataset.view = "guides"; });
  $("panel-toggle").addEventListener("click", () => openPanel($("panel").hidden));
  $("panel-close").addEventListener("click", () => openPanel(false));
  $("verify").addEventListener("click", () => post("/simulator/verify").then(refreshLog).catch(offline));
  $("enter").addEventListener("click", () => post(`/simulator/guides/${encodeURIComponent(state.userid)}/messages`, { kind: "enter_agent", wait: false }).catch(offline));
  $("reset").addEventListener("click", () => post("/simulator/reset").then((answer) => startAfresh(answer.generation)).catch(offline));
  $("strict").addEventListener("change", () => post("/simulator/settings", { strict: $("strict").checked }).catch(offline));
}

async function start() {
  try {
    state.about = await call("/simulator/about");
    state.guides = await call("/simulator/guides");
    showSwitches((await call("/simulator/faults")).switches);
  } catch {
    offline();
    setTimeout(start, POLL_MS * 2);
    return;
  }
  $("app-name").textContent = state.about.app_name;
  $("callback").textContent = state.about.callback_url;
  $("strict").checked = state.about.strict;
  if (state.about.console_url) {
    $("console").href = state.about.console_url;
    $("console").hidden = false;
  }
  state.generation = state.about.generation;
  for (const guide of state.guides) state.read.set(guide.userid, guide.received);
  wire();
  const asked = new URLSearchParams(location.search).get("guide");
  const first = state.guides.find((guide) => guide.userid === asked) ?? state.guides[0];
  if (first) choose(first.userid, false);
  poll();
}

start();
