"""Find the sentences of a Python file that do not pass through the catalogue (`bot/rules/catalogue.py`).

A sentence is a text with a space between letters, or one that begins with a capital letter. Not sentences: docstrings,
annotations, what is compared or looked up, keys, lines of the log, errors of the program, and words that people type
(commands, their usage and examples).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

Sentence = ast.Constant | ast.JoinedStr
ROOT = Path(__file__).parents[2]

#: Functions whose text goes through the catalogue; those of counts take a number before the text for one and for many.
CATALOGUE, COUNTERS = frozenset({"_", "n_"}), frozenset({"counted", "number_of", "of_whole"})
#: Arguments that are no sentence, by callee: their places, and their keywords.
_ARGUMENTS: Mapping[str, tuple[tuple[int, ...], tuple[str, ...]]] = {
    "Button": ((1,), ("command",)),
    "Option": ((0,), ("value",)),
    "Field": ((0, 2), ("id", "kind", "initial")),
    "Form": ((0, 1), ("kind", "command")),
    "Command": ((0,), ("name", "usage", "examples", "actions", "words", "example_needs")),
    "Unclear": (tuple(range(1, 9)), ()),
    "asking": (tuple(range(9)), ()),
    "Place": (tuple(range(3)), ("name",)),
    "NotifyPerson": ((0, 1), ()),
    "NotifyRole": ((0, 1), ()),
    "Entry": (tuple(range(9)), ("action", "reason", "outcome", "subject")),
    "swept": ((), ("state", "reason")),
    "PostedLine": ((0,), ("section",)),
    "replace": ((), ("section",)),
    "Reply": ((), ("status",)),
    "Job": (tuple(range(3)), ()),
    "Drop": ((0,), ()),
    "Thread": ((), ("name",)),
}
_FUNCTIONS = (
    "startswith endswith removeprefix removesuffix split rsplit partition rpartition strip lstrip rstrip "
    "index find count compile match fullmatch search sub findall getattr hasattr setattr TypeVar NewType cast "
    "fromkeys strptime strftime date_words code_words execute text encode decode MailUnusable SmsUnusable CannotTell "
    "ValueError TypeError KeyError RuntimeError AssertionError NotImplementedError OverflowError"
)
#: Functions whose texts are compared, looked up or parsed, or are for people who program.
_NO_SENTENCES = frozenset(_FUNCTIONS.split())
_LOGGED = frozenset({"debug", "info", "warning", "error", "exception", "critical"})
#: Rooms and files that speak to chat.
ROOMS = (
    *("commands/", "bot/messages/", "bot/conversation/", "bot/jobs/", "bot/chat/", "bot/rules/", "bot/store/changes/"),
    *("bot/store/queries/", "bot/store/rota.py", "bot/store/released_periods.py"),
    *("bot/store/reports.py", "bot/reports/making.py"),
    *("bot/server/gateway.py", "bot/server/arrivals.py", "bot/server/worker.py"),
)
#: Files of these rooms that say nothing in chat, and whom they speak to.
NOT_CHAT: Mapping[str, str] = {
    "bot/chat/slack/credentials.py": "whoever starts the bot",
    "bot/chat/slack/doctor.py": "whoever runs doctor",
    "bot/chat/slack/manifest.py": "Slack's settings of the app",
    "bot/chat/slack/webhook.py": "Slack",
    "bot/chat/teams/credentials.py": "whoever starts the bot",
    "bot/chat/teams/doctor.py": "whoever runs doctor",
    "bot/chat/teams/elements.py": "Teams: the words of Adaptive Cards",
    "bot/chat/teams/manifest.py": "Teams' settings of the app",
    "bot/chat/teams/signing_keys.py": "whoever reads the log",
    "bot/chat/teams/sdk.py": "whoever starts the bot",
    "bot/chat/teams/webhook.py": "Teams",
    "bot/jobs/audit_checkpoints.py": "whoever keeps the server: named by the log and doctor",
    "bot/rules/access/administration.py": "whoever runs people",
    "bot/rules/access/permissions.py": "whoever runs people",
    "bot/rules/audit/chain.py": "whoever runs audit",
    "bot/rules/audit/retention.py": "whoever runs subject or hold",
    "bot/rules/audit/verification.py": "whoever runs audit",
    "bot/rules/catalogue.py": "the catalogue itself",
    "bot/rules/delivery/findings.py": "whoever runs doctor",
    "bot/rules/delivery/health.py": "monitoring",
    "bot/rules/partnership/installation.py": "whoever starts the bot",
    "bot/rules/partnership/partnership.py": "whoever writes the partnership file",
    "bot/rules/partnership/reference.py": "whoever writes the partnership file",
    "bot/rules/partnership/roles.py": "whoever writes the partnership file",
    "bot/rules/ssda903.py": "whoever loads an export",
    "bot/rules/reports/ordinary_words.py": "nobody: words that are looked for",
    "bot/rules/reports/words.py": "whoever hands in the leads' words",
    "bot/rules/text/reasons.py": "nobody: words that are looked for",
    "bot/rules/text/secret_patterns.py": "nobody: words that are looked for",
}
#: Files that read what people type: of their texts only those that begin with a capital letter are said.
PARSERS = frozenset(
    {
        "bot/conversation/form_answers.py",
        "bot/conversation/plain_questions.py",
        "bot/conversation/privacy_guard.py",
        "bot/rules/text/area_names.py",
        "bot/rules/text/small_words.py",
        "bot/rules/text/spoken_time.py",
    }
)
#: What is no sentence though it looks like one: by file, the constant, the function or the text, with the reason.
EXCEPTIONS: Mapping[str, Mapping[str, str]] = {
    "bot/chat/slack/context.py": {
        "Content-Type": "a header",
    },
    "bot/chat/teams/channels.py": {
        "_NO_FAULT_OF_THEIRS": "codes of Teams",
    },
    "bot/chat/teams/connector.py": {
        "PUT": "a method of HTTP",
        "DELETE": "a method of HTTP",
        "lastModifiedDateTime gt {}": "a filter",
    },
    "bot/chat/teams/platform.py": {
        "_GONE": "codes of Teams",
        "_TOO_BIG": "codes of Teams",
    },
    "bot/chat/teams/refusals.py": {
        "_CODES": "codes of Teams",
    },
    "bot/chat/web/page.py": {
        "HEADERS": "headers",
        "REPORT_FORMS": "types of files",
        "_report": "headers",
    },
    "bot/conversation/dispatcher.py": {
        "not understood": "the audit trail",
        "stopped: {}": "the audit trail",
        "stopped: facts": "the audit trail",
    },
    "bot/conversation/plain_questions.py": {
        "_phrase": "words people type",
    },
    "bot/jobs/config_changes.py": {
        "WHO": "the audit trail",
        "note": "the audit trail",
        "digest": "the audit trail",
    },
    "bot/jobs/delivery.py": {
        "posted {}": "the audit trail",
    },
    "bot/jobs/digest.py": {
        "changed {}": "the audit trail",
    },
    "bot/jobs/escalations.py": {
        "changed {}": "the audit trail",
        "rule {}, tier {}: {} of {}, {}": "the audit trail",
    },
    "bot/jobs/post_cleanup.py": {
        "removed {}": "the audit trail",
    },
    "bot/jobs/refused.py": {
        "_see": "a command",
    },
    "bot/messages/channel_notices.py": {
        'id = "a-name-of-yours"': "the partnership file",
        'name = "What people call it"': "the partnership file",
        "areas = [{}]": "the partnership file",
        'platform = "{}"': "the partnership file",
        'destination = "{}"': "the partnership file",
        "digest = { time = 08:00:00, cutoff = 12:00:00 }": "the partnership file",
        "level = 0  # counts; 1 is references, in a private channel where everybody is entitled": "the same file",
    },
    "bot/messages/digest.py": {
        "before, held": "an id of a section",
        "no owner": "an id of a section",
    },
    "bot/rules/disclosure/sheet.py": {"percent_of": "keys of percentages"},
    "bot/messages/half_year_table.py": {
        "in_band": "keys of counts",
        "reported_by": "keys of counts",
        "missing_from": "keys of counts",
        "late_by": "keys of counts",
        "hosted": "keys of counts",
        "late": "keys of counts",
        "working_days": "keys of counts",
        "working days: held": "a key of counts",
        "working days: over": "a key of counts",
        "_frequency": "keys of counts",
        "_cohort": "keys of counts",
        "_inside_and_outside": "keys of counts",
        "_interviews": "keys of counts",
        "CENSUS": "keys of counts",
        "not known": "a key of counts",
        "_AT_LEAST_EACH": "keys of counts",
    },
    "bot/messages/release.py": {
        "children interviewed": "a key of figures",
        "interviews: held": "a key of counts",
        "median: held": "a key of figures",
        "median: recorded": "a key of figures",
        "median: delay ": "keys of figures",
        "_OF_SOURCES": "keys of counts",
    },
    "bot/messages/interview_status.py": {
        "merge into #{} v{}": "words people type",
        "{} v{}": "words people type",
        "on it": "words people type",
        "hand to": "words people type",
    },
    "bot/messages/released_figures.py": {
        "frequency": "keys of counts",
        "interviews: episodes": "a key of counts",
        "lac: episodes": "a key of counts",
        "interviews: {}": "a key of counts",
        "hosted": "keys of counts",
    },
    "bot/messages/report_status.py": {
        "report {} file": "a command",
    },
    "bot/reports/making.py": {
        "_never": "whoever programs",
    },
    "bot/rules/audit/accepted.py": {
        "{}-{} until {}": "the audit trail",
    },
    "bot/rules/delivery/refused.py": {
        "whole": "a command",
    },
    "bot/rules/interviews/state.py": {
        "open_state": "ids of states",
        "CLOSED": "ids of states",
        "NONE": "ids of states",
        "not required": "an id of a state",
        "not possible": "an id of a state",
        "due, child missing": "an id of a state",
    },
    "bot/rules/interviews/steps.py": {
        "VERBS": "words people type",
        "EXAMPLES": "words people type",
        "_ALSO": "words people type",
        "mistake|in error|oops": "words people type",
        "_TYPED": "words people type",
        "typed_words": "words people type",
        "child|young person|yp": "words people type",
        "_SMALL": "words people type",
    },
    "bot/rules/interviews/transitions.py": {
        "AFTER": "ids of states",
        "PRESSES": "words people type",
    },
    "bot/rules/queries/digest_content.py": {
        "ended since": "a name of facts",
        "grown up": "a name of facts",
    },
    "bot/rules/queries/facts.py": {
        "{} is not among the facts of level {}": "an error of the program",
    },
    "bot/rules/reminders/due.py": {
        "NO_OWNER": "an id of a step",
        "RECORD": "an id of a step",
        "TELL": "an id of a step",
        "HOSTED_LADDER": "ids of steps",
        "UNATTENDED": "an id of a step",
        "day it is due": "an id of a step",
        "time is over": "an id of a step",
    },
    "bot/rules/time/clock.py": {
        "LONDON": "a time zone",
    },
    "bot/rules/time/period.py": {
        "EXAMPLES": "words people type",
        "_SAME": "words people type",
        "_ranges": "words people type",
        "_relative": "words people type",
        "_to_today": "words people type",
    },
    "bot/server/gateway.py": {
        "before sharing": "the audit trail",
        "look up": "the audit trail",
        "not understood": "the audit trail",
    },
    "bot/store/queries/found_with.py": {
        " found_with ": "SQL",
    },
    "bot/store/queries/report_figures.py": {
        "CAST(strftime('%s', {}) AS INTEGER)": "SQL",
        "CAST(floor(extract(epoch FROM {})) AS BIGINT)": "SQL",
    },
    "commands/access_summary.py": {
        "COLUMNS": "ids of columns",
        "_column": "ids of columns",
        "last month": "words people type",
    },
    "commands/age.py": {
        "_ANSWERS": "words people type",
    },
    "commands/away.py": {
        "EXAMPLE": "words people type",
        "{} to {}": "words people type",
    },
    "bot/store/reports.py": {
        "Report {}, {}: its bytes are not those that were recorded.": "nobody: the maker says it in other words",
    },
    "commands/child.py": {
        ' because "{}"': "words people type",
    },
    "commands/cohort.py": {
        "ALIASES": "words people type",
    },
    "commands/drill.py": {
        "acknowledge drill": "the audit trail",
    },
    "commands/ended.py": {
        "at {}": "words people type",
    },
    "commands/interview.py": {
        "ask to take": "the audit trail",
        "merge into #{}": "words people type",
    },
    "commands/on_call.py": {
        "_begun": "words people type",
        "on-call change": "the audit trail",
    },
    "commands/open.py": {
        "GRADES": "words people type",
    },
    "commands/report.py": {
        "report draft": "the audit trail",
        "report {} of {}, snapshot {}": "the audit trail",
    },
    "commands/strategy.py": {
        "threshold met": "words people type",
        "threshold not met": "words people type",
    },
}
_LETTERS = re.compile(r"[A-Za-z]")
_SPOKEN = re.compile(r"[A-Za-z].* |\s.*[A-Za-z]|^[A-Z]", re.DOTALL)
_WORD = re.compile(r"[A-Za-z]{2}|(?<![A-Za-z])[a-z](?![A-Za-z])")


_WORDS = "undo new off for mine partial halves right due overdue hosted unrecorded drill all acknowledge again there"
#: Words that may follow the name of a command as it is typed.
_OPTIONS = "|".join(_WORDS.split())
_VALUE = r"\{\}|#\{\}|v\{\}"
_COMMANDS = sorted(p.stem.replace("_", "-") for p in (ROOT / "commands").glob("[a-z]*.py"))
_TYPED = re.compile(rf"(?:{'|'.join(_COMMANDS)})(?: ?(?:{_OPTIONS}|{_VALUE}))* ?")
#: Names of settings, codes of measures, patterns.
_CODE = re.compile(r"BOT_[A-Z_]+|K\d+|GET|POST| partial|.*(?:\(\?|\\[bdwsS]|\[\^?[a-z0-9]-).*", re.DOTALL)


def text_of(node: Sentence) -> str:
    """Return the fixed text of a literal, with {} for each value."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    return "".join(str(v.value) if isinstance(v, ast.Constant) else "{}" for v in node.values)


