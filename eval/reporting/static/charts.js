"use strict";
/* The plots: drawn as SVG, so that they print sharp; a click on a mark leads to its turns. */
(() => {
  const figures = Report.data.figures;
  const FONT = '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';
  const COLOR = { now: "#12624f", light: "#b5d8cb", before: "#8a9692", bad: "#a3271e", line: "#dfe5e2", soft: "#5b6764", other: "#b7791f", third: "#3c6ea8" };
  const AXIS = { axisLine: { lineStyle: { color: COLOR.line } }, axisTick: { show: false }, splitLine: { lineStyle: { color: "#edf1ef" } }, axisLabel: { color: COLOR.soft, fontSize: 12 } };

  /* a tooltip made of elements: no markup, hence no way in for what somebody wrote */
  const tip = (title, ...lines) => Report.make("div", { class: "tip" }, Report.make("strong", {}, title), lines.filter(Boolean).map((line) => Report.make("div", {}, line)));
  const base = (option) => ({
    animation: false,
    textStyle: { fontFamily: FONT, color: "#1c2422" },
    aria: { enabled: false },
    tooltip: { trigger: "item", confine: true, borderColor: COLOR.line, textStyle: { fontSize: 13, color: "#1c2422" } },
    ...option,
  });
  const legend = (data) => ({ data, top: 0, right: 0, itemWidth: 14, itemHeight: 8, textStyle: { color: COLOR.soft, fontSize: 12 } });
  const whole = { min: 0, max: 1, type: "value", ...AXIS, axisLabel: { ...AXIS.axisLabel, formatter: (value) => `${Math.round(value * 100)}%` } };

  /* shares with their intervals: a point, a line from low to high, and a hollow point for the earlier run */
  const slice = (element) => {
    const tag = element.dataset.tag;
    const lines = figures.slices.filter((one) => one.tag === tag && one.now.judged);
    const names = lines.map((one) => `${one.value}（${one.now.judged}）`);
    const hints = (one) => tip(one.value, `${one.now.passed} / ${one.now.judged} 轮全对，${Report.percent(one.now.share)}`, `95% 区间 ${Report.percent(one.now.low)}–${Report.percent(one.now.high)}`,
      one.before && `上次 ${one.before.passed} / ${one.before.judged}，${Report.percent(one.before.share)}`, one.worse > 0 && `变差 ${one.worse} 轮`, one.better > 0 && `变好 ${one.better} 轮`);
    const series = [
      { type: "bar", stack: "interval", silent: true, itemStyle: { color: "transparent" }, data: lines.map((one) => one.now.low), barWidth: 6 },
      { type: "bar", name: "95% 区间", stack: "interval", data: lines.map((one) => one.now.high - one.now.low), barWidth: 6, itemStyle: { color: COLOR.light, borderRadius: 3 } },
      { type: "scatter", name: "通过率", symbolSize: 11, itemStyle: { color: COLOR.now }, data: lines.map((one, place) => [one.now.share, place]), z: 4 },
    ];
    if (figures.before_run) {
      series.push({ type: "scatter", name: "上次", symbolSize: 9, itemStyle: { color: "#fff", borderColor: COLOR.before, borderWidth: 1.5 }, z: 3,
        data: lines.map((one, place) => [one.before ? one.before.share : null, place]) });
    }
    return {
      height: lines.length * 30 + 40,
      option: base({
        grid: { left: 132, right: 18, top: 6, bottom: 26 },
        tooltip: { ...base({}).tooltip, formatter: (mark) => hints(lines[mark.dataIndex]) },
        xAxis: whole,
        yAxis: { type: "category", inverse: true, data: names, triggerEvent: true, ...AXIS, splitLine: { show: false }, axisLabel: { ...AXIS.axisLabel, color: "#1c2422", width: 122, overflow: "truncate" } },
        series,
      }),
      go: (mark) => {
        const place = mark.componentType === "yAxis" ? names.indexOf(mark.value) : mark.dataIndex;
        const one = lines[place];
        return one && { [`tag.${tag}`]: one.value, ...(one.worse ? { change: "worse" } : one.now.passed < one.now.judged ? { ok: 0 } : {}) };
      },
    };
  };

  const bars = (lines, old, name, words, filter, unit) => () => ({
    option: base({
      grid: { left: 44, right: 10, top: 28, bottom: 44 },
      legend: old.length ? legend(["这次", "上次"]) : undefined,
      tooltip: { ...base({}).tooltip, formatter: (mark) => tip(words(lines[mark.dataIndex]), `这次 ${lines[mark.dataIndex].count} ${unit}`, old.length && `上次 ${old[mark.dataIndex].count} ${unit}`) },
      xAxis: { type: "category", data: lines.map(words), name, nameLocation: "middle", nameGap: 26, nameTextStyle: { color: COLOR.soft }, ...AXIS, axisLabel: { ...AXIS.axisLabel, hideOverlap: true } },
      yAxis: { type: "value", name: unit, nameTextStyle: { color: COLOR.soft }, minInterval: 1, ...AXIS },
      series: [
        { type: "bar", name: "这次", data: lines.map((one) => one.count || null), itemStyle: { color: COLOR.now, borderRadius: [3, 3, 0, 0] }, barMaxWidth: 34, barMinHeight: 2, label: { show: lines.length < 9, position: "top", color: COLOR.soft, formatter: (mark) => (mark.value ? String(mark.value) : "") } },
        ...(old.length ? [{ type: "bar", name: "上次", data: old.map((one) => one.count || null), itemStyle: { color: "#c9d1ce", borderRadius: [3, 3, 0, 0] }, barMaxWidth: 34 }] : []),
      ],
    }),
    go: (mark) => filter(lines[mark.dataIndex]),
  });
  const score = (one) => (one.low >= 1 ? "全对" : one.low === 0 ? `不满${Math.round(one.high * 100)}` : `${Math.round(one.low * 100)}–${Math.round(one.high * 100)}`);
  const spell = (one) => (one.high >= 1e9 ? `${one.low}+` : String(one.low));

  const steps = () => {
    const lines = figures.latency.steps;
    return {
      height: lines.length * 34 + 60,
      option: base({
        grid: { left: 112, right: 56, top: 26, bottom: 24 },
        legend: legend(["一半在", "95% 在"]),
        tooltip: { ...base({}).tooltip, formatter: (mark) => tip(lines[mark.dataIndex].label, `${lines[mark.dataIndex].turns} 轮`, `一半在 ${Report.time(lines[mark.dataIndex].p50)}以内`, `95% 在 ${Report.time(lines[mark.dataIndex].p95)}以内`) },
        xAxis: { type: "value", ...AXIS, axisLabel: { ...AXIS.axisLabel, formatter: (value) => (value >= 1000 ? `${value / 1000} 秒` : `${value} 毫秒`), hideOverlap: true } },
        yAxis: { type: "category", inverse: true, data: lines.map((one) => one.label), ...AXIS, axisLabel: { ...AXIS.axisLabel, color: "#1c2422" } },
        series: [
          { type: "bar", name: "一半在", data: lines.map((one) => one.p50), itemStyle: { color: COLOR.now, borderRadius: 2 }, barWidth: 8, barGap: "20%" },
          { type: "bar", name: "95% 在", data: lines.map((one) => one.p95), itemStyle: { color: COLOR.light, borderRadius: 2 }, barWidth: 8, label: { show: true, position: "right", color: COLOR.soft, formatter: (mark) => Report.time(mark.value) } },
        ],
      }),
      go: (mark) => ({ step: lines[mark.dataIndex].step, sort: "slow" }),
    };
  };

  const retrieval = () => {
    const now = figures.retrieval.depths;
    const before = figures.before_retrieval && figures.before_retrieval.turns ? figures.before_retrieval.depths : null;
    const kinds = [["召回", "recall", COLOR.now], ["nDCG", "ndcg", COLOR.other], ["MRR", "mrr", COLOR.third]];
    const values = now.concat(before ?? []).flatMap((one) => [one.recall, one.ndcg, one.mrr]);
    const floor = Math.max(0, Math.floor((Math.min(...values) - 0.05) * 10) / 10);
    const line = (name, key, color, depths, old) => ({
      type: "line", name: old ? `${name}（上次）` : name, data: depths.map((one) => one[key]), symbol: old ? "emptyCircle" : "circle", symbolSize: 7,
      lineStyle: { color, width: 2, type: old ? "dashed" : "solid", opacity: old ? 0.55 : 1 }, itemStyle: { color, opacity: old ? 0.6 : 1 },
    });
    return {
      option: base({
        grid: { left: 48, right: 16, top: before ? 52 : 30, bottom: 44 },
        legend: { ...legend(kinds.flatMap(([name]) => (before ? [name, `${name}（上次）`] : [name]))), left: 0 },
        tooltip: { ...base({}).tooltip, formatter: (mark) => tip(`前 ${now[mark.dataIndex].k} 条`, `${mark.seriesName} ${mark.value.toFixed(3)}`, `${now[mark.dataIndex].found} / ${figures.retrieval.turns} 轮找到了`) },
        xAxis: { type: "category", data: now.map((one) => one.k), name: "只看前 k 条", nameLocation: "middle", nameGap: 26, nameTextStyle: { color: COLOR.soft }, ...AXIS },
        yAxis: { type: "value", min: floor, max: 1, ...AXIS, axisLabel: { ...AXIS.axisLabel, formatter: (value) => value.toFixed(1) } },
        series: kinds.flatMap(([name, key, color]) => [line(name, key, color, now, false), ...(before ? [line(name, key, color, before, true)] : [])]),
      }),
      go: (mark) => ({ missed: now[mark.dataIndex].k }),
    };
  };

  const drawn = [];
  const kinds = {
    slice,
    "turn-scores": bars(figures.turn_scores, figures.before_turn_scores, "得分", score, (one) => ({ score: `${one.low}..${one.high}` }), "轮"),
    "case-scores": bars(figures.case_scores, figures.before_case_scores, "得分", score, (one) => ({ "case-score": `${one.low}..${one.high}` }), "段"),
    latency: bars(figures.latency.bars, [], "毫秒", spell, (one) => ({ ms: `${one.low}..${one.high}`, sort: "slow" }), "轮"),
    steps,
    retrieval,
  };

  Report.drawCharts = () => {
    if (drawn.length) return;
    for (const element of document.querySelectorAll("[data-chart]")) {
      const { option, go, height } = kinds[element.dataset.chart](element);
      if (height) element.style.height = `${height}px`;
      const narrow = element.clientWidth < 420;
      if (narrow && element.dataset.chart === "slice") {
        option.grid.left = 108;
        option.yAxis.axisLabel.width = 100;
      }
      const chart = echarts.init(element, null, { renderer: "svg", width: element.clientWidth, height: height ?? element.clientHeight });
      chart.setOption(option);
      chart.on("click", (mark) => {
        const filters = go(mark);
        if (filters) location.hash = Report.toTurns(filters);
      });
      const svg = element.querySelector("svg");
      /* so that a page of another width (paper) scales it whole */
      svg.setAttribute("viewBox", `0 0 ${chart.getWidth()} ${chart.getHeight()}`);
      drawn.push({ chart, element, height });
    }
  };

  addEventListener("resize", () => {
    for (const { chart, element, height } of drawn) {
      if (!element.clientWidth) continue;
      chart.resize({ width: element.clientWidth, height: height ?? chart.getHeight() });
      element.querySelector("svg").setAttribute("viewBox", `0 0 ${chart.getWidth()} ${chart.getHeight()}`);
    }
  });
})();
