"""Files of every kind become articles; what holds none is named with its reason and stops nothing."""

from __future__ import annotations

import io
import json
import os
import zipfile
from datetime import date
from pathlib import Path

import docx
import pytest

from corpus.errors import UnreadableArticle
from corpus.reading import read_article, read_articles
from corpus.records import Article, Rejected
from tests.corpus.texts import ENGLISH, SIMPLIFIED, TRADITIONAL


def test_a_text_file_is_an_article_named_after_it(tmp_path: Path):
    path = tmp_path / "bus-centre.txt"
    path.write_text(SIMPLIFIED, "utf-8")
    article = read_article(path)
    assert (article.id, article.title, article.text) == ("bus-centre", "滨江新区启用智慧公交调度中心", SIMPLIFIED)
    assert (article.source, article.author, article.published, article.url) == (None, None, None, None)
    assert (article.script, article.repairs) == ("hans", ())


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", SIMPLIFIED),
        ("utf-8-sig", SIMPLIFIED),
        ("gb18030", SIMPLIFIED),
        ("gbk", SIMPLIFIED),
        ("utf-16", SIMPLIFIED),
        ("utf-16-le", SIMPLIFIED),
        ("utf-16-be", SIMPLIFIED),
        ("utf-32", SIMPLIFIED),
        ("utf-8", TRADITIONAL),
        ("big5", TRADITIONAL),
        ("gb18030", TRADITIONAL),
        ("utf-16-be", TRADITIONAL),
        ("utf-16-le", ENGLISH),
        ("ascii", ENGLISH),
        ("cp1252", "Café in the old town\n\nThe café “Zur Brücke” – naïve as it sounds – sells crème brûlée for 5 €."),
    ],
)
def test_a_file_is_read_in_whatever_encoding_it_is(tmp_path: Path, encoding: str, text: str):
    path = tmp_path / "page.txt"
    path.write_bytes(text.encode(encoding))
    assert read_article(path).text == text


def test_traditional_text_is_known_as_such(tmp_path: Path):
    (tmp_path / "page.txt").write_text(TRADITIONAL, "utf-8")
    assert read_article(tmp_path / "page.txt").script == "hant"


HTML = """<!DOCTYPE html><html><head><meta charset="gb2312"><title>海堤加固完工_滨海在线</title>
<meta name="PubDate" content="2024-05-06 09:30"><meta name="ContentSource" content="滨海发布">
<meta name="ArticleTitle" content="海堤加固工程完工"><link rel="canonical" href="https://news.example/1.html">
<style>p{color:red}</style><script>var title = "恶意"</script></head><body>
<nav><a href="/">首页</a> <a href="/n">新闻</a></nav>
<div style="display: none">看不见的关键词</div><!-- 注释 -->
<h1>海堤加固工程完工</h1>
<h2>三个数字</h2>
<p>全长<b>12.5</b>公里的海堤加固工程5日完工，可以抵御五十年一遇的风暴潮&nbsp;。</p>
<ul><li>投资：4.2亿元</li><li>工期：十八个月</li></ul>
<ol><li>先修北段</li><li>再修南段</li></ol>
<table><tr><th>标段</th><th>长度</th></tr><tr><td>北段</td><td>7公里</td></tr><tr><td>南段</td><td>5.5公里</td></tr></table>
<p>第一行<br>第二行，{braces} &lt;尖括号&gt;。</p>
<div class="more"><a href="1">甲乡修路</a><a href="2">乙镇通桥</a><a href="3">丙县建校</a><a href="4">丁市植树</a></div>
<footer>版权所有</footer></body></html>"""


