from __future__ import annotations

import logging
import os
import threading
from pathlib import Path

import pytest
from invited import KEY, ORIGIN, OTHER_KEY, OTHER_ORIGIN, OTHER_SECRET, PUBLIC_URL, SECRET, entry, other_entry, written

from rag.errors import SettingsError
from web.site_file import KEY as KEY_FORM
from web.sites import LOCAL_KEY, Sites, allows


def opened(path: Path) -> Sites:
    return Sites(path, public_url=PUBLIC_URL, port=7860)


def test_a_site_is_found_by_its_public_and_by_its_secret_key(tmp_path: Path) -> None:
    sites = opened(written(tmp_path, entry(), other_entry()))
    assert [site.name for site in sites.all] == ["health", "tax"]
    assert [found.name for found in (sites.by_key(OTHER_KEY), sites.by_secret(SECRET)) if found] == ["tax", "health"]


@pytest.mark.parametrize("key", ["", "pk_", KEY[:-1], KEY + "a", KEY.upper(), SECRET, "健康", "\udcff", "\x00"])
def test_nothing_else_is_the_key_of_a_site(key: str, tmp_path: Path) -> None:
    sites = opened(written(tmp_path, entry()))
    assert sites.by_key(key) is None


def test_the_digest_that_the_file_holds_is_no_secret_key(tmp_path: Path) -> None:
    sites = opened(written(tmp_path, entry()))
    digest = sites.all[0].secret_sha256
    assert [sites.by_secret(text) for text in (digest, KEY, "", "sk_", "密", "\udcff")] == [None] * 6


def test_without_a_file_only_pages_of_this_server_may_ask(tmp_path: Path) -> None:
    sites = Sites(tmp_path / "sites.toml", public_url=None, port=7860)
    local = sites.by_key(LOCAL_KEY)
    assert local is not None
    assert KEY_FORM.fullmatch(LOCAL_KEY)
    assert sites.own_origins == {"http://127.0.0.1:7860", "http://localhost:7860"}
    assert allows(local, "http://localhost:7860")
    assert not allows(local, "http://localhost:7861")
    assert local.articles == ()


def test_the_built_in_site_has_another_secret_in_every_process(tmp_path: Path) -> None:
    one, other = (opened(tmp_path / "sites.toml").all[0] for _ in range(2))
    assert one.secret_sha256 != other.secret_sha256


def test_with_a_file_the_built_in_site_is_gone(tmp_path: Path) -> None:
    assert opened(written(tmp_path, entry())).by_key(LOCAL_KEY) is None


def test_an_empty_file_invites_nobody(tmp_path: Path) -> None:
    assert opened(written(tmp_path)).all == ()


def test_pages_of_this_server_may_speak_for_every_site(tmp_path: Path) -> None:
    sites = opened(written(tmp_path, entry()))
    (site,) = sites.all
    assert sites.own_origins == {PUBLIC_URL}
    assert [sites.lets(site, o) for o in (ORIGIN, PUBLIC_URL, OTHER_ORIGIN, "null", "")] == [True, True] + [False] * 3


def test_only_sites_that_were_not_revoked_invite_an_origin(tmp_path: Path) -> None:
    sites = opened(written(tmp_path, entry(), other_entry("revoked = true")))
    assert sites.invited(ORIGIN)
    assert not sites.invited(OTHER_ORIGIN)
    assert not sites.invited("null")
    found = sites.by_secret(OTHER_SECRET)
    assert found is not None
    assert found.revoked


def test_a_change_of_the_file_is_known_at_once(tmp_path: Path) -> None:
    sites = opened(written(tmp_path, entry()))
    assert sites.by_key(OTHER_KEY) is None
    written(tmp_path, entry(), other_entry())
    assert sites.by_key(OTHER_KEY) is not None


def test_a_file_that_comes_later_takes_the_place_of_the_built_in_site(tmp_path: Path) -> None:
    sites = opened(tmp_path / "sites.toml")
    written(tmp_path, entry())
    assert [site.name for site in sites.all] == ["health"]


def test_a_file_of_the_same_size_that_takes_its_place_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, entry())
    sites = opened(path)
    before = path.stat()
    beside = tmp_path / "beside"
    beside.write_text(path.read_text().replace("health", "sports"))
    os.utime(beside, ns=(before.st_atime_ns, before.st_mtime_ns))
    beside.replace(path)
    assert [site.name for site in sites.all] == ["sports"]


def test_a_broken_edit_changes_nothing_and_is_logged_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = written(tmp_path, entry())
    sites = opened(path)
    written(tmp_path, entry(), "[sites.tax")
    with caplog.at_level(logging.WARNING):
        assert [[site.name for site in sites.all] for _ in range(3)] == [["health"]] * 3
    assert len(caplog.messages) == 1
    assert caplog.messages[0].startswith(f"{path}: no TOML: ")
    assert caplog.messages[0].endswith("The invited sites stay as they were.")
    written(tmp_path, entry(), other_entry())
    assert len(sites.all) == 2


def test_a_file_that_goes_away_changes_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = written(tmp_path, entry())
    sites = opened(path)
    path.unlink()
    assert [site.name for site in sites.all] == ["health"]
    assert sites.by_key(LOCAL_KEY) is None
    assert len(caplog.messages) == 1


def test_a_file_that_is_broken_at_the_start_invites_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    sites = opened(written(tmp_path, "[sites"))
    assert sites.all == ()
    assert sites.by_key(LOCAL_KEY) is None
    assert not sites.invited(PUBLIC_URL)
    assert caplog.messages[0].endswith("Nobody is invited.")
    written(tmp_path, entry())
    assert [site.name for site in sites.all] == ["health"]


def test_a_folder_in_place_of_the_file_invites_nobody(tmp_path: Path) -> None:
    assert opened(tmp_path).all == ()


def test_no_reader_sees_half_of_a_change(tmp_path: Path) -> None:
    path = written(tmp_path, entry())
    sites = opened(path)
    seen: set[tuple[str, ...]] = set()

    def read() -> None:
        for _ in range(300):
            seen.add(tuple(site.name for site in sites.all))

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for turn in range(60):
        beside = tmp_path / "beside"
        beside.write_text(entry() + (other_entry() if turn % 2 else ""))
        beside.replace(path)
    for reader in readers:
        reader.join()
    assert seen <= {("health",), ("health", "tax")}


@pytest.mark.parametrize("url", ["qa.example.gov.cn", "https://qa.example.gov.cn/wenju", "https://*", "ftp://x", ""])
def test_a_public_url_that_is_no_origin_is_told_at_the_start(url: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="WENJU_PUBLIC_URL"):
        Sites(tmp_path / "sites.toml", public_url=url, port=7860)


def test_the_usual_port_is_left_out_as_browsers_do(tmp_path: Path) -> None:
    assert "http://localhost" in Sites(tmp_path / "sites.toml", public_url=None, port=80).own_origins
