// What the pages of batch evaluation do more where scripts run: the progress moves by itself, and a file that is too
// large is refused before it is sent. It only sets text and attributes, never HTML.
(function () {
  "use strict";
  var SECONDS = 2;

  function watch(section) {
    var bar = section.querySelector("progress");
    var words = document.getElementById("progress-words");

    function again(seconds) {
      window.setTimeout(look, seconds * 1000);
    }

    function look() {
      if (document.hidden) return again(SECONDS);
      fetch(section.dataset.address, { credentials: "same-origin", cache: "no-store" })
        .then(function (response) {
          if (response.status === 403 || response.status === 404) return window.location.reload();
          if (!response.ok) return again(5 * SECONDS);
          return response.json().then(function (told) {
            bar.value = told.done;
            words.textContent = told.words;
            if (told.state === "running") again(SECONDS);
            else window.location.reload();
          });
        })
        .catch(function () { again(5 * SECONDS); });
    }

    again(SECONDS);
  }

  function guard(form) {
    var field = form.querySelector("input[type=file]");
    var fault = document.getElementById("file-fault");

    function check() {
      var file = field.files && field.files[0];
      var large = Boolean(file) && file.size > Number(field.dataset.most);
      fault.textContent = large ? field.dataset.large : "";
      return !large;
    }

    field.addEventListener("change", check);
    form.addEventListener("submit", function (event) {
      if (!check()) {
        event.preventDefault();
        field.focus();
        return;
      }
      form.querySelector("button").disabled = true; // a second press would send the file again
    });
    window.addEventListener("pageshow", function () { form.querySelector("button").disabled = false; });
  }

  document.addEventListener("DOMContentLoaded", function () {
    var progress = document.getElementById("progress");
    if (progress) watch(progress);
    var upload = document.getElementById("upload");
    if (upload) guard(upload);
  });
})();
