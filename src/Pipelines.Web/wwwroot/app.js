// The console's only script. Every page works without it; it adds live cells, the panel without a page load, keys and the theme.

const $ = (selector, root = document) => root.querySelector(selector);

// Theme: a cookie, so that the server draws the first frame in it.
const themeButton = $('#theme');
const toggleTheme = () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset.theme = dark ? 'light' : 'dark';
  document.cookie = `theme=${root.dataset.theme};path=/;max-age=31536000;samesite=lax`;
};
if (themeButton) {
  themeButton.hidden = false;
  themeButton.addEventListener('click', toggleTheme);
}

const fragment = async (url, part) => {
  const asked = new URL(url, location.href);
  asked.searchParams.set('part', part);
  const answer = await fetch(asked);
  if (!answer.ok) throw new Error(`${asked.pathname} answered ${answer.status}`);
  return answer.text();
};

// One call of the latest at a time; calls meanwhile become one more.
const coalesced = (work, wait = 0) => {
  let busy = false, again = false;
  const run = async () => {
    if (busy) { again = true; return; }
    busy = true;
    try {
      do {
        again = false;
        if (wait) await new Promise(done => setTimeout(done, wait));
        await work();
      } while (again);
    } catch { /* the next event, or the reader, asks again */ } finally { busy = false; }
  };
  return run;
};

// Grid ------------------------------------------------------------------------------------------------------------------

const grid = () => $('#grid');
const table = () => $('#grid table.grid');
const word = state => $(`.legend [data-state="${CSS.escape(state)}"] > span`)?.textContent ?? state;
const columnOf = run => [...table().tHead.rows[0].cells].findIndex(cell => cell.dataset.run === String(run));
const rowOf = task => [...table().tBodies[0].rows].find(row => row.dataset.task === task);

const select = (run, task) => {
  const part = grid();
  part.dataset.run = run ?? '';
  part.dataset.task = task ?? '';
  if (!table()) return;
  for (const cell of table().querySelectorAll('.sel, .cur')) cell.classList.remove('sel', 'cur');
  const column = run ? columnOf(run) : -1;
  if (column < 0) return;
  for (const row of table().rows) row.cells[column]?.classList.add('sel');
  if (task) rowOf(task)?.cells[column].classList.add('cur');
};

const showPanel = async href => {
  const url = new URL(href, location.href);
  const run = url.searchParams.get('run'), task = url.searchParams.get('task');
  select(run, task);
  const html = run ? await fragment(url, 'panel') : '';
  if ((grid().dataset.run || null) === run && (grid().dataset.task || null) === task) $('#panel').innerHTML = html;
};

const go = href => {
  history.pushState(null, '', href);
  showPanel(href).catch(() => location.reload());
};

const refreshPanel = coalesced(() => showPanel(location.href), 150);

const refreshGrid = coalesced(async () => {
  const scroll = $('.gscroll');
  const [left, top] = [scroll.scrollLeft, scroll.scrollTop];
  const html = await fragment(location.href, 'grid');
  grid().outerHTML = html;
  $('.gscroll').scrollTo(left, top);
}, 100);

const setCell = ({ run, task, state }) => {
  const column = columnOf(run), cell = column < 0 ? null : rowOf(task)?.cells[column];
  if (!cell) return;
  cell.className = [state, ...[...cell.classList].filter(name => name.length > 1)].join(' ');
  cell.firstElementChild?.setAttribute('aria-label', word(state));
  if (grid().dataset.run === String(run)) refreshPanel();
};

const setRun = ({ run, state, height }) => {
  const column = columnOf(run);
  const bar = column < 0 ? null : $('rect', table().tHead.rows[0].cells[column]);
  if (!bar) return;
  bar.setAttribute('class', `bar ${state}`);
  bar.setAttribute('height', height);
  bar.setAttribute('y', 58 - height);
  if (grid().dataset.run === String(run)) refreshPanel();
};

const setBackfill = progress => {
  const box = $(`[data-progress="${progress.id}"]`);
  if (!box) return;
  const done = progress.succeeded + progress.failed + progress.cancelled, total = Math.max(1, progress.total, done + progress.running);
  let x = 0;
  for (const [name, count] of [['s', progress.succeeded], ['f', progress.failed], ['c', progress.cancelled], ['r', progress.running]]) {
    const bar = $(`rect.${name}`, box);
    bar.setAttribute('x', `${100 * x / total}%`);
    bar.setAttribute('width', `${100 * count / total}%`);
    x += count;
  }
  $('.num', box).textContent = `${done} of ${total}${progress.failed ? `, ${progress.failed} failed` : ''}`;
};

