// Making elements, and the few words that are needed before the server has sent the others.
// Lists are walked by index, because pages change Array.prototype. Nothing is put into the page as HTML.

const WORDS = {
  "zh-Hans": { title: "智能问答", close: "关闭", unreachable: "暂时连接不上，请使用简易版" },
  "zh-Hant": { title: "智能問答", close: "關閉", unreachable: "暫時無法連線，請使用簡易版" },
  en: { title: "Ask a question", close: "Close", unreachable: "Not available; please use the simple page" },
};

function languageOf(tag) {
  if (!/^zh/i.test(tag)) return "en";
  return /hant|tw|hk|mo/i.test(tag) ? "zh-Hant" : "zh-Hans";
}

function each(list, act) {
  const made = [];
  for (let i = 0; list && i < list.length; i++) made.push(act(list[i], i));
  return made;
}

// `element` with elements, strings and lists of them added; what is empty is left out.
function add(element, inside) {
  if (Array.isArray(inside)) each(inside, (one) => add(element, one));
  else if (inside) element.appendChild(inside.nodeType ? inside : document.createTextNode(inside));
  return element;
}

// An element: `on...` are listeners, the rest attributes, of which null, undefined and false are left out.
function make(kind, given, ...inside) {
  const made = document.createElement(kind);
  each(Object.keys(given || {}), (name) => {
    const value = given[name];
    if (/^on/.test(name)) made.addEventListener(name.slice(2), value);
    else if (value || value === "") made.setAttribute(name, value === true ? "" : value);
  });
  return add(made, inside);
}

function fill(element, ...inside) {
  while (element.firstChild) element.removeChild(element.firstChild);
  return add(element, inside);
}

function tell(element, text) {
  fill(element, text).hidden = !text;
}

function button(text, onclick, given) {
  return make("button", Object.assign({ type: "button", onclick }, given), text);
}

function unseen(text) {
  return make("span", { class: "unseen" }, text);
}

function filled(words, values) {
  return (words || "").replace(/\{(\w+)\}/g, (all, name) => (values[name] === undefined ? all : values[name]));
}

// Libraries of 2010 give arrays a way of their own to be written; it is laid aside meanwhile.
function json(value) {
  const { toJSON } = Array.prototype;
  delete Array.prototype.toJSON;
  const text = JSON.stringify(value);
  if (toJSON) Array.prototype.toJSON = toJSON;
  return text;
}

function randomName() {
  return crypto.getRandomValues(new Uint32Array(4)).join("-");
}

// Storage may be forbidden, full, or hold what another version wrote.
function recall(name) {
  try {
    return JSON.parse(sessionStorage.getItem(name));
  } catch (refused) {
    return null;
  }
}

function remember(name, value) {
  try {
    sessionStorage.setItem(name, json(value));
  } catch (refused) {
    // Then it is not remembered.
  }
}

function clean(text) {
  return text.normalize("NFC").replace(/[\ud800-\udfff]/gu, "").trim();
}
