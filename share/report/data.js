"use strict";
/* What the page was given (the element "data"): tables of columns and rows as the
   record has them. Here they become the list of messages. Nothing from outside
   ever reaches the page but as the text of a node. */

const DATA = JSON.parse(document.getElementById("data").textContent);
const LANG = DATA.meta.lang;
const CONTENT = ["body", "part", "copy"];	/* these hand out what a message says */
const LIST_MAX = 500000;
const STEPS_MAX = 10 * LIST_MAX;	/* over all reads: a set may say anything */

const digits = new Intl.NumberFormat(LANG);
const say = (key, words) => (DATA.texts[key] || key).replace(/\{(\w+)\}/g,
	(all, name) => words && name in words ? words[name] : all);
const word = (group, name) => DATA.texts[group + "." + name] || name || "";

/* "2026-11-20 14:00", or a day or a month: as the language writes it. */
const date = text => (text || "").replace(/^(\d{4})-(\d\d)(?:-(\d\d))?/, (all, year, month, day) =>
	say(day ? "date.day" : "date.month", { year, month, day }));
/* A sentence of the record; what the language has no text for is English. */
const told = text => Object.hasOwn(DATA.said, text) ? DATA.said[text] : text || "";
const toldLang = text => Object.hasOwn(DATA.said, text) ? null : "en";

/* The rows of one table, as objects. */
const tables = {};
function rows(name) {
	if (!(name in tables)) {
		const table = DATA[name] || { columns: [], rows: [] };
		tables[name] = table.rows.map(row => Object.fromEntries(
			table.columns.map((column, i) => [column, row[i]])));
	}
	return tables[name];
}

function groups(list, keyOf) {
	const map = new Map();
	for (const item of list) {
		const key = keyOf(item);
		map.has(key) ? map.get(key).push(item) : map.set(key, [item]);
	}
	return map;
}
const sum = (list, of) => list.reduce((all, item) => all + of(item), 0);
const least = (list, of) => list.reduce((best, item) => best === "" || of(item) < best ? of(item) : best, "");
const most = (list, of) => list.reduce((best, item) => of(item) > best ? of(item) : best, "");

/* --- uid-sets: "1:40,42" as sorted pairs [first, last] --- */

const ranges = text => text === "" ? [] : text.split(",").map(part => {
	const [first, last] = part.split(":").map(Number);
	return [first, last === undefined ? first : last];
});
function union(sets) {
	const result = [];
	for (const [first, last] of sets.flat().sort((a, b) => a[0] - b[0])) {
		const end = result[result.length - 1];
		if (end && first <= end[1] + 1)
			end[1] = Math.max(end[1], last);
		else
			result.push([first, last]);
	}
	return result;
}
const size = set => sum(set, range => range[1] - range[0] + 1);
const setText = set => set.map(([first, last]) => first === last ? first : first + ":" + last).join(",");

/* --- the list: one entry for each message that was handed out --- */

/* False if there was no room for all of it. */
function addRead(entries, read, left) {
	for (const [first, last] of ranges(read.uids)) {
		for (let uid = first; uid <= last; uid++) {
			let entry = entries.get(uid);
			if (left.steps-- <= 0 || !entry && left.entries-- <= 0)
				return false;
			if (!entry) {
				entry = { box: read, uid, kinds: [], sessions: [], first: read.first_ms, last: read.last_ms,
					date: "", size: null, id: "" };
				entries.set(uid, entry);
			}
			entry.kinds.includes(read.kind) || entry.kinds.push(read.kind);
			entry.sessions.includes(read.session_row) || entry.sessions.push(read.session_row);
			entry.first = read.first_ms < entry.first ? read.first_ms : entry.first;
			entry.last = read.last_ms > entry.last ? read.last_ms : entry.last;
		}
	}
	return true;
}

let whole = true;	/* the list has every message */
function messageList() {
	const boxes = new Map();
	const left = { entries: LIST_MAX, steps: STEPS_MAX };
	for (const read of rows("reads").filter(row => CONTENT.includes(row.kind))) {
		boxes.has(read.mailbox_row) || boxes.set(read.mailbox_row, new Map());
		whole = addRead(boxes.get(read.mailbox_row), read, left) && whole;
	}
	for (const name of rows("messages")) {
		const box = boxes.get(name.mailbox_row), entry = box && box.get(name.uid);
		if (entry)
			Object.assign(entry, { date: name.date_ms, size: name.size, id: name.message_id });
	}
	return [...boxes.values()].flatMap(box => [...box.values()]);
}
const MESSAGES = messageList();

/* --- what the charts and tables show of it --- */

function folders() {
	return [...groups(rows("reads"), row => row.mailbox_row + " " + row.kind).values()].map(list => {
		const set = union(list.map(row => ranges(row.uids)));
		return { box: list[0], kind: list[0].kind, messages: size(set), bytes: sum(list, row => row.bytes),
			first: least(list, row => row.first_ms), last: most(list, row => row.last_ms), uids: setText(set) };
	});
}

function months() {
	const dated = MESSAGES.filter(entry => entry.date);
	const byMonth = groups(dated, entry => entry.date.slice(0, 7));
	return { unknown: MESSAGES.length - dated.length,
		list: everyMonth([...byMonth.keys()].sort()).map(month =>
			({ month, messages: (byMonth.get(month) || []).length })) };
}
/* Months without a message stand there too, unless a wrong date makes them many. */
function everyMonth(known) {
	const number = month => Number(month.slice(0, 4)) * 12 + Number(month.slice(5)) - 1;
	const text = n => String(Math.floor(n / 12)).padStart(4, "0") + "-" + String(n % 12 + 1).padStart(2, "0");
	const first = number(known[0] || "0000-01"), last = number(known[known.length - 1] || "0000-01");
	if (known.length === 0 || last - first > 120)
		return known;
	return Array.from({ length: last - first + 1 }, (_, i) => text(first + i));
}

/* The account's usual sessions as the baseline counts them, and what this report
   is about, by day of the first delivery. */
function days() {
	const own = groups(rows("reads").filter(row => CONTENT.includes(row.kind)), row => row.first_ms.slice(0, 10));
	const usual = new Map(rows("days").map(row => [row.day, row.usual]));
	return [...new Set([...own.keys(), ...usual.keys()])].sort().slice(-370).map(day => ({
		day, usual: usual.get(day) || 0,
		here: distinct(own.get(day) || []) }));
}

const distinct = list => sum([...groups(list, row => row.mailbox_row).values()],
	group => size(union(group.map(row => ranges(row.uids)))));

function places(known) {
	const list = rows("sessions").filter(row => row.part);
	return [...groups(list, row => JSON.stringify([row.country, row.network])).values()].map(group => ({
		row: group[0], sessions: group.length,
		usual: known.has("country " + group[0].country) && known.has("network " + group[0].network),
		addresses: new Set(group.map(row => row.ip)).size, clients: [...new Set(group.map(row => row.client))],
		bodies: sum(group, row => row.bodies),
		first: least(group, row => row.first_ms), last: most(group, row => row.last_ms) }));
}