def is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def is_sentence(node: ast.AST) -> bool:
    """Return True for a text that a reader would have to understand."""
    if not is_text(node):
        return False
    if isinstance(node, ast.JoinedStr) and any(
        counts(v.value) for v in node.values if isinstance(v, ast.FormattedValue)
    ):
        return True
    text = text_of(node)  # type: ignore[arg-type]
    letters = _WORD if isinstance(node, ast.JoinedStr) else _LETTERS
    found = letters.search(text.replace("{}", "")) and _SPOKEN.search(text)
    return bool(found) and not _TYPED.fullmatch(text) and not _CODE.fullmatch(text)


def counts(node: ast.AST) -> bool:
    """Return True for a word for one and another for many: `"child" if n == 1 else "children"`."""
    if not isinstance(node, ast.IfExp) or not isinstance(node.test, ast.Compare):
        return False
    of_one = isinstance(node.test.comparators[0], ast.Constant) and node.test.comparators[0].value == 1
    words = [text_of(x) for x in (node.body, node.orelse) if isinstance(x, ast.Constant | ast.JoinedStr) and is_text(x)]
    return of_one and len(words) == 2 and all(map(_LETTERS.search, words))


def outside(tree: ast.AST, path: str = "") -> Iterator[Sentence]:
    """Yield the outermost sentences of a file that do not pass through the catalogue."""
    return (node for node, scope in judged(tree) if not excepted(path, scope, node))


