// Puts the server's bars under the messages that Gradio drew, and lets a question be edited where it stands.
(function () {
  const ROOMS = { bars: "chat", "documents-bars": "documents-chat", "agent-bars": "agent-chat" }; // where the server's bars are, and for which chat
  // Gradio draws neighbours of one role as one message with one row of buttons; the last one's bar stands for them.
  const given = (from) => {
    const bars = [];
    for (const bar of document.querySelectorAll(`#${from} .message-bar`)) {
      if (bars.at(-1)?.dataset.role === bar.dataset.role) bars.pop();
      bars.push(bar);
    }
    return bars;
  };
  const isFor = (bar, row) => !!row.previousElementSibling?.matches(bar.dataset.role === "user" ? ".user-row" : ".bot-row");
  const same = (bar, like) => [...bar.querySelectorAll(`[data-act=${like.dataset.act}]`)];
  const put = (row, old, bar) => {
    const focused = old?.contains(document.activeElement) ? document.activeElement : null;
    const next = bar.cloneNode(true);
    if (old) old.replaceWith(next);
    else row.append(next);
    if (focused) (same(next, focused)[same(old, focused).indexOf(focused)] ?? next.querySelector("button"))?.focus();
    if (old?.dataset.message !== bar.dataset.message) stopEditing(row);
    return next;
  };

  let round = 0; // goes up whenever bars of the server's change
  const placed = new WeakMap(); // a row's bar, the bar of the server's it was made from, and in which round
  const place = () => { for (const [from, chat] of Object.entries(ROOMS)) placeIn(chat, given(from)); };
  const placeIn = (chat, bars) => {
    document.querySelectorAll(`#${chat} .message-buttons`).forEach((row, at) => {
      const bar = bars[at];
      const old = row.querySelector(":scope > .message-bar");
      if (!bar || !isFor(bar, row)) {
        old?.remove();
        stopEditing(row);
        return;
      }
      const known = old && placed.get(old);
      if (known?.round === round && known.bar === bar) return;
      const html = bar.outerHTML;
      const now = known?.html === html ? old : put(row, old, bar);
      placed.set(now, { round, bar, html });
    });
  };
  for (const from of Object.keys(ROOMS)) tertulia.follow(from, () => { round += 1; place(); });
  tertulia.watchers.push(place);

  // Editing. The form stays until the server shows another version here, so that nothing is lost when it refuses.
  const formIn = (row) => row.previousElementSibling?.querySelector(":scope > .edit-message");
  const stopEditing = (row) => {
    const form = formIn(row);
    const hadFocus = form?.contains(document.activeElement);
    form?.remove();
    if (hadFocus) row.closest(".room-middle")?.querySelector(".room-box textarea")?.focus();
  };
  const button = (name, kind) => Object.assign(document.createElement("button"), { type: "button", textContent: name, className: kind });
  const edit = (row, message, text) => {
    const words = tertulia.words;
    const form = Object.assign(document.createElement("div"), { className: "edit-message" });
    const area = Object.assign(document.createElement("textarea"), { value: text, dir: "auto", ariaLabel: words.editLabel });
    const send = button(words.send, "send"), cancel = button(words.cancel, "cancel");
    area.rows = Math.min(12, text.split("\n").length + 1);
    const leave = () => { form.remove(); row.querySelector("[data-act=edit]")?.focus(); };
    const room = tertulia.bridgeOf(row.querySelector(":scope > .message-bar"));
    const submit = () => { if (area.value.trim()) tertulia.act("edit", { message, text: area.value }, room); };
    send.addEventListener("click", submit);
    cancel.addEventListener("click", leave);
    form.addEventListener("keydown", (event) => {
      const isSend = event.key === "Enter" && (event.ctrlKey || event.metaKey);
      if (event.isComposing || (!isSend && event.key !== "Escape")) return;
      event.preventDefault();
      event.stopPropagation();
      if (isSend) submit();
      else leave();
    });
    form.append(area, cancel, send);
    row.previousElementSibling.append(form);
    area.focus();
    area.setSelectionRange(text.length, text.length);
  };
  tertulia.inRooms("edit", (asked) => {
    const bar = asked.closest(".message-bar"), row = bar.parentElement;
    if (!formIn(row)) edit(row, bar.dataset.message, bar.dataset.text);
  });
})();