def test_headings_paragraphs_lists_and_tables_of_a_page_survive_and_hidden_text_does_not(tmp_path: Path):
    path = tmp_path / "dike.html"
    path.write_bytes(HTML.encode("gb18030"))
    article = read_article(path)
    assert article.text.split("\n\n") == [
        "海堤加固工程完工",
        "三个数字",
        "全长12.5公里的海堤加固工程5日完工，可以抵御五十年一遇的风暴潮。",
        "• 投资：4.2亿元\n• 工期：十八个月",
        "1. 先修北段\n2. 再修南段",
        "标段 | 长度\n北段 | 7公里\n南段 | 5.5公里",
        "第一行\n第二行，{braces} <尖括号>。",
    ]
    assert article.title == "海堤加固工程完工"
    assert (article.source, article.published, article.url) == (
        "滨海发布",
        date(2024, 5, 6),
        "https://news.example/1.html",
    )


def test_a_page_nested_deeper_than_python_recurses_is_read(tmp_path: Path):
    path = tmp_path / "deep.html"
    path.write_text("<div>" * 1900 + "很深的地方也有一句话。" + "</div>" * 1900, "utf-8")
    assert "很深的地方也有一句话。" in read_article(path).text


def test_broken_html_is_read_as_far_as_it_goes(tmp_path: Path):
    path = tmp_path / "broken.htm"
    path.write_text("<html><body><p>段落没有结束<table><tr><td>半个表格<p>又一段，也没有结束", "utf-8")
    assert "段落没有结束" in read_article(path).text


def test_markdown_loses_its_marks_and_keeps_its_words(tmp_path: Path):
    path = tmp_path / "note.md"
    path.write_text(
        "---\ntitle: 夜市管理办法解读\ndate: 2024-03-02\nsource: 市城管局\n---\n"
        "# 夜市管理办法解读\n\n## 时间\n\n**每天**18时到24时，详见[全文](https://a.example/b)。\n\n"
        "| 区 | 摊位 |\n|---|---|\n| 东 | 120 |\n",
        "utf-8",
    )
    article = read_article(path)
    assert article.text.split("\n\n")[:3] == ["夜市管理办法解读", "时间", "每天18时到24时，详见全文。"]
    assert "东 | 120" in article.text
    assert "---" not in article.text
    assert "#" not in article.text
    assert (article.title, article.source, article.published) == ("夜市管理办法解读", "市城管局", date(2024, 3, 2))


def test_paragraphs_lists_and_tables_of_a_docx_survive(tmp_path: Path):
    document = docx.Document()
    document.add_heading("供水管网改造公告", 1)
    document.add_paragraph("因管网改造，3月5日8时至18时，城东片区停水。")
    document.add_paragraph("请提前储水", style="List Bullet")
    table = document.add_table(rows=1, cols=2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "咨询电话", "0512-65550123"
    document.save(tmp_path / "notice.docx")
    article = read_article(tmp_path / "notice.docx")
    assert article.text.split("\n\n") == [
        "供水管网改造公告",
        "因管网改造，3月5日8时至18时，城东片区停水。",
        "• 请提前储水",
        "咨询电话 | 0512-65550123",
    ]


def pdf(*lines: str) -> bytes:
    """A PDF of one page with these lines, written by hand."""
    show = "".join(f"({line}) Tj T* " for line in lines)
    stream = f"BT /F1 12 Tf 14 TL 72 720 Td {show}ET".encode()
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out = io.BytesIO(b"%PDF-1.4\n")
    out.seek(0, io.SEEK_END)
    places = []
    for number, part in enumerate(parts, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, part))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1))
    out.writelines(b"%010d 00000 n \n" % place for place in places)
    out.write(b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(parts) + 1, start))
    return out.getvalue()


def test_the_lines_of_a_pdf_are_joined_and_its_page_numbers_dropped(tmp_path: Path):
    path = tmp_path / "report.pdf"
    path.write_bytes(
        pdf(
            "Annual report on harbour dredging",
            "The harbour was dredged to a depth of eleven metres last",
            "year, which took five months.",
            "- 3 -",
        )
    )
    article = read_article(path)
    assert "- 3 -" not in article.text
    assert "eleven metres last" in article.text
    assert "year, which took five months." in article.text


