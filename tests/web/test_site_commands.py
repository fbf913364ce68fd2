from __future__ import annotations

import os
import stat
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from invited import KEY, ORIGIN, entry, other_entry, written

from rag.manifest import FORMAT, Manifest, PassageSettings
from web.__main__ import main
from web.site_editing import Keys, NewSite, add, new_keys, revoke
from web.site_file import SiteFileError, read_sites

CONTACT = 'contact = { name = "市民服务热线", phone = "12345" }'


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WENJU_SITES", str(tmp_path / "sites.toml"))
    monkeypatch.setenv("WENJU_INDEX", str(tmp_path / "index"))
    monkeypatch.setenv("WENJU_PUBLIC_URL", "https://qa.example.gov.cn")


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """The exit code of `python -m web sites WORDS`."""
    monkeypatch.setattr(sys, "argv", ["web", "sites", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_an_invited_site_gets_its_keys_the_tag_and_the_policy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["add", "health", "--origin", ORIGIN, "--title", "卫生健康问答", "--title", "en=Health", "--secure"]
    words += ["--articles", "health/*", "--language", "zh-Hans", "--language", "en"]
    assert run(monkeypatch, *words, "--contact-name", "市民服务热线", "--phone", "12345") == 0
    said, warned = capsys.readouterr()
    (site,) = read_sites(tmp_path / "sites.toml")
    secret = next(word for word in said.split() if word.startswith("sk_"))
    assert site.secret_sha256 == sha256(secret.encode()).hexdigest()
    assert site.articles == ("health/*",)
    assert site.languages == ("zh-Hans", "en")
    assert site.titles == {"zh-Hans": "卫生健康问答", "en": "Health"}
    assert site.secure
    loader = "https://qa.example.gov.cn/embed/v1/loader.js"
    assert f'<script src="{loader}" data-site-key="{site.key}" data-lang="zh-CN" defer></script>\n' in said
    assert "script-src https://qa.example.gov.cn; connect-src https://qa.example.gov.cn;" in said
    assert warned == ""


def test_the_secret_is_shown_once_and_written_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, "add", "health", "--origin", ORIGIN)
    secret = next(word for word in capsys.readouterr().out.split() if word.startswith("sk_"))
    run(monkeypatch, "list")
    run(monkeypatch, "check")
    assert secret not in "".join(capsys.readouterr())
    assert secret not in (tmp_path / "sites.toml").read_text()


def test_keys_are_long_and_never_the_same() -> None:
    keys = {new_keys() for _ in range(200)}
    assert len({k.public for k in keys}) == len({k.secret for k in keys}) == 200
    assert all(len(k.public) == 29 and len(k.secret) == 55 for k in keys)


def test_only_the_owner_may_read_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, entry())
    path.chmod(0o644)
    assert run(monkeypatch, "add", "tax", "--origin", ORIGIN) == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["sites.toml"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_root_adds_stays_readable_for_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, entry())
    os.chown(path, 65534, 65534)
    assert run(monkeypatch, "revoke", "health") == 0
    assert (path.stat().st_uid, path.stat().st_gid) == (65534, 65534)


def test_a_link_to_the_file_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    real = written(tmp_path / "etc", entry())
    link = tmp_path / "sites.toml"
    link.symlink_to(real)
    revoke(link, "health")
    assert link.is_symlink()
    assert read_sites(real)[0].revoked


def test_comments_and_order_stay(tmp_path: Path) -> None:
    before = f"# whom we trust\n{entry(more='secure = true  # since May')}\n# the tax office\n{other_entry()}"
    path = written(tmp_path, before)
    revoke(path, "tax")
    assert path.read_text().split() == [*before.split(), "revoked", "=", "true"]


def test_a_site_with_tables_of_its_own_can_be_revoked(tmp_path: Path) -> None:
    path = written(tmp_path, entry(more="[sites.health.limits]\nclient_day = 7"), other_entry())
    assert revoke(path, "health")
    health, tax = read_sites(path)
    assert (health.revoked, health.limits.client_day, tax.revoked) == (True, 7, False)


def test_a_site_that_was_set_free_by_hand_can_be_revoked_again(tmp_path: Path) -> None:
    path = written(tmp_path, entry(more="revoked = false"))
    assert revoke(path, "health")
    assert not revoke(path, "health")


