// The page's way in: `Wenju.open`, `close`, `ask`, `on`, and the element itself.

const api = window.Wenju = window.Wenju || { calls: [], put: {} };
const first = () => document.querySelector("wenju-chat");

Object.assign(api, {
  ready: true,
  open: () => first().open(true),
  close: () => first().close(),
  ask: (question) => first().ask(question),
  on: (name, act) => document.addEventListener("wenju:" + name, (event) => act(event.detail)),
});
if (!customElements.get("wenju-chat")) customElements.define("wenju-chat", Chat);

// Put into the page without the loader, it draws the button itself.
const { siteKey, target } = SCRIPT.dataset, name = siteKey + target;
if (siteKey && api.put[name]) api.put[name]();
else if (siteKey) {
  const chat = document.createElement("wenju-chat"), box = make("div"), root = box.attachShadow({ mode: "open" });
  chat.tag = SCRIPT;
  chat.button = root.appendChild(button("", null, { "aria-haspopup": "dialog", "aria-expanded": "false" }));
  api.put[name] = () => {
    const parent = document.querySelector(target || "body");
    if (!parent) setTimeout(api.put[name], 200);
    else if (!box.isConnected) add(parent, [box, chat]);
  };
  api.put[name]();
}
each(api.calls.splice(0), ([call, given]) => api[call](...given));
