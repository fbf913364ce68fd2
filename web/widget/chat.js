// The assistant as an element: where it stands on the page, how it opens and closes, the words of its site.

const SCRIPT = document.currentScript;
const BASE = SCRIPT.src.replace(/\/embed\/[^]*$/, "");
const FULL = matchMedia("(max-width: 600px), (max-height: 480px)");
const LOW = matchMedia("(max-height: 480px)");
const TOUCH = matchMedia("(pointer: coarse)");
// The colours for light and for dark screens. A page may set `--wenju-...`, a site or the tag the ones between.
const THEME = {
  accent: ["#1a5785", "#8dbfe6"], "on-accent": ["#fff", "#10222f"], paper: ["#fcfcfa", "#17191c"],
  sheet: ["#fff", "#1e2125"], ink: ["#20242a", "#e4e4e0"], muted: ["#59616b", "#a5abb3"], rule: ["#dcddd8", "#353a40"],
  edge: ["#868d95", "#7d858e"], mark: ["#fdeeb5", "#574a17"], warn: ["#8a4b08", "#e5b070"], radius: ["4px"], font: ["system-ui,sans-serif"],
};

function themed(i, kind) {
  const set = each(Object.keys(THEME), (name) => THEME[name][i] && "--" + name + ":var(--wenju-" + name + ",var(--" + kind + name + "," + THEME[name][i] + "))");
  return ":host{" + set.join(";") + "}";
}

const LOOKS = LOOK + themed(0, "light-") + "@media(prefers-color-scheme:dark){" + themed(1, "dark-") + "}";

function dress(root) {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(LOOKS);
    root.adoptedStyleSheets = [sheet];
  } catch (older) {
    root.appendChild(make("style", { nonce: SCRIPT.nonce }, LOOKS));
  }
}

// Above all that the page has, whatever its layers are, where the browser can do that.
function raise(element, up) {
  if (!element.showPopover || !element.isConnected) return;
  if (!up) element.removeAttribute("popover");
  else if (!element.matches(":popover-open")) {
    element.setAttribute("popover", "manual");
    element.showPopover();
  }
}

class Chat extends HTMLElement {
  constructor() {
    super();
    Object.assign(this, { exchanges: [], root: this.attachShadow({ mode: "open" }) });
  }

  connectedCallback() {
    clearTimeout(this.leaving);
    if (!this.line) this.begin();
    this.lift();
    if (this.wanted || this.isOpen) this.open(this.wanted === true);
  }

  // A page that only moves the element puts it in again at once.
  disconnectedCallback() {
    this.leaving = setTimeout(() => this.stop(), 500);
    this.hush();
  }

  begin() {
    const { dataset: set } = this.tag || this, { button } = this;
    this.set = set;
    this.inline = Boolean(set.target) || !button;
    this.line = new Line(BASE, set.siteKey, set.tokenUrl);
    this.lang = this.line.lang = languageOf(set.lang || document.documentElement.lang || "zh");
    this.labels = WORDS[this.lang];
    this.themed = button ? [this, button] : [this];
    this.store = set.history === "session" && "wenju:" + set.siteKey;
    Object.assign(this, (this.store && recall(this.store)) || { conversation: randomName(), kept: [] });
    if (this.inline) this.setAttribute("inline", "");
    if (this.inline || set.open === "true") this.wanted = this.wanted || "quietly";
    this.panel = this.root.appendChild(make("section", {
      hidden: true, tabindex: "-1", role: this.inline ? "region" : "dialog", "aria-labelledby": "title", class: set.position,
      onkeydown: (event) => this.key(event), onfocusout: (event) => this.left(event.relatedTarget),
    }));
    this.panel.classList.toggle("large", (recall("wenju:font") || set.font) === "large");
    // Shortcuts of the page would take what is typed here for theirs.
    each(["keydown", "keypress", "keyup"], (name) => this.root.addEventListener(name, (event) => event.stopPropagation()));
    document.addEventListener("keydown", (event) => this.key(event));
    dress(this.root);
    if (button) {
      // The loader drew it; in a low window it ends the page, so that it covers nothing.
      const root = button.getRootNode();
      each([root.host, button], (drawn) => drawn.removeAttribute("style"));
      Object.assign(button, { className: "launch " + set.position, hidden: this.inline, onclick: () => this.toggle() });
      dress(root);
      LOW.addListener(() => this.lift());
      // Those on the same side stand one above the other.
      const side = "at" + (set.position || "right"), nth = this.inline ? 1 : (api[side] = (api[side] || 0) + 1);
      each(this.themed, (element) => element.style.setProperty("--nth", nth * 64 + "px"));
    }
    this.paint({}, {});
  }