const scrollToNewest = () => {
  const scroll = $('.gscroll');
  if (!scroll || !table()) return;
  const current = $('td.cur, th.run.sel', table());
  if (current) current.scrollIntoView({ block: 'nearest', inline: 'center' });
  else scroll.scrollLeft = scroll.scrollWidth;
};

if (grid()) {
  scrollToNewest();
  document.addEventListener('click', event => {
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = event.target.closest('table.grid a, #panel a.close');
    if (!link) return;
    event.preventDefault();
    if (link.classList.contains('close')) {
      const url = new URL(location.href);
      url.searchParams.delete('run');
      url.searchParams.delete('task');
      go(url.href);
    } else go(link.href);
  });
  addEventListener('popstate', () => showPanel(location.href).catch(() => location.reload()));
}

const step = (dx, dy) => {
  const current = $('td.cur', table());
  if (!current) return false;
  const row = dy ? current.parentElement[dy > 0 ? 'nextElementSibling' : 'previousElementSibling'] : current.parentElement;
  const next = row?.cells[current.cellIndex + dx];
  const link = next?.tagName === 'TD' ? $('a', next) : null;
  if (!link) return false;
  go(link.href);
  next.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  return true;
};

// Log -------------------------------------------------------------------------------------------------------------------

const MOST_ROWS = 1200;
const log = $('#log');

const appendLines = coalesced(async () => {
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  const url = new URL(location.href);
  for (;;) {
    const last = Number(log.dataset.last);
    url.searchParams.set('from', last + 1);
    const box = document.createElement('template');
    box.innerHTML = await fragment(url, 'lines');
    const part = box.content.firstElementChild;
    $('#total').textContent = Number(part.dataset.total).toLocaleString('en');
    const rows = [...part.children];
    if (rows.length === 0) break;
    $('#nolines')?.remove();
    $('#lines').append(...rows);
    log.dataset.last = rows.at(-1).id.slice(1);
    if ($('#last')) $('#last').textContent = Number(log.dataset.last).toLocaleString('en');
  }
  while ($('#lines').children.length > MOST_ROWS) $('#lines').firstElementChild.remove();
  if (atEnd) log.scrollTop = log.scrollHeight;
});

if (log?.dataset.follow && !location.hash) log.scrollTop = log.scrollHeight;

// Live ------------------------------------------------------------------------------------------------------------------

const live = $('#live');
let source = null, hiding = 0;

const say = (state, text) => {
  live.hidden = false;
  live.dataset.state = state;
  $('span', live).textContent = text;
};

const on = (name, act) => source.addEventListener(name, event => act(JSON.parse(event.data)));

const connect = () => {
  const url = new URL(live.dataset.url, location.href);
  if (grid()) url.searchParams.set('seen', grid().dataset.seen);
  source = new EventSource(url);
  source.onopen = () => say('live', 'Live');
  source.onerror = () => {
    say('lost', 'Reconnecting');
    // The browser gives up when the answer is an error page; a console that is coming back must be asked again.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => { if (!document.hidden) connect(); }, 2000);
  };
  on('down', () => say('lost', 'Reconnecting'));
  on('up', () => say('live', 'Live'));
  on('reload', refreshGrid);
  on('cell', delta => (table() ? setCell(delta) : refreshGrid()));
  on('run', delta => (table() ? setRun(delta) : refreshGrid()));
  on('backfill', setBackfill);
  on('log', ({ ended }) => {
    appendLines();
    if (!ended) return;
    source.close();
    say('paused', 'Ended');
  });
};

const pause = () => {
  source?.close();
  source = null;
  say('paused', 'Paused');
};

if (live) {
  connect();
  // A browser has few connections per host: a tab that nobody looks at gives its own back.
  document.addEventListener('visibilitychange', () => {
    clearTimeout(hiding);
    if (document.hidden) hiding = setTimeout(pause, 30_000);
    else if (!source) connect();
  });
}

// Keys ------------------------------------------------------------------------------------------------------------------

document.addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, select, textarea')) return;
  const act = {
    t: () => { toggleTheme(); return true; },
    l: () => { const link = $('#panel a.pri'); if (link) location.href = link.href; return Boolean(link); },
    Escape: () => { const link = $('#panel a.close'); link?.click(); return Boolean(link); },
    ArrowLeft: () => step(-1, 0), ArrowRight: () => step(1, 0), ArrowUp: () => step(0, -1), ArrowDown: () => step(0, 1),
  }[event.key];
  if (act && (event.key.length === 1 || table() || event.key === 'Escape') && act()) event.preventDefault();
});
