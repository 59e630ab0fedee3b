#!/usr/bin/env python3
# Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING
"""eval.py [--hold] [--policy FILE] [--sensitivity NAME] [OUTDIR]

Plays worlds to the engine and says what its verdicts are worth: a table per
scenario and per kind of life, the figures with what they must and should be,
OUTDIR/eval.json (default: build/eval beside this tree), and the verdicts.

EVAL_TRACES  directories with trace.csv and labels.csv (or .gz), separated by
             spaces; default: the training traces beside the tree, if they are there
EVAL_WORLDS  worlds to make, PRESET:SEED, separated by spaces; default: one of
             each preset of world.py. They are kept in OUTDIR/worlds.
AA_REPLAY    the program, with arguments; default: replay/access-audit-replay in AA_BUILDDIR

--hold prints a point ("ok - ", "not ok - ") for each figure that must be held, as
./check counts them: the must column on the traces, if they are there, and always the
floor on a few made worlds.
"""
import argparse
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True  # the tree may be read-only, and is kept clean
import score  # noqa: E402
from score import mean  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
BULK = ("A1", "A2", "A7", "A10", "A11")


def of_life(kind):
    return lambda result: result["lives"]["all"][kind]


def of_scenarios(kind, names):
    def figure(result):
        values = [result["scenarios"][name][kind] for name in names
                  if name in result["scenarios"]]
        return mean(values) if values else None
    return figure


# figure, how, must, aim, whether less is better, and the floor: what made worlds,
# some of them harder than the traces, have been seen to hold
FIGURES = (
    ("legitimate accounts blocked", of_life("accounts blocked"), 1.5, .8, True, 2.5),
    ("legitimate account-days flagged", of_life("days flagged"), 6, 3, True, 7.5),
    ("attacks detected, all kinds", lambda result: result["detected"], .95, .98, False, .9),
    ("A1 A2 A7 A10 A11 blocked", of_scenarios("blocked", BULK), .98, 1, False, .93),
    ("... share of the mailbox delivered",
     of_scenarios("mailbox delivered", BULK), .008, .004, True, .02),
    ("A3 A4 A6 blocked", of_scenarios("blocked", ("A3", "A4", "A6")), .88, .95, False, .88),
    ("A3 A12 share of the mailbox delivered",
     of_scenarios("mailbox delivered", ("A3", "A12")), .016, .008, True, .03),
    ("A5 A8 A9 A12 A13 detected",
     of_scenarios("detected", ("A5", "A8", "A9", "A12", "A13")), .92, .95, False, .8),
)
MADE_TO_HOLD = ["plain:7", "plain:8", "plain:9", "dynamic:7", "renumber:7"]
SCENARIO_COLUMNS = ("detected", "blocked", "aim delivered", "mailbox delivered")
LIFE_COLUMNS = ("sessions flagged", "days flagged", "sessions blocked", "accounts blocked")


# --- worlds ---

def find(folder, name):
    for path in (folder / name, folder / (name + ".gz")):
        if path.exists():
            return path
    sys.exit("eval: %s has no %s" % (folder, name))


def given_worlds():
    if "EVAL_TRACES" in os.environ:
        return [pathlib.Path(path) for path in os.environ["EVAL_TRACES"].split()]
    return sorted((TOP.parent / "shared" / "traces").glob("train-*"))


def make_world(spec, out):
    preset, seed = spec.split(":")
    folder = out / "worlds" / ("%s-%s" % (preset, seed))
    if not folder.exists():
        making = folder.with_name(folder.name + ".making")
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(parents=True)
        subprocess.run([sys.executable, "-B", HERE / "world.py", preset, seed, making],
                       check=True, stdout=subprocess.DEVNULL)
        making.rename(folder)
    return folder


def worlds_to_make(hold):
    if not (HERE / "world.py").exists():
        return []
    if "EVAL_WORLDS" in os.environ:
        return os.environ["EVAL_WORLDS"].split()
    if hold:
        return MADE_TO_HOLD
    import world
    return ["%s:7" % preset for preset in world.PRESETS]


# --- playing ---

def replay_program():
    build = os.environ.get("AA_BUILDDIR", str(TOP / "build"))
    return shlex.split(os.environ.get("AA_REPLAY", build + "/replay/access-audit-replay"))


def play(folder, options, out):
    """Scores of one world."""
    trace = find(folder, "trace.csv")
    verdicts = out / (folder.name + ".verdicts.csv")
    with score.opened(trace, "rb") as file:
        player = subprocess.Popen(
            [*replay_program(), *options, "-o", str(verdicts), "-"],
            stdin=subprocess.PIPE)
        try:
            shutil.copyfileobj(file, player.stdin, 1 << 20)
            player.stdin.close()
        except BrokenPipeError:
            pass  # it says why itself
    if player.wait() != 0:
        sys.exit("eval: %s could not be replayed" % trace)
    return score.score(find(folder, "labels.csv"), verdicts)


# --- tables ---

