// The report's instrument: choose shapes and backends, rank them, compare them with any one of them, see a curve, copy
// the command that measures a case again. The whole view stands in the address, so that a link shows it again.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("report-data").textContent);
  const { columns, dimensions, series, blocks, files, lines } = data;
  const count = columns.series.length;
  const CASE = 0, BASELINE = 1;
  const MOST = { columns: 24, ranks: 40, rows: 200, lines: 12 };
  const FLAGS = [
    [1, "too few rounds for an interval: 6 give one"],
    [2, "bimodal: it has two speeds, and the median lies where more samples are"],
    [4, "more than the number of workers: caches add up, or the loop pays for something else"],
    [8, "takes at least 1.5 times the plain loop's CPU time: it spins, or copies"],
  ];
  const dimensionOf = new Map(dimensions.map((one) => [one.key, one]));
  const $ = (id) => document.getElementById(id);

  // ---- numbers for people; the same forms as in the tables of the terminal
  const digits = (value, n = 3) => {
    if (value === 0) return "0";
    const rounded = Number(value.toPrecision(n));
    if (Math.abs(rounded) < 1e-4 || Math.abs(rounded) >= 1e7) return value.toPrecision(n);
    const places = Math.max(0, n - 1 - Math.floor(Math.log10(Math.abs(rounded))));
    return rounded.toLocaleString("en", { minimumFractionDigits: places, maximumFractionDigits: places });
  };
  const scaled = (value, units) => {
    const [scale, unit] = units.find(([least]) => value >= 0.9995 * least) || units[units.length - 1];
    return `${digits(value / scale)} ${unit}`;
  };
  const time = (ns) => scaled(ns, [[1e9, "s"], [1e6, "ms"], [1e3, "µs"], [1, "ns"]]);
  const shortTime = (ns) => time(ns).replace(/\.0+ /, " ");
  const size = (bytes) => {
    const units = [[2 ** 40, "TiB"], [2 ** 30, "GiB"], [2 ** 20, "MiB"], [2 ** 10, "KiB"], [1, "B"]];
    const [scale, unit] = units.find(([least]) => bytes >= least) || units[4];
    return `${Number((bytes / scale).toPrecision(3))} ${unit}`;
  };
  const plain = (value) => (value >= 0.1 && value < 10 ? value.toFixed(2) : digits(value, value >= 10 ? 3 : 2));
  const ratio = (value) => `${plain(value)}×`;
  const interval = (low, high, form) => (low === null || high === null ? "no interval" : `${form(low)} – ${form(high)}`);
  const counted = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

  // ---- elements: every text goes in as text, so that no name can be markup
  const put = (element, properties, ...children) => {
    for (const [name, value] of Object.entries(properties || {})) {
      if (name === "click") element.addEventListener("click", value);
      else if (value !== null && value !== undefined) element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child !== null));
    return element;
  };
  const make = (tag, properties, ...children) => put(document.createElement(tag), properties, ...children);
  const SVG = "http://www.w3.org/2000/svg";
  const draw = (tag, properties, ...children) => put(document.createElementNS(SVG, tag), properties, ...children);
  const button = (text, click, properties) => make("button", { type: "button", click, ...properties }, text);

  // ---- the view
  const fresh = () => ({
    choice: new Map(), reference: -1, series: -1, row: -1, x: "", linear: false, hidden: new Set(),
    sort: "", falling: false, words: "", ranks: MOST.ranks, rows: MOST.rows,
  });
  let view = fresh();

  const nameOf = (row) => {
    const suffix = columns.name[row];
    return suffix.startsWith("\0") ? suffix.slice(1) : blocks[columns.block[row]].name + suffix;
  };

  function fragment() {
    const parts = ["view"];
    const add = (key, ...values) => parts.push(`${key}=${values.map(encodeURIComponent).join(",")}`);
    for (const [key, places] of view.choice) add(key, ...[...places].map((place) => dimensionOf.get(key).values[place]));
    if (view.reference >= 0) add("against", series[view.reference].label);
    if (view.series >= 0) add("backend-shown", series[view.series].label);
    if (view.row >= 0) add("case", String(columns.file[view.row]), nameOf(view.row));
    if (view.x) add("x", view.x);
    if (view.linear) add("y", "linear");
    if (view.hidden.size) add("hide", ...view.hidden);
    if (view.sort) add("sort", view.sort, view.falling ? "falling" : "rising");
    if (view.words) add("words", view.words);
    return parts.length > 1 ? `#${parts.join("&")}` : "";
  }

  // Reads a view out of the address; throws an Error that says what is not known.
  function read(text) {
    const found = fresh();
    const seriesOf = (label) => {
      const place = series.findIndex((one) => one.label === label);
      if (place < 0) throw new Error(`no backend “${label}”`);
      return place;
    };
    for (const part of text.split("&").slice(1)) {
      const [key, rest] = [part.slice(0, part.indexOf("=")), part.slice(part.indexOf("=") + 1)];
      const values = rest.split(",").map(decodeURIComponent);
      const dimension = dimensionOf.get(key);
      if (dimension) {
        const places = values.map((value) => dimension.values.indexOf(value));
        const unknown = places.indexOf(-1);
        if (unknown >= 0) throw new Error(`no ${dimension.title} “${values[unknown]}”`);
        found.choice.set(key, new Set(places));
      } else if (key === "against") found.reference = seriesOf(values[0]);
      else if (key === "backend-shown") found.series = seriesOf(values[0]);
      else if (key === "case") {
        found.row = columns.name.findIndex((_, row) => String(columns.file[row]) === values[0] && nameOf(row) === values[1]);
        if (found.row < 0) throw new Error(`no case “${values[1]}”`);
      } else if (key === "x" && AXES.has(values[0])) [found.x] = values;
      else if (key === "y" && values[0] === "linear") found.linear = true;
      else if (key === "hide") found.hidden = new Set(values);
      else if (key === "sort" && HEADS.some((head) => head.key === values[0])) {
        [found.sort] = values;
        found.falling = values[1] === "falling";
      } else if (key === "words") [found.words] = values;
      else throw new Error(`“${key}”`);
    }
    return found;
  }

  function readAddress() {
    const text = location.hash.slice(1);
    $("notice").textContent = "";
    if (!text.startsWith("view")) {
      if (text && !document.getElementById(text)) {
        $("notice").textContent = "The link leads to a place that this page does not have: this is the whole of it.";
      } else if (text) return;
      view = fresh();
    } else {
      try {
        view = read(text);
      } catch (error) {
        view = fresh();
        $("notice").textContent = `The link's view is not one of this page (${error.message}): this is the whole of it.`;
      }
    }
    $("case-filter").value = view.words;
    show();
  }

  function change(edit, replaces) {
    edit(view);
    const place = fragment() || location.pathname + location.search;
    if (replaces) history.replaceState(null, "", place);
    else history.pushState(null, "", place);
    $("notice").textContent = "";
    show();
  }

  // ---- what is chosen: one pass over all rows finds them, and which other values would leave some
  function select() {
    const masks = dimensions.map(({ key, values, way }) => {
      const places = view.choice.get(key);
      if (!places) return null;
      const mask = new Uint8Array(values.length + 1);
      for (const place of places) mask[place] = 1;
      return { mask, column: columns[key], way };
    });
    const offered = dimensions.map(({ values }) => new Uint8Array(values.length + 1));
    const rows = new Int32Array(count);
    let found = 0;
    for (let row = 0; row < count; ++row) {
      const yardstick = columns.role[row] !== CASE;
      let missed = -1, misses = 0;
      for (let d = 0; d < masks.length && misses < 2; ++d) {
        const one = masks[d];
        if (one === null || (yardstick && one.way) || one.mask[one.column[row]]) continue;
        missed = d;
        ++misses;
      }
      if (misses === 0) {
        rows[found++] = row;
        for (let d = 0; d < offered.length; ++d) offered[d][columns[dimensions[d].key][row]] = 1;
      } else if (misses === 1) offered[missed][columns[dimensions[missed].key][row]] = 1;
    }
    return { rows: rows.subarray(0, found), offered };
  }

  function showChoices(offered) {
    const places = dimensions.map(({ key, title, values }, d) => {
      if (values.length < 2) return null;
      const chosen = view.choice.get(key);
      const several = key === "backend";
      const chips = values.slice(0, 60).map((value, place) => {
        const on = Boolean(chosen && chosen.has(place));
        const toggle = () => change((now) => {
          const next = new Set(several ? chosen : []);
          if (on) next.delete(place);
          else next.add(place);
          if (next.size) now.choice.set(key, next);
          else now.choice.delete(key);
          now.row = -1;
          now.ranks = MOST.ranks;
          now.rows = MOST.rows;
        });
        return button(value, toggle, { "aria-pressed": String(on), class: offered[d][place] ? "chip" : "chip none" });
      });
      const more = values.length > 60 ? make("span", { class: "small" }, `and ${values.length - 60} more: by the words below`) : null;
      return make("div", { class: "choice", role: "group", "aria-label": title }, make("span", { class: "label" }, title), ...chips, more);
    });
    const all = view.choice.size || view.reference >= 0 || view.series >= 0 || view.row >= 0
      ? button("show everything again", () => change(() => { view = fresh(); $("case-filter").value = ""; }), { class: "chip plain" }) : null;
    $("choices").replaceChildren(...places.filter((one) => one !== null), ...(all ? [all] : []));
  }

  // ---- how many times as fast a row is as the reference, with its interval: {value, low, high}, or why there is none
  function against(row) {
    if (view.reference < 0) {
      if (columns.gain[row] === null) return { why: columns.role[row] === BASELINE ? "this is the plain loop" : "no round in common with the plain loop" };
      return { value: columns.gain[row], low: columns.gain_low[row], high: columns.gain_high[row] };
    }
    const block = blocks[columns.block[row]];
    const other = referenceIn(block);
    if (other < 0) return { why: `${series[view.reference].label} was not measured in this shape` };
    if (other === row) return { value: 1, low: 1, high: 1 };
    if (block.pairs === null) return { why: "its block has too many cases for a page: make one of fewer files" };
    const [i, j] = [Math.min(row, other) - block.start, Math.max(row, other) - block.start];
    const place = 3 * (i * block.count - (i * (i + 1)) / 2 + (j - i - 1));
    let [value, low, high] = block.pairs.slice(place, place + 3);
    if (value === null) return { why: "no round in common" };
    if (row > other) [value, low, high] = [-value, high === null ? null : -high, low === null ? null : -low];
    const power = (part) => (part === null ? null : Math.exp(part / 1e4));
    return { value: power(value), low: power(low), high: power(high) };
  }

  function referenceIn(block) {
    for (let row = block.start; row < block.start + block.count; ++row) {
      if (columns.series[row] === view.reference) return row;
    }
    return -1;
  }

  // The terminal's marks: + faster, - slower, = a tie; a question mark where there is no interval.
  function mark({ value, low, high }) {
    if (value === undefined) return ["", "none", ""];
    if (low === null || high === null) return ["?", "none", "no interval yet"];
    if (low > 1) return ["+", "pays", "faster for certain"];
    if (high < 1) return ["−", "loses", "slower for certain"];
    return ["=", "level", "≈ a tie: the difference is within the error"];
  }

  const referenceText = () => (view.reference < 0 ? "its plain loop" : series[view.reference].label);

  // ---- the ranking: the geometric mean of time over the best time, over the shapes that are chosen
  function ranked(rows) {
    const best = new Float64Array(blocks.length).fill(Infinity);
    for (const row of rows) {
      if (columns.role[row] === CASE) best[columns.block[row]] = Math.min(best[columns.block[row]], columns.time[row]);
    }
    const shapes = [];
    best.forEach((value, block) => { if (value < Infinity) shapes.push(block); });
    const sums = new Float64Array(series.length), counts = new Int32Array(series.length);
    const cells = series.map(() => null);
    for (const row of rows) {
      if (columns.role[row] !== CASE) continue;
      const place = columns.series[row];
      sums[place] += Math.log(columns.time[row] / best[columns.block[row]]);
      counts[place] += 1;
      if (shapes.length <= MOST.columns) (cells[place] ??= new Map()).set(columns.block[row], row);
    }
    const order = [];
    counts.forEach((n, place) => { if (n) order.push({ place, score: Math.exp(sums[place] / n), n, cells: cells[place] }); });
    // What ran in less than half of the shapes stands behind: it may have run where all are fast.
    const few = ({ n }) => (2 * n < shapes.length ? 1 : 0);
    order.sort((a, b) => few(a) - few(b) || a.score - b.score || b.n - a.n || a.place - b.place);
    return { order, shapes };
  }

  // What differs between the shapes that are shown.
  function shapeTexts(shapes) {
    const shown = dimensions.filter(({ way }) => !way).filter(({ key }) => new Set(shapes.map((block) => columns[key][blocks[block].start])).size > 1);
    return shapes.map((block) => shown.map(({ key, values }) => {
      const text = values[columns[key][blocks[block].start]];
      return key === "tasks" ? `${text} tasks` : text;
    }).join(" · ") || blocks[block].text);
  }

  function showRanking(rows) {
    const { order, shapes } = ranked(rows);
    const wide = shapes.length > 0 && shapes.length <= MOST.columns;
    $("shapes").textContent = order.length === 0 ? "Nothing was measured of what is chosen."
      : `${order.length.toLocaleString("en")} series in ${counted(shapes.length, "shape")}` +
        `, the best first: how many times as long as the best of each shape, geometric mean. ` +
        (wide ? `Each cell: how many times as fast as ${referenceText()}; + faster, − slower, = a tie by the paired 95 % interval.`
          : `Choose until at most ${MOST.columns} shapes are left, to see them side by side.`);
    const texts = wide ? shapeTexts(shapes) : [];
    const focus = (block) => change((now) => {
      for (const { key, values, way } of dimensions) {
        if (!way && values.length > 1) now.choice.set(key, new Set([columns[key][blocks[block].start]]));
      }
    });
    const head = make("tr", null, make("th", { class: "number", scope: "col" }, "#"), make("th", { scope: "col" }, "backend"),
      make("th", { class: "number", scope: "col" }, "of the best"), make("th", { class: "number", scope: "col" }, "shapes"),
      ...texts.map((text, at) => make("th", { class: "number shape", scope: "col" }, shapes.length > 1
        ? button(text, () => focus(shapes[at]), { title: "choose this shape alone" }) : text)));
    const shown = order.slice(0, view.ranks).map(({ place, score, n, cells }, rank) => {
      const name = button(series[place].label, () => change((now) => {
        now.series = now.series === place ? -1 : place;
        now.row = -1;
      }), { "aria-pressed": String(view.series === place), class: "link", title: "where it pays, what it costs" });
      const missing = n < shapes.length
        ? { title: `not measured in: ${shapes.filter((block) => !(cells && cells.has(block))).map((block) => blocks[block].text).join("; ")}` } : null;
      return make("tr", view.series === place ? { class: "chosen" } : view.reference === place ? { class: "reference" } : null,
        make("td", { class: "number" }, String(rank + 1)), make("td", null, name),
        make("td", { class: "number" }, ratio(score)),
        make("td", { class: "number", ...(wide ? missing : null) }, n < shapes.length ? `${n} of ${shapes.length}` : String(n)),
        ...(wide ? shapes.map((block) => cell(cells.get(block))) : []));
    });
    const more = order.length > view.ranks ? [button(`${order.length - view.ranks} more`, () => { view.ranks = Infinity; show(); }, { class: "chip plain" })] : [];
    $("ranking").replaceChildren(make("thead", null, head), make("tbody", null, ...shown));
    $("more-ranks").replaceChildren(...more);
    $("against").replaceChildren(...(view.reference < 0 ? [] : [`Everything is compared with ${referenceText()}. `,
      button("with the plain loop again", () => change((now) => { now.reference = -1; }), { class: "chip plain" })]));
    return order;
  }

  function cell(row) {
    if (row === undefined) return make("td", { class: "number none", title: "not measured in this shape" }, "–");
    const found = against(row);
    const [sign, kind, words] = mark(found);
    if (found.value === undefined) return make("td", { class: "number none", title: found.why }, "–");
    const open = () => change((now) => { now.row = now.row === row ? -1 : row; now.series = -1; });
    const text = `${plain(found.value)} ${sign}`;
    const title = `${words}: ${interval(found.low, found.high, plain)}, ${time(columns.time[row])}`;
    return make("td", { class: `number ${kind}` }, button(text, open, { title, "aria-label": `${text} ${words}`, class: "link" }));
  }

  // ---- one series, or one case
  function fact(name, ...value) {
    return make("div", { class: "fact" }, make("dt", null, name), make("dd", null, ...value));
  }

  function memoryText(row) {
    const held = (columns.memory || [])[row];
    if (held !== null && held !== undefined) {
      return `${size(held)} held while the pool lives, by ${columns.processes[row] === 1 ? "1 process" : `${columns.processes[row]} processes`} (PSS: shared pages count once)`;
    }
    const peak = (columns.peak || [])[row];
    return peak === null || peak === undefined ? "not measured" : `${size(peak)} at most in its largest process (PSS was not measured)`;
  }

  function showDetail(rows) {
    const panel = $("detail");
    if (view.row >= 0) panel.replaceChildren(...caseDetail(view.row));
    else if (view.series >= 0) panel.replaceChildren(...seriesDetail(view.series, rows));
    else panel.replaceChildren();
    panel.hidden = view.row < 0 && view.series < 0;
  }

  const compareButton = (place) => (view.reference === place ? null
    : button(`compare all with ${series[place].label}`, () => change((now) => { now.reference = place; now.series = -1; now.row = -1; }), { class: "chip" }));

  function seriesDetail(place, rows) {
    const own = [...rows].filter((row) => columns.series[row] === place);
    const said = lines.filter(({ line, file }) => line === series[place].line && (!view.choice.has("file") || view.choice.get("file").has(file)));
    const memories = own.filter((row) => columns.memory && columns.memory[row] !== null);
    const shown = memories.length ? memories : own;
    const heaviest = shown.reduce((a, b) => (weight(b) > weight(a) ? b : a), shown[0]);
    const flags = FLAGS.map(([bit, words]) => [own.filter((row) => columns.flags[row] & bit).length, words]).filter(([n]) => n);
    return [
      make("h3", null, series[place].label),
      said.length ? make("ul", { id: "pays" }, ...said.map(({ file, where, says }) => make("li", null,
        make("b", null, says), `: ${where}${files.length > 1 ? `, ${files[file].name}` : ""}`)))
        : make("p", { id: "pays" }, "It was measured with one payload and one task size alone, so that no break-even is known."),
      make("dl", null, ...(heaviest === undefined ? [fact("Memory", "nothing of it is among what is chosen")]
        : [fact("Memory, at most", memoryText(heaviest), own.length > 1 ? `; ${blocks[columns.block[heaviest]].text}` : "")])),
      flags.length ? make("ul", { class: "small" }, ...flags.map(([n, words]) => make("li", null, `${counted(n, "case")}: ${words}`))) : null,
      compareButton(place),
    ].filter((one) => one !== null);
  }

  const weight = (row) => (columns.memory && columns.memory[row] !== null ? columns.memory[row] : (columns.peak || [])[row] || 0);

  function caseDetail(row) {
    const place = columns.series[row];
    const found = against(row);
    const [, , words] = mark(found);
    const gain = found.value === undefined ? found.why
      : `${ratio(found.value)}, 95 % interval ${interval(found.low, found.high, plain)}: ${words}`;
    const flags = FLAGS.filter(([bit]) => columns.flags[row] & bit).map(([, text]) => text);
    const optional = (key, name, form) => (columns[key] && columns[key][row] !== null ? fact(name, form(columns[key][row])) : null);
    return [
      make("h3", null, `${series[place].label}: ${blocks[columns.block[row]].text}`),
      make("dl", null,
        fact("Time of one run", `${time(columns.time[row])}, 95 % interval ${interval(columns.time_low[row], columns.time_high[row], time)}`),
        fact(`As fast as ${referenceText()}`, gain),
        optional("share", "Of the ceiling", (share) => `${(share * 100).toFixed(0)} %`),
        optional("cpu", "CPU time", (share) => `${plain(share)} of the plain loop's`),
        fact("Memory", memoryText(row)),
        optional("first", "First result after", time), optional("p99", "99 % of the results after", time),
        fact("Samples", String(columns.samples[row])),
        ...(flags.length ? [fact("Mind", flags.join("; "))] : [])),
      ...commands(row),
      compareButton(place),
    ].filter((one) => one !== null);
  }

  // A word for a POSIX shell. What holds a control character cannot be shown and pasted truly: null.
  function quoted(word) {
    if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/.test(word)) return null;
    return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
  }

  function commands(row) {
    const words = files[columns.file[row]].command;
    const request = requestOf(row);
    const again = columns.role[row] === CASE && words.length ? [...words, "--case", nameOf(row)] : null;
    const profile = request && words.length ? ["perf", "record", "-g", "--", words[0], "cell", JSON.stringify(request)] : null;
    return [["Measure it again", again, "again"], ["Profile one sample", profile, "profile"]].flatMap(([title, list, id]) => {
      if (list === null) return [];
      const parts = list.map(quoted);
      if (parts.includes(null)) return [make("p", { class: "small" }, `${title}: its name holds a control character, so that no command can be shown.`)];
      const code = make("code", { id }, parts.join(" "));
      return [make("p", { class: "small" }, title), make("pre", null, code, " ", button("copy", (event) => copy(code, event.target), { class: "chip plain" }))];
    });
  }

  // Of the program's own cell, whose request is the case; pinned ones need the CPUs that only a run knows.
  function requestOf(row) {
    const way = data.requests[columns.request[row]];
    return way === null ? null : { protocol: 1, case: { ...blocks[columns.block[row]].case, ...way } };
  }

  function copy(code, pressed) {
    const range = document.createRange();
    range.selectNodeContents(code);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    const done = () => { pressed.textContent = "copied"; };
    const failed = () => { pressed.textContent = "selected: press Ctrl+C"; };
    if (navigator.clipboard) navigator.clipboard.writeText(code.textContent).then(done, failed);
    else failed();
  }

  // ---- the curve: speed-up along one axis, all else fixed
  const AXES = new Map([
    ["payload", { title: "payload of a task and direction", form: size }],
    ["task", { title: "time of one task", form: shortTime }],
    ["workers", { title: "workers", form: String }],
    ["tasks", { title: "tasks", form: (value) => value.toLocaleString("en") }],
  ]);
  const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#56b4e9", "#7f3c8d", "#5f6773"];
  const DASHES = ["", "7 4", "2 3"];

  const bytesOf = (row) => {
    const { in_bytes: into, out_bytes: out } = blocks[columns.block[row]].case;
    return { x: Math.max(into, out), direction: into && out ? "in and out" : into ? "in only" : out ? "out only" : "" };
  };
  const placeOn = (axis, row) => (axis === "payload" ? bytesOf(row).x : dimensionOf.get(axis).numbers[columns[axis][row]]);

  function axesOf(rows) {
    const found = [];
    for (const axis of AXES.keys()) {
      const seen = new Set();
      for (const row of rows) if (columns.role[row] === CASE) seen.add(placeOn(axis, row));
      seen.delete(0);
      if (seen.size > 1) found.push(axis);
    }
    return found;
  }

  function commonest(rows, of) {
    const counts = new Map();
    for (const row of rows) counts.set(of(row), (counts.get(of(row)) || 0) + 1);
    return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
  }

  // Leaves one value of each dimension but the axis, the commonest where none was chosen; says which.
  function sliced(rows, axis) {
    let left = [...rows].filter((row) => columns.role[row] === CASE);
    const said = [];
    for (const key of ["file", "workload", "build", "task", "payload", "workers"]) {
      if (key === axis) continue;
      const value = commonest(left, (row) => columns[key][row]);
      if (new Set(left.map((row) => columns[key][row])).size > 1) said.push(key);
      left = left.filter((row) => columns[key][row] === value);
    }
    if (axis === "payload") {
      const direction = commonest(left.filter((row) => bytesOf(row).direction), (row) => bytesOf(row).direction);
      left = left.filter((row) => !bytesOf(row).direction || bytesOf(row).direction === direction);
      said.push(direction);
    }
    // Along an axis the number of tasks may differ; at one place of it only one number can be drawn.
    const seen = new Map();
    if (axis !== "tasks") {
      const doubled = left.some((row) => {
        const key = `${columns.series[row]} ${placeOn(axis, row)}`;
        const other = seen.get(key);
        seen.set(key, columns.tasks[row]);
        return other !== undefined && other !== columns.tasks[row];
      });
      if (doubled) {
        const value = commonest(left, (row) => columns.tasks[row]);
        left = left.filter((row) => columns.tasks[row] === value);
        said.push("tasks");
      }
    }
    return { left, said };
  }

  function showCurve(rows, order) {
    const axes = axesOf(rows);
    const axis = axes.includes(view.x) ? view.x : axes[0];
    if (axis === undefined) {
      $("curve-choices").replaceChildren();
      $("legend").replaceChildren();
      $("curve-words").textContent = "A curve needs two sizes of payload, task sizes, workers or tasks among what is chosen.";
      $("curve").replaceChildren();
      return;
    }
    const chip = (text, on, edit) => button(text, () => change(edit), { "aria-pressed": String(on), class: "chip" });
    $("curve-choices").replaceChildren(
      ...(axes.length > 1 ? axes.map((one) => chip(`against ${AXES.get(one).title}`, one === axis, (now) => { now.x = one; })) : []),
      chip("logarithmic", !view.linear, (now) => { now.linear = false; }), chip("linear", view.linear, (now) => { now.linear = true; }));
    const { left, said } = sliced(rows, axis);
    const groups = new Map();
    for (const row of left) {
      const found = against(row);
      if (found.value === undefined) continue;
      const line = series[columns.series[row]].line;
      if (!groups.has(line)) groups.set(line, []);
      groups.get(line).push({ x: placeOn(axis, row), row, ...found });
    }
    const rankOf = new Map(order.map(({ place }, rank) => [series[place].line, rank]).reverse());
    const curves = [...groups].sort((a, b) => rankOf.get(a[0]) - rankOf.get(b[0])).slice(0, MOST.lines)
      .map(([line, points], at) => ({ line, points: points.sort((a, b) => a.x - b.x), colour: COLOURS[at % COLOURS.length], dash: DASHES[Math.floor(at / COLOURS.length)] }));
    const fixed = said.map((key) => (dimensionOf.has(key) && left.length
      ? (key === "tasks" ? `${dimensionOf.get(key).values[columns[key][left[0]]]} tasks` : key === "workers" ? `${dimensionOf.get(key).values[columns[key][left[0]]]} workers` : dimensionOf.get(key).values[columns[key][left[0]]])
      : key)).filter(Boolean);
    $("curve-words").textContent = `As fast as ${referenceText()}, against ${AXES.get(axis).title}`
      + (fixed.length ? `; drawn for ${fixed.join(", ")}: choose others above.` : ".")
      + (groups.size > curves.length ? ` The best ${curves.length} of ${groups.size}: choose backends to see others.` : "");
    $("legend").replaceChildren(...curves.map(({ line, colour, dash }) => put(button("", () => change((now) => {
      if (now.hidden.has(line)) now.hidden.delete(line);
      else now.hidden.add(line);
    }), { "aria-pressed": String(!view.hidden.has(line)), class: "chip series" }),
    null, draw("svg", { width: 26, height: 10, "aria-hidden": "true" }, draw("line", { x1: 0, x2: 26, y1: 5, y2: 5, stroke: colour, "stroke-width": 3, "stroke-dasharray": dash })), line)));
    $("curve").replaceChildren(curveSvg(curves.filter(({ line }) => !view.hidden.has(line)), AXES.get(axis)), make("div", { id: "tip", hidden: "" }));
  }

  function niceTicks(low, high, logarithmic) {
    if (!logarithmic) {
      const step = [1, 2, 5, 10].map((one) => one * 10 ** Math.floor(Math.log10((high - low) / 4 || 1))).find((one) => (high - low) / one <= 6);
      const ticks = [];
      for (let at = Math.ceil(low / step) * step; at <= high * 1.0001; at += step) ticks.push(Number(at.toPrecision(6)));
      return ticks;
    }
    const ticks = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); ++power) {
      for (const one of [1, 2, 5]) ticks.push(one * 10 ** power);
    }
    return ticks.filter((at) => at >= low * 0.999 && at <= high * 1.001);
  }

  function curveSvg(curves, axis) {
    const width = Math.max(280, Math.min($("curve").clientWidth || 720, 1000)), height = Math.max(240, Math.min(420, width * 0.55));
    const box = { left: 46, right: width - 12, top: 12, bottom: height - 42 };
    const points = curves.flatMap(({ points: own }) => own);
    const svg = draw("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", class: "curve" },
      draw("title", null, `${$("curve-words").textContent} ${curves.map(({ line }) => line).join(", ")}`));
    if (points.length === 0) return put(svg, null, draw("text", { x: width / 2, y: height / 2, "text-anchor": "middle" }, "no line is left to draw"));
    const places = [...new Set(points.map(({ x }) => x))].sort((a, b) => a - b);
    const positive = places.filter((x) => x > 0);
    const wide = positive.length > 1 && positive[positive.length - 1] / positive[0] > 10;
    // Nothing at all lies one step to the left of the least size where the axis is logarithmic.
    const zero = positive.length ? Math.log(positive[0]) - Math.log(4) : 0;
    const value = (x) => (!wide ? x : x > 0 ? Math.log(x) : zero);
    const [first, last] = [value(places[0]), value(places[places.length - 1])];
    const across = (x) => (last === first ? (box.left + box.right) / 2 : box.left + 14 + (value(x) - first) / (last - first) * (box.right - box.left - 28));
    const ends = points.flatMap(({ value: v, low, high }) => [v, low ?? v, high ?? v]).concat(1).filter((value) => value > 0);
    const least = Math.min(...ends), most = Math.max(...ends);
    const [bottom, top] = view.linear ? [0, most * 1.05] : [least / 1.08, most * 1.08];
    const height01 = (y) => (view.linear ? (y - bottom) / (top - bottom) : Math.log(y / bottom) / Math.log(top / bottom));
    const up = (y) => box.bottom - height01(y) * (box.bottom - box.top);
    for (const tick of niceTicks(bottom, top, !view.linear)) {
      put(svg, null, draw("line", { x1: box.left, x2: box.right, y1: up(tick), y2: up(tick), class: tick === 1 ? "one" : "rule" }),
        draw("text", { x: box.left - 6, y: up(tick) + 4, "text-anchor": "end" }, `${Number(tick.toPrecision(3))}×`));
    }
    let free = -Infinity;
    for (const x of places) {
      const text = x === 0 && axis.form === size ? "none" : axis.form(x);
      const half = text.length * 3.6;
      put(svg, null, draw("line", { x1: across(x), x2: across(x), y1: box.bottom, y2: box.bottom + 4, class: "rule" }));
      if (across(x) - half < free) continue;
      put(svg, null, draw("text", { x: Math.min(across(x), width - half), y: box.bottom + 18, "text-anchor": "middle" }, text));
      free = across(x) + half + 6;
    }
    put(svg, null, draw("text", { x: (box.left + box.right) / 2, y: height - 6, "text-anchor": "middle", class: "axis" }, axis.title));
    for (const { points: own, colour, dash } of curves) {
      const group = draw("g", { stroke: colour, fill: colour });
      if (own.length > 1) put(group, null, draw("polyline", { points: own.map(({ x, value: y }) => `${across(x)},${up(y)}`).join(" "), fill: "none", "stroke-width": 2, "stroke-dasharray": dash }));
      for (const { x, value: y, low, high } of own) {
        if (low !== null && high !== null) put(group, null, draw("line", { x1: across(x), x2: across(x), y1: up(low), y2: up(high), "stroke-width": 1 }));
        put(group, null, draw("circle", { cx: across(x), cy: up(y), r: 3.5, stroke: "none" }));
      }
      put(svg, null, group);
    }
    const near = (event) => {
      const frame = svg.getBoundingClientRect();
      let found = null, distance = 28;
      for (const { line, points: own } of curves) {
        for (const point of own) {
          const away = Math.hypot(frame.left + across(point.x) - event.clientX, frame.top + up(point.value) - event.clientY);
          if (away < distance) [found, distance] = [{ line, ...point, left: across(point.x), top: up(point.value) }, away];
        }
      }
      return found;
    };
    svg.addEventListener("pointermove", (event) => {
      const found = near(event), tip = $("tip");
      tip.hidden = found === null;
      if (found === null) return;
      tip.textContent = `${found.line}, ${axis.form(found.x)}: ${ratio(found.value)}, 95 % interval ${interval(found.low, found.high, plain)}`;
      tip.style.left = `${Math.max(0, Math.min(found.left + 10, width - 230))}px`;
      tip.style.top = `${found.top + 12}px`;
    });
    svg.addEventListener("pointerleave", () => { $("tip").hidden = true; });
    svg.addEventListener("click", (event) => {
      const found = near(event);
      if (found) change((now) => { now.row = found.row; now.series = -1; });
    });
    return svg;
  }

  // ---- every case: a table whose rows are made only as far as they are seen
  const shapeOf = (row) => blocks[columns.block[row]].text;
  const nullLast = (value) => (value === null || value === undefined ? Infinity : value);
  const number = (key) => (row) => nullLast((columns[key] || [])[row]);
  const shownNumber = (key, form) => (row) => ((columns[key] || [])[row] === null ? "–" : form(columns[key][row]));
  const bounds = (key, form) => (row) => (columns[`${key}_low`][row] === null || columns[`${key}_high`][row] === null ? "–"
    : `${form(columns[`${key}_low`][row])} – ${form(columns[`${key}_high`][row])}`);
  const roleWord = ["", " (baseline)", " (ceiling)"];
  const workersOf = (row) => dimensionOf.get("workers").numbers[columns.workers[row]] ?? 1;
  const HEADS = [
    files.length > 1 && { key: "file", title: "file", text: (row) => files[columns.file[row]].name },
    { key: "shape", title: "shape", text: shapeOf },
    { key: "backend", title: "backend", text: (row) => series[columns.series[row]].label + roleWord[columns.role[row]] },
    { key: "time", title: "time per run", sort: number("time"), text: shownNumber("time", time) },
    { key: "time_low", title: "95 % interval", sort: number("time_low"), text: bounds("time", time) },
    { key: "gain", title: "speed-up", sort: number("gain"), text: (row) => (columns.gain[row] === null ? "–" : `${ratio(columns.gain[row])} ${mark({ value: columns.gain[row], low: columns.gain_low[row], high: columns.gain_high[row] })[0]}`) },
    { key: "gain_low", title: "95 % interval", sort: number("gain_low"), text: bounds("gain", plain) },
    { key: "efficiency", title: "efficiency", sort: (row) => (columns.gain[row] === null ? Infinity : columns.gain[row] / workersOf(row)), text: (row) => (columns.gain[row] === null ? "–" : `${((columns.gain[row] / workersOf(row)) * 100).toFixed(0)} %`) },
    { key: "share", title: "of ceiling", sort: number("share"), text: shownNumber("share", (share) => `${(share * 100).toFixed(0)} %`) },
    columns.cpu && { key: "cpu", title: "CPU of the loop's", sort: number("cpu"), text: shownNumber("cpu", ratio) },
    columns.memory && { key: "memory", title: "memory (PSS)", sort: number("memory"), text: shownNumber("memory", size) },
    { key: "samples", title: "samples", sort: number("samples"), text: (row) => String(columns.samples[row]) },
    columns.first && { key: "first", title: "first result after", sort: number("first"), text: shownNumber("first", time) },
    columns.p99 && { key: "p99", title: "99 % of results after", sort: number("p99"), text: shownNumber("p99", time) },
  ].filter(Boolean);

  const sorted = new Map();
  function inOrder(key) {
    if (!sorted.has(key)) {
      const head = HEADS.find((one) => one.key === key);
      const order = Int32Array.from({ length: count }, (_, row) => row);
      if (head.sort) {
        const values = Float64Array.from(order, head.sort);
        order.sort((a, b) => values[a] - values[b] || a - b);
      } else {
        // Few texts stand in many rows: they are put in order once, and the rows by their places.
        const texts = [...order].map(head.text);
        const places = new Map([...new Set(texts)].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)).map((text, at) => [text, at]));
        const values = Int32Array.from(order, (row) => places.get(texts[row]));
        order.sort((a, b) => values[a] - values[b] || a - b);
      }
      sorted.set(key, order);
    }
    return sorted.get(key);
  }

  // Rows whose shape or backend has every word: texts are looked through once each, not once a row.
  function filtered(rows) {
    const words = view.words.toLowerCase().split(/\s+/).filter(Boolean);
    if (!words.length) return rows;
    const has = (texts) => words.map((word) => Uint8Array.from(texts, (text) => (text.toLowerCase().includes(word) ? 1 : 0)));
    const inBlock = has(blocks.map(({ text }) => text)), inSeries = has(series.map(({ label, role }) => label + roleWord[role]));
    const inFile = has(files.map(({ name }) => (files.length > 1 ? name : "")));
    return rows.filter((row) => words.every((_, at) => inBlock[at][columns.block[row]] || inSeries[at][columns.series[row]] || inFile[at][columns.file[row]]));
  }

  function showCases(rows) {
    let left = filtered(rows);
    if (view.sort) {
      const kept = new Uint8Array(count);
      for (const row of left) kept[row] = 1;
      left = inOrder(view.sort).filter((row) => kept[row]);
      const { sort } = HEADS.find((one) => one.key === view.sort);
      const known = sort ? left.findIndex((row) => sort(row) === Infinity) : -1;  // what has no figure stays behind
      if (view.falling) left.subarray(0, known < 0 ? left.length : known).reverse();
    }
    const head = make("tr", null, ...HEADS.map(({ key, title, sort }) => make("th", {
      scope: "col", class: sort ? "number" : null, "aria-sort": view.sort === key ? (view.falling ? "descending" : "ascending") : null,
    }, button(title, () => change((now) => {
      now.falling = now.sort === key && !now.falling;
      now.sort = key;
    })))));
    const body = [...left.subarray(0, view.rows)].map((row) => make("tr", view.row === row ? { class: "chosen" } : null, ...HEADS.map(({ key, text, sort }) => (key === "backend"
      ? make("td", null, button(text(row), () => change((now) => { now.row = row; now.series = -1; }), { class: "link", title: "its figures, and the command that measures it again" }))
      : make("td", sort ? { class: "number" } : null, text(row))))));
    const table = $("case-table");
    table.tHead.replaceChildren(head);
    table.tBodies[0].replaceChildren(...body);
    $("case-count").textContent = `${left.length.toLocaleString("en")} of ${counted(count, "row")}`;
    $("more-cases").replaceChildren(...(left.length > view.rows
      ? [button(`show ${Math.min(1000, left.length - view.rows)} more`, () => { view.rows += 1000; show(); }, { class: "chip plain" })] : []));
  }

  function show() {
    const { rows, offered } = select();
    showChoices(offered);
    const order = showRanking(rows);
    showDetail(rows);
    showCurve(rows, order);
    showCases(rows);
  }

  $("case-filter").addEventListener("input", (event) => change((now) => {
    now.words = event.target.value;
    now.rows = MOST.rows;
  }, true));
  let drawnWidth = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth !== drawnWidth) {
      drawnWidth = innerWidth;
      show();
    }
  });
  addEventListener("popstate", readAddress);
  addEventListener("hashchange", readAddress);
  readAddress();
})();
