"use strict";
/* Fills the page. A place that a template does not have is left out. */

const column = (key, type, of, show) => ({ title: say("column." + key), type, of, show });
const tag = (text, odd) => node("span", { class: "tag " + (odd ? "odd" : "usual") }, text);
const country = name => say("country.named", { name: regionName(name), code: name });
function regionName(name) {
	try {
		return new Intl.DisplayNames([LANG], { type: "region" }).of(name);
	} catch (error) {
		return name;	/* not a code: shown as it is */
	}
}
const place = row => [row.country && regionName(row.country), row.network].filter(Boolean).join(", ") || say("unknown");
const countryCell = row => row.country ? outside(country(row.country)) : "";
const odd = row => row.standing === "unfamiliar";
const standing = row => tag(word("standing", row.standing), odd(row));
const plural = (key, n) => say(key + "." + (n === 0 ? say("plural.zero") : n === 1 ? "one" : "other"),
	{ n: digits.format(n) });

function fillDays() {
	const list = days();
	if (rows("sessions").length + list.length === 0)
		note("timeline-none", say("table.none"));
	drawSessions();
	drawDays(list);
	makeTable("table-days", say("timeline.days"), [column("day", "time", row => row.day),
		column("here", "num", row => row.here), column("usual", "num", row => row.usual)], list);
}

function fillPlaces(known) {
	makeTable("table-places", say("places.caption"), [
		column("country", "term", row => row.row.country ? country(row.row.country) : ""),
		column("network", "long", row => row.row.as_org ? row.row.network + ", " + row.row.as_org : row.row.network),
		column("usual_place", "term", row => say(row.usual ? "usual" : "odd"),
			row => tag(say(row.usual ? "usual" : "odd"), !row.usual)),
		column("sessions", "num", row => row.sessions), column("addresses", "num", row => row.addresses),
		column("bodies", "num", row => row.bodies),
		column("clients", "long", row => row.clients.filter(Boolean).join(", ")),
		column("first", "time", row => row.first), column("last", "time", row => row.last)], places(known));
	makeTable("table-known", say("places.known"), [column("what", "term", row => word("what", row.what)),
		column("name", "text", row => row.what === "country" ? country(row.name) : row.name),
		column("days", "num", row => row.days), column("first_day", "time", row => row.first_day),
		column("last_day", "time", row => row.last_day)], rows("known"));
}

const UIDS_SHOWN = 120;
const uidCell = uids => uids.length <= UIDS_SHOWN ? outside(uids) :
	node("details", {}, node("summary", {}, uids.slice(0, UIDS_SHOWN / 3) + "…"), outside(uids));

/* Mailboxes that could not be looked into have a note. */
function fillBoxes() {
	const own = rows("boxes").every(row => row.owner === DATA.meta.account);
	const share = row => row.there ? Math.floor(row.given * 1000 / row.there) / 10 : null;
	makeTable("table-boxes", say("boxes.caption"), [column("mailbox", "text", row => row.mailbox),
		column("owner", "text", row => own ? "" : row.owner), column("there", "num", row => row.there),
		column("given", "num", row => row.given),
		column("share", "num", share, row => row.there ? digits.format(share(row)) + " %" : ""),
		column("left", "num", row => row.there === null ? null : row.there - row.given),
		column("uids_left", "mono", row => row.left, row => uidCell(row.left)),
		column("note", "long", row => row.note && say("boxes.unknown", { error: row.note }),
			row => row.note ? boxUnknown(row.note) : "")], rows("boxes"));
}

/* The error is Dovecot's, or ours, in English. */
function boxUnknown(error) {
	const [before, after] = say("boxes.unknown").split("{error}");
	return node("span", {}, before, node("bdi", { lang: "en" }, visible(error)), after || "");
}

function fillFolders() {
	const list = folders();
	const own = list.every(row => row.box.owner === DATA.meta.account);
	drawFolders();
	makeTable("table-folders", say("coverage.caption"), [
		column("mailbox", "text", row => row.box.mailbox),
		column("owner", "text", row => own ? "" : row.box.owner),
		column("kind", "term", row => word("kind", row.kind)), column("messages", "num", row => row.messages),
		column("bytes", "num", row => row.bytes), column("first", "time", row => row.first),
		column("last", "time", row => row.last), column("uids", "mono", row => row.uids, row => uidCell(row.uids))], list);
	const byMonth = months();
	drawMonths(byMonth.list);
	makeTable("table-months", say("months.title"), [column("month", "time", row => row.month),
		column("messages", "num", row => row.messages)], byMonth.list);
	note("months-none", MESSAGES.length === 0 && say("table.none"));
	note("months-unknown", byMonth.unknown > 0 && plural("months.unknown", byMonth.unknown));
}

function note(id, text) {
	const place = document.getElementById(id);
	if (place && text) {
		place.hidden = false;
		place.textContent = text;
	}
}

function fillAccounts() {
	if (rows("accounts").length === 0)
		return;
	makeTable("table-accounts", say("accounts.caption"), [column("account", "text", row => row.account),
		column("part", "term", row => word("part", row.part)), column("first", "time", row => row.first_ms),
		column("last", "time", row => row.last_ms)], rows("accounts"));
}

const kinds = entry => CONTENT.filter(kind => entry.kinds.includes(kind));
function fillMessages() {
	makeTable("table-messages", say("messages.caption"), [
		column("mailbox", "text", row => row.box.mailbox), column("uid", "num", row => row.uid),
		column("date", "time", row => row.date), column("size", "num", row => row.size),
		column("kind", "term", row => kinds(row).map(kind => word("kind", kind)).join(", ")),
		column("sessions", "num", row => row.sessions.length), column("first", "time", row => row.first),
		column("message_id", "mono", row => row.id)], MESSAGES, { none: say("messages.none") });
	note("messages-cut", !whole ? say("messages.cut", { n: digits.format(MESSAGES.length) }) :
		DATA.meta.names_cut && say("messages.names_cut"));
	const button = document.getElementById("download");
	if (button) {
		button.disabled = MESSAGES.length === 0;
		button.addEventListener("click", () => download(DATA.meta.file + ".csv", messagesCsv()));
	}
}