def test_sites_in_one_line_are_left_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "sites.toml"
    lines = entry().splitlines()
    path.write_text(f"sites = {{ health = {{ {', '.join(lines[1:4])} }} }}\n")
    with pytest.raises(SiteFileError, match="edit it by hand"):
        add(path, NewSite(name="tax", origins=[ORIGIN], titles={}), new_keys())
    assert [site.name for site in read_sites(path)] == ["health"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("add", "health", "--origin", ORIGIN), 1, 'there is a site "health"'),
        (("add", "tax", "--origin", "*"), 1, "this would let anybody in"),
        (("add", "a b", "--origin", ORIGIN), 1, "name: expected at most 40 letters"),
        (("add", "tax", "--origin", ORIGIN, "--title", "a\nb"), 1, "titles.zh-Hans: expected printable text"),
        (("revoke", "tax"), 1, 'there is no site "tax"'),
        (("add", "tax"), 2, "--origin"),
        (("add", "tax", "--origin", ORIGIN, "--language", "de"), 2, "'de' is none of zh-Hans"),
        (("add", "tax", "--origin", ORIGIN, "--phone", "12345"), 2, "--contact-name"),
        (("invite", "tax"), 2, "invite"),
    ],
)
def test_what_cannot_be_done_changes_nothing(
    words: tuple[str, ...],
    code: int,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = written(tmp_path, entry())
    assert run(monkeypatch, *words) == code
    assert said in capsys.readouterr().err
    assert path.read_text() == entry()


def test_a_broken_file_is_not_written_over(tmp_path: Path) -> None:
    path = written(tmp_path, entry(), "[sites.tax")
    for change in (lambda: revoke(path, "health"), lambda: add(path, _TAX, Keys(public=KEY, secret="sk_x"))):
        with pytest.raises(SiteFileError, match="no TOML"):
            change()
    assert path.read_text().endswith("[sites.tax")


_TAX = NewSite(name="tax", origins=[ORIGIN], titles={})


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SiteFileError, match="its folder cannot be used"):
        add(tmp_path / "none" / "sites.toml", _TAX, new_keys())


def test_the_table_shows_every_key_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path, entry(more='articles = ["health/*"]'), other_entry("revoked = true"))
    assert run(monkeypatch, "list") == 0
    _, health, tax = capsys.readouterr().out.splitlines()
    assert [word for word in health.split() if word != "zh-Hant"][:4] == ["health", KEY, ORIGIN, "health/*"]
    assert tax.split()[-1] == "revoked"


@pytest.mark.parametrize("command", ["list", "check"])
def test_no_file_is_no_mistake(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, command) == 0
    assert "only this server's own pages may ask" in capsys.readouterr().out


def checked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str], list[str]]:
    """Exit code, findings and remarks."""
    code = run(monkeypatch, "check")
    said, found = capsys.readouterr()
    return code, found.splitlines(), [line for line in said.splitlines() if line.startswith("note: ")]


def test_a_good_file_has_nothing_to_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path, entry(more=CONTACT)).chmod(0o600)
    assert checked(monkeypatch, capsys) == (0, [], [])


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("", "contact: missing; every answer must name people who can be asked."),
        ('contact = { name = "热线" }', "contact: expected a phone, url or email beside the name."),
        (
            f'{CONTACT}\ntheme = {{ accent = "#66ccff" }}',
            "theme: accent #66ccff on paper #fcfcfa has a contrast of 1.75",
        ),
        (f'{CONTACT}\ntheme_dark = {{ ink = "#333333" }}', "theme_dark: ink #333333 on paper #17191c has a contrast"),
        (
            f'{CONTACT}\nlanguages = ["en"]\ntitles = {{ zh-Hans = "问答" }}',
            "titles: zh-Hans is none of its languages.",
        ),
        (f'{CONTACT}\nlimits = {{ question_chars = 3 }}\nexamples = {{ en = ["What?"] }}', "examples.en: longer than"),
        ("nonsense = 1", "nonsense: unknown; see docs/embedding.md for the fields."),
    ],
)
def test_what_must_be_mended_is_told_and_fails(
    more: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, entry(more=more))
    code, found, _ = checked(monkeypatch, capsys)
    assert code == 1
    assert found[0].startswith(f'{path}: site "health": {expected}')


def test_a_revoked_site_needs_no_mending(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path, entry(more="revoked = true"))
    assert checked(monkeypatch, capsys)[:2] == (0, [])


def test_what_may_be_meant_so_is_remarked_and_passes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("WENJU_PUBLIC_URL")
    path = written(tmp_path, entry(origins=("http://county.gov.cn", "https://*.example.cn"), more=CONTACT))
    path.chmod(0o644)
    code, _, remarks = checked(monkeypatch, capsys)
    assert code == 0
    for said in (
        "PUBLIC_URL",
        "others than its owner",
        "http://county.gov.cn: without https",
        "is every one of them yours",
    ):
        assert said in "".join(remarks)
    assert len(remarks) == 4


def test_patterns_are_compared_with_the_index_that_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "index" / "generations" / "000001"
    folder.mkdir(parents=True)
    (tmp_path / "index" / "current").write_text("000001")
    Manifest(
        format=FORMAT,
        versions={},
        model="m",
        dimension=1,
        fingerprint="f",
        passage_settings=PassageSettings(tokens=400, overlap_sentences=1),
        collection="c",
        chroma_url=None,
        articles={"health/1": "d"},
        passages=1,
        vectors=1,
        files={},
    ).write(folder)
    path = written(tmp_path, entry(more=f'{CONTACT}\narticles = ["health/*", "healt/*"]'))
    code, found, _ = checked(monkeypatch, capsys)
    assert code == 1
    assert found == [f'{path}: site "health": articles[2]: "healt/*" is none of the 1 articles of the index.']