BAD = {
    "empty.txt": (b"", "empty"),
    "blank.txt": (b" \n\t \r\n", "empty"),
    "program.txt": (b"\x7fELF\x02\x01\x01\x00" + bytes(range(256)) * 20, "binary"),
    "picture.txt": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "binary"),
    "noise.txt": (bytes((i * 7919 + i * i * 31) % 256 for i in range(5000)), "binary"),
    "furniture.txt": ("首页 | 新闻 | 登录 | 注册\n返回顶部\n".encode(), "no text left after cleaning"),
    "broken.pdf": (b"%PDF-1.7 nothing of the kind", "broken PDF"),
    "blank.pdf": (pdf(), "PDF without text, perhaps scanned"),
    "broken.docx": (b"PK\x03\x04 nothing of the kind", "broken DOCX"),
    "empty.html": (b"<html><body><script>1</script></body></html>", "empty"),
    "table.xls": (b"whatever", "not one of .txt .md .html .htm .pdf .docx .jsonl .csv"),
    "huge.txt": ("长" * 7_000_000).encode(),
}  # fmt: skip
BAD["huge.txt"] = (BAD["huge.txt"], "larger than 20 MB")  # type: ignore[assignment]


def test_what_holds_no_article_is_rejected_with_its_reason_and_the_rest_is_read(tmp_path: Path):
    for name, (data, _) in BAD.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "good.txt").write_text(SIMPLIFIED, "utf-8")
    found = list(read_articles(tmp_path))
    assert [one.id for one in found if isinstance(one, Article)] == ["good"]
    reasons = {Path(one.path).name: one.reason for one in found if isinstance(one, Rejected)}
    assert reasons == {name: reason for name, (_, reason) in BAD.items()}


def test_one_bad_file_alone_is_an_error_with_the_same_reason(tmp_path: Path):
    with pytest.raises(UnreadableArticle, match="no such file"):
        read_article(tmp_path / "nothing.txt")
    with pytest.raises(UnreadableArticle, match="not a file"):
        read_article(tmp_path)


