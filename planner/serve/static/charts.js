// Draws the charts whose figures stand in the page, in the colours of its style sheet.
"use strict";

(() => {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  let printing = false;

  const theme = () => {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(`--${name}`).trim();
    return {
      text: colour("text"), faint: colour("muted"), rule: colour("line"), ground: colour("ground"), alarm: colour("alarm"),
      cold: colour("cold"), palette: [0, 1, 2, 3, 4, 5].map((place) => colour(`series-${place}`)),
    };
  };

  // Digits are grouped as the page's own figures are: 12,34,567 where the currency is the rupee.
  const told = (spec) => (value, decimals = spec.decimals) => {
    if (value === null || value === undefined || Number.isNaN(value)) return "–";
    if (spec.unit === "share") return `${Math.round(value * 1000) / 10} %`;
    return new Intl.NumberFormat(spec.indian ? "en-IN" : "en-GB", { maximumFractionDigits: decimals }).format(value);
  };

  const unit = (spec) => (spec.unit && spec.unit !== "share" ? ` ${spec.unit}` : "");

  const base = (look) => ({
    animation: !still.matches && !printing, animationDuration: 350, backgroundColor: "transparent",
    color: look.palette, textStyle: { fontFamily: "system-ui, sans-serif", color: look.text },
    aria: { enabled: false },
    tooltip: {
      renderMode: "richText", confine: true, backgroundColor: look.ground, borderColor: look.rule,
      textStyle: { color: look.text, fontSize: 12 },
    },
  });

  // A line's sample shows whether it is solid, dashed or dotted; ECharts's own has a dot that hides it.
  const samples = {
    solid: "path://M0 4h22v2H0z", dashed: "path://M0 4h6v2H0zM8 4h6v2H8zM16 4h6v2h-6z",
    dotted: "path://M0 4h3v2H0zM6 4h3v2H6zM12 4h3v2h-3zM18 4h3v2h-3z",
  };
  const legend = (look, series = []) => ({
    type: "scroll", bottom: 0, itemWidth: 22, itemHeight: 11, textStyle: { color: look.text },
    pageIconColor: look.text, pageTextStyle: { color: look.faint },
    ...(series.length ? { data: series.map((one) => ({ name: one.name, icon: samples[one.areaStyle ? "" : one.lineStyle?.type] ?? "roundRect" })) } : {}),
  });

  const categories = (spec, look, extra = {}) => ({
    type: "category", data: spec.x, axisLine: { lineStyle: { color: look.rule } }, axisTick: { show: false },
    axisLabel: { color: look.faint, hideOverlap: true }, ...extra,
  });

  const amounts = (spec, look, extra = {}) => ({
    type: "value", splitLine: { lineStyle: { color: look.rule, opacity: 0.6 } },
    axisLabel: { color: look.faint, formatter: (value) => told(spec)(value, 2) }, ...extra,
  });

  // A country has one colour on a page, in whatever chart it stands.
  const countries = new Map();
  const ofCountry = (name, look) => {
    if (name === "other") return look.palette[5];
    if (!countries.has(name)) countries.set(name, countries.size);
    return look.palette[countries.get(name) % 5];
  };

  // The next figure that reads well on an axis.
  const round = (value) => {
    const step = 10 ** Math.floor(Math.log10(value));
    return Math.ceil(value / step * 2) / 2 * step;
  };

  // Months stand level, as many as there is room for: the eye fills in the others. Names are all there, aslant if many.
  const months = /^\d{4}-\d{2}$/;
  const alongLabels = (spec, look, area) => {
    const time = area || spec.x.every((x) => months.test(x));
    const aslant = !time && spec.x.length > 8 && spec.x.some((x) => x.length > 7);
    return { color: look.faint, rotate: aslant ? 35 : 0, hideOverlap: time, interval: time ? "auto" : 0 };
  };

  const along = (spec, look, area) => {
    let stacked = -1;
    let lines = -1;
    const series = spec.series.map((one) => {
      if (one.line) {
        lines += 1;
        return {
          name: one.name, type: "line", data: one.values, symbol: "none", z: 5,
          lineStyle: { width: 2, type: ["solid", "dashed", "dotted"][lines % 3], color: look.text }, itemStyle: { color: look.text },
        };
      }
      stacked += 1;
      const colour = spec.by_country ? ofCountry(one.name, look) : look.palette[stacked % 6];
      const fade = stacked >= 6 ? 0.55 : 1;
      return area
        ? { name: one.name, type: "line", stack: "all", data: one.values, symbol: "none", lineStyle: { width: 0.5, color: colour },
            areaStyle: { color: colour, opacity: 0.85 * fade }, itemStyle: { color: colour }, emphasis: { focus: "series" } }
        : { name: one.name, type: "bar", stack: "all", data: one.values, barMaxWidth: 46, itemStyle: { color: colour, opacity: fade },
            emphasis: { focus: "series" } };
    });
    return {
      ...base(look), series, legend: legend(look, series),
      grid: { left: 8, right: area ? 34 : 16, top: 16, bottom: 40, containLabel: true },
      xAxis: categories(spec, look, { boundaryGap: !area, axisLabel: alongLabels(spec, look, area) }),
      yAxis: amounts(spec, look, spec.unit === "share" ? { max: 1 } : spec.most ? { max: round(spec.most) } : {}),
      tooltip: { ...base(look).tooltip, trigger: "axis", valueFormatter: (value) => told(spec)(value) + unit(spec) },
    };
  };

  const bars = (spec, look) => ({
    ...base(look),
    grid: { left: 8, right: 70, top: 4, bottom: 8, containLabel: true },
    xAxis: amounts(spec, look), yAxis: categories(spec, look, { inverse: true, axisLabel: { color: look.text, width: 190, overflow: "break" } }),
    series: spec.series.map((one) => ({
      name: one.name, type: "bar", data: one.values, barMaxWidth: 18, itemStyle: { color: look.palette[0] },
      label: { show: true, position: "right", color: look.text, formatter: (at) => told(spec)(at.value) },
    })),
    tooltip: { ...base(look).tooltip, valueFormatter: (value) => told(spec)(value) + unit(spec) },
  });

  const heat = (spec, look) => {
    const known = spec.series.flatMap((one) => one.values).filter((value) => value !== null);
    const most = spec.largest ?? Math.max(...known, 1e-9);
    // Figures on a strong ground are in the page's colour, on a faint one in that of text.
    const cells = spec.series.flatMap((one, y) => one.values.map((value, x) => ({
      value: [x, y, value ?? "-"], label: { color: value !== null && (spec.few_alarm ? value < 0.5 * most : value > 0.5 * most) ? look.ground : look.text },
    })));
    return {
      ...base(look),
      grid: { left: 8, right: 16, top: 4, bottom: 44, containLabel: true },
      xAxis: categories(spec, look, { splitArea: { show: false } }),
      yAxis: { ...categories(spec, look, { inverse: true, axisLabel: { color: look.text } }), data: spec.series.map((one) => one.name) },
      visualMap: {
        min: 0, max: most, orient: "horizontal", left: "center", bottom: 0, itemHeight: 140, itemWidth: 10,
        calculable: false, textStyle: { color: look.faint }, inRange: { color: spec.few_alarm ? [look.alarm, look.cold] : [look.cold, /^(shortage|regret)/.test(spec.name) ? look.alarm : look.palette[0]] },
        formatter: (value) => told(spec)(value), text: [told(spec)(spec.largest ?? Math.max(...known, 0)), told(spec)(0)],
      },
      series: [{
        type: "heatmap", data: cells, itemStyle: { borderColor: look.ground, borderWidth: 1.5, borderRadius: 2 },
        label: { show: cells.length <= 60, formatter: (at) => told(spec)(at.value[2] === "-" ? null : at.value[2]), fontSize: 11 },
      }],
      tooltip: { ...base(look).tooltip, formatter: (at) => `${spec.series[at.value[1]].name}, ${spec.x[at.value[0]]}: ${told(spec)(at.value[2] === "-" ? null : at.value[2])}${unit(spec)}` },
    };
  };

  const flows = (spec, look) => {
    const names = [...new Set(spec.links.flatMap(([from, to]) => [from, to]))];
    const first = names.filter((name) => name.startsWith("0|"));
    const colour = new Map(first.map((name) => [name, ofCountry(name.slice(2), look)]));
    const largest = new Map();
    for (const [from, to, kg] of spec.links) {
      if (kg > (largest.get(to)?.kg ?? 0)) largest.set(to, { from, kg });
    }
    for (const name of names.sort()) {
      if (!colour.has(name)) colour.set(name, colour.get(largest.get(name)?.from) ?? look.palette[5]);
    }
    const kg = told({ ...spec, decimals: 0 });
    return {
      ...base(look),
      series: [{
        type: "sankey", left: 4, right: Math.min(130, 0.28 * (look.width ?? 900)), top: 8, bottom: 8, nodeWidth: 12, nodeGap: 10, draggable: false, layoutIterations: 48,
        data: names.map((name) => ({ name, depth: Number(name[0]), itemStyle: { color: colour.get(name), borderWidth: 0 } })),
        links: spec.links.map(([source, target, value]) => ({ source, target, value })),
        label: { color: look.text, fontSize: 12, formatter: (at) => at.name.slice(2), width: Math.min(150, 0.26 * (look.width ?? 900)), overflow: "truncate" },
        labelLayout: { hideOverlap: true }, lineStyle: { color: "source", opacity: 0.38, curveness: 0.5 }, emphasis: { focus: "adjacency" },
      }],
      tooltip: { ...base(look).tooltip, formatter: (at) => at.dataType === "edge"
        ? `${at.data.source.slice(2)} → ${at.data.target.slice(2)}: ${kg(at.value)} kg` : `${at.name.slice(2)}: ${kg(at.value)} kg` },
    };
  };

  const bubbles = (spec, look) => {
    const groups = [...new Set(spec.points.map((point) => point[1]))];
    const most = Math.max(...spec.points.map((point) => point[4]), 1);
    return {
      ...base(look), legend: legend(look),
      grid: { left: 8, right: 28, top: 16, bottom: 62, containLabel: true },
      xAxis: amounts(spec, look, { name: `${spec.along} [${spec.unit}]`, nameLocation: "middle", nameGap: 26, nameTextStyle: { color: look.faint }, scale: true }),
      yAxis: categories(spec, look, { axisLabel: { color: look.text }, splitLine: { show: true, lineStyle: { color: look.rule, opacity: 0.4 } } }),
      series: groups.map((group, place) => ({
        name: group, type: "scatter", itemStyle: { color: look.palette[place % 6], opacity: 0.75, borderColor: look.ground, borderWidth: 1 },
        symbolSize: (value) => 8 + 30 * Math.sqrt(value[2] / most),
        data: spec.points.filter((point) => point[1] === group).map(([name, , x, y, size]) => ({ name, value: [x, y, size] })),
      })),
      tooltip: { ...base(look).tooltip, formatter: (at) => `${at.name}, ${spec.x[at.value[1]]}\n${told(spec)(at.value[0])} ${spec.unit}, up to ${told({ ...spec, decimals: 0 })(at.value[2])} kg a period` },
    };
  };

  const dots = (spec, look) => ({
    ...base(look),
    grid: { left: 30, right: Math.min(150, 0.2 * (look.width ?? 900)), top: 14, bottom: 34, containLabel: true },
    xAxis: amounts(spec, look, { name: `${spec.along} [${spec.unit}]`, nameLocation: "middle", nameGap: 28, nameTextStyle: { color: look.faint }, scale: true, splitNumber: (look.width ?? 900) < 500 ? 3 : 5 }),
    yAxis: amounts(spec, look, { name: `${spec.up} [${spec.unit}]`, nameLocation: "middle", nameGap: 46, nameTextStyle: { color: look.faint }, scale: true }),
    series: [{
      type: "scatter", symbolSize: 13, itemStyle: { color: look.palette[0] },
      data: spec.points.map(([name, , x, y]) => ({ name, value: [x, y] })),
      label: { show: true, position: "right", color: look.text, formatter: (at) => at.name, fontSize: 12, width: 140, overflow: "truncate" }, labelLayout: { hideOverlap: true },
    }],
    tooltip: { ...base(look).tooltip, formatter: (at) => `${at.name}\n${spec.along} ${told(spec)(at.value[0])}, ${spec.up} ${told(spec)(at.value[1])}${unit(spec)}` },
  });

  const lines = (spec, look) => {
    const series = spec.series.map((one, place) => ({
      name: one.name, type: "line", data: one.values, symbolSize: 5, connectNulls: false,
      lineStyle: { width: 2, color: look.palette[place % 6], type: ["solid", "dashed", "dotted"][Math.floor(place / 6) % 3] }, itemStyle: { color: look.palette[place % 6] },
    }));
    return {
      ...base(look), series, legend: series.length > 1 ? legend(look, series) : { show: false },
      grid: { left: 8, right: 24, top: 34, bottom: series.length > 1 ? 62 : 34, containLabel: true },
      xAxis: categories(spec, look, { boundaryGap: false, name: spec.along, nameLocation: "middle", nameGap: 26, nameTextStyle: { color: look.faint } }),
      yAxis: amounts(spec, look, { scale: spec.unit !== "share" }),
      tooltip: { ...base(look).tooltip, trigger: "axis", valueFormatter: (value) => told(spec)(value) + unit(spec) },
    };
  };

  const kinds = {
    lines,
    columns: (spec, look) => along(spec, look, false), areas: (spec, look) => along(spec, look, true),
    bars, heat, flows, bubbles, dots,
  };

  const drawn = [];
  const looks = (plot) => ({ ...theme(), width: plot.clientWidth });

  const show = (plot, option) => {
    const chart = echarts.init(plot, null, { renderer: "canvas" });
    const entry = { plot, chart, option };
    chart.setOption(option(looks(plot)));
    drawn.push(entry);
    return entry;
  };

  const specs = [...document.querySelectorAll(".plot:not([data-course])")].map((plot) =>
    [plot, JSON.parse(plot.parentElement.querySelector("script[type='application/json']").textContent)]);

  // Charts of two plans stand side by side: the same height is the same amount.
  const height = (spec) => Math.max(0, ...spec.x.map((_, place) => Math.max(
    spec.series.filter((one) => !one.line).reduce((sum, one) => sum + Math.max(one.values[place] ?? 0, 0), 0),
    ...spec.series.filter((one) => one.line).map((one) => one.values[place] ?? 0))));
  for (const [, spec] of specs) {
    const same = specs.filter(([, other]) => other.name === spec.name && other.unit === spec.unit && other.kind === "columns");
    if (same.length > 1) spec.most = Math.max(...same.map(([, other]) => height(other)));
  }
  for (const [plot, spec] of specs) show(plot, (look) => kinds[spec.kind](spec, look));

  // --- the course of a solve: the incumbent comes down, the bound comes up ---------------------------

  for (const plot of document.querySelectorAll("[data-course]")) {
    let points = [];
    const indian = plot.dataset.indian === "yes";
    const option = (look) => {
      const most = Math.max(...points.map((point) => Math.abs(point.incumbent ?? point.bound ?? 0)), 1);
      const [size, name] = indian ? (most >= 1e7 ? [1e7, "₹ crore"] : most >= 1e5 ? [1e5, "₹ lakh"] : [1, "₹"])
        : most >= 1e6 ? [1e6, `${plot.dataset.currency} million`] : [1, plot.dataset.currency];
      const spec = { unit: name, decimals: 2, indian };
      const line = (label, field, place) => ({
        name: label, type: "line", step: "end", symbol: points.length < 2 ? "circle" : "none", color: look.palette[place], lineStyle: { width: 2 },
        data: points.filter((point) => point[field] !== null).map((point) => [point.seconds, point[field] / size]),
      });
      return {
        ...base(look), animation: false, legend: legend(look),
        grid: { left: 8, right: 8, top: 36, bottom: 40, containLabel: true },
        xAxis: { ...amounts({ ...spec, unit: "s", decimals: 0 }, look), min: 0, axisLabel: { color: look.faint, formatter: "{value} s" } },
        yAxis: [
          amounts(spec, look, { scale: true, name, nameGap: 12, nameTextStyle: { color: look.faint, align: "left" } }),
          { type: "value", min: 0, name: "gap", nameGap: 12, nameTextStyle: { color: look.faint, align: "right" }, splitLine: { show: false },
            axisLabel: { color: look.faint, formatter: (value) => `${Math.round(value * 1e4) / 100} %` } },
        ],
        series: [line("Best plan so far", "incumbent", 0), line("No plan can cost less", "bound", 1), {
          name: "Gap (right)", type: "line", yAxisIndex: 1, symbol: "none", color: look.faint, lineStyle: { width: 1.5, type: "dotted" },
          data: points.filter((point) => point.gap !== null).map((point) => [point.seconds, point.gap]),
        }],
        tooltip: { ...base(look).tooltip, trigger: "axis", formatter: (all) => all.map((at) => `${at.seriesName}: ${
          at.seriesIndex === 2 ? `${Math.round(at.value[1] * 1e4) / 100} %` : `${told(spec)(at.value[1])} ${name}`}`).join("\n") },
      };
    };
    const entry = show(plot, option);
    const look = async () => {
      try {
        const answer = await fetch(plot.dataset.course);
        if (answer.ok) {
          ({ points } = await answer.json());
          entry.chart.setOption(option(theme()));
        }
      } catch {
        // The server is away for a moment: the next look tells.
      }
      window.setTimeout(look, 1000);
    };
    look();
  }

  // --- width, colours, paper -----------------------------------------------------------------------

  const redraw = () => { for (const { plot, chart, option } of drawn) chart.setOption(option(looks(plot)), true); };
  new ResizeObserver(() => { for (const { chart } of drawn) chart.resize(); }).observe(document.querySelector("main"));
  dark.addEventListener("change", redraw);
  window.addEventListener("beforeprint", () => {
    printing = true;
    document.documentElement.classList.add("paper");
    redraw();
    for (const { chart } of drawn) chart.resize();
  });
  window.addEventListener("afterprint", () => {
    printing = false;
    document.documentElement.classList.remove("paper");
    redraw();
  });
})();
