// What Gradio's parts do not do by themselves: example questions, copying, feedback, telling screen readers how far the
// answer is, and bringing a new question into view. It only sets text and attributes, never HTML.
(function () {
  "use strict";
  var live = null;
  var announced = "";
  var scrolledTo = "";

  function within(element, selector) {
    return element instanceof Element ? element.closest(selector) : null;
  }

  function textOf(root, selector) {
    var found = root && root.querySelector(selector);
    return found ? found.textContent : "";
  }

  function announce(words) {
    if (!live) {
      live = document.createElement("div");
      live.className = "wj-unseen";
      live.setAttribute("role", "status");
      document.body.appendChild(live);
    }
    if (words && words !== announced) live.textContent = words;
    announced = words;
  }

  function ask(question) {
    var box = document.querySelector("#wj-box textarea");
    var button = document.querySelector("#wj-ask");
    if (!box || !button) return;
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(box, question);
    box.dispatchEvent(new Event("input", { bubbles: true }));
    // Gradio takes the value over in its next turn.
    window.setTimeout(function () {
      button.click();
      box.focus();
    }, 60);
  }

  function copyText(text) {
    if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
    return new Promise(function (resolve, reject) {
      var area = document.createElement("textarea");
      area.value = text;
      area.className = "wj-unseen";
      area.setAttribute("aria-hidden", "true");
      document.body.appendChild(area);
      area.select();
      var done = document.execCommand("copy");
      area.remove();
      if (done) resolve();
      else reject(new Error("copy"));
    });
  }

  function tell(exchange, name) {
    var words = textOf(exchange, ".wj-word-" + name);
    var told = exchange.querySelector(".wj-told");
    if (told) told.textContent = words;
    announce(words);
  }

  function rate(exchange, rating, reason) {
    var answer = exchange.querySelector(".wj-tools").id.split("-")[1];
    return fetch("feedback", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ answer: answer, rating: rating, reason: reason }),
    }).then(
      function (response) { tell(exchange, response.ok ? "thanks" : "feedback_failed"); },
      function () { tell(exchange, "feedback_failed"); }
    );
  }

  function press(button, selector, exchange) {
    exchange.querySelectorAll(selector).forEach(function (other) {
      other.setAttribute("aria-pressed", String(other === button));
    });
  }

  document.addEventListener("click", function (event) {
    var example = within(event.target, ".wj-example");
    if (example) return ask(example.textContent);
    var exchange = within(event.target, ".wj-exchange");
    if (!exchange) return;
    if (within(event.target, ".wj-copy")) {
      copyText(textOf(exchange, ".wj-plain")).then(
        function () { tell(exchange, "copied"); },
        function () { tell(exchange, "copy_failed"); }
      );
      return;
    }
    var rating = within(event.target, ".wj-rate");
    if (rating) {
      var down = rating.classList.contains("wj-down");
      press(rating, ".wj-rate", exchange);
      var reasons = exchange.querySelector(".wj-reasons");
      reasons.classList.toggle("wj-open-now", down);
      if (down) reasons.scrollIntoView({ block: "nearest" });
      rate(exchange, down ? "down" : "up", null);
      return;
    }
    var reason = within(event.target, ".wj-reason");
    if (reason) {
      press(reason, ".wj-reason", exchange);
      var because = /wj-because-(\w+)/.exec(reason.className);
      rate(exchange, "down", because ? because[1] : "other");
    }
  });

  function look() {
    var current = document.querySelector("#wj-current .wj-exchange");
    var hint = textOf(document, "#wj-hint .wj-hint");
    if (hint) announce(hint);
    else if (current) announce(textOf(current, ".wj-announce"));
    if (current && current.id !== scrolledTo) {
      scrolledTo = current.id;
      current.scrollIntoView({ block: "start" });
    }
    if (!current) scrolledTo = "";
    // The button that was pressed has made way for its counterpart: the focus must not be lost with it.
    var lost = document.activeElement === document.body || document.activeElement === null;
    if (lost && current && current.classList.contains("wj-working")) {
      var box = document.querySelector("#wj-box textarea");
      if (box) box.focus({ preventScroll: true });
    }
    var head = document.querySelector(".wj-head");
    if (head && document.documentElement.lang !== head.lang) document.documentElement.lang = head.lang;
  }

  var waiting = false;
  new MutationObserver(function () {
    if (waiting) return;
    waiting = true;
    window.requestAnimationFrame(function () {
      waiting = false;
      look();
    });
  }).observe(document.documentElement, { childList: true, subtree: true, characterData: true });
})();
