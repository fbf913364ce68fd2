from __future__ import annotations

import hashlib
import json

from web.aigc import aigc_json, aigc_label


def test_the_implicit_label_has_the_seven_fields_of_the_standard() -> None:
    assert aigc_label("某市政务服务中心", "a-17") == {
        "Label": "1",
        "ContentProducer": "某市政务服务中心",
        "ProduceID": "a-17",
        "ReservedCode1": "",
        "ContentPropagator": "某市政务服务中心",
        "PropagateID": "a-17",
        "ReservedCode2": "",
    }


def test_a_whole_answer_is_sealed_by_its_digest() -> None:
    sealed = aigc_label("p", "i", "联盟由九城市共同发起。[1]")
    assert sealed["ReservedCode1"] == "sha256:" + hashlib.sha256("联盟由九城市共同发起。[1]".encode()).hexdigest()
    assert sealed["ReservedCode1"] != aigc_label("p", "i", "联盟由八城市共同发起。[1]")["ReservedCode1"]


def test_half_a_character_is_no_failure() -> None:
    assert aigc_label("p", "i", "\ud83d")["ReservedCode1"].startswith("sha256:")


def test_the_label_is_one_line_of_json_that_reads_back() -> None:
    line = aigc_json(aigc_label("某中心", "i"))
    assert json.loads(line)["ContentProducer"] == "某中心"
    assert "\n" not in line
    assert "某中心" in line
