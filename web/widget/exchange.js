// One question and its answer on the screen: the text as it grows, and its citations.

const KEPT = "id question answer_id text sources used status notice nearest date".split(" ");

// The text as paragraphs and lists. A block stays as it is while later ones grow, so focus and selection stay too.
function blocksOf(text) {
  const blocks = [];
  each(text.split("\n"), (one) => {
    const line = one.trim(), item = line.replace(/^[-*•·]\s+/, ""), last = blocks[blocks.length - 1];
    if (item !== line && last && last.list) last.lines.push(item);
    else if (line) blocks.push({ list: item !== line, lines: [item] });
  });
  return blocks;
}

function flat(quote) {
  return (quote || "").replace(/\s*\n\s*/g, " ").replace(/^["'“”「」]+|["'“”「」]+$/g, "");
}

class Exchange {
  // `record` is what is known of it: the question, and after a reload the answer too.
  constructor(chat, record) {
    Object.assign(this, { chat, id: randomName(), text: "", sources: [], shown: [] }, record);
    this.view = make("div", { class: "exchange", lang: chat.lang },
      this.heading = make("h3", { tabindex: "-1" }, unseen(chat.labels.question), this.question),
      this.standing = make("p", { class: "standing" }),
      this.body = make("div", { class: "text" }),
      this.remark = make("p", { class: "standing" }),
      this.citations = make("div"),
      this.after = make("div"));
    if (this.status) this.finish();
  }

  record() {
    const kept = {};
    each(KEPT, (name) => { kept[name] = this[name]; });
    return kept;
  }

  begin() {
    Object.assign(this, { text: "", answer_lang: "", sources: [], status: "", used: null, nearest: null, notice: "", date: new Date().toISOString().slice(0, 10) });
    tell(this.standing);
    tell(this.remark);
    fill(this.after);
    this.draw();
  }

  // What an event of the answer brings. It is drawn at most once a frame, however many come.
  take(name, data) {
    if (name === "delta") this.text += data.text;
    else Object.assign(this, data);
    if (!this.frame) this.frame = requestAnimationFrame(() => this.draw());
  }

  source(n) {
    let found = null;
    each(this.sources, (source) => { if (source.n === Number(n)) found = source; });
    return found;
  }

  draw() {
    const { body, shown, chat } = this, blocks = blocksOf(this.text);
    this.frame = 0;
    // The server answers in the language of the question, which need not be that of the screen; it tells it at the end.
    this.lang = this.answer_lang || (!/[\u4e00-\u9fff]/.test(this.text) ? "en" : chat.lang === "en" ? "zh" : chat.lang);
    body.lang = this.lang;
    each(blocks, ({ list, lines }, i) => {
      const name = list + lines.join("\n"), old = body.children[i];
      if (name === shown[i] && old) return;
      shown[i] = name;
      const made = list ? make("ul", null, each(lines, (line) => make("li", null, this.pieces(line)))) : this.line(lines[0]);
      body.insertBefore(made, old || null);
      if (old) body.removeChild(old);
    });
    while (body.children[blocks.length]) body.removeChild(body.lastChild);
    this.list();
  }

  // A line that is nothing but a quote stands apart, in the language of its article; brackets inside are its own.
  line(line) {
    const [end, n] = /\s*\[(\d{1,3})\]$/.exec(line) || [], source = n && this.source(n), quoted = end && line.slice(0, -end.length);
    if (!source || flat(quoted) !== flat(source.quote)) return make("p", null, this.pieces(line));
    return make("blockquote", { lang: source.lang }, quoted, this.number(n));
  }

  // Numbers become buttons where there is such a source; other text in brackets stays text.
  pieces(line) {
    return each(line.split(/\[(\d{1,3})\]/), (part, i) => (i % 2 ? (this.source(part) ? this.number(part) : "[" + part + "]") : part));
  }

  number(n) {
    const { chat } = this, made = button("[" + n + "]", () => {
      this.from = made;
      chat.reveal(this.view.querySelector("[data-n='" + Number(n) + "']"));
    }, { class: "number", "aria-label": chat.labels.citation + " [" + n + "]", lang: chat.lang });
    return make("sup", null, made);
  }

  // Those that the text refers to, or what was nearest when there is no answer. Grows below the text with it.
  list() {
    const { chat, text } = this, used = this.used ? "[" + this.used.join("][") + "]" : text;
    this.cited = [];
    each(this.sources, (source) => { if (used.indexOf("[" + source.n + "]") >= 0) this.cited.push(source); });
    const some = this.cited.length > 0, listed = some ? this.cited : this.nearest || [], name = json(listed);
    if (name === this.listed) return;
    this.listed = name;
    fill(this.citations, listed.length && [
      make("h4", null, some ? chat.labels.citations : chat.labels.nearest),
      make("ol", { role: "list" }, each(listed, (source) => this.item(source))),
    ]);
  }

  item(source) {
    const { chat } = this, { labels } = chat, { n, url, quote, lang, date } = source;
    const repeated = quote && flat(this.text).indexOf(flat(quote)) >= 0;
    return make("li", { tabindex: "-1", "data-n": n }, n && make("span", { class: "ordinal" }, String(n)), make("div", null,
      chat.link(chat.line.base + source.article_url, this.title(source)),
      make("p", { class: "about" },
        make("span", null, source.issuer || labels.no_issuer), make("time", { datetime: date }, chat.day(date))),
      quote && make("blockquote", { lang, class: repeated && "repeated" }, quote),
      make("p", { class: "tools" },
        /^https?:\/\//i.test(url) && chat.link(url, filled(source.outside ? labels.outside : labels.original, source)),
        n && button(labels.back, () => chat.reveal(this.from && this.from.isConnected ? this.from : this.heading)))));
  }

  title(source) {
    const { labels } = this.chat;
    return source.title ? filled(labels.article_title, source) : labels.untitled;
  }
}
