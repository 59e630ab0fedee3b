"use strict";
/* Tables that sort and filter, a page at a time: 100,000 rows are data, not nodes. */

const PAGE_ROWS = 100;

/* Characters that steer or turn a text are shown, never obeyed. */
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
const code = chr => chr.charCodeAt(0) < 0x80 ? "\\x" + chr.charCodeAt(0).toString(16).padStart(2, "0") :
	"\\u{" + chr.charCodeAt(0).toString(16).padStart(4, "0") + "}";
const visible = text => text.replace(UNSAFE, code);

/* node("td", { class: "num" }, child, "text"): the only way into the page. */
function node(name, attributes, ...children) {
	const made = document.createElement(name);
	for (const [key, value] of Object.entries(attributes || {})) {
		if (value !== null && value !== undefined && value !== false)
			made.setAttribute(key, value === true ? "" : value);
	}
	made.append(...children.filter(child => child !== null));
	return made;
}
const outside = text => node("bdi", {}, visible(text));
/* Sentences of the record, one a line. */
const sentences = text => node("div", { class: "lines" }, ...(text || "").split("\n").map(line =>
	node("bdi", { lang: toldLang(line) }, visible(told(line)))));
function announce(text) {
	document.getElementById("said").textContent = text;
}

/* A column: { key, type: "num" | "time" | "text" | "term" (a word of ours) | "word" | "long" | "pre" | "mono", of(row),
   show(row)? }. of() is what sorts and filters. */
const shown = {
	num: value => value === null || value === undefined || value === "" ? "" : digits.format(value),
	time: value => date(value),
	text: value => outside(value || ""),
};
shown.term = shown.long = shown.mono = shown.word = shown.pre = shown.text;

function compare(column, sign) {
	const collator = column.type === "num" ? null : new Intl.Collator(LANG, { numeric: true });
	const empty = value => value === null || value === undefined || value === "";
	return (a, b) => {
		const x = a.values[column.index], y = b.values[column.index];
		if (empty(x) || empty(y))	/* unknown stays at the end, whichever way */
			return empty(x) - empty(y);
		return sign * (collator ? (x === y ? 0 : x < y || x > y ? plain(column, collator, x, y) : 0) : x - y);
	};
}
/* Times are text that sorts as it stands; names sort as people do. */
function plain(column, collator, x, y) {
	return column.type === "time" ? (x < y ? -1 : 1) : collator.compare(x, y);
}

/* A column without a value in any row is left out. */
function makeTable(id, caption, columns, list, options) {
	const place = document.getElementById(id);
	if (!place)
		return;
	if (list.length === 0) {
		if (place.parentNode.localName === "details")
			place.parentNode.hidden = true;
		place.append(node("p", { class: "note" }, (options || {}).none || say("table.none")));
		return;
	}
	const filled = value => value !== null && value !== undefined && value !== "";
	columns = columns.filter(column => list.some(row => filled(column.of(row))));
	columns.forEach((column, index) => { column.index = index; });
	const state = { id, caption, columns, page: 0, sort: null, sign: 1,
		rows: list.map(row => ({ row, values: columns.map(column => column.of(row)) })) };
	state.found = state.rows;
	build(state, place);
	fill(state);
}

function build(state, place) {
	const captionId = state.id + "-caption";
	state.body = node("tbody");
	state.heads = state.columns.map(column => {
		const button = node("button", { type: "button" }, column.title);
		button.addEventListener("click", () => sortBy(state, column));
		return node("th", { scope: "col", class: column.type === "num" ? "num" : null, "aria-sort": "none" }, button);
	});
	const table = node("table", {}, node("caption", { id: captionId, class: "off" }, state.caption),
		node("thead", {}, node("tr", {}, ...state.heads)), state.body);
	if (state.rows.length > 5)
		place.append(tools(state));
	place.append(node("div", { class: "scroll", tabindex: "0", role: "region", "aria-labelledby": captionId }, table));
}

function tools(state) {
	const input = node("input", { type: "search", id: state.id + "-filter", autocomplete: "off", spellcheck: "false" });
	const step = (key, by) => {
		const button = node("button", { type: "button" }, say(key));
		button.addEventListener("click", () => { state.page += by; fill(state, true); });
		return button;
	};
	let wait = 0;
	input.addEventListener("input", () => {
		clearTimeout(wait);
		wait = setTimeout(() => filterBy(state, input.value), 150);
	});
	state.count = node("span", { class: "count" });
	state.back = step("table.back", -1);
	state.next = step("table.next", 1);
	return node("div", { class: "tools" },
		node("label", { for: input.id }, say("table.filter")), input, state.back, state.next, state.count);
}

function sortBy(state, column) {
	state.sign = state.sort === column ? -state.sign : 1;
	state.sort = column;
	const all = state.found === state.rows;
	state.rows = [...state.rows].sort(compare(column, state.sign));
	state.found = all ? state.rows : [...state.found].sort(compare(column, state.sign));
	state.page = 0;
	state.heads.forEach((head, i) => head.setAttribute("aria-sort", i !== column.index ? "none" :
		state.sign > 0 ? "ascending" : "descending"));
	fill(state);
	announce(say(state.sign > 0 ? "table.up" : "table.down", { column: column.title }));
}

function filterBy(state, text) {
	const wanted = text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
	state.found = wanted.length === 0 ? state.rows : state.rows.filter(row => {
		const line = row.text || (row.text = [...row.values, ...state.columns.map((column, i) =>
			column.type === "time" ? date(row.values[i]) : "")].join("\n").toLocaleLowerCase());
		return wanted.every(part => line.includes(part));
	});
	state.page = 0;
	fill(state, true);
}

function fill(state, speak) {
	const pages = Math.max(1, Math.ceil(state.found.length / PAGE_ROWS));
	state.page = Math.min(Math.max(state.page, 0), pages - 1);
	const from = state.page * PAGE_ROWS, part = state.found.slice(from, from + PAGE_ROWS);
	state.body.replaceChildren(...part.map(item => node("tr", {}, ...state.columns.map((column, i) =>
		node("td", { class: column.type === "text" ? null : column.type },
			column.show ? column.show(item.row) : shown[column.type](item.values[i]))))));
	if (!state.count)
		return;
	const text = say(pages === 1 ? "table.all" : state.found === state.rows ? "table.rows" :
		"table.found", { from: digits.format(from + Math.min(1, part.length)),
		to: digits.format(from + part.length), found: digits.format(state.found.length),
		all: digits.format(state.rows.length) });
	state.count.textContent = text;
	state.back.hidden = state.next.hidden = state.rows.length <= PAGE_ROWS;
	state.back.disabled = state.page === 0;
	state.next.disabled = state.page >= pages - 1;
	if (speak)
		announce(text);
}

/* --- CSV: RFC 4180, and no cell that a spreadsheet would compute --- */

const csvText = text => '"' + (/^[=+\-@\t\r]/.test(text) ? "'" : "") +
	visible(text.replace(/\\/g, "\\\\")).replace(/"/g, '""') + '"';
const csvCell = value => typeof value === "number" ? String(value) : csvText(value || "");
const csv = (names, lines) => "\ufeff" + [names, ...lines].map(line => line.map(csvCell).join(",") + "\r\n").join("");

function download(name, text) {
	const url = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
	const link = node("a", { href: url, download: name });
	document.body.append(link);
	link.click();
	link.remove();
	setTimeout(() => URL.revokeObjectURL(url), 60000);
}
