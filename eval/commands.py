"""The commands of `python -m eval` that have a module of their own: name, help, function."""

from eval.convert import CONVERT_HELP, convert
from eval.judge import JUDGE_HELP, judge
from eval.report_command import REPORT_HELP, report_again
from eval.standings import TABLE_HELP, standings

COMMANDS = (
    ("convert", CONVERT_HELP, convert),
    ("judge", JUDGE_HELP, judge),
    ("report", REPORT_HELP, report_again),
    ("table", TABLE_HELP, standings),
)
