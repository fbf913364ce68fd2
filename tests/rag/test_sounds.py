from rag.sounds import homophones, respelled

KNOWN = {"国资", "资委", "尖峰", "峰对", "对话", "论坛", "话论"}


def test_characters_that_sound_alike() -> None:
    assert "资" in homophones("姿")
    assert "姿" not in homophones("姿")
    assert "山" not in homophones("水")


def test_a_character_typed_by_sound_is_respelled() -> None:
    assert respelled("国姿委", KNOWN) == "国资委"
    assert respelled("尖锋对话论坛", KNOWN) == "尖峰对话论坛"


def test_what_is_known_or_sounds_like_nothing_known_stays() -> None:
    assert respelled("国资委", KNOWN) == "国资委"
    assert respelled("天文馆", KNOWN) == "天文馆"


def test_a_short_run_says_too_little() -> None:
    assert respelled("姿委", KNOWN) == "姿委"
