"""How the time of every regular expression of ours grows with a message made to be slow.

python -m tests.fuzz.patterns     # the slowest, each with the text that makes it so

For each repetition in a pattern, texts are made that begin as the pattern does, go on with what is
repeated, and end in something that does not fit, so that everything is tried. The work is measured
against a search that is known to be quadratic, on a text of the same length and in the same run.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from types import FrameType
from typing import Any

from sales.settings import PROJECT
from tests.fuzz.runs import chance

PACKAGES = ("sales", "actions", "bot", "desk")
METHODS = {"search": "search", "match": "match", "fullmatch": "fullmatch", "findall": "search",
           "finditer": "search", "sub": "search", "subn": "search", "split": "search"}  # fmt: skip
LONGEST = 2_000  # characters, as the longest message
SHORT = 40  # enough for what grows exponentially to run out of time
TEXTS_FOR_EACH_REPETITION = 2
KILLERS = ("", "\x00")  # what a text ends in; no pattern knows the second
MOST_TIMES_QUADRATIC = 10
YARDSTICK = re.compile(r"a*b")
Method = Callable[[str], object]


class TooSlowError(Exception):
    """The pattern was still at work when its time was over."""


@dataclass(frozen=True)
class Use:
    """A pattern, how it is called (search, match, fullmatch), and where it stands."""

    pattern: re.Pattern[str]
    method: str
    where: str


@dataclass(frozen=True)
class Cost:
    """The most work found for a pattern, as a multiple of the yardstick's; and on what text."""

    use: Use
    times: float
    text: str


# ---------------------------------------------------------------- finding them


def uses(exercise: Callable[[], None]) -> list[Use]:
    """Every use of a pattern in our modules; `exercise` runs what makes patterns as it goes."""
    made: dict[tuple[str, int], set[tuple[str, str]]] = defaultdict(set)
    compile_one = re._compile  # type: ignore[attr-defined]

    def remember(pattern: Any, flags: int) -> re.Pattern[Any]:
        compiled: re.Pattern[Any] = compile_one(pattern, flags)
        caller, how = _caller(sys._getframe(1))
        if isinstance(compiled.pattern, str) and caller.partition(".")[0] in PACKAGES:
            made[(compiled.pattern, compiled.flags)].add((caller, how))
        return compiled

    re._compile = remember  # type: ignore[attr-defined]
    try:
        modules = [importlib.import_module(name) for name in _module_names()]
        exercise()
    finally:
        re._compile = compile_one  # type: ignore[attr-defined]
    called = _methods_called()
    names = {
        (value.pattern, value.flags): f"{module.__name__}.{name}"
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, re.Pattern)
    }
    found = set()
    for (text, flags), places in made.items():
        pattern = re.compile(text, flags)
        for where, how in places:
            known = {how} if how in METHODS else called[names.get((text, flags), where)]
            for method in known or called[where] or {"search"}:
                found.add(Use(pattern, METHODS.get(method, method), where))
    return sorted(found, key=lambda use: (use.where, use.pattern.pattern, use.method))


def _caller(frame: FrameType | None) -> tuple[str, str]:
    """The module that asked for a pattern, and the function of `re` that it called."""
    how = frame.f_code.co_name if frame else ""
    while frame and frame.f_globals.get("__name__") == "re":
        frame = frame.f_back
    return (str(frame.f_globals.get("__name__")) if frame else ""), how


def _module_names() -> Iterator[str]:
    for package in PACKAGES:
        for module in pkgutil.walk_packages([str(PROJECT / package)], f"{package}."):
            if "migrations" not in module.name and not module.name.endswith("__main__"):
                yield module.name


def _methods_called() -> dict[str, set[str]]:
    """The methods called on each pattern with a name, and in a module on what else it has."""
    called: dict[str, set[str]] = defaultdict(set)
    for package in PACKAGES:
        for path in (PROJECT / package).rglob("*.py"):
            module = ".".join(path.relative_to(PROJECT).with_suffix("").parts)
            nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
            homes = {
                alias.asname or alias.name: f"{node.module}.{alias.name}"
                for node in nodes
                if isinstance(node, ast.ImportFrom)
                for alias in node.names
            }
            for node in nodes:
                _note_call(node, module, homes, called)
    return called


def _note_call(
    node: ast.AST, module: str, homes: dict[str, str], called: dict[str, set[str]]
) -> None:
    if not isinstance(node, ast.Attribute) or node.attr not in METHODS:
        return
    name = node.value.id if isinstance(node.value, ast.Name) else ""
    if name == "re":
        return
    place = homes.get(name, f"{module}.{name}") if name.isupper() else module
    called[place].add(METHODS[node.attr])


# ---------------------------------------------------------------- texts against them


def hostile_texts(pattern: re.Pattern[str], random: Random) -> Iterator[tuple[str, str]]:
    """Beginnings, and what is to be repeated after them."""
    tree = parser.parse(pattern.pattern, pattern.flags)
    for before, body in _repetitions(tree, ()):
        for _ in range(TEXTS_FOR_EACH_REPETITION):
            several = random.choice((1, 1, 2, 3))
            yield _text(before, random), "".join(_text(body, random) for _ in range(several))
    yield from (("", part) for part in ("a", " ", "4", ", ", "a 4 ", _text(tree, random)))


