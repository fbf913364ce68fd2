// Speaking with the server. Knows nothing of the screen: a failure is thrown with the name of the words that say it.

// The server says something every 15 seconds.
const SILENCE_MS = 45000;
const HISTORY_CHARS = 2000;

function failed(words, given) {
  return Object.assign(new Error(words), { words }, given);
}

// A site's line to the server at `base`; `tokenUrl` is where the page fetches its pass, if the site wants one.
class Line {
  constructor(base, key, tokenUrl) {
    Object.assign(this, { base, key, tokenUrl, passEnds: 0 });
  }

  async fetched(path, body, signal) {
    for (let renewed = false; ; renewed = true) {
      const headers = { "X-Site-Key": this.key, "Accept-Language": this.lang, Accept: "text/event-stream,application/json" };
      if (body) headers["Content-Type"] = "application/json";
      if (this.tokenUrl) headers["X-Site-Token"] = await this.token(renewed);
      let response;
      try {
        response = await fetch(this.base + path, {
          method: body ? "POST" : "GET", body: body && json(body), headers, signal, credentials: "omit", referrerPolicy: "no-referrer",
        });
      } catch (broken) {
        throw broken.name === "AbortError" ? broken : unreached("unreachable");
      }
      if (response.status === 401 && this.tokenUrl && !renewed) continue;
      if (!response.ok) throw await refusalOf(response);
      return response;
    }
  }

  async token(renew) {
    if (renew || Date.now() > this.passEnds) {
      try {
        const response = await fetch(this.tokenUrl, { credentials: "same-origin", cache: "no-store" });
        const { token, expires_in } = await response.json();
        Object.assign(this, { pass: token, passEnds: Date.now() + expires_in * 1000 - 30000 });
      } catch (broken) {
        throw failed("no_pass");
      }
    }
    return this.pass;
  }

  async site(lang) {
    return readJson(await this.fetched("/api/v1/site?lang=" + lang));
  }

  // Calls `told(name, data)` for each event of the answer, the last one being `done`; throws if that never comes.
  async ask(body, controller, told) {
    let timer = 0, late = false, ended = false;
    const heard = () => {
      clearTimeout(timer);
      timer = setTimeout(() => controller.abort(late = true), SILENCE_MS);
    };
    const hear = (name, data) => {
      if (name === "error") throw failed("failed", { detail: (data.problem || data).detail });
      told(name, data);
      return (ended = name === "done");
    };
    try {
      heard();
      const response = await this.answer(body, controller.signal, 3);
      if (/^text\/event-stream/i.test(response.headers.get("content-type")) && response.body) {
        await readEvents(response.body.getReader(), heard, hear);
      } else {
        const answer = await readJson(response);
        hear("replace", { text: answer.answer });
        hear("done", answer);
      }
    } catch (broken) {
      if (late || (broken.name !== "AbortError" && !broken.words)) throw unreached("cut");
      throw broken;
    } finally {
      clearTimeout(timer);
    }
    if (!ended) throw unreached("cut");
  }

  // When this is a retry, the same question may still be being answered.
  async answer(body, signal, tries) {
    try {
      return await this.fetched("/api/v1/ask", body, signal);
    } catch (failure) {
      if (failure.status !== 409 || !tries) throw failure;
      await new Promise((go) => setTimeout(go, 1500));
      return this.answer(body, signal, tries - 1);
    }
  }
}

function unreached(words) {
  return failed(navigator.onLine === false ? "offline" : words);
}

async function readJson(response) {
  try {
    return await response.json();
  } catch (broken) {
    throw broken.name === "AbortError" ? broken : failed("unreachable");
  }
}

async function readEvents(reader, heard, hear) {
  const decoder = new TextDecoder();
  let rest = "", name = "", data = "", last = false;
  while (!last) {
    const piece = await reader.read();
    heard();
    last = piece.done;
    rest += last ? decoder.decode() : decoder.decode(piece.value, { stream: true });
    for (;;) {
      const end = /\r\n|\n|\r/.exec(rest);
      // A carriage return at the end may be the first half of a line break.
      if (!end || (end[0] === "\r" && end.index + 1 === rest.length && !last)) break;
      const line = rest.slice(0, end.index), [, field, value] = /^(\w*):? ?([^]*)$/.exec(line) || [];
      rest = rest.slice(end.index + end[0].length);
      if (field === "event") name = value;
      else if (field === "data") data += (data && "\n") + value;
      else if (!line) {
        // What comes after the end is not waited for.
        if (data && hear(name, JSON.parse(data))) return reader.cancel().catch(() => {});
        name = data = "";
      }
    }
  }
}

// What a refusal says: the server's own words where it sent some, and how long to wait.
async function refusalOf(response) {
  const { status, headers } = response, problem = await response.json().catch(() => ({}));
  const seconds = Number(headers.get("retry-after") || problem.retry_after) || 0;
  return failed("http_" + status, { status, seconds, detail: typeof problem.detail === "string" && problem.detail });
}

// The last three turns that were answered, as much of them as the server takes.
function historyOf(exchanges) {
  const turns = [];
  let left = HISTORY_CHARS;
  for (let i = exchanges.length - 1; i >= 0 && turns.length < 6; i--) {
    const { status, question, text } = exchanges[i], content = text.slice(0, 600).replace(/[\ud800-\udbff]$/, "");
    if (status !== "answered" && status !== "partial") continue;
    left -= question.length + content.length;
    if (left < 0) break;
    turns.unshift({ role: "user", content: question }, { role: "assistant", content });
  }
  return turns;
}
