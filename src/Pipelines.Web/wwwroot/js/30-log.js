// Log -------------------------------------------------------------------------------------------------------------------

{
// Rows are a window over all lines: spacers above and below it make the scroll bar true. A place is an index among the lines shown.
const MOST_ROWS = 1200, ROW = 19, STEP = 400, NEAR = 150, TALLEST = 800_000 * ROW;
const log = $('#log'), rows = $('#lines'), wraps = log?.classList.contains('wrap');
const numbered = n => n.toLocaleString('en');
let first = 0, total = 0, following = false, chosen = null, lastTop = 0, turn = Promise.resolve();

// What changes the rows waits for what does so already.
const inTurn = act => { turn = turn.then(act).catch(() => {}); return turn; };

const size = () => rows.children.length;
const tall = () => (wraps ? 0 : Math.min(TALLEST, total * ROW));
const perRow = () => (total ? tall() / total : 0);
const lineOf = row => Number(row.id.slice(1));
const ask = async params => {
  const url = new URL(log.dataset.url, location.href);
  for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value);
  const box = document.createElement('template');
  box.innerHTML = await fragment(url, 'lines');
  return box.content.firstElementChild;
};
const setTotal = part => {
  total = Number(part.dataset.count);
  if (part.dataset.lines) for (const id of ['#total', '#all']) $(id).textContent = numbered(Number(part.dataset.lines));
};

// top: how many pixels stand above the first row.
let above = 0;
const space = top => {
  above = wraps || first === 0 ? 0 : Math.max(0, top);
  const below = first + size() >= total ? 0 : Math.max(ROW, tall() - above - size() * ROW);
  $('#before').style.height = `${above}px`;
  $('#after').style.height = `${wraps ? 0 : below}px`;
  tell();
};
const tell = () => {
  const all = rows.children;
  if (!all.length) return;
  const top = log.getBoundingClientRect().top, end = top + log.clientHeight;
  let a = 0, b = all.length - 1;
  if (wraps) {
    while (a < b && all[a].getBoundingClientRect().bottom <= top) a++;
    while (b > a && all[b].getBoundingClientRect().top >= end) b--;
  } else {
    const from = rows.getBoundingClientRect().top;
    a = Math.min(b, Math.max(0, Math.floor((top - from) / ROW)));
    b = Math.min(b, Math.max(a, Math.floor((end - from) / ROW)));
  }
  if ($('#first')) [$('#first').textContent, $('#last').textContent] = [numbered(lineOf(all[a])), numbered(lineOf(all[b]))];
  const map = $('#map')?.viewBox.baseVal.height ?? 0;
  $('#here')?.setAttribute('y', map * (first + a) / Math.max(1, total));
  $('#here')?.setAttribute('height', Math.max(2, map * (b - a + 1) / Math.max(1, total)));
};
const mark = () => {
  for (const row of rows.children) row.classList.toggle('tgt', Boolean(chosen) && lineOf(row) >= chosen[0] && lineOf(row) <= chosen[1]);
};
const hushed = act => { act(); lastTop = log.scrollTop; };
const replace = part => {
  $('#nolines')?.remove();
  first = Number(part.dataset.i);
  setTotal(part);
  rows.replaceChildren(...part.children);
  mark();
};

// Shows a line, from the server when it is not here.
const seek = line => inTurn(async () => {
  setFollow(false);
  let row = $(`#L${line}`);
  if (!row) {
    replace(await ask({ L: line }));
    space(first * perRow());
    row = $(`#L${line}`) ?? [...rows.children].find(one => lineOf(one) >= line) ?? rows.lastElementChild;
  }
  hushed(() => row?.scrollIntoView({ block: 'center' }));
  tell();
});
const goEnd = async () => {
  if (first + size() < total) {
    replace(await ask({ i: Math.max(0, total - STEP), n: STEP }));
    space(tall() - size() * ROW);
  }
  hushed(() => { log.scrollTop = log.scrollHeight; });
  tell();
};
const toEnd = () => inTurn(goEnd);
const setFollow = on => {
  following = on;
  log.setAttribute('role', on ? 'log' : 'region');
};

