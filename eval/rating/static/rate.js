(() => {
  const sheet = document.body.dataset.sheet;
  const store = `daogou-rating-${sheet}`;
  const sections = [...document.querySelectorAll("section")];
  const rater = document.getElementById("rater");
  const save = document.getElementById("save");
  const kept = () => { try { return JSON.parse(localStorage.getItem(store)) || {}; } catch { return {}; } };

  const read = () => {
    const ratings = {};
    for (const section of sections) {
      const picked = section.querySelector("input[type=radio]:checked");
      if (!picked) continue;
      const why = [...section.querySelectorAll("input[type=checkbox]:checked")].map((box) => box.value);
      ratings[section.id] = { better: picked.value, why };
    }
    return { sheet, rater: rater.value.trim(), ratings };
  };

  const show = () => {
    const now = read();
    const done = Object.keys(now.ratings).length;
    document.getElementById("done").textContent = `评了 ${done} / ${sections.length} 题`;
    for (const section of sections) section.classList.toggle("rated", section.id in now.ratings);
    save.href = `data:application/json;charset=utf-8,${encodeURIComponent(JSON.stringify(now, null, 1))}`;
    save.download = `评分-${now.rater || "未署名"}-${sheet}.json`;
    try { localStorage.setItem(store, JSON.stringify(now)); } catch { /* a browser that keeps nothing: the file still can be saved */ }
  };

  const before = kept();
  rater.value = before.rater || "";
  for (const [id, one] of Object.entries(before.ratings || {})) {
    const section = document.getElementById(id);
    if (!section) continue;
    for (const radio of section.querySelectorAll("input[type=radio]")) radio.checked = radio.value === one.better;
    for (const box of section.querySelectorAll("input[type=checkbox]")) box.checked = one.why.includes(box.value);
  }
  document.addEventListener("change", show);
  show();
})();
