from __future__ import annotations

from pathlib import Path

import pytest
from invited import KEY, ORIGIN, OTHER_KEY, SECRET, entry, other_entry, written

from web.site_file import SiteFileError, read_sites, sites_and_mistakes
from web.site_records import Contact, Site, SiteLimits
from web.themes import COLOURS, DARK, LIGHT, PROPERTIES, fault

WHOLE = f"""\
articles = ["health/*", "city-?"]
languages = ["en", "zh-Hans"]
titles = {{ zh-Hans = "卫生健康问答", en = "Health" }}
greetings = {{ zh-Hans = "您好，请问有什么可以帮您？" }}
examples = {{ zh-Hans = ["医保怎么办？", "疫苗在哪里打？"] }}
publisher = "示例市卫生健康委员会"
secure = true
[sites.health.contact]
name = "市民服务热线"
phone = "12345"
url = "{ORIGIN}/contact"
email = "help@health.example.gov.cn"
[sites.health.limits]
client_minute = 30
tokens_day = 0
[sites.health.theme]
accent = "#0B5ED7"
radius = "4px"
font = '"Noto Sans SC", sans-serif'
[sites.health.theme_dark]
accent = "#8dbfe6"
"""


def mistakes(tmp_path: Path, more: str) -> list[str]:
    """What is said of a site with the lines `more`, without the file and the site."""
    path = written(tmp_path, entry(more=more))
    found = sites_and_mistakes(path)[1]
    assert all(line.startswith(f'{path}: site "health": ') and "\n" not in line for line in found)
    return [line.removeprefix(f'{path}: site "health": ') for line in found]


def test_every_field_is_read(tmp_path: Path) -> None:
    (site,) = read_sites(written(tmp_path, entry(more=WHOLE)))
    assert site == Site(
        name="health",
        key=KEY,
        secret_sha256=site.secret_sha256,
        origins=(ORIGIN,),
        articles=("health/*", "city-?"),
        languages=("en", "zh-Hans"),
        titles={"zh-Hans": "卫生健康问答", "en": "Health"},
        greetings={"zh-Hans": "您好，请问有什么可以帮您？"},
        examples={"zh-Hans": ("医保怎么办？", "疫苗在哪里打？")},
        contact=Contact(
            name="市民服务热线", phone="12345", url=f"{ORIGIN}/contact", email="help@health.example.gov.cn"
        ),
        publisher="示例市卫生健康委员会",
        limits=SiteLimits(client_minute=30, tokens_day=0),
        theme={"accent": "#0B5ED7", "radius": "4px", "font": '"Noto Sans SC", sans-serif'},
        theme_dark={"accent": "#8dbfe6"},
        secure=True,
    )


def test_what_is_left_out_is_as_usual(tmp_path: Path) -> None:
    (site,) = read_sites(written(tmp_path, entry()))
    assert site.limits == SiteLimits()
    assert site.languages == ("zh-Hans", "zh-Hant", "en")
    assert not site.secure
    assert not site.revoked


def test_a_file_of_a_windows_editor_is_read(tmp_path: Path) -> None:
    path = tmp_path / "sites.toml"
    path.write_bytes(b"\xef\xbb\xbf" + entry().replace("\n", "\r\n").encode())
    assert [site.name for site in read_sites(path)] == ["health"]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ('origin = "https://x.cn"', "origin: unknown; see docs/embedding.md for the fields."),
        ("languages = []", "languages: expected a list of at least one, not 0."),
        ('languages = ["zh-CN"]', "languages[1]: expected 'zh-Hans', 'zh-Hant' or 'en'."),
        ('secure = "yes"', "secure: expected true or false."),
        ("articles = [1]", "articles[1]: expected text between quotes."),
        ('articles = "health"', "articles: expected a list in [ ]."),
        ('articles = [""]', "articles[1]: expected printable text on one line."),
        ('titles = "Health"', "titles: expected a table, such as { zh-Hans = ... }."),
        ('titles = { de = "Gesundheit" }', "titles.de: expected 'zh-Hans', 'zh-Hant' or 'en'."),
        ('titles = { en = "a\\u202eb" }', "titles.en: expected printable text on one line."),
        ("examples = { en = ['1','2','3','4','5','6','7'] }", "examples.en: expected a list of at most 6, not 7."),
        ("limits = { client_minute = 0 }", "limits.client_minute: expected a number of at least 1."),
        ("limits = { client_minute = true }", "limits.client_minute: expected a whole number."),
        ('limits = { client_minute = "10" }', "limits.client_minute: expected a whole number."),
        ("limits = { question_chars = 3000 }", "limits.question_chars: expected a number of at most 2000."),
        ("limits = { per_hour = 1 }", "limits.per_hour: unknown; see docs/embedding.md for the fields."),
        ("contact = {}", "contact.name: missing."),
        ('contact = "12345"', "contact: expected a table, such as { name = ... }."),
        (
            'contact = { name = "x", url = "javascript:alert(1)" }',
            "contact.url: expected an address such as https://...",
        ),
        ('contact = { name = "x", url = "https://a@b.cn" }', "contact.url: expected an address such as https://..."),
        ('contact = { name = "x", phone = "call us" }', "contact.phone: expected digits"),
        ('contact = { name = "x", email = "x@y\\" onclick" }', "contact.email: expected an e-mail address."),
        ('theme = { accent = "red" }', "theme: accent: expected a colour such as #1a5785."),
        ('theme = { colour = "#ffffff" }', "theme: colour: unknown; expected one of accent, on-accent, paper"),
        ('theme = { radius = "25px" }', "theme: radius: expected 0px to 24px."),
        ('theme_dark = { radius = "4px" }', "theme_dark: radius: expected colours only"),
    ],
)
def test_a_mistake_names_the_field_and_what_is_expected(more: str, expected: str, tmp_path: Path) -> None:
    (line,) = mistakes(tmp_path, more)
    assert line.startswith(expected)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (KEY, "pk_short", "key: expected pk_ and 26 of a-z and 2-7"),
        (KEY, KEY.upper(), "key: expected pk_ and 26 of a-z and 2-7"),
        (f'["{ORIGIN}"]', "[]", "origins: expected a list of at least one, not 0."),
        (ORIGIN, "*", "origins[1]: '*': this would let anybody in"),
        ("secret_sha256", "secret", "secret_sha256: missing."),
    ],
)
def test_a_mistake_in_what_every_site_needs_is_told(old: str, new: str, expected: str, tmp_path: Path) -> None:
    path = written(tmp_path, entry().replace(f"['{ORIGIN}']", f'["{ORIGIN}"]').replace(old, new))
    assert sites_and_mistakes(path)[1][0].startswith(f'{path}: site "health": {expected}')