const trim = fromTop => {
  const over = size() - MOST_ROWS;
  for (let i = 0; i < over; i++) {
    if (fromTop) { above += rows.firstElementChild.getBoundingClientRect().height; rows.firstElementChild.remove(); first++; } else rows.lastElementChild.remove();
  }
};
const append = async () => {
  const part = await ask({ i: first + size(), n: STEP });
  setTotal(part);
  const added = part.children.length;
  if (added) $('#nolines')?.remove();
  rows.append(...part.children);
  const held = log.scrollTop;
  const was = above;
  trim(true);
  const gone = above - was;
  settle(above, wraps ? held - gone : held);
  mark();
  return added;
};
const prepend = async () => {
  const count = Math.min(STEP, first), height = rows.scrollHeight, held = log.scrollTop;
  const part = await ask({ i: first - count, n: count });
  setTotal(part);
  first -= part.children.length;
  rows.prepend(...part.children);
  const added = rows.scrollHeight - height;
  trim(false);
  settle(above - added, above - added < 0 || wraps ? held + added - Math.max(0, wraps ? 0 : above) : held);
  mark();
};
// The scaled scroll bar of a very long log must not drift from the place: both move by the same, and no row jumps.
const settle = (top, scroll) => {
  const ideal = tall() < total * ROW ? first * perRow() : top;
  hushed(() => {
    space(ideal);
    const to = wraps ? scroll : scroll + (above - Math.max(0, top));
    if (Math.abs(log.scrollTop - to) > 1) log.scrollTop = to;
  });
};

const fillNow = async () => {
  for (let i = 0; i < 6; i++) {
    const seen = Math.ceil(log.clientHeight / ROW), at = wraps ? (log.scrollTop < 2000 ? 0 : size() - (log.scrollHeight - log.scrollTop - log.clientHeight < 2000 ? 0 : NEAR + seen + 1)) : Math.floor((log.scrollTop - above) / ROW);
    if (!wraps && (at < -seen || at > size())) {
      const place = Math.round(log.scrollTop / Math.max(1, tall() - log.clientHeight) * Math.max(0, total - seen));
      const from = Math.max(0, Math.min(total - STEP, place - STEP / 2)), top = log.scrollTop;
      replace(await ask({ i: from, n: STEP + seen }));
      hushed(() => { space(top - (place - from) * ROW); log.scrollTop = top; });
    } else if (at < NEAR && first > 0) await prepend();
    else if (at + seen > size() - NEAR && first + size() < total) { if (!await append()) return; } else break;
  }
  tell();
};
const fill = coalesced(() => inTurn(fillNow));

const choose = (from, to, write = true) => {
  chosen = [Math.min(from, to), Math.max(from, to)];
  mark();
  if (write) history.replaceState(null, '', chosen[0] === chosen[1] ? `#L${chosen[0]}` : `#L${chosen[0]}-L${chosen[1]}`);
};
const hashed = () => {
  const found = /^#L(\d+)(?:-L?(\d+))?$/.exec(location.hash);
  if (!found) return false;
  choose(Number(found[1]), Number(found[2] ?? found[1]), false);
  seek(chosen[0]);
  return true;
};

// The nearest place to look from: what is chosen when it is in sight, else the top of the page.
const current = () => {
  const shown = $('#first') ? Number($('#first').textContent.replaceAll(',', '')) : 1, last = Number($('#last')?.textContent.replaceAll(',', '') ?? 1);
  return chosen && chosen[0] >= shown && chosen[0] <= last ? chosen[0] : shown - 1;
};
const find = async params => {
  const url = new URL(log.dataset.url, location.href);
  for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value);
  const line = Number(await fragment(url, 'find'));
  if (!line) return;
  choose(line, line);
  await seek(line);
  count();
};

// Hits arrive while the log is looked through.
const hits = [];
let hitsSay = '';
const count = () => {
  const box = $('#hits');
  if (!box || !hitsSay) return;
  const at = chosen ? hits.indexOf(chosen[0]) : -1;
  box.textContent = at >= 0 ? `${numbered(at + 1)} of ${hitsSay}` : `${hitsSay} ${hitsSay === '1' ? 'hit' : 'hits'}`;
};
const listen = url => {
  const events = new EventSource(url);
  const take = (data, more) => { hitsSay = `${numbered(data.count)}${more}`; count(); };
  events.addEventListener('hits', event => {
    const data = JSON.parse(event.data);
    hits.push(...data.lines);
    take(data, '+');
  });
  events.addEventListener('done', event => {
    events.close();
    const data = JSON.parse(event.data);
    if (data.to) take(data, data.late ? `+, up to line ${numbered(data.to)}` : '');
    if (!data.count) $('#hits').textContent = 'No hit';
  });
  events.onerror = () => events.close();
};

