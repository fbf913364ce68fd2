"""What must be said of generated content, wherever it is shown, copied, printed or exported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from fake_assistant import FakeAssistant
from three_sites import A, serving_sites

from rag.prompts import label, labels, reply
from rag.records import Language
from rag.settings import Settings
from web.screen import LANGUAGES

INTELLIGENCE = ("人工智能", "人工智慧", "AI")
GENERATION = ("生成", "generated", "Generated")
REFERENCE: dict[Language, str] = {
    "zh-Hans": "不作为办事依据",
    "zh-Hant": "不作為辦事依據",
    "en": "ot a basis for official procedures",
}
PERMANENT = ("ai_label",)
AT_ANSWERS = ("made_search", "made_quote", "made_model", "made_reply", "widget_made")
ON_COPIES = ("copied_label", "widget_label")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", [*PERMANENT, *AT_ANSWERS, *ON_COPIES])
def test_each_label_says_that_an_artificial_intelligence_generates(name: str, language: Language) -> None:
    words = labels(language)[name]
    assert any(word in words for word in INTELLIGENCE)
    assert any(word in words for word in GENERATION)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "name", ["reference_only", "made_line", "copied_label", "widget_reference", "widget_made", "widget_label"]
)
def test_answers_and_copies_say_that_they_are_no_basis_for_official_procedures(name: str, language: Language) -> None:
    assert REFERENCE[language] in labels(language)[name]


def test_the_scripts_show_the_labels_and_no_attribute_turns_them_off() -> None:
    folder = Path(__file__).resolve().parents[2] / "web" / "widget"
    script = "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.js")))
    for shown in ("site.ai_label.text", "labels.reference", "labels.made", "labels.label", "chat.contact()"):
        assert shown in script
    for hidden in ("set.label", "set.aiLabel", "set.made", "set.contact "):
        assert hidden not in script


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_cry_for_help_gets_numbers_to_call(language: Language) -> None:
    assert "12356" in reply("crisis", language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_prepared_reply_is_not_called_a_refusal_by_the_widget(language: Language) -> None:
    words = labels(language)["widget_status_refused"]
    assert any(word in words for word in ("预设", "預設", "prepared"))


def test_the_widget_says_in_how_many_days_a_complaint_is_answered(settings_in: Callable[[], Settings]) -> None:
    with serving_sites(FakeAssistant(), settings_in()) as served:
        told = httpx.get(f"{served.address}/api/v1/site?lang=zh-Hans", headers=served.headers(A)).json()
        assert told["labels"]["contact"] == label("widget_contact", "zh-Hans")
        file = served.sites.read_text(encoding="utf-8")
        served.sites.write_text(file.replace('phone = "12345"', 'phone = "12345", days = 7'), encoding="utf-8")
        told = httpx.get(f"{served.address}/api/v1/site?lang=zh-Hans", headers=served.headers(A)).json()
        assert "7 个工作日内答复" in told["labels"]["contact"]
        assert told["contact"]["days"] == 7
