"use strict";
/* Draws what stands in each chart's own data; the same numbers are in the table beside it. A click leads to the turns. */
(() => {
  const FONT = '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';
  const COLOR = { main: "#12624f", line: "#dfe5e2", soft: "#5b6764", ink: "#1c2422" };
  const AXIS = { axisLine: { lineStyle: { color: COLOR.line } }, axisTick: { show: false }, splitLine: { lineStyle: { color: "#edf1ef" } }, axisLabel: { color: COLOR.soft, fontSize: 12, hideOverlap: true } };
  const percent = (share) => (share === null ? "数据还不够" : `${Math.round(share * 100)}%`);

  /* a tooltip made of elements: no markup, hence no way in for what somebody wrote */
  const tip = (title, ...lines) => {
    const box = document.createElement("div");
    for (const [place, text] of [title, ...lines].entries()) {
      const line = document.createElement(place ? "div" : "strong");
      line.textContent = text;
      box.append(line);
    }
    return box;
  };
  const base = { animation: false, aria: { enabled: false }, textStyle: { fontFamily: FONT, color: COLOR.ink } };
  const tooltip = (formatter, trigger) => ({ trigger, confine: true, borderColor: COLOR.line, textStyle: { fontSize: 13, color: COLOR.ink }, formatter });

  const SAID = ["#6fb39d", "#b5d8cb", "#d9b08c"];
  const trend = (data) => ({
    ...base,
    grid: { left: 48, right: 48, top: 34, bottom: 28 },
    legend: { top: 0, right: 0, itemWidth: 14, itemHeight: 8, textStyle: { color: COLOR.soft, fontSize: 12 }, data: [...data.said.map((one) => one.name), data.name] },
    tooltip: tooltip((marks) => {
      const place = marks[0].dataIndex;
      return tip(data.labels[place], `${data.name} ${percent(data.shares[place])}`, ...data.said.map((one) => `${one.name} ${one.values[place]} ${data.unit}`));
    }, "axis"),
    xAxis: { type: "category", data: data.labels, ...AXIS },
    yAxis: [
      { type: "value", min: 0, max: 1, ...AXIS, splitLine: { show: false }, axisLabel: { ...AXIS.axisLabel, formatter: percent } },
      { type: "value", minInterval: 1, ...AXIS },
    ],
    series: [
      ...data.said.map((one, place) => ({ type: "bar", stack: "said", name: one.name, yAxisIndex: 1, data: one.values, itemStyle: { color: SAID[place] }, barMaxWidth: 34 })),
      { type: "line", name: data.name, data: data.shares, connectNulls: false, symbolSize: 7, lineStyle: { width: 2.5, color: COLOR.main }, itemStyle: { color: COLOR.main }, z: 4 },
    ],
  });

  const bars = (data) => ({
    ...base,
    grid: { left: 104, right: 56, top: 6, bottom: 6 },
    tooltip: tooltip((mark) => tip(data.labels[mark.dataIndex], `${data.values[mark.dataIndex]} ${data.unit}`), "item"),
    xAxis: { type: "value", show: false, minInterval: 1 },
    yAxis: { type: "category", inverse: true, data: data.labels, ...AXIS, axisLabel: { ...AXIS.axisLabel, color: COLOR.ink, fontSize: 13 } },
    series: [{ type: "bar", data: data.values, barMaxWidth: 24, itemStyle: { color: COLOR.main, borderRadius: [0, 3, 3, 0] }, label: { show: true, position: "right", color: COLOR.ink } }],
  });

  const KINDS = { trend, bars };
  for (const element of document.querySelectorAll("[data-chart]")) {
    const data = JSON.parse(element.dataset.chart);
    if (!data.labels.length) continue;
    element.classList.add("drawn");
    const chart = echarts.init(element, null, { renderer: "svg" });
    chart.setOption(KINDS[data.kind](data));
    chart.on("click", (mark) => {
      const href = data.links[mark.dataIndex];
      if (href) window.location.assign(href);
    });
    window.addEventListener("resize", () => chart.resize());
  }
})();
