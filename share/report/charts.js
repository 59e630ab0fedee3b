"use strict";
/* The charts, by the charting library that stands before us; without it the tables
   say the same. Times of the record are local to the server and drawn as they stand. */

const INK = { text: "#50606d", line: "#e2e7eb", here: "#a8321f", usual: "#6f8fa3", plain: "#1d5a7c", other: "#b4c1ca", left: "#dbe2e7" };
const drawn = [];
const at = text => Date.parse(text.replace(" ", "T") + "Z");
/* The year only where the axis is long enough for one. */
const clock = (ms, span) => {
	const text = new Date(ms).toISOString().slice(0, 16).replace("T", " ");
	return span > 3 * 86400000 ? date(text.slice(0, 10)) : say("date.clock", { day: text.slice(8, 10), month: text.slice(5, 7),
		time: text.slice(11) });
};

function draw(id, label, config) {
	const figure = document.getElementById(id);
	if (!figure || typeof Chart === "undefined")
		return;
	figure.hidden = false;
	const canvas = node("canvas", { role: "img", "aria-label": label });
	figure.querySelector(".chart").append(canvas);
	drawn.push(new Chart(canvas, { ...config, options: { ...config.options, animation: false, responsive: true,
		maintainAspectRatio: false, locale: LANG, devicePixelRatio: Math.max(2, window.devicePixelRatio) } }));
}

function tall(id, lines) {
	const chart = document.querySelector("#" + id + " .chart");
	if (chart)
		chart.style.height = Math.min(34, 6 + lines * 1.6) + "rem";
}

const axis = (title, more) => ({ title: { display: Boolean(title), text: title, color: INK.text },
	ticks: { color: INK.text, ...(more || {}).ticks }, grid: { color: INK.line, ...(more || {}).grid },
	...Object.fromEntries(Object.entries(more || {}).filter(([key]) => key !== "ticks" && key !== "grid")) });
const bars = (label, data, color, more) => ({ label, data, backgroundColor: color, borderWidth: 0, maxBarThickness: 36, ...more });
const legend = show => ({ legend: { display: show, align: "start", labels: { color: INK.text, boxWidth: 14 } } });

function columns(id, label, names, datasets, title) {
	draw(id, label, { type: "bar", data: { labels: names, datasets }, options: {
		scales: { x: axis("", { grid: { display: false }, stacked: true, ticks: { maxRotation: 0, autoSkip: true } }),
			y: axis(title, { stacked: true, beginAtZero: true, ticks: { precision: 0 } }) },
		plugins: legend(datasets.length > 1) } });
}

/* --- sessions in time, one line for each place --- */

const SESSION_LINES = 14;

function drawSessions() {
	const list = rows("sessions").filter(row => row.first_ms);
	if (list.length === 0)
		return;
	/* what is odd must not be among the others */
	const rank = row => !row.part ? 2 : odd(row) ? 0 : 1;
	const names = [...new Set([...list].sort((a, b) => rank(a) - rank(b)).map(place).map(visible))];
	const line = row => names.indexOf(visible(place(row))) < SESSION_LINES ? visible(place(row)) : say("others");
	const labels = names.length > SESSION_LINES ? [...names.slice(0, SESSION_LINES), say("others")] : names;
	const begin = Math.min(...list.map(row => at(row.first_ms)));
	const end = Math.max(...list.map(row => at(row.end_ms || row.last_ms)));
	const span = Math.max(end - begin, 600000), edge = span / 40;
	const data = which => list.filter(which).map(row => ({ y: line(row),
		x: [at(row.first_ms), Math.max(at(row.end_ms || row.last_ms), at(row.first_ms) + span / 250)], row }));
	tall("chart-sessions", labels.length);
	draw("chart-sessions", say("timeline.sessions.label", { n: digits.format(list.length) }), { type: "bar",
		data: { labels, datasets: [
			bars(say("timeline.odd"), data(row => row.part && odd(row)), INK.here, { grouped: false }),
			bars(say("timeline.here"), data(row => row.part && !odd(row)), INK.plain, { grouped: false }),
			bars(say("timeline.others"), data(row => !row.part), INK.other, { grouped: false })]
			.filter(set => set.data.length > 0) },
		options: { indexAxis: "y", scales: {
			x: axis("", { type: "linear", min: begin - edge, max: begin + span + edge, afterBuildTicks: roundTimes,
				ticks: { callback: value => clock(value, span), maxRotation: 0 } }),
			y: axis("", { grid: { display: false } }) },
		plugins: { ...legend(true), tooltip: { callbacks: { label: tip } } } } });
}
const tip = item => [date(item.raw.row.first_ms) + " – " + (date(item.raw.row.end_ms) || say("open")),
	visible(item.raw.row.client || item.raw.row.service), say("bodies", { n: digits.format(item.raw.row.bodies) })];

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080, 43200, 129600, 525600].map(m => m * 60000);
function roundTimes(scale) {
	const step = STEPS.find(ms => (scale.max - scale.min) / ms <= 8) || STEPS[STEPS.length - 1];
	scale.ticks = [];
	for (let ms = Math.ceil(scale.min / step) * step; ms <= scale.max; ms += step)
		scale.ticks.push({ value: ms });
}

