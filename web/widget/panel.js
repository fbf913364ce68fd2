// What stands in the dialog: the label that stays, the conversation, the box for the question.

Object.assign(Chat.prototype, {
  header(...tools) {
    const close = !this.inline && button("×", () => this.close(), { "aria-label": this.labels.close, class: "close" });
    return make("header", null, make("h2", { id: "title" }, this.title()), tools, close);
  },

  // Before the server has said what site this is, or when it could not.
  wait(failure) {
    const { panel, labels, lang } = this, plain = BASE + "/embed/plain?site_key=" + this.set.siteKey + "&lang=" + lang;
    panel.lang = lang;
    fill(panel, this.header(), failure && make("p", { class: "label", role: "alert" }, this.link(plain, failure.detail || labels.unreachable)));
  },

  draw() {
    const { site, labels, panel } = this, { languages } = site, inside = this.root.activeElement, draft = this.box ? this.box.value : "";
    const select = languages.length > 1 && make("select", { "aria-label": labels.language, onchange: () => this.load(select.value) },
      each(languages, (lang) => make("option", { value: lang, lang, selected: lang === this.lang }, labels[lang])));
    const large = panel.classList.contains("large"), larger = button(labels.large, () => {
      const large = panel.classList.toggle("large");
      larger.setAttribute("aria-pressed", String(large));
      remember("wenju:font", large ? "large" : "normal");
    }, { "aria-pressed": String(large) });
    this.welcome = make("div", { class: "welcome" }, make("p", null, site.greeting), site.examples.length && make("h3", null, labels.examples),
      make("ul", null, each(site.examples, (question) => make("li", null, button(question, () => this.ask(question))))), this.contact());
    this.box = make("textarea", {
      id: "box", rows: "1", placeholder: labels.placeholder, "aria-describedby": "note alert", enterkeyhint: "send",
      oninput: () => this.measure(), onkeydown: (event) => {
        // An Enter that ends the composing of a character is not meant for us.
        if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
        event.preventDefault();
        this.ask(this.box.value);
      },
    });
    panel.lang = this.lang;
    fill(panel, this.header(larger, select),
      make("p", { class: "label" }, make("strong", null, site.ai_label.text), " ", labels.reference),
      this.log = make("div", { class: "log", role: "region", "aria-label": labels.conversation, tabindex: "0" }, this.welcome),
      make("div", { class: "desk" },
        this.alert = make("p", { role: "alert", id: "alert", hidden: true }),
        make("div", { class: "state" }, this.status = make("span", { role: "status" }),
          this.stopper = button(labels.stop, () => this.stop(), { hidden: true })),
        make("label", { for: "box", class: "unseen" }, labels.question),
        make("div", { class: "row" }, this.box, this.sender = button(labels.send, () => this.ask(this.box.value), { class: "send" })),
        make("div", { class: "foot" }, make("span", { id: "note" }, labels.note), this.count = make("span"),
          button(labels.clear, () => this.clear()))));
    each(this.kept, (record) => this.exchanges.push(new Exchange(this, record)));
    this.kept = [];
    each(this.exchanges, (one) => this.log.appendChild(one.view));
    this.box.value = draft;
    this.measure();
    if (this.asked) this.ask(this.asked);
    else if (inside === panel) this.land();
    else if (inside) (select || this.box).focus();
    this.asked = "";
  },

  // The people who can be asked instead.
  contact() {
    const { labels, site } = this, { name, phone, email, url: given } = site.contact || {}, url = this.set.contactUrl || given;
    const ways = [
      phone && make("a", { href: "tel:" + phone.replace(/[^\d+]/g, "") }, phone),
      /^https?:/i.test(url) && this.link(url, labels.contact_url),
      email && make("a", { href: "mailto:" + email }, email),
    ];
    return make("p", { class: "contact" }, make("strong", null, labels.contact), name && make("span", null, name), ways, !phone && !url && !email && labels.contact_none);
  },

  say(text) {
    if (this.status.textContent !== text) this.status.textContent = text;
  },

  // How much is typed, and whether something is being answered.
  measure() {
    const { box, site, sender, running } = this, count = [...clean(box.value)].length, limit = site.limits.question_chars;
    fill(this.count, filled(this.labels.count, { count, limit })).className = count > limit ? "over" : "";
    sender.setAttribute("aria-disabled", String(Boolean(!count || count > limit || running)));
    this.stopper.hidden = !running;
    this.welcome.hidden = this.exchanges.length > 0;
    box.style.height = "auto";
    box.style.height = box.scrollHeight + 2 + "px";
    return { count, limit };
  },

  ask(text) {
    if (!this.isOpen) this.open(true);
    if (!this.site) return (this.asked = text);
    const { box, log } = this;
    box.value = text;
    const { count, limit } = this.measure(), wrong = this.running ? "pending" : !count ? "empty" : count > limit && "too_long";
    tell(this.alert, wrong && filled(this.labels[wrong], { count, limit }));
    if (wrong) return box.focus();
    const one = new Exchange(this, { question: clean(text) });
    this.exchanges.push(one);
    log.appendChild(one.view);
    box.value = "";
    this.answer(one);
    log.scrollTop = one.view.offsetTop;
    this.panel.scrollTop = log.offsetTop + one.view.offsetTop;
    if (LOW.matches || TOUCH.matches) one.heading.focus({ preventScroll: true });
  },

  async answer(one) {
    if (this.running) return;
    const { exchanges, labels } = this, history = historyOf(exchanges.slice(0, exchanges.indexOf(one)));
    this.running = one;
    this.controller = new AbortController();
    one.begin();
    tell(this.alert);
    this.measure();
    this.say(labels.searching);
    try {
      await this.line.ask({ question: one.question, conversation_id: this.conversation, client_msg_id: one.id, lang: this.lang, history }, this.controller, (name, data) => {
        one.take(name, data);
        if (name === "delta") this.say(labels.writing);
      });
      one.finish();
      const { answer_id, status, cited: { length: count } } = one;
      this.say(filled(count ? labels.done : labels.done_without, { count }));
      this.fire("answer", { answer_id, status, citations: count });
    } catch (failure) {
      if (this.exchanges.indexOf(one) >= 0) this.fail(one, failure);
    }
    const stopping = this.root.activeElement === this.stopper;
    this.running = null;
    this.measure();
    if (stopping) this.reveal(one.heading);
    this.save();
  },

  // The question is never lost: it can be asked again, or stands in the box where it has to be changed.
  fail(one, { name, words, detail, status, seconds }) {
    const { labels } = this, stopped = name === "AbortError";
    this.say(stopped ? labels.status_stopped : "");
    // Too long, or it holds personal data.
    if (status === 422 || status === 413) {
      this.exchanges.splice(this.exchanges.indexOf(one), 1);
      this.log.removeChild(one.view);
      this.box.value = one.question;
      this.box.focus();
    } else {
      one.status = stopped ? "stopped" : one.text ? "cut" : "failed";
      one.finish();
    }
    if (stopped) return;
    tell(this.alert, [detail || labels[words] || labels.failed, seconds && " " + filled(labels.wait, { seconds })]);
    this.fire("error", { status });
  },

  stop() {
    if (this.running) this.controller.abort();
  },

  save() {
    if (this.store) remember(this.store, { conversation: this.conversation, kept: each(this.exchanges.slice(-20), (one) => one.record()) });
  },

  clear() {
    this.stop();
    this.hush();
    each(this.exchanges, (one) => this.log.removeChild(one.view));
    Object.assign(this, { exchanges: [], conversation: randomName() });
    this.save();
    tell(this.alert);
    this.say(this.labels.cleared);
    this.measure();
    this.box.focus();
  },

  hush() {
    if (!this.speaker) return;
    speechSynthesis.cancel();
    this.speaker.setAttribute("aria-pressed", "false");
    this.speaker = null;
  },

  reveal(element) {
    element.focus({ preventScroll: true });
    element.scrollIntoView({ block: "nearest" });
  },
});
