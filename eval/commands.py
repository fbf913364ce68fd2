"""The commands of `python -m eval` that have a module of their own: name, help, function."""

from eval.calibrate_command import CALIBRATE_HELP, calibrate
from eval.convert import CONVERT_HELP, convert
from eval.inventions import INVENTIONS_HELP, inventions
from eval.judge import JUDGE_HELP, judge
from eval.reader_report import READER_HELP, reader_report
from eval.report_command import REPORT_HELP, report_again
from eval.standings import TABLE_HELP, standings

COMMANDS = (
    ("calibrate", CALIBRATE_HELP, calibrate),
    ("convert", CONVERT_HELP, convert),
    ("inventions", INVENTIONS_HELP, inventions),
    ("judge", JUDGE_HELP, judge),
    ("reader", READER_HELP, reader_report),
    ("report", REPORT_HELP, report_again),
    ("table", TABLE_HELP, standings),
)
