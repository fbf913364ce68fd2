// What can be done with a finished answer: copy, print, hear and rate it, ask again, ask a person instead.

Object.assign(Exchange.prototype, {
  finish() {
    this.draw();
    const { chat, status, text } = this, { labels } = chat, broken = /^(stopped|cut|failed)$/.test(status);
    tell(this.standing, status !== "answered" && labels["status_" + status]);
    tell(this.remark, this.notice);
    fill(this.after, text && make("p", { class: "made" }, labels.made, filled(labels.number, { id: this.answer_id })), chat.contact(), make("div", { class: "tools" },
      broken && button(labels.again, () => chat.answer(this)),
      text && [button(labels.copy, () => this.copy()), button(labels.print, () => this.print()), this.speaker()],
      this.answer_id && !broken && this.ratings()));
    if (this.form) this.after.appendChild(this.form);
  },

  // Question, answer and citations with the words that say what made them, for the clipboard and for paper.
  lines() {
    const { chat } = this, { labels } = chat, cited = each(this.cited, (source) => filled(labels.cited, {
      n: source.n, title: this.title(source), issuer: source.issuer || labels.no_issuer, date: chat.day(source.date),
      quote: (source.quote || "").replace(/\s+/g, " "), url: chat.line.base + source.article_url,
    }));
    const label = filled(labels.label, { title: chat.title(), date: chat.day(this.date), id: this.answer_id });
    return [this.question, "", this.text, ""].concat(cited, "", label);
  },

  async copy() {
    const { chat } = this, text = this.lines().join("\n");
    let done = true;
    try {
      await navigator.clipboard.writeText(text);
    } catch (refused) {
      // Also where there is no such thing, on pages without TLS.
      const area = chat.root.appendChild(make("textarea", { class: "unseen" }, text));
      area.select();
      done = document.execCommand("copy");
      chat.root.removeChild(area);
    }
    chat.say(done ? chat.labels.copied : chat.labels.copy_failed);
  },

  // On a page of its own, because the one around it is not ours to change.
  print() {
    const { root, labels } = this.chat, paper = make("iframe", { class: "unseen", title: labels.print, onload: () => {
      const { contentDocument: page, contentWindow: view } = paper;
      if (page.body.firstChild) return;
      page.documentElement.lang = this.lang;
      page.title = this.chat.title();
      page.body.style.font = "12pt/1.7 sans-serif";
      add(page.body, each(this.lines(), (line, i) => make(i ? "p" : "h1", null, line)));
      view.onafterprint = () => root.removeChild(paper);
      view.print();
    } });
    root.appendChild(paper);
  },

  // Sentence by sentence, because browsers fall silent in the middle of long texts.
  speaker() {
    const { chat, lang } = this, { labels } = chat, synthesis = window.speechSynthesis;
    if (!synthesis) return null;
    let voice = null;
    const speaker = button(labels.read, () => {
      const talking = chat.speaker === speaker;
      chat.hush();
      if (talking) return;
      const sentences = (labels.made + "\n" + this.text.replace(/\[\d+\]/g, "")).match(/[^。！？!?\n]+[。！？!?]*/g);
      each(sentences, (sentence, i) => {
        const spoken = Object.assign(new SpeechSynthesisUtterance(sentence), { voice, lang });
        if (i + 1 === sentences.length) spoken.onend = () => chat.hush();
        synthesis.speak(spoken);
      });
      chat.speaker = speaker;
      speaker.setAttribute("aria-pressed", "true");
    }, { "aria-pressed": "false" });
    const look = () => {
      each(synthesis.getVoices(), (one) => { voice = voice || (one.lang.slice(0, 2) === lang.slice(0, 2) && one); });
      speaker.hidden = !voice;
    };
    synthesis.addEventListener("voiceschanged", look);
    look();
    return speaker;
  },

  ratings() {
    const { chat, answer_id } = this, { labels } = chat, off = { "aria-pressed": "false" };
    const send = (pressed, rating, reason, comment) => {
      chat.line.fetched("/api/v1/feedback", { answer_id, rating, reason, comment }).then(() => {
        pressed.setAttribute("aria-pressed", "true");
        chat.say(labels.thanks);
        chat.fire("feedback", { answer_id, rating });
      }, ({ detail }) => chat.say(detail || labels.not_recorded));
    };
    const up = button(labels.helpful, () => send(up, "up"), off);
    const down = button(labels.unhelpful, () => {
      form.hidden = !form.hidden;
      form.scrollIntoView({ block: "nearest" });
    }, off);
    const comment = make("textarea", { rows: "2", maxlength: "200" });
    const form = this.form = make("form", { hidden: true, onsubmit: (event) => {
      event.preventDefault();
      form.hidden = true;
      down.focus();
      send(down, "down", form.elements.reason.value, comment.value.trim() || undefined);
    } },
    make("fieldset", null, make("legend", null, labels.reasons), each(["wrong", "incomplete", "citation", "other"], (value, i) =>
      make("label", null, make("input", { type: "radio", name: "reason", value, checked: !i }), labels["reason_" + value]))),
    make("label", null, labels.comment, comment), make("button", { class: "send" }, labels.submit));
    return [up, down];
  },
});