def test_a_docx_that_unpacks_without_end_is_not_unpacked(tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "bomb.docx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"\x00" * 250_000_000)
    with pytest.raises(UnreadableArticle, match="unpacks to more than 200 MB"):
        read_article(tmp_path / "bomb.docx")


def test_nul_and_half_characters_in_a_text_do_not_make_it_binary(tmp_path: Path):
    (tmp_path / "a.txt").write_bytes(SIMPLIFIED.replace("公交", "公\x00交").encode() + b"\xe5\xb9")
    text = read_article(tmp_path / "a.txt").text
    assert "\x00" not in text
    assert "智慧公交" in text


def test_a_folder_is_read_in_order_with_all_folders_in_it_and_without_hidden_files(tmp_path: Path):
    for name in ("b/two.txt", "a.txt", "c.txt", ".git/x.txt", ".hidden.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"这是{name}里的文章。", "utf-8")
    assert [one.id for one in read_articles(tmp_path) if isinstance(one, Article)] == ["a", "c", "two"]


def test_an_id_is_taken_once(tmp_path: Path):
    for name in ("one/page.txt", "two/page.txt", "two/page.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(SIMPLIFIED, "utf-8")
    first, *others = read_articles(tmp_path)
    assert isinstance(first, Article)
    assert all(isinstance(one, Rejected) and one.reason.startswith("the id page is taken by ") for one in others)


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_link_that_leads_out_of_the_folder_is_not_followed(tmp_path: Path):
    (tmp_path / "secret.txt").write_text("秘密。", "utf-8")
    inside = tmp_path / "articles"
    inside.mkdir()
    (inside / "page.txt").write_text(SIMPLIFIED, "utf-8")
    (inside / "link.txt").symlink_to(tmp_path / "secret.txt")
    (inside / "twin.txt").symlink_to(inside / "page.txt")
    (inside / "loop").symlink_to(inside)
    found = list(read_articles(inside))
    assert [one.id for one in found if isinstance(one, Article)] == ["page", "twin"]
    assert [one.reason for one in found if isinstance(one, Rejected)] == ["a link that leads out of the folder"]


def test_a_file_that_may_not_be_read_is_rejected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "locked.txt"
    path.write_text("锁住了。", "utf-8")

    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert list(read_articles(path)) == [Rejected(str(path), None, "unreadable: Permission denied")]


def test_the_lines_of_a_set_are_articles_and_what_they_say_wins(tmp_path: Path):
    lines = [
        {
            "id": "n1",
            "title": "题目",
            "text": "正文一句話，沒有題目。來源：甲報",
            "date": "2023-09-01",
            "source": "乙報",
        },
        {"id": 7, "text": SIMPLIFIED, "url": "https://a.example/7", "author": "王青"},
        {
            "id": "n3",
            "title": "損壞",
            "text": "為當(dāng)?shù)亟?jīng)濟(jì)發(fā)展，進(jìn)一步開放，進(jìn)口增長，"
            "&ldquo;穩中有進(jìn)&rdquo;。",
            "date": "去年",
        },
        {"title": "沒有編號", "text": "也是一篇文章。"},
    ]
    path = tmp_path / "set.jsonl"
    path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), "utf-8")
    first, second, third, fourth = (one for one in read_articles(path) if isinstance(one, Article))
    assert (first.title, first.source, first.published) == ("题目", "乙報", date(2023, 9, 1))
    assert first.text.startswith("题目\n\n正文一句話")
    assert (second.id, second.url, second.author, second.text) == ("7", "https://a.example/7", "王青", SIMPLIFIED)
    assert third.text == "損壞\n\n為當地經濟發展，進一步開放，進口增長，“穩中有進”。"
    assert third.published is None
    assert fourth.id == "set-4"


def test_bad_lines_of_a_set_are_rejected_by_their_number(tmp_path: Path):
    path = tmp_path / "set.jsonl"
    path.write_text(
        '{"id": "a", "text": "第一篇。"}\n\nnot json\n[1, 2]\n{"id": "b"}\n{"id": "c", "text": "  "}\n'
        '{"id": "a", "text": "同一个编号。"}\n{"id": "d", "text": "最后一篇\\ud800。"}\n',
        "utf-8",
    )
    found = list(read_articles(path))
    assert [one.id for one in found if isinstance(one, Article)] == ["a", "d"]
    assert [(one.line, one.reason) for one in found if isinstance(one, Rejected)] == [
        (3, "not JSON"),
        (4, "not a JSON object"),
        (5, "no text"),
        (6, "empty"),
        (7, f"the id a is taken by {path}, line 1"),
    ]


def test_a_csv_is_a_set_in_any_encoding(tmp_path: Path):
    path = tmp_path / "set.csv"
    path.write_bytes(
        'id,title,text,date,source\r\nx,题目,"第一行，\n第二行。",2024-01-02,甲报\r\ny,,,,\r\n'.encode("gb18030")
    )
    article, rejected = read_articles(path)
    assert isinstance(article, Article)
    assert isinstance(rejected, Rejected)
    assert (article.id, article.published, article.source) == ("x", date(2024, 1, 2), "甲报")
    assert rejected.reason == "empty"


def test_a_csv_without_a_text_column_is_rejected(tmp_path: Path):
    (tmp_path / "set.csv").write_text("a,b\n1,2\n", "utf-8")
    assert [one.reason for one in read_articles(tmp_path) if isinstance(one, Rejected)] == [
        "its first line names no column `text`"
    ]


def test_an_address_given_as_the_source_is_the_url(tmp_path: Path):
    path = tmp_path / "set.jsonl"
    path.write_text('{"id": "a", "text": "一句话。", "source": "https://news.example/a.html"}\n', "utf-8")
    (article,) = read_articles(path)
    assert isinstance(article, Article)
    assert (article.source, article.url) == (None, "https://news.example/a.html")