  lift() {
    if (this.button && !this.inline) raise(this.button.getRootNode().host, !LOW.matches);
  }

  // The colours of the tag are for light screens; the site may have others for dark ones.
  paint(theme, dark) {
    each(Object.keys(THEME), (name) => {
      const light = (this.tag || this).getAttribute("data-theme-" + name) || theme[name];
      each(this.themed, ({ style }) => {
        if (light) style.setProperty("--light-" + name, light);
        if (dark[name]) style.setProperty("--dark-" + name, dark[name]);
      });
    });
  }

  title() {
    return this.set.title || (this.site && this.site.title) || this.labels.title;
  }

  day(date) {
    const day = new Date(date || "");
    if (isNaN(day)) return date || this.labels.no_date;
    return day.toLocaleDateString(this.lang === "en" ? "en-GB" : this.lang, { year: "numeric", month: "long", day: "numeric", timeZone: "UTC" });
  }

  link(href, text) {
    return make("a", { href, target: "_blank", rel: "noopener noreferrer" }, text, unseen(this.labels.new_tab));
  }

  fire(name, detail) {
    document.dispatchEvent(new CustomEvent("wenju:" + name, { detail: Object.assign({ site_key: this.set.siteKey }, detail) }));
  }

  toggle() {
    if (this.isOpen) this.close();
    else this.open(true);
  }

  open(focus) {
    if (!this.inline) each(document.querySelectorAll("wenju-chat"), (other) => other !== this && other.close());
    if (!this.isOpen) this.fire("open");
    this.isOpen = true;
    this.wanted = this.panel.hidden = false;
    raise(this, !this.inline);
    if (this.button) this.button.setAttribute("aria-expanded", "true");
    if (focus) this.panel.focus();
    if (!this.site) this.load(this.lang);
    else if (focus) this.land();
  }

  // Where typing begins; but the keyboard of a touch screen would cover the words of welcome.
  land() {
    (TOUCH.matches || LOW.matches ? this.panel : this.box).focus();
  }

  close() {
    const inside = this.root.activeElement;
    if (this.inline || !this.isOpen) return;
    this.isOpen = false;
    this.panel.hidden = true;
    raise(this, false);
    this.hush();
    this.button.setAttribute("aria-expanded", "false");
    if (inside) this.button.focus();
  }

  key(event) {
    if (event.key !== "Escape" || event.isComposing || event.defaultPrevented || this.inline || !this.isOpen || !this.isConnected) return;
    event.preventDefault();
    this.close();
  }

  // Filling the screen, the dialog would hide where the focus is now.
  left(next) {
    if (next && FULL.matches && !this.panel.contains(next)) this.close();
  }

  // Fetches what the site says in a language. What was shown before stays until then.
  async load(lang) {
    this.wish = lang;
    if (!this.site) this.wait();
    try {
      const site = await this.line.site(lang);
      if (lang !== this.wish) return;
      Object.assign(this, { site, labels: site.labels, lang: site.lang });
      this.line.lang = site.lang;
      this.paint(site.theme, site.theme_dark);
      this.draw();
    } catch (failure) {
      if (this.site) {
        this.draw();
        tell(this.alert, failure.detail || this.labels.unreachable);
      } else this.wait(failure);
      this.fire("error", { status: failure.status });
    }
  }
}