// What is copied: a text of ours, else the selected lines without their numbers.
let copied = null;
const copyLink = () => {
  const url = new URL(location.href);
  url.hash = chosen ? (chosen[0] === chosen[1] ? `L${chosen[0]}` : `L${chosen[0]}-L${chosen[1]}`) : `L${current() + 1}`;
  copied = url.href;
  document.execCommand('copy');
  copied = null;
  $('#copy').firstChild.textContent = 'Copied ';
  setTimeout(() => { $('#copy').firstChild.textContent = 'Copy link '; }, 1500);
  return true;
};
document.addEventListener('copy', event => {
  let text = copied;
  if (text === null) {
    const selection = getSelection();
    if (!rows || !selection.rangeCount || !selection.containsNode(rows, true)) return;
    const some = [...rows.children].filter(row => selection.containsNode(row, true));
    if (some.length < 2) return;
    text = some.map(row => [...row.children].slice(1).map(cell => cell.textContent).join(' ')).join('\n');
  }
  event.clipboardData.setData('text/plain', text);
  event.preventDefault();
});

if (log) {
  first = Number(rows.dataset.i);
  total = Number(rows.dataset.count);
  for (const more of ['#earlier', '#later']) $(more)?.remove();
  space(first * perRow());
  $('#copy').hidden = false;
  $('#copy').onclick = copyLink;
  if (!hashed()) {
    if (log.dataset.at) choose(Number(log.dataset.at), Number(log.dataset.at), false);
    const marked = new URLSearchParams(location.search).get('L')?.match(/^(\d+)-(\d+)$/);
    if (marked) choose(Number(marked[1]), Number(marked[2]), false);
    if (log.getAttribute('role') === 'log') { setFollow(true); toEnd(); }
    else hushed(() => { log.scrollTop = above; (chosen ? $(`#L${chosen[0]}`) : null)?.scrollIntoView({ block: 'center' }); });
  }
  tell();
  addEventListener('hashchange', hashed);
  addEventListener('resize', tell);
  log.addEventListener('scroll', () => {
    if (following && log.scrollTop < lastTop - 2) setFollow(false);
    lastTop = log.scrollTop;
    fill();
  }, { passive: true });
  document.addEventListener('click', event => {
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.altKey) return;
    const number = event.target.closest('#lines .ln > a');
    const jump = event.target.closest('[data-line]');
    if (number) {
      const line = lineOf(number.parentElement);
      choose(event.shiftKey && chosen ? chosen[0] : line, line);
      count();
    } else if (jump) {
      choose(Number(jump.dataset.line), Number(jump.dataset.line));
      seek(chosen[0]);
    } else if (event.target.closest('#end')) keyOn.G();
    else if (event.target.closest('#next')) keyOn.n();
    else if (event.target.closest('#prev')) keyOn.N();
    else if (event.target.closest('#error')) keyOn.e();
    else return;
    event.preventDefault();
  });
  if ($('#hits')?.dataset.url && !$('#hits').textContent) listen($('#hits').dataset.url);

  Object.assign(keyText, {
    '/': 'Search this log', 'n N': 'Next and previous hit', 'e E': 'Next and previous error', G: 'End of the log', f: 'Follow the end, or no longer', w: 'Wrap lines, or not', y: 'Copy the link', Esc: 'Let go of the chosen lines',
  });
  keyOn['/'] = () => { $('#q').focus(); return true; };
  keyOn.n = () => { if ($('#next')) find({ after: current() }); return Boolean($('#next')); };
  keyOn.N = () => { if ($('#next')) find({ before: chosen ? chosen[0] : current() + 1 }); return Boolean($('#next')); };
  keyOn.e = () => { if ($('#error')) find({ find: 'error', after: current() }); return Boolean($('#error')); };
  keyOn.E = () => { if ($('#error')) find({ find: 'error', before: chosen ? chosen[0] : current() + 1 }); return Boolean($('#error')); };
  keyOn.G = () => { setFollow(Boolean(live)); toEnd(); return true; };
  keyOn.f = () => { setFollow(!following); if (following) toEnd(); return true; };
  keyOn.w = () => follow('#wrap');
  keyOn.y = copyLink;
  keyOn.Escape = () => { if (!chosen) return false; chosen = null; mark(); history.replaceState(null, '', location.pathname + location.search); return true; };
}

const grow = coalesced(() => inTurn(async () => {
  if (first + size() >= total) { while (await append() === STEP && following); } else setTotal(await ask({ i: total, n: 1 }));
  if (following) await goEnd(); else settle(above, log.scrollTop);
}));
liveOn.log = async ({ ended }) => {
  await grow();
  if (!ended) return;
  setFollow(false);
  putPart($('#loghead'), await fragment(log.dataset.url, 'head'));
  const next = $('#loghead .dhead').dataset.live;
  if (next) watch(next); else finish('Ended');
};
// Another attempt has another log.
const attempt = $('#loghead .dhead')?.dataset.attempt;
document.addEventListener('renewed', () => { if (log && $('#loghead .dhead').dataset.attempt !== attempt) location.reload(); });
}

