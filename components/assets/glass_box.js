// The glass box: moving among tokens by keyboard, what else could have stood there, folds that stay as they were left.
// Its HTML is replaced often, so every listener is on the document; texts are set by textContent alone.
(function () {
  const TOKEN = ".gb-prompt span[title], .gb-answer span[data-o]";
  const REGION = ".gb-prompt, .gb-answer";
  const within = (target, selector) => target?.closest?.(selector) ?? null;
  const make = (tag, className, text) => {
    const element = document.createElement(tag);
    element.className = className ?? "";
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const percent = (share) => {
    const digits = share < 0.1 ? 2 : 1;
    const format = (value) => value.toLocaleString(document.documentElement.lang || "en",
      { style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits });
    return share > 0 && share < 0.0001 ? `< ${format(0.0001)}` : format(share);
  };
  const wordsOf = (element) => JSON.parse(element.closest(".glass-box").dataset.words);

  // Tokens: one stop of the Tab key in each region, arrows from there.
  const tokensOf = (region) => [...region.querySelectorAll("span[title], span[data-o]")];
  const choicesOf = (token) => JSON.parse(token.dataset.o);
  const bytesOf = (token) => {
    const hex = token.dataset.b
      ?? [...new TextEncoder().encode(token.textContent)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/..(?=.)/g, "$& ");
  };
  const about = (token) => {
    const words = wordsOf(token);
    const piece = token.dataset.w ? `${words.piece} ${token.dataset.w}` : "";
    const said = [token.title, `${words.bytes} ${bytesOf(token)}`, piece, token.parentElement.dataset.part];
    return said.filter(Boolean).join(" · ");
  };
  const nameOf = (token) => {
    if (!token.dataset.o) return `${token.textContent} · ${about(token)}`;
    const chosen = choicesOf(token).find((choice) => choice[5]);
    return `${wordsOf(token).token} ${chosen[0]}, ${percent(chosen[1])}`;
  };
  const stopAt = (token) => {
    if (!token) return; // the prompt of a service that does not tell its tokens
    const region = token.closest(REGION);
    for (const old of region.querySelectorAll("[tabindex]")) if (old !== token) old.removeAttribute("tabindex");
    token.tabIndex = 0;
    token.setAttribute("role", "button");
    token.setAttribute("aria-label", nameOf(token));
    if (token.dataset.o) token.setAttribute("aria-haspopup", "dialog");
  };
  const inform = (token) => {
    const line = token.closest(REGION).nextElementSibling;
    if (!line?.matches(".gb-info")) return;
    line.hidden = false;
    line.textContent = about(token);
  };
  const onNextLine = (tokens, place, step) => {
    const from = tokens[place].getClientRects()[0];
    const middle = from.left + from.width / 2;
    let best = -1, bestTop = 0, bestDistance = Infinity;
    for (let i = place + step; i >= 0 && i < tokens.length; i += step) {
      const rect = tokens[i].getClientRects()[0];
      if (!rect || Math.abs(rect.top - from.top) < 4) continue;
      if (best >= 0 && Math.abs(rect.top - bestTop) >= 4) break;
      const distance = Math.abs(rect.left + rect.width / 2 - middle);
      if (distance < bestDistance) [best, bestTop, bestDistance] = [i, rect.top, distance];
    }
    return best < 0 ? place : best;
  };
  const target = (tokens, place, key) => ({
    ArrowRight: () => Math.min(place + 1, tokens.length - 1),
    ArrowLeft: () => Math.max(place - 1, 0),
    ArrowDown: () => onNextLine(tokens, place, 1),
    ArrowUp: () => onNextLine(tokens, place, -1),
    Home: () => 0,
    End: () => tokens.length - 1,
  })[key]?.();

  // The pop-over. A passing pointer or the moving focus shows it; a click or Enter keeps it.
  const pop = make("div", "gb-pop");
  pop.setAttribute("role", "dialog");
  let anchor = null, isKept = false, timer = 0;
  const later = (task, delay) => { clearTimeout(timer); timer = setTimeout(task, delay); };
  const close = () => {
    clearTimeout(timer);
    anchor?.classList.remove("at");
    anchor = null;
    isKept = false;
    pop.remove();
  };
  const place = () => {
    const rects = anchor.getClientRects();
    const rect = rects[rects.length - 1];
    if (!rect) return close();
    pop.classList.toggle("top", rect.bottom > innerHeight / 2); // on a phone, the half where the token is not
    const { offsetWidth: width, offsetHeight: height } = pop;
    const below = rect.bottom + 4, above = anchor.getClientRects()[0].top - height - 4;
    const top = below + height <= innerHeight - 8 || above < 8 ? below : above;
    pop.style.left = `${Math.max(8, Math.min(rect.left, innerWidth - width - 8))}px`;
    pop.style.top = `${Math.max(8, Math.min(top, innerHeight - height - 8))}px`;
  };
  const row = (choice, words, token, hasAfter) => {
    const [text, probability, after, other, mayBeTaken, isChosen] = choice;
    const button = make("button", isChosen ? "gb-pop-row chosen" : "gb-pop-row");
    button.type = "button";
    button.disabled = !mayBeTaken;
    button.title = isChosen ? words.chosen : mayBeTaken ? words.take : token.closest(REGION).dataset.why;
    Object.assign(button.dataset, {
      action: "token", message: token.closest(".glass-box").dataset.message, token: token.dataset.i, other,
    });
    button.append(make("span", "", text), make("span", "", percent(probability)));
    const bars = make("span", "gb-bars");
    bars.append(make("i", "gb-bar-model"));
    bars.lastChild.style.width = `${100 * probability}%`;
    if (hasAfter) {
      const isCut = after === 0;
      const figure = make("span", isCut ? "cut" : "", after === null ? "" : isCut ? words.cut : percent(after));
      if (isCut) figure.title = words.cutHint;
      button.append(figure);
      if (after) {
        bars.append(make("i", "gb-bar-after"));
        bars.lastChild.style.width = `${100 * after}%`;
      }
    }
    button.append(bars);
    return button;
  };
  const column = (text, bar) => {
    const cell = make("span");
    cell.append(make("i", bar), text);
    return cell;
  };
  const show = (token, keep) => {
    clearTimeout(timer);
    if (anchor === token) { isKept ||= keep; return; }
    close();
    const words = wordsOf(token), choices = choicesOf(token);
    const hasAfter = choices.some((choice) => choice[2] !== null);
    const chosen = choices.find((choice) => choice[5])[0];
    const head = make("p", "gb-pop-head");
    const title = make("span", "", `${words.instead} `);
    title.append(make("code", "", chosen));
    head.append(title, column(words.model, "gb-bar-model"));
    if (hasAfter) head.append(column(words.after, "gb-bar-after"));
    const foot = make("p", "gb-pop-foot");
    if (choices.some((choice) => choice[4])) foot.append(make("span", "", words.hint));
    const closing = make("button", "gb-pop-close", words.close);
    closing.type = "button";
    foot.append(closing);
    pop.classList.toggle("one", !hasAfter);
    pop.replaceChildren(head, ...choices.map((choice) => row(choice, words, token, hasAfter)), foot);
    pop.setAttribute("aria-label", `${words.instead} ${chosen}`);
    (document.querySelector(".gradio-container .contain") ?? document.body).append(pop); // styles reach no further
    anchor = token;
    isKept = keep;
    token.classList.add("at");
    pop.scrollTop = 0;
    place();
  };
  const enter = (token) => {
    show(token, true);
    (pop.querySelector(".gb-pop-row:enabled") ?? pop.querySelector(".gb-pop-close"))?.focus();
  };
  const leave = () => {
    const token = anchor;
    close();
    token?.focus();
    close(); // the focus just given would show it again
  };

  document.addEventListener("mouseover", (event) => {
    if (pop.contains(event.target)) return clearTimeout(timer);
    const token = within(event.target, TOKEN);
    if (!token) return undefined;
    if (token.dataset.o) return isKept ? undefined : later(() => token.isConnected && show(token, false), 120);
    return inform(token);
  });
  document.addEventListener("mouseout", (event) => {
    if (!isKept && (pop.contains(event.target) || within(event.target, TOKEN))) later(close, 250);
  });
  document.addEventListener("focusin", (event) => {
    const token = within(event.target, TOKEN);
    if (!token) return;
    stopAt(token);
    if (!token.dataset.o) inform(token);
    else if (token.matches(":focus-visible")) show(token, false);
  });
  document.addEventListener("focusout", (event) => {
    const next = event.relatedTarget;
    if (anchor && next && !pop.contains(next) && !within(next, TOKEN)) close();
  });

  // Before all other listeners, so that Escape closes this alone and a token is taken once.
  document.addEventListener("click", (event) => {
    const taken = within(event.target, ".gb-pop-row");
    if (taken) {
      event.stopPropagation();
      const { message, token, other } = taken.dataset;
      const name = window.tertulia?.bridgeOf?.(anchor);
      leave();
      window.tertulia?.act?.("token", { message, token: Number(token), other: Number(other) }, name);
      return;
    }
    if (within(event.target, ".gb-pop-close")) return leave();
    const all = within(event.target, ".gb-all");
    if (all) return showAll(all);
    const token = within(event.target, TOKEN);
    if (!token) return pop.contains(event.target) ? undefined : close();
    stopAt(token);
    token.focus({ preventScroll: true });
    if (!token.dataset.o) return inform(token);
    return show(token, true);
  }, true);
  const showAll = (button) => {
    const rest = button.nextElementSibling;
    const first = rest.content.querySelector("span[title]");
    rest.replaceWith(rest.content);
    button.remove();
    stopAt(first);
    first.focus();
  };
  const inPop = (event) => {
    const rows = [...pop.querySelectorAll(".gb-pop-row:enabled")];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Tab") leave(); // and on from the token
    if (!step || !rows.length) return;
    event.preventDefault();
    rows[(rows.indexOf(document.activeElement) + step + rows.length) % rows.length].focus();
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && anchor) {
      event.stopPropagation();
      event.preventDefault();
      return pop.contains(document.activeElement) ? leave() : close();
    }
    if (pop.contains(event.target)) return inPop(event);
    const token = event.ctrlKey || event.metaKey || event.altKey ? null : within(event.target, TOKEN);
    if (!token) return undefined;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      return token.dataset.o ? enter(token) : inform(token);
    }
    const tokens = tokensOf(token.closest(REGION));
    const next = target(tokens, tokens.indexOf(token), event.key);
    if (next === undefined) return undefined;
    event.preventDefault();
    return tokens[next].focus(stopAt(tokens[next]));
  }, true);
  const follow = (event) => { if (anchor && event.target !== pop) place(); };
  document.addEventListener("scroll", follow, { capture: true, passive: true });
  window.addEventListener("resize", follow);

  // Folds keep their state when the HTML is replaced, and the first token of each region can be reached.
  const folds = new Map();
  document.addEventListener("toggle", (event) => {
    const name = event.target.dataset?.fold;
    if (!name || !event.target.isConnected) return;
    folds.set(name, event.target.open);
    if (anchor && !anchor.checkVisibility()) close();
  }, true);
  const settle = (root) => {
    for (const fold of root.querySelectorAll("details[data-fold]"))
      if (folds.has(fold.dataset.fold)) fold.open = folds.get(fold.dataset.fold);
    for (const region of root.querySelectorAll(REGION))
      if (!region.querySelector("[tabindex]")) stopAt(region.querySelector("span[title], span[data-o]"));
  };
  new MutationObserver((changes) => {
    if (anchor && !anchor.isConnected) close();
    for (const { addedNodes } of changes)
      for (const node of addedNodes)
        if (node.nodeType === 1 && (node.matches(".glass-box, .context-meter") || node.querySelector(".glass-box, .context-meter")))
          settle(node.parentElement ?? node);
  }).observe(document, { childList: true, subtree: true });
})();
