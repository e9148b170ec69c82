// What the server says reaches Gradio's page by one stream, which ends with the last event that runs. Two things go
// wrong there when another event begins just then: the answer that it began may overtake the word that the stream ends,
// and nobody opens another; or the page leaves a stream that is still ending, and the server takes that for a visitor
// who left, and drops what they just began. So the word that it ends is kept back until the stream has ended and no
// event is about to begin. Where one began, the stream is taken up again, unnoticed by Gradio.
(function () {
  const JOIN = /\/queue\/join(\?|$)/, STREAM = /\/queue\/data(\?|$)/, TOLD = /"msg":\s*"(close_stream|process_completed)"/;
  const begin = window.fetch.bind(window);
  const joining = new Set(); // requests to begin an event that were not answered yet
  const begun = new Set(); // ids of events that began since the stream was opened, and run
  const ended = new Set(); // of those that ended before the answer came that they began

  window.fetch = (asked, how) => {
    const { pathname } = new URL(asked.url ?? asked, location.href);
    if (JOIN.test(pathname)) return noted(begin(asked, how));
    return STREAM.test(pathname) && asked instanceof Request ? streamed(asked) : begin(asked, how);
  };

  function noted(answer) {
    const known = answer
      .then((response) => (response.ok ? response.clone().json() : {}))
      .then(({ event_id: id }) => { if (id && !ended.delete(id)) begun.add(id); })
      .catch(() => {}) // Gradio has the same answer, and says so
      .finally(() => joining.delete(known));
    joining.add(known);
    return answer;
  }

  async function streamed(request) {
    const first = await open(request);
    if (!first.ok || !first.body) return first;
    const whole = new ReadableStream({ start: (to) => { relay(request, first, to).catch((error) => to.error(error)); } });
    return new Response(whole, { status: first.status, headers: first.headers });
  }

  function open(request) {
    const before = [...begun];
    return begin(request.clone()).finally(() => before.forEach((id) => begun.delete(id)));
  }

  async function relay(request, first, to) {
    for (let response = first, ending = ""; ; response = await open(request)) {
      if (!response.ok || !response.body) throw new TypeError("network error");
      ending = await pass(response.body, to);
      if (!ending) break; // it broke off: Gradio says so
      await Promise.all(joining);
      if (begun.size) continue;
      to.enqueue(new TextEncoder().encode(ending));
      break;
    }
    to.close();
  }

  // Gives the last word, if it is that the stream ends.
  async function pass(body, to) {
    const encoder = new TextEncoder(), reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "", ending = "";
    for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
      const said = (rest + value).split(/(?<=\n\n)/);
      rest = said.at(-1).endsWith("\n\n") ? "" : said.pop();
      for (const one of said) {
        const { msg, event_id: id } = TOLD.test(one) ? JSON.parse(one.slice(one.indexOf("{"))) : {};
        if (msg === "process_completed" && !begun.delete(id) && joining.size) ended.add(id);
        if (msg === "close_stream") ending = one;
        else to.enqueue(encoder.encode(one));
      }
    }
    return ending;
  }
})();