def judged(tree: ast.AST) -> Iterator[tuple[Sentence, str]]:
    """Yield every sentence outside the catalogue with its place, the excepted ones too."""
    return _of(tree, "")


def excepted(path: str, scope: str, node: Sentence) -> bool:
    """Return True for a text that is none of chat's, by its file, its place or itself."""
    text, listed = text_of(node), EXCEPTIONS.get(path, {})
    typed = path in PARSERS and not re.match(r"[A-Z⚠●○]|\{\}[^{}]*[.?]$", text)
    return scope in listed or text in listed or typed


def called(node: ast.AST) -> str:
    """Return the last name of a call's function: 'Button', 'startswith'."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def counter(node: ast.AST) -> tuple[str, ...]:
    """Return the texts for one and for many of a call that counts: counted(n, "{n} child", "{n} children")."""
    if called(node) not in COUNTERS or not isinstance(node, ast.Call) or ast.unparse(node.func).startswith("self."):
        return ()
    return tuple(str(a.value) for a in node.args[1:3] if isinstance(a, ast.Constant) and isinstance(a.value, str))


def catalogued(tree: ast.AST) -> Iterator[tuple[str, ...]]:
    """Yield the texts of each call that goes through the catalogue: one, or those for one and for many."""
    for node in ast.walk(tree):
        if called(node) in CATALOGUE and isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            texts = node.args[: 2 if called(node) == "n_" else 1]
            if all(isinstance(t, ast.Constant) for t in texts):
                yield tuple(str(t.value) for t in texts if isinstance(t, ast.Constant))
        elif found := counter(node):
            yield found


def _of(node: ast.AST, scope: str) -> Iterator[tuple[Sentence, str]]:
    """Yield the sentences below a node, each with the name of the function or constant that it stands in."""
    if is_sentence(node):
        yield node, scope  # type: ignore[misc]
        return
    scope = _name(node) or scope
    for word in beside_sentences(node):
        yield word, scope
    for child in parts(node):
        yield from _of(child, scope)


def beside_sentences(node: ast.AST) -> list[ast.Constant]:
    """Return the single words that are said in the place of a sentence: "no" in `"not known" if x else "no"`."""
    match node:
        case ast.Dict():
            choices: list[ast.expr] = node.values
        case ast.IfExp():
            choices = [node.body, node.orelse]
        case ast.BoolOp():
            choices = node.values
        case _:
            return []
    words = [x for x in choices if isinstance(x, ast.Constant) and not is_sentence(x) and _LETTERS.search(str(x.value))]
    said = counts(node) or any(map(is_sentence, choices))
    return [x for x in words if said and isinstance(x.value, str)]


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return node.name
    target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
    named = isinstance(target, ast.Name) and (target.id.isupper() or target.id.startswith("__"))
    return target.id if named and isinstance(target, ast.Name) else ""


def parts(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the parts of a node that may hold a sentence: no docstring, annotation or what is compared."""
    match node:
        case ast.Expr(value=ast.Constant()) | ast.Assert() | ast.MatchValue():
            return iter(())
        case ast.AnnAssign():
            return iter([node.value] if node.value else [])
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return iter((*node.args.defaults, *(d for d in node.args.kw_defaults if d), *node.body))
        case ast.JoinedStr():  # its fixed text was judged as a whole
            return (v.value for v in node.values if isinstance(v, ast.FormattedValue))
        case ast.Compare() | ast.Subscript():
            return (x for x in ast.iter_child_nodes(node) if not _compared(x) and not _is_literal_type(node))
        case ast.Call():
            return _parts_of_call(node)
        case _:
            return (x for x in ast.iter_child_nodes(node) if _name(node) != "__all__")


