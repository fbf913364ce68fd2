/* Draws the button and fetches widget.js, which takes over. Old browsers get a link instead. */
(function (win, doc) {
  "use strict";
  var tag = doc.currentScript || doc.querySelector("script[data-site-key]");
  var set = tag.dataset;
  var api = win.Wenju = win.Wenju || { calls: [], put: {} };
  var name = set.siteKey + set.target;
  if (api.put[name]) return api.put[name]();
  api.put[name] = put;

  var able = win.customElements && tag.attachShadow && win.fetch && win.ReadableStream && win.AbortController && win.TextDecoder;
  var url = tag.src.replace(/[^\/]*$/, "widget.js"), script;
  var lang = set.lang || doc.documentElement.lang || "zh";
  var chat = doc.createElement("wenju-chat");
  var box = doc.createElement("div");
  var root = able ? box.attachShadow({ mode: "open" }) : box;

  // As important: pages say `* { all: unset !important }`.
  function paint(element, style) {
    style.replace(/([^:;]+):([^;]+)/g, function (all, property, value) {
      element.style.setProperty(property, value, "important");
    });
  }

  function control(kind) {
    var made = doc.createElement(kind);
    made.textContent = set.title || (/^zh/i.test(lang) ? /hant|tw|hk|mo/i.test(lang) ? "智能問答" : "智能问答" : "Ask a question");
    made.href = (url + "").replace(/[^\/]*\/widget.js$/, "plain?site_key=") + set.siteKey + "&lang=" + lang;
    paint(made, "display:inline-block;padding:14px 22px;border:0;border-radius:24px;font:600 16px/20px sans-serif;background:#fff;background:var(--wenju-accent," + (set.themeAccent || "#1a5785") + ");color:var(--wenju-on-accent," + (set.themeOnAccent || "#fff") + ")");
    return root.appendChild(made);
  }

  function put() {
    var parent = doc.querySelector(set.target || "body");
    if (!parent) win.setTimeout(put, 200);
    else if (!doc.documentElement.contains(box)) {
      parent.appendChild(box);
      parent.appendChild(chat);
    }
  }

  function load() {
    if (script || !able || api.ready) return;
    script = doc.createElement("script");
    script.onload = script.onerror = function () {
      if (api.ready) return;
      root.removeChild(chat.button);
      chat.button = control("a");
      if (chat.wanted) chat.button.focus();
    };
    script.nonce = tag.nonce;
    try {
      api.policy = api.policy || win.trustedTypes.createPolicy("wenju", { createScriptURL: function () { return url; } });
      url = api.policy.createScriptURL("");
    } catch (none) {}
    script.src = url;
    doc.head.appendChild(script);
  }

  "open close ask on".replace(/\w+/g, function (call) {
    api[call] = api[call] || function () { load(api.calls.push([call, arguments])); };
  });
  chat.tag = tag;
  chat.button = control(able ? "button" : "a");
  if (able) {
    chat.button.setAttribute("aria-haspopup", "dialog");
    chat.button.setAttribute("aria-expanded", "false");
    chat.button.onclick = function () { load(chat.wanted = true); };
  }
  paint(box, "all:initial;" + (set.target ? "" : "position:fixed;z-index:2147483647;bottom:24px;" + (set.position || "right") + ":24px"));
  put();
  // A busy page is never idle.
  (win.requestIdleCallback || win.setTimeout)(load, { timeout: 2000 });
})(window, document);