def figures_of(results):
    """Means over worlds; None where no world has such attacks."""
    found = {}
    for name, how, *_ in FIGURES:
        values = [value for value in map(how, results) if value is not None]
        found[name] = mean(values) if values else None
    return found


def is_held(value, limit, less):
    return value is None or (value <= limit if less else value >= limit)


def shown(value):
    return "-" if value is None else "%.4f" % value if value < .1 else "%.3f" % value


def print_figures(title, results):
    print("\n%-40s %9s %9s %9s" % (title, "is", "must", "aim"))
    for name, value in figures_of(results).items():
        must, aim, less = next(f[2:5] for f in FIGURES if f[0] == name)
        mark = "" if is_held(value, aim, less) else \
            "  aim missed" if is_held(value, must, less) else "  MUST MISSED"
        print("%-40s %9s %9s %9s%s" % (
            name, shown(value), ("<= " if less else ">= ") + "%g" % must,
            ("<= " if less else ">= ") + "%g" % aim, mark))


def by_number(name):
    return int(name[1:])


def print_scenarios(results):
    print("\n%-10s %9s %9s %9s %14s %18s" % ("scenario", "incidents", *SCENARIO_COLUMNS))
    names = {name for result in results for name in result["scenarios"]}
    for name in sorted(names, key=by_number):
        rows = [result["scenarios"][name] for result in results
                if name in result["scenarios"]]
        print("%-10s %9d %9.3f %9.3f %14.4f %18.4f" % (
            name, sum(row["incidents"] for row in rows),
            *(mean(row[column] for row in rows) for column in SCENARIO_COLUMNS)))


def print_lives(results):
    print("\n%-14s %9s %17s %13s %17s %17s" % (
        "life", "sessions", *LIFE_COLUMNS))
    names = {name for result in results for name in result["lives"]}
    for name in sorted(names, key=lambda name: (name == "all", name)):
        rows = [result["lives"].get(name, dict.fromkeys(("sessions", *LIFE_COLUMNS), 0))
                for result in results]
        print("%-14s %9d %17.2f %13.2f %17.2f %17.2f" % (
            name, sum(row["sessions"] for row in rows),
            *(mean(row[column] for row in rows) for column in LIFE_COLUMNS)))
    print("false ones per 1,000 account-weeks")


def print_worlds(results):
    print("\n%-14s %s" % ("world", " ".join("%8s" % ("fig. %d" % (i + 1))
                                            for i in range(len(FIGURES)))))
    for name, result in results.items():
        cells = []
        for _, how, must, _, less, _ in FIGURES:
            value = how(result)
            cells.append("%7s%s" % (shown(value), " " if is_held(value, must, less) else "!"))
        print("%-14s %s" % (name, " ".join(cells)))
    print("figures in the order of the table above; ! must is missed")


def print_report(given, made):
    for title, results in (("the traces: mean of %d" % len(given), given),
                           ("made worlds: mean of %d" % len(made), made)):
        if results:
            print_figures(title, list(results.values()))
            print_scenarios(list(results.values()))
            print_lives(list(results.values()))
    print_worlds({**given, **made})


def print_points(where, results, limit_of):
    """Returns whether all is held."""
    all_held = True
    for figure, value in zip(FIGURES, figures_of(results).values()):
        limit, less = limit_of(figure), figure[4]
        held = value is not None and is_held(value, limit, less)
        print("%s - %s: %s: %s, must be %s %g" % (
            "ok" if held else "not ok", where, figure[0], shown(value),
            "<=" if less else ">=", limit))
        all_held = all_held and held
    return all_held


def hold(given, made):
    held = True
    if given:
        held = print_points("traces", given, lambda figure: figure[2])
    return print_points("made worlds", made, lambda figure: figure[5]) and held


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hold", action="store_true")
    parser.add_argument("--policy")
    parser.add_argument("--sensitivity")
    parser.add_argument("out", nargs="?", default=TOP / "build" / "eval", type=pathlib.Path)
    args = parser.parse_args()
    options = [word for name in ("policy", "sensitivity") if getattr(args, name)
               for word in ("--" + name, getattr(args, name))]
    args.out.mkdir(parents=True, exist_ok=True)
    traces = given_worlds()
    given = {path.name: play(path, options, args.out) for path in traces}
    made = {path.name: play(path, options, args.out)
            for path in (make_world(spec, args.out)
                         for spec in worlds_to_make(args.hold))}
    if not given and not made:
        print("skip - there are no traces beside the tree and none can be made")
        return
    if args.hold:
        sys.exit(0 if hold(list(given.values()), list(made.values())) else 1)
    print_report(given, made)
    with open(args.out / "eval.json", "w") as file:
        json.dump({"figures": figures_of(list((given or made).values())),
                   "figures of made worlds": figures_of(list(made.values())),
                   "traces": given, "made worlds": made}, file, indent=1)
    print("\nall of it: %s" % (args.out / "eval.json"))


if __name__ == "__main__":
    main()
