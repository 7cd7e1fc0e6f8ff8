// The queue of suggested scripts by keyboard. Everything it does is a link or a form of the page, which work without it.
const items = [...document.querySelectorAll("[data-queue] [data-item]")];
const help = document.querySelector(".script-help");
const live = document.querySelector("[data-live]");
let current = -1;

function say(words) {
  if (live) live.textContent = words;
}

function go(to) {
  if (!items.length) return;
  current = Math.max(0, Math.min(items.length - 1, to));
  for (const [place, item] of items.entries()) item.toggleAttribute("data-current", place === current);
  items[current].focus({ preventScroll: true });
  items[current].scrollIntoView({ block: "nearest" });
  say(`第 ${current + 1} 条，共 ${items.length} 条`);
}

function inside(selector) {
  if (current < 0) go(0);
  return items[current]?.querySelector(selector);
}

const keys = {
  j: () => go(current + 1),
  ArrowDown: () => go(current + 1),
  k: () => go(current - 1),
  ArrowUp: () => go(current - 1),
  a() {
    const form = inside("[data-approve]");
    if (form) form.requestSubmit();
    else say("这一条不能由您通过");
  },
  r() {
    const reason = inside("[data-refuse] [name=note]");
    if (reason) {
      reason.focus();
      say("写一句退回的原因，回车提交");
    } else say("这一条不能由您退回");
  },
  e() {
    const link = inside("[data-edit]");
    if (link) link.click();
    else say("这一条不能由您修改");
  },
  Enter: () => inside("[data-open]")?.click(),
  "?": () => help?.showModal(),
};

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (typing) {
    if (event.key === "Escape" && current >= 0) items[current].focus();
    return;
  }
  // a link or a button that has the focus keeps its own keys, and so does an open dialog
  const own = event.target.closest("a, button, summary");
  if (event.ctrlKey || event.metaKey || event.altKey || help?.open) return;
  if (own && (event.key === "Enter" || event.key.startsWith("Arrow"))) return;
  const act = keys[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

for (const [place, item] of items.entries()) {
  item.addEventListener("focusin", () => {
    current = place;
    for (const [number, other] of items.entries()) other.toggleAttribute("data-current", number === place);
  });
}