def _repetitions(tree: Any, before: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    for index, (kind, value) in enumerate(tree):
        ahead = (*before, *list(tree)[:index])
        if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            if value[1] > 1:
                yield ahead, value[2]
            yield from _repetitions(value[2], ahead)
        elif kind is op.SUBPATTERN:
            yield from _repetitions(value[3], ahead)
        elif kind is op.ATOMIC_GROUP:
            yield from _repetitions(value, ahead)
        elif kind is op.BRANCH:
            for branch in value[1]:
                yield from _repetitions(branch, ahead)


def _text(tree: Any, random: Random) -> str:
    """A text that fits; what looks around is left out of account."""
    return "".join(_part(kind, value, random) for kind, value in tree)


def _part(kind: Any, value: Any, random: Random) -> str:
    if kind is op.LITERAL:
        return chr(value)
    if kind is op.NOT_LITERAL:
        return "a" if value != ord("a") else "b"
    if kind is op.ANY:
        return random.choice("a4 ")
    if kind is op.IN:
        return _one_of_class(value, random)
    if kind is op.BRANCH:
        return _text(random.choice(value[1]), random)
    if kind is op.SUBPATTERN:
        return _text(value[3], random)
    if kind is op.ATOMIC_GROUP:
        return _text(value, random)
    if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
        least, most, body = value
        times = min(most, max(least, random.choice((0, 1, 1, 2))))
        return "".join(_text(body, random) for _ in range(times))
    return ""


def _one_of_class(items: Any, random: Random) -> str:
    if items[0][0] is op.NEGATE:
        excluded = re.compile(f"[{''.join(map(_as_written, items[1:]))}]")
        return next((each for each in "a4 -,.!(Z_@" if not excluded.match(each)), "~")
    kind, value = random.choice(items)
    if kind is op.LITERAL:
        return chr(value)
    if kind is op.RANGE:
        return chr(random.randint(*value))
    return random.choice(_OF_CATEGORY[value])


def _as_written(item: Any) -> str:
    kind, value = item
    if kind is op.LITERAL:
        return re.escape(chr(value))
    if kind is op.RANGE:
        return f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}"
    return _ESCAPES[value]


_OF_CATEGORY = {
    op.CATEGORY_DIGIT: "4", op.CATEGORY_NOT_DIGIT: "a ", op.CATEGORY_SPACE: " ",
    op.CATEGORY_NOT_SPACE: "a4", op.CATEGORY_WORD: "a4", op.CATEGORY_NOT_WORD: " ,",
}  # fmt: skip
_ESCAPES = {
    op.CATEGORY_DIGIT: r"\d", op.CATEGORY_NOT_DIGIT: r"\D", op.CATEGORY_SPACE: r"\s",
    op.CATEGORY_NOT_SPACE: r"\S", op.CATEGORY_WORD: r"\w", op.CATEGORY_NOT_WORD: r"\W",
}  # fmt: skip


# ---------------------------------------------------------------- measuring


def worst(use: Use, random: Random, unit_s: float) -> Cost:
    """The text found to be slowest. `unit_s` is what the yardstick takes."""
    run: Method = getattr(use.pattern, use.method)
    slowest = Cost(use, 0.0, "")
    limit_s = unit_s * MOST_TIMES_QUADRATIC * 2
    for beginning, part in hostile_texts(use.pattern, random):
        for killer in KILLERS:
            for length in (SHORT, LONGEST):
                text = _of_length(beginning, part, killer, length)
                times = _seconds(run, text, limit_s) / unit_s
                if times > slowest.times:
                    slowest = Cost(use, times, text)
                if times > MOST_TIMES_QUADRATIC:
                    return slowest
    return slowest


def _of_length(beginning: str, part: str, killer: str, length: int) -> str:
    part = part or "a"
    room = max(0, length - len(beginning) - len(killer))
    return beginning + (part * (room // len(part) + 1))[:room] + killer


def yardstick_s() -> float:
    """What a quadratic search takes on the longest message."""
    text = "a" * LONGEST
    return min(_seconds(YARDSTICK.search, text, 60) for _ in range(5))


def _seconds(run: Method, text: str, limit_s: float) -> float:
    """Time of the processor, cut off at the limit; `re` looks for signals while it works."""
    signal.setitimer(signal.ITIMER_VIRTUAL, limit_s)
    began = time.thread_time()
    try:
        run(text)
    except TooSlowError:
        pass
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return time.thread_time() - began


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise TooSlowError


def measured(found: list[Use], random: Random) -> list[Cost]:
    """The cost of every use, the highest first. Only in a process's main thread."""
    before = signal.signal(signal.SIGVTALRM, _stop)
    try:
        unit_s = yardstick_s()
        costs = [worst(use, random, unit_s) for use in found]
    finally:
        signal.signal(signal.SIGVTALRM, before)
    return sorted(costs, key=lambda cost: -cost.times)


def _exercise() -> None:
    """Runs the readers on a few messages: some patterns are made for the words of a message."""
    from tests.fuzz.readers import SLOW
    from tests.fuzz.texts import message

    for number in range(40):
        for reader in SLOW.values():
            reader(message(chance(f"words {number}"))[:200])


def main() -> int:
    costs = measured(uses(_exercise), chance("patterns"))
    bad = [cost for cost in costs if cost.times > MOST_TIMES_QUADRATIC]
    for cost in costs[: max(12, len(bad))]:
        use = cost.use
        print(f"{cost.times:8.2f} {use.method:9} {use.where}\n    {use.pattern.pattern!r:.200}")
        print(f"    on {cost.text[:60]!r} ... ({len(cost.text)} characters)")
    print(f"{len(costs)} uses of patterns; {len(bad)} above {MOST_TIMES_QUADRATIC} times quadratic")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