def test_a_secret_that_stands_in_the_file_itself_is_not_said_again(tmp_path: Path) -> None:
    path = written(tmp_path, entry().replace('secret_sha256 = "', f'secret_sha256 = "{SECRET}'))
    assert SECRET not in "".join(sites_and_mistakes(path)[1])


@pytest.mark.parametrize("name", ["", "a b", "a.b", "健康", "a" * 41, "-a", "../x", "a\\n[x]"])
def test_the_name_of_a_site_is_plain(name: str, tmp_path: Path) -> None:
    path = written(tmp_path, entry(name=f'"{name}"'))
    assert "name: expected at most 40 letters, digits, - and _." in sites_and_mistakes(path)[1][0]


def test_two_sites_cannot_share_a_key(tmp_path: Path) -> None:
    path = written(tmp_path, entry(), other_entry().replace(OTHER_KEY, KEY))
    assert sites_and_mistakes(path)[1] == (f'{path}: site "tax": key: also of site "health"; expected one of its own.',)


def test_every_mistake_of_every_site_is_found(tmp_path: Path) -> None:
    path = written(tmp_path, entry(more="a = 1\nb = 2"), other_entry("c = 3"))
    assert len(sites_and_mistakes(path)[1]) == 3


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"[sites", "no TOML: "),
        (b"sites = 1", "sites: expected tables such as [sites.health]."),
        (b"[sites]\nhealth = 1", 'site "health": expected a table [sites.health].'),
        (b"[health]\nkey = 1", "health: unknown; expected tables such as [sites.health]."),
        ("[sites.健康]".encode("gbk"), "expected text in UTF-8."),
        (b"\x00\x01\x02", "no TOML: "),
        (b"[[sites]]", "sites: expected tables such as [sites.health]."),
        (b"a = " + b"[" * 5000, "no TOML: "),
    ],
)
def test_a_file_of_another_form_is_told_in_one_line(content: bytes, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "sites.toml"
    path.write_bytes(content)
    with pytest.raises(SiteFileError) as raised:
        read_sites(path)
    assert str(raised.value).startswith(f"{path}: {expected}")
    assert "\n" not in str(raised.value)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(SiteFileError, match="cannot be read"):
        read_sites(tmp_path / "sites.toml")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("accent", "#1a5785"),
        ("accent", "#FFFFFF"),
        ("radius", "0px"),
        ("radius", "24px"),
        ("font", "serif"),
        ("font", "'思源黑体', \"Noto Sans SC\", system-ui, sans-serif"),
    ],
)
def test_a_plain_value_of_a_theme_is_taken(name: str, value: str) -> None:
    assert fault(name, value) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("accent", "#fff"),
        ("accent", "#1a5785;color:red"),
        ("accent", "#1a5785\n"),
        ("accent", "url(//evil.com)"),
        ("accent", "var(--x)"),
        ("radius", "4"),
        ("radius", "4em"),
        ("radius", "-1px"),
        ("radius", "4px;x:y"),
        ("radius", "٤px"),
        ("font", ""),
        ("font", "a;b"),
        ("font", "url(x)"),
        ("font", "x}"),
        ("font", "'a"),
        ("font", "\"a'"),
        ("font", "a\\62"),
        ("font", "a/*b*/"),
        ("font", "a\nb"),
        ("font", "a,,b"),
        ("font", "</style>"),
        ("font", "@import"),
        ("font", "x" * 201),
        ("--wenju-accent", "#ffffff"),
    ],
)
def test_nothing_that_could_end_a_declaration_or_fetch_anything_is_taken(name: str, value: str) -> None:
    assert fault(name, value)


def test_there_are_twelve_properties_and_a_usual_colour_for_each() -> None:
    assert len(PROPERTIES) == 12
    assert list(LIGHT) == list(DARK) == list(COLOURS)
