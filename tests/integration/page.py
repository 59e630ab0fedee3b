"""Points about the pages of doveadm audit report, in a real browser:
page.py DIRECTORY PERCENT [AXE]. Wants AA_TOP and AA_DOVEADM, a command that takes the
arguments of "doveadm audit"."""

import csv
import email
import json
import os
import re
import sqlite3
import subprocess
import sys
import time

import page_record
from browser import Browser

DIR, PERCENT = sys.argv[1], int(sys.argv[2])
AXE = sys.argv[3] if len(sys.argv) > 3 else None
DATABASE = DIR + "/audit.sqlite"
failed = False


def check(what, holds, why=""):
    global failed
    failed = failed or not holds
    print(("ok - " if holds else "not ok - ") + what, flush=True)
    if not holds and why != "":
        print("#", str(why)[:600])


def doveadm(*args):
    return subprocess.run([os.environ["AA_DOVEADM"], *args], capture_output=True, text=True,
                          timeout=100, check=False)


def report(name, *args):
    path = f"{DIR}/{name}.html"
    result = doveadm("report", "-o", path, *args)
    check(f"{name}: a page is made", result.returncode == 0 and os.path.exists(path), result.stderr)
    return path


def soon(browser, expression):
    end = time.monotonic() + 20
    while not browser.evaluate(expression):
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def quiet(browser, name):
    check(f"{name}: the browser complains of nothing", browser.complaints() == [], browser.complaints())
    check(f"{name}: it asks nobody for anything", browser.requests() == [], browser.requests())


def accessible(browser, name):
    if AXE is None:
        return
    with open(AXE, encoding="utf-8") as file:
        browser.evaluate(file.read() + "\n;0")
    browser.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; }), 0")
    found = json.loads(browser.evaluate(
        "axe.run().then(result => JSON.stringify(result.violations.map(one =>"
        " [one.id, one.nodes[0].html, one.nodes[0].failureSummary])))"))
    check(f"{name}: axe-core finds nothing", found == [], found)


def rows(table):
    return f"document.querySelectorAll('#table-{table} tbody tr')"


def cell(table, row, column):
    return f"{rows(table)}[{row}].cells[{column}].textContent"


def expand(uids):
    for part in uids.split(","):
        first, _, last = part.partition(":")
        yield from range(int(first), int(last or first) + 1)


def recorded(incident):
    """What the record says was handed out: {(guid, uid): kinds}."""
    given = {}
    with sqlite3.connect(f"file:{DATABASE}?mode=ro", uri=True) as db:
        for guid, kind, uids in db.execute(
                "SELECT mailbox.guid, kind, uids FROM read JOIN session ON session.id = read.session_id"
                " JOIN mailbox ON mailbox.id = mailbox_id WHERE incident_id = ?"
                " AND kind IN ('body', 'part', 'copy')", (incident,)):
            for uid in expand(uids):
                given.setdefault((guid, uid), set()).add(kind)
    return given