/* Names as the views have them: a machine reads it, too. */
function messagesCsv() {
	return csv(["mailbox", "owner", "mailbox_guid", "uidvalidity", "uid", "kinds", "date", "size", "message_id",
		"sessions", "first_at", "last_at"],
	MESSAGES.map(row => [row.box.mailbox, row.box.owner, row.box.mailbox_guid, row.box.uidvalidity, row.uid,
		kinds(row).join(" "), row.date, row.size, row.id, row.sessions.join(" "), row.first, row.last]));
}

function fillSessions() {
	const list = rows("sessions").filter(row => row.part);
	const one = list.every(row => row.account === DATA.meta.account);
	makeTable("table-sessions", say("sessions.caption"), [
		column("begin", "time", row => row.first_ms), column("end", "time", row => row.end_ms || say("open")),
		column("account", "text", row => one ? "" : row.account),
		column("real_user", "text", row => row.real_user === row.account ? "" : row.real_user),
		column("ip", "word", row => row.ip), column("country", "term", row => row.country || "", countryCell),
		column("network", "text", row => row.network), column("client", "long", row => row.client),
		column("standing", "term", row => word("standing", row.standing), standing),
		column("bodies", "num", row => row.bodies), column("first_time", "num", row => row.first_time_bodies),
		column("bytes", "num", row => row.body_bytes), column("end_reason", "term", row => word("end", row.end_reason)),
		column("service", "term", row => row.service),
		column("session", "mono", row => row.session || String(row.session_row))], list);
}

const ending = row => row.until_ms || (row.state === "active" ? say("until_lifted") : "");
const wasDone = row => say(row.enforced ? "yes" : "no");
function fillReasons() {
	makeTable("table-verdicts", say("reasons.caption"), [column("at", "time", row => row.at_ms),
		column("session", "mono", row => row.session), column("action", "term", row => word("action", row.action)),
		column("enforced", "term", wasDone), column("rule", "term", row => word("rule", row.rule)),
		column("reasons", "pre", row => row.reasons.split("\n").map(told).join("\n"), row => sentences(row.reasons))], rows("verdicts"), { none: say("reasons.none") });
	makeTable("table-measures", say("done.caption"), [column("what", "term", row => word("measure", row.what)),
		column("account", "text", row => row.account === "*" ? say("all_accounts") : row.account),
		column("object", "text", row => row.object.replace(/(^|, )\*$/, "$1" + say("any"))),
		column("state", "term", row => word("state", row.state)), column("from", "time", row => row.from_ms),
		column("until", "time", ending), column("made_by", "text", row => told(row.made_by)),
		column("note", "long", row => told(row.note))], rows("measures"), { none: say("done.none") });
}

function fillSearches() {
	makeTable("table-searches", say("searches.caption"), [column("at", "time", row => row.at_ms),
		column("mailbox", "text", row => row.mailbox), column("categories", "text", row => (row.categories || "").split(",").map(name => word("category", name)).join(", ")),
		column("terms", "long", row => row.terms), column("hits", "num", row => row.hits)],
	rows("searches"), { none: say("searches.none") });
}

function fillGaps() {
	if (rows("gaps").length === 0)
		return;
	makeTable("table-gaps", say("complete.caption"), [column("what", "term", row => word("gap", row.cause)),
		column("from", "time", row => row.from_ms), column("until", "time", row => row.until_ms),
		column("account", "text", row => row.account || say("all_accounts")),
		column("sessions", "num", row => row.sessions), column("messages", "num", row => row.messages),
		column("note", "long", row => told(row.detail), row => sentences(row.detail))], rows("gaps"));
}

/* --- the owner's page --- */

function fillClients() {
	const list = rows("sessions").filter(row => row.part);
	makeTable("table-clients", say("owner.clients.caption"), [
		column("client", "long", row => row.name), column("service", "term", row => row.services),
		column("sessions", "num", row => row.sessions), column("last", "time", row => row.last)],
	[...groups(list, row => row.client || "").values()].map(group => ({ name: group[0].client || say("unknown"),
		services: [...new Set(group.map(row => row.service))].join(", "), sessions: group.length,
		last: most(group, row => row.last_ms) })));
}

function fillHours() {
	if (!document.getElementById("hours"))
		return;
	const byHour = groups(rows("sessions").filter(row => row.part), row => Number(row.first_ms.slice(11, 13)));
	const list = Array.from({ length: 24 }, (_, hour) => ({ hour: String(hour).padStart(2, "0"),
		sessions: (byHour.get(hour) || []).length }));
	drawHours(list);
	makeTable("table-hours", say("owner.hours.chart"), [column("hour", "time", row => row.hour),
		column("sessions", "num", row => row.sessions)], list);
}

/* Countries in the sentences: the record has codes. */
document.querySelectorAll("[data-country]").forEach(place => {
	place.textContent = visible(country(place.dataset.country));
});
if (typeof Chart !== "undefined")
	Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
const known = new Set(rows("known").filter(row => row.days > 0).map(row => row.what + " " + row.name));
fillAccounts();
fillDays();
fillPlaces(known);
fillFolders();
fillBoxes();
fillMessages();
fillSessions();
fillReasons();
fillSearches();
fillGaps();
fillClients();
fillHours();