/* --- all other charts are columns --- */

function drawDays(list) {
	if (list.length === 0)
		return;
	const highest = Math.max(0, ...list.map(day => day.usual));
	const datasets = [bars(say("days.usual"), list.map(day => day.usual), INK.usual),
		bars(say("days.here"), list.map(day => day.here), INK.here)];
	if (highest > 0) {
		datasets.push({ type: "line", label: say("days.highest", { n: digits.format(highest) }),
			data: list.map(() => highest), borderColor: INK.text, borderWidth: 1.5, borderDash: [6, 4],
			pointRadius: 0, stack: "line" });
	}
	columns("chart-days", say("days.label", { days: digits.format(list.length),
		here: digits.format(sum(list, day => day.here)), highest: digits.format(highest) }),
		list.map(day => date(day.day)), datasets, say("messages.axis"));
}

function drawMonths(list) {
	if (list.length > 0) {
		columns("chart-months", say("months.label", { from: date(list[0].month), to: date(list[list.length - 1].month) }),
			list.map(month => date(month.month)), [bars(say("messages.axis"), list.map(month => month.messages), INK.plain)],
			say("messages.axis"));
	}
}

/* Each message once: whole, else in part, else only copied; then what was left. */
const FOLDER_LINES = 20;
function folderBars() {
	const given = groups(MESSAGES, entry => entry.box.mailbox_row);
	const boxes = new Map([...given].map(([row, entries]) => [row, { name: entries[0].box.mailbox, entries, left: 0 }]));
	rows("boxes").filter(row => row.there !== null).forEach((row, i) => {
		const key = row.mailbox_row === null ? "untouched " + i : row.mailbox_row;
		boxes.has(key) || boxes.set(key, { name: row.mailbox, entries: [] });
		boxes.get(key).left = row.there - row.given;
	});
	return [...boxes.values()].sort((a, b) => b.entries.length - a.entries.length || b.left - a.left)
		.slice(0, FOLDER_LINES);
}

function drawFolders() {
	const boxes = folderBars();
	if (boxes.length === 0)
		return;
	const colors = { body: INK.here, part: "#d08a4a", copy: "#7b6a9b" };
	const datasets = CONTENT.map(kind => bars(word("kind", kind),
		boxes.map(box => box.entries.filter(entry => kinds(entry)[0] === kind).length), colors[kind]));
	datasets.push(bars(say("boxes.left"), boxes.map(box => box.left), INK.left));
	tall("chart-folders", boxes.length);
	draw("chart-folders", say("coverage.label", { n: digits.format(boxes.length) }), { type: "bar",
		data: { labels: boxes.map(box => visible(box.name)),
			datasets: datasets.filter(set => set.data.some(Boolean)) },
		options: { indexAxis: "y", scales: {
			x: axis(say("messages.axis"), { stacked: true, beginAtZero: true, ticks: { precision: 0 } }),
			y: axis("", { stacked: true, grid: { display: false } }) }, plugins: legend(true) } });
}

function drawHours(list) {
	columns("chart-hours", say("hours.label"), list.map(row => row.hour),
		[bars(say("hours.sessions"), list.map(row => row.sessions), INK.plain)], say("hours.sessions"));
}

/* Paper is narrower than the window that the charts were made for. */
const PAPER = 640;
window.addEventListener("beforeprint", () => drawn.forEach(chart =>
	chart.resize(PAPER, chart.canvas.parentNode.clientHeight)));
window.addEventListener("afterprint", () => drawn.forEach(chart => chart.resize()));