def download(browser, name):
    """Presses Enter on the button; returns the rows of the file that comes."""
    folder = f"{DIR}/{name}.downloads"
    os.makedirs(folder)
    browser.call("Browser.setDownloadBehavior", session=None, behavior="allow", downloadPath=folder)
    browser.evaluate("document.getElementById('download').focus()")
    browser.key("Enter")
    end = time.monotonic() + 30
    while not (files := [file for file in os.listdir(folder) if file.endswith(".csv")]):
        if time.monotonic() > end:
            return []
        time.sleep(0.1)
    with open(f"{folder}/{files[0]}", encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def same_as_record(browser, name, incident):
    lines = download(browser, name)
    listed = {(line[2], int(line[4])): set(line[5].split()) for line in lines[1:]}
    check(f"{name}: the downloaded list is the record ({len(listed)} messages)",
          listed == recorded(incident) and len(lines) - 1 == len(listed) > 0, lines[:3])
    formulas = [value for line in lines for value in line if value[:1] in tuple("=+-@\t\r")]
    check(f"{name}: … and no cell of it is a formula", lines != [] and formulas == [], formulas[:5])
    return lines


def large(browser):
    began = time.monotonic()
    path = report("large", "AA-17")
    print(f"# made in {time.monotonic() - began:.2f} s, {os.path.getsize(path)} bytes")
    began = time.monotonic()
    browser.open(path)
    print(f"# opened in {time.monotonic() - began:.2f} s")
    quiet(browser, "large")
    total = len(recorded(17))
    check("large: the sentences count what the record has",
          f"{total:,} different messages were handed out" in
          browser.evaluate("document.getElementById('story').textContent"))
    check("large: all are in the list, a hundred on the page", browser.evaluate(
        f"MESSAGES.length === {total} && {rows('messages')}.length === 100"))
    check("large: the page stays light", browser.evaluate("document.querySelectorAll('*').length < 8000"))
    check("large: four charts are drawn", browser.evaluate(
        "drawn.length === 4 && [...document.querySelectorAll('canvas')].every(canvas => "
        "canvas.width > 0 && canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)"
        ".data.some(Boolean) && canvas.getAttribute('aria-label').length > 20)"))
    keyboard(browser, total)
    lines = same_as_record(browser, "large", 17)
    check("large: … with Message-IDs and dates of these, and of no others",
          sum(line[8].endswith("@mail.example") and line[6][:2] == "20" for line in lines[1:]) ==
          sum(1 for _, uid in recorded(17) if uid % 50))
    check("large: what was not handed out is not in the page", f"{38 * PERCENT + 3}.1@mail.example" not in
          open(path, encoding="utf-8").read())
    strict(browser)
    printed = browser.pdf(DIR + "/large.pdf")
    check("large: it prints, and not as thousands of pages",
          printed.startswith(b"%PDF") and 3 <= printed.count(b"/Type /Page\n") <= 40,
          printed.count(b"/Type /Page\n"))
    # last: it opens what is closed
    accessible(browser, "large")


def keyboard(browser, total):
    browser.evaluate("document.activeElement.blur(), window.scrollTo(0, 0)")
    browser.key("Tab")
    check("the first Tab leads past the contents",
          browser.evaluate("document.activeElement.className") == "skip")
    browser.evaluate("document.querySelector('#table-messages thead th:nth-child(2) button').focus()")
    browser.key("Enter")
    check("Enter on a column's title sorts", browser.evaluate(
        "document.querySelector('#table-messages th:nth-child(2)').getAttribute('aria-sort')"
        f" === 'ascending' && {cell('messages', 0, 1)} === '1'"))
    browser.key("Enter")
    check("… and once more the other way", browser.evaluate(
        "document.querySelector('#table-messages th:nth-child(2)').getAttribute('aria-sort')"
        f" === 'descending' && {cell('messages', 0, 1)} === digits.format({38 * PERCENT})"))
    check("… which is said aloud", "descending" in browser.evaluate(
        "document.getElementById('said').textContent"))
    browser.evaluate("document.querySelector('#table-messages input').focus()")
    browser.type("personnel 3@")
    check("typing filters", soon(browser, f"{rows('messages')}.length < 100"))
    browser.type(".5")	# typed on: nothing is both
    check("… to nothing, which is said", soon(browser, f"{rows('messages')}.length === 0 && "
                                              "document.getElementById('said').textContent.startsWith('0')"))
    browser.evaluate("document.querySelector('#table-messages input').select()")
    browser.type("archives/2025")
    check("… by folder", soon(browser, f"[...{rows('messages')}].every(row => "
                              f"row.cells[0].textContent === 'Archives/2025') && {rows('messages')}.length === 100"))
    browser.evaluate("document.querySelector('#table-messages input').select()")
    browser.type(" ")
    check("… and gives all back", soon(browser, "document.querySelector('#table-messages .count')"
                                       f".textContent.endsWith(digits.format({total}))"))
    for _ in range(1 + 1):	# "Back" is disabled
        browser.key("Tab")
    browser.evaluate("[...document.querySelectorAll('#table-messages .tools button')][1].focus()")
    browser.key("Enter")
    check("Next turns the page", browser.evaluate(
        "document.querySelector('#table-messages .count').textContent.startsWith('101')"))


def strict(browser):
    browser.evaluate("document.head.append(Object.assign(document.createElement('script'),"
                     "{ textContent: 'window.owned = 9' })), 0")
    check("a script that is put into the page does not run",
          browser.evaluate("typeof window.owned") == "undefined")
    check("… and it cannot speak to anybody", browser.evaluate(
        "fetch('http://127.0.0.1:1/').then(() => 'sent', error => error.name)") == "TypeError"
        and any("Content Security Policy" in text for text in browser.complaints()))


def markup(browser):
    path = report("hostile", "AA-18")
    browser.open(path)
    quiet(browser, "hostile")
    check("hostile: no script ran", browser.evaluate("typeof window.owned") == "undefined")
    check("hostile: nothing was made of the names", browser.evaluate(
        "document.querySelectorAll('img, svg, iframe, i, b, u, s, [onload], [onerror]').length === 0 && "
        "document.scripts.length === 3"))
    text = browser.evaluate("document.body.textContent")
    for name in (page_record.EVIL, "<img src=x onerror=window.owned=5>\\u{202e}{{page.kicker}}{n}",
                 "</script><script>window.owned=6</script><!--<script>", "<i>\\x1b[2J", "<u>eve</u>",
                 "<svg onload=window.owned=4>", "<script>window.owned=7</script>@x",
                 "<script>window.owned=8</script>"):
        check(f"hostile: shown as text: {name}", name in text)
    same_as_record(browser, "hostile", 18)
    accessible(browser, "hostile")


# Every text of the page, the rows of its tables included, as it is read.
TEXTS = """(() => {
    const walk = document.createTreeWalker(document.querySelector('%s'), NodeFilter.SHOW_TEXT);
    const texts = [];
    while (walk.nextNode())
        texts.push(walk.currentNode.data);
    return texts;
})()"""
# What both languages call the same: names of the record, of protocols, of this.
ALIKE = ("anna@example.org|France|AA-\\d+|AS\\d+|Home|Rápida|imaplib|imap|mail|Mail/1|session\\d+/AAAB|FR|BR|INBOX|"
         "Archives|Budget|Personnel|Sent|UIDs?|Message-ID|messages?|sessions?|Sessions?|Messages|Incident|Note|Notes|"
         "Part|Service|Compte|[\\w.]+@mail\\.example|MB|GB|km|h|doveadm audit .*")


def numbers(texts):
    """Sorted figures: separators between thousands say nothing, nor how a date is written."""
    text = re.sub("(?<=\\d)[,\u202f\u00a0](?=\\d{3}(?!\\d))", "", "\n".join(texts))
    return sorted(re.findall("\\d+", text))


def french(browser):
    """The page and its texts in both languages, of one moment."""
    until = ("--until", time.strftime("%Y-%m-%d %H:%M:%S"))
    texts = {}
    for lang in ("en", "fr"):
        browser.open(report("both-" + lang, "--lang", lang, *until, "AA-17"))
        quiet(browser, lang)
        check(f"{lang}: the page is in that language", browser.evaluate("document.documentElement.lang") == lang)
        sections = browser.evaluate("[...document.querySelectorAll('section')].map(part => part.id)")
        texts[lang] = {part: browser.evaluate(TEXTS % ("#" + part)) for part in sections}
        if lang == "fr":
            english = browser.evaluate("[...document.querySelectorAll('body [lang=en]')].map(part =>"
                                       " [part.closest('section').id, part.textContent])")
            check("fr: nothing on it is English but what Dovecot says of a mailbox", len(english) > 0 and
                  all(part == "coverage" and "nternal error" in text for part, text in english), english)
            accessible(browser, "fr")
    for part, found in texts["fr"].items():
        check(f"fr: the numbers of “{part}” are those of the English page",
              numbers(found) == numbers(texts["en"][part]),
              set(numbers(found)) ^ set(numbers(texts["en"][part])))
    check("fr: a lock holds until it is lifted", "jusqu’à la levée" in texts["fr"]["reasons"])
    said = {text for _, text in english}
    left = {text for part, found in texts["fr"].items() for text in set(found) & set(texts["en"][part]) - said
            if re.search("[A-Za-zÀ-ÿ]{2}", re.sub(f"\\b({ALIKE})", "", text))}
    check("fr: no text is that of the English page", left == set(), sorted(left))


def empty(browser):
    browser.open(report("empty", "--lang", "fr", "AA-19"))
    quiet(browser, "empty")
    check("empty: it says so, in French", "Aucun message n’a été remis" in
          browser.evaluate("document.body.textContent") and
          browser.evaluate("document.documentElement.lang === 'fr' && document.getElementById('download').disabled"))
    accessible(browser, "empty")


def campaign(browser):
    browser.open(report("campaign", "AA-20"))
    quiet(browser, "campaign")
    check("campaign: its accounts, and what each saw of it", browser.evaluate(
        f"[...{rows('accounts')}].map(row => row.cells[0].textContent + ' ' + row.cells[1].textContent)") ==
        ["dora@example.org came: logged in", "carl@example.org tried: a login failed"])
    check("campaign: what log files do not tell is said", "1 session is from log files" in
          browser.evaluate("document.getElementById('story').textContent"))
    accessible(browser, "campaign")


def flood(browser):
    began = time.monotonic()
    browser.open(report("flood", "flood@example.org"))
    print(f"# opened in {time.monotonic() - began:.2f} s")
    quiet(browser, "flood")
    check("flood: the list ends, and says so", browser.evaluate(
        "MESSAGES.length === LIST_MAX && !document.getElementById('messages-cut').hidden"))
    check("flood: the sets are whole", browser.evaluate(
        f"{cell('folders', 0, 2)} === '4,294,967,295' && {rows('folders')}[0].textContent.includes('1:4294967295')"))


def owner(browser):
    path = report("owner", "--owner", "anna@example.org")
    browser.open(path)
    quiet(browser, "owner")
    check("owner: places, programs, hours", browser.evaluate(
        f"{rows('places')}.length === 2 && {rows('clients')}.length === 2 && {rows('hours')}.length === 24"))
    check("owner: what is not usual is marked", browser.evaluate(
        f"[...{rows('places')}].filter(row => row.querySelector('.odd')).length") == 1)
    check("owner: no message is named", "@mail.example" not in open(path, encoding="utf-8").read())
    accessible(browser, "owner")
    until = ("--until", time.strftime("%Y-%m-%d %H:%M:%S"))
    texts = {}
    for lang in ("en", "fr"):
        browser.open(report("owner-" + lang, "--owner", "--lang", lang, *until, "anna@example.org"))
        texts[lang] = browser.evaluate(TEXTS % "main")
    check("owner: the French page is French", browser.evaluate(
        "document.documentElement.lang === 'fr' && document.querySelectorAll('body [lang=en]').length === 0"))
    check("owner: … with the numbers of the English one", numbers(texts["fr"]) == numbers(texts["en"]),
          set(numbers(texts["fr"])) ^ set(numbers(texts["en"])))
    accessible(browser, "owner, fr")
    # What stands in the page does not need its script.
    browser.open(DIR + "/large.html")
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    browser.events = []
    browser.call("Page.reload")
    browser.wait("Page.loadEventFired")
    root = browser.call("DOM.getDocument")["root"]["nodeId"]
    node = browser.call("DOM.querySelector", nodeId=root, selector="main")["nodeId"]
    html = browser.call("DOM.getOuterHTML", nodeId=node)["outerHTML"]
    check("without JavaScript the sentences, the completeness and the hash are there",
          "different messages were handed out" in html and "There are <bdi>5</bdi> gaps" in html and
          "verify --against 4711:000102" in html)


def files():
    path = DIR + "/large.html"
    check("the file is for its maker alone", os.stat(path).st_mode & 0o777 == 0o600)
    os.symlink(DIR + "/elsewhere", DIR + "/link.html")
    result = doveadm("report", "-o", DIR + "/link.html", "AA-19")
    check("a link is not followed", result.returncode == 77 and not os.path.exists(DIR + "/elsewhere"),
          result.stderr)
    result = doveadm("report", "-o", DIR + "/nowhere/x.html", "AA-19")
    check("a folder that is not there", result.returncode == 77, result.stderr)
    os.mkdir(DIR + "/folder.html")
    result = doveadm("report", "-o", DIR + "/folder.html", "AA-19")
    check("a folder in its place", result.returncode == 77, result.stderr)
    check("nothing is left behind", not [name for name in os.listdir(DIR) if ".html." in name])
    report("large", "AA-19")
    check("what was there is replaced, whole", os.path.getsize(path) < 500000)
    for args, status in ((("AA-19",), 64), (("-o", path, "--lang", "../en", "AA-19"), 64),
                         (("-o", path, "--lang", "xx", "AA-19"), 64), (("-o", path, "AA-99"), 68),
                         (("-o", path, "--owner", "AA-19"), 67), (("--mail", "a@b.example", "AA-19"), 64),
                         (("-o", path), 64)):
        result = doveadm("report", *args)
        check(f"report {' '.join(args[-3:])}: {status}", result.returncode == status, result.stderr)


def mail():
    who = ("--owner", "--lang", "fr", "anna@example.org")
    result = doveadm("report", "-o", DIR + "/sent.html", "--mail", "anna@example.org", *who)
    check("the owner's page is sent", result.returncode == 0, result.stderr)
    with open(DIR + "/sendmail.args", encoding="utf-8") as file:
        check("… to one address", file.read().split() == ["-oi", "--", "anna@example.org"])
    with open(DIR + "/sendmail.mail", "rb") as file:
        message = email.message_from_binary_file(file)
    parts = [part.get_payload(decode=True) for part in message.get_payload()]
    with open(DIR + "/sent.html", "rb") as file:
        check("… as it is in the file", parts[1] == file.read())
    check("… with a text", "Changez votre mot de passe" in parts[0].decode())
    subject = str(email.header.make_header(email.header.decode_header(message["Subject"])))
    check("… and a subject", re.match("Qui a ouvert votre boîte\u00a0: du \\d\\d/\\d\\d/\\d{4} ", subject), subject)
    for address in ("-oQ/tmp/x", "a@b.example,c@d.example", "a b@c.example", "nobody", "a@b\nBcc: x@y.example"):
        result = doveadm("report", "--mail", address, *who)
        check(f"no address: {address!r}", result.returncode == 64, result.stderr)
    os.unlink(DIR + "/sendmail.mail")
    open(DIR + "/sendmail.fails", "w", encoding="utf-8").close()
    result = doveadm("report", "--mail", "anna@example.org", *who)
    check("a mail that is not taken is an error", result.returncode == 75, result.stderr)


def main():
    page_record.make(DATABASE, PERCENT)
    browser = Browser()
    try:
        large(browser)
        markup(browser)
        french(browser)
        empty(browser)
        campaign(browser)
        flood(browser)
        owner(browser)
    finally:
        browser.close()
    mail()
    files()
    sys.exit(failed)


main()