def _compared(node: ast.AST) -> bool:
    """Return True for texts that are compared: a literal, or several of them."""
    if isinstance(node, ast.Tuple | ast.Set | ast.List):
        return all(_compared(x) for x in node.elts)
    return is_text(node)


def _is_literal_type(node: ast.AST) -> bool:
    return isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "Literal"


def _parts_of_call(node: ast.Call) -> Iterator[ast.AST]:
    name = called(node)
    if name in CATALOGUE:
        yield from (k.value for k in node.keywords)
        yield from node.args[2:]
        return
    if name in COUNTERS:
        yield from node.args[:1]
        return
    if name == "log" or (name in _LOGGED and isinstance(node.func, ast.Attribute)):  # a line of the log
        return
    yield from [node.func] if isinstance(node.func, ast.Attribute) else []
    places, keywords = _ARGUMENTS.get(name, ((), ()))
    # Of text.replace("what", "by what") the first is looked for.
    places = (0,) if name == "replace" and _compared(node.args[0] if node.args else node) else places
    for place, argument in enumerate(node.args):
        if place not in places and not (name in _NO_SENTENCES and _compared(argument)):
            yield argument
    for keyword in node.keywords:
        if keyword.arg not in keywords and not (name in _NO_SENTENCES and _compared(keyword.value)):
            yield keyword.value


def sources(root: Path = ROOT) -> list[Path]:
    """Return every file of the source."""
    return sorted(p for room in ("bot", "commands") for p in (root / room).rglob("*.py"))


def files(root: Path = ROOT) -> list[Path]:
    """Return the files that speak to chat."""
    found = ((p, p.relative_to(root).as_posix()) for p in sources(root))
    return [p for p, name in found if name not in NOT_CHAT and name.startswith(ROOMS)]


def in_file(path: Path, root: Path = ROOT) -> list[Sentence]:
    return list(outside(ast.parse(path.read_text(encoding="utf-8")), path.relative_to(root).as_posix()))
