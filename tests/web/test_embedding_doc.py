"""docs/embedding.md and docs/nginx.conf say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rag.settings import Settings
from web import plain_history, tokens
from web.api import batch, schema, streaming
from web.body_limit import ASK_BYTES, BATCH_BYTES, BODY_BYTES
from web.plain_page import PATH
from web.problems import STATUSES
from web.site_file import read_sites
from web.site_records import Contact, Site, SiteLimits
from web.themes import DARK, LIGHT, PROPERTIES

ROOT = Path(__file__).resolve().parents[2]
DOC = (ROOT / "docs" / "embedding.md").read_text(encoding="utf-8")
NGINX = (ROOT / "docs" / "nginx.conf").read_text(encoding="utf-8")
SCRIPTS = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "web" / "widget").glob("*.js")}
SCRIPT = "\n".join(SCRIPTS.values())


def section(heading: str) -> str:
    return DOC.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def first_cells(text: str) -> list[str]:
    """What stands in code in the first column of the tables of `text`."""
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| ") and line.count("|") > 2]
    return [name for cell in rows for name in re.findall(r"`([^`]+)`", cell)]


def kebab(name: str) -> str:
    return "data-" + re.sub(r"[A-Z]", lambda letter: "-" + letter[0].lower(), name)


def test_every_attribute_that_the_scripts_read_is_documented_and_no_other() -> None:
    read = set(re.findall(r"\bset\.(\w+)\b(?!\()", SCRIPT))
    read |= {
        name.strip() for names in re.findall(r"\{([\w, ]+)\} = SCRIPT\.dataset", SCRIPT) for name in names.split(",")
    }
    attributes = {kebab(name) for name in read if not name.startswith("theme")}
    documented = {name for name in first_cells(section("The tag")) if name.startswith("data-")}
    assert documented == attributes | {"data-theme-NAME"}
    assert 'getAttribute("data-theme-"' in SCRIPT


def test_every_event_and_call_is_documented_and_no_other() -> None:
    fired = set(re.findall(r"\.fire\(\"(\w+)\"", SCRIPT))
    assert {name.removeprefix("wenju:") for name in first_cells(section("The tag")) if ":" in name} == fired
    assert set(re.findall(r"Wenju\.(\w+)\(", section("The tag"))) == set(
        re.findall(r"^  (\w+): \(", SCRIPTS["start.js"], re.MULTILINE)
    )
    for name in fired:
        assert f"`{name}`" in section("The tag")


def test_every_theme_property_is_documented_with_its_colours() -> None:
    rows = {row[1]: row for row in re.findall(r"(\| `([\w-]+)` \|[^\n]*)", section("The tag"))}
    rows = {name: text[0] for name, text in rows.items() if name in PROPERTIES}
    assert list(rows) == list(PROPERTIES)
    for name, colour in LIGHT.items():
        assert rows[name].endswith(f"| `{colour}` | `{DARK[name]}` |")


def test_the_policy_of_a_host_names_what_the_loader_creates() -> None:
    [policy] = re.findall(r'createPolicy\("(\w+)"', SCRIPTS["loader.js"])
    assert f"trusted-types {policy}\n" in section("The page's Content-Security-Policy")
    assert "createPolicy" not in "".join(text for name, text in SCRIPTS.items() if name != "loader.js")


def test_every_problem_is_documented_with_its_status() -> None:
    rows = re.findall(r"\| `/problems/([\w-]+)` \| (\d+) \|", section("HTTP API"))
    assert {kind: int(status) for kind, status in rows} == dict(STATUSES)


def test_every_limit_of_a_site_is_documented_with_its_default() -> None:
    rows = dict(re.findall(r"\| `(\w+)` \| (\d+) \|", section("Limits")))
    defaults = SiteLimits()
    assert {name: int(value) for name, value in rows.items()} == {
        name: getattr(defaults, name) for name in SiteLimits.__dataclass_fields__
    }


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        ("Limits", f"history {schema.MOST_TURNS} messages with {schema.HISTORY_CHARS} characters"),
        ("Limits", f"request body {BODY_BYTES // 1024} KiB, of a question {ASK_BYTES // 1024} KiB"),
        ("Limits", f"of a batch {BATCH_BYTES // 1_000_000} MB with {batch.MOST_LINES} lines"),
        ("Limits", f"a rating {schema.COMMENT_CHARS} characters"),
        ("Secure mode", f"good for {tokens.SECONDS} seconds"),
        ("HTTP API", f"every {streaming.PING_SECONDS:.0f} seconds"),
        ("Without a script of ours, or without any", f"good for {plain_history.SECONDS // 3600} hours"),
        (
            "Without a script of ours, or without any",
            f"last {plain_history.EXCHANGES} questions and answers, at most {plain_history.CHARS} characters",
        ),
    ],
)
def test_the_fixed_limits_are_those_of_the_code(heading: str, words: str) -> None:
    assert words in " ".join(section(heading).split())


def test_every_field_of_a_site_is_documented_and_no_other() -> None:
    documented = {name for name in first_cells(section("sites.toml"))}
    assert documented == set(Site.__dataclass_fields__) - {"name"}
    for name in Contact.__dataclass_fields__:
        assert f"`{name}`" in section("sites.toml")


def test_the_example_of_a_sites_file_can_be_read(tmp_path: Path) -> None:
    example = section("sites.toml").split("```toml\n")[1].split("```")[0]
    example = example.replace('"pk_..."', f'"pk_{"a" * 26}"').replace(
        'secret_sha256 = "..."', f'secret_sha256 = "{"5" * 64}"'
    )
    path = tmp_path / "sites.toml"
    path.write_text(example, encoding="utf-8")
    [site] = read_sites(path)
    assert site.contact is not None
    assert site.contact.days == 5
    assert site.limits.client_minute == 10


def test_every_event_of_a_stream_is_documented_with_its_data() -> None:
    rows = dict(re.findall(r"^\| `(meta|sources|delta|replace|done|error)` \| ([^|]*) \|", DOC, re.MULTILINE))
    assert set(rows) == {"meta", "sources", "delta", "replace", "done", "error"}
    assert set(re.findall(r"`(\w+)`", rows["meta"])) == set(schema.Meta.__annotations__)
    assert set(re.findall(r"`(\w+)`", rows["done"])) == set(schema.Done.__annotations__)


def test_every_setting_that_it_names_exists() -> None:
    named = {name.lower() for name in re.findall(r"WENJU_([A-Z_]+)", DOC + NGINX)}
    assert named - set(Settings.model_fields) == set()


def test_the_addresses_of_the_plain_page_are_those_that_exist() -> None:
    assert f"https://qa.example.gov.cn{PATH}?site_key=" in DOC
    for name in ("site_key", "lang", "text", "token", "origin"):
        assert f'"{name}"' in (ROOT / "web" / "plain_routes.py").read_text(encoding="utf-8")
        assert f"| `{name}` |" in section("Without a script of ours, or without any")


def test_the_proxy_lets_only_the_embedded_pages_and_the_api_through() -> None:
    places = re.findall(r"location (?:= )?(\S+) \{", NGINX)
    assert places == ["/embed/", "/api/v1/", "/api/v1/token", "/api/v1/batch", "/"]
    assert re.search(r"location / \{\s*return 404;", NGINX)
    for guarded in ("token", "batch"):
        assert "deny all;" in NGINX.split(f"location = /api/v1/{guarded} {{")[1].split("}")[0]


def test_the_proxy_is_as_strict_as_the_server_and_more_patient_than_the_model() -> None:
    assert f"client_max_body_size {BODY_BYTES // 1024}k;" in NGINX
    assert f"client_max_body_size {BATCH_BYTES // 1_000_000}m;" in NGINX
    [seconds] = re.findall(r"^    proxy_read_timeout (\d+)s;", NGINX, re.MULTILINE)
    assert int(seconds) > Settings.model_fields["chat_total_seconds"].default + 15
    assert "proxy_buffering off;" in NGINX.split("location /api/v1/ {")[1].split("}")[0]
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in NGINX
