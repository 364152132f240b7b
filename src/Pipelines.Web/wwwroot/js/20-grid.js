// Grid ------------------------------------------------------------------------------------------------------------------

const grid = () => $('#grid');
const table = () => $('#grid table.grid');
const word = state => $(`.legend [data-state="${CSS.escape(state)}"] > span`)?.textContent ?? state;
const columnOf = run => [...table().tHead.rows[0].cells].findIndex(cell => cell.dataset.run === String(run));
// A task in a closed group is shown by the group's row.
const rowOf = task => {
  const rows = [...table().tBodies[0].rows];
  return rows.find(row => row.dataset.task === task) ?? rows.findLast(row => row.matches('.grp:not(.open)') && task.startsWith(row.dataset.task));
};

// One tab stop for the table: arrows move it through cells and headings. Without the script each of them is a link of its own.
const rove = link => {
  for (const other of table().querySelectorAll('a[tabindex="0"]')) other.tabIndex = -1;
  const stop = link ?? $('tbody tr:first-child td:last-child a', table()) ?? $('td a', table());
  if (stop) stop.tabIndex = 0;
};
const asGrid = () => {
  roveYear($('svg.years a.sel') ?? years().at(-1));
  if (!table()) return;
  table().setAttribute('role', 'grid');
  for (const link of table().querySelectorAll('a')) link.tabIndex = -1;
  $('td.cur', table())?.setAttribute('aria-selected', 'true');
  rove($('td.cur a', table()) ?? $('th.run.sel a', table()));
};

// The year: a column a run, one tab stop for all of them.
const years = () => [...document.querySelectorAll('svg.years a[data-run]')];
const roveYear = stop => { for (const link of years()) link.tabIndex = link === stop ? 0 : -1; };

const select = (run, task) => {
  const part = grid();
  part.dataset.run = run ?? '';
  part.dataset.task = task ?? '';
  for (const link of years()) link.classList.toggle('sel', link.dataset.run === run);
  if (!table()) return;
  for (const cell of table().querySelectorAll('.sel, .cur')) {
    cell.classList.remove('sel', 'cur');
    cell.removeAttribute('aria-selected');
  }
  const column = run ? columnOf(run) : -1;
  if (column < 0) return;
  for (const row of table().rows) row.cells[column]?.classList.add('sel');
  const cell = task ? rowOf(task)?.cells[column] : null;
  cell?.classList.add('cur');
  cell?.setAttribute('aria-selected', 'true');
  rove($('a', cell ?? table().tHead.rows[0].cells[column]));
};

let shownPanel = location.href;
const showPanel = async href => {
  const url = new URL(href, location.href), panel = $('#panel');
  const run = url.searchParams.get('run'), task = url.searchParams.get('task');
  select(run, task);
  const html = run ? await fragment(url, 'panel') : '';
  // What somebody is writing there is not lost to a cell that changes.
  if (url.href === new URL(location.href).href && panel.contains(document.activeElement) && document.activeElement.matches('input, textarea')) return;
  if ((grid().dataset.run || null) === run && (grid().dataset.task || null) === task) {
    if (shownPanel === url.href) putPart(panel, html); else panel.innerHTML = html;
    shownPanel = url.href;
  }
};

const go = href => {
  history.pushState(null, '', href);
  return showPanel(href).catch(() => location.reload());
};

const refreshPanel = coalesced(() => showPanel(location.href), 150);

const refreshGrid = coalesced(async () => {
  const scroll = $('.gscroll');
  const [left, top] = [scroll.scrollLeft, scroll.scrollTop];
  const html = await fragment(location.href, 'grid');
  const focused = table()?.contains(document.activeElement);
  grid().outerHTML = html;
  $('.gscroll').scrollTo(left, top);
  asGrid();
  if (focused) $('a[tabindex="0"]', table())?.focus({ preventScroll: true });
}, 100);

const setCell = ({ run, task, state }) => {
  const column = columnOf(run), row = column < 0 ? null : rowOf(task);
  if (grid().dataset.run === String(run)) refreshPanel();
  if (row?.dataset.task !== task) return;
  const cell = row.cells[column];
  cell.className = [state, ...[...cell.classList].filter(name => name.length > 1)].join(' ');
  cell.firstElementChild?.setAttribute('aria-label', word(state));
};

const setRun = ({ run, state, height }) => {
  const column = columnOf(run);
  const bar = column < 0 ? null : $('rect', table().tHead.rows[0].cells[column]);
  if (!bar) return;
  bar.setAttribute('class', `bar ${state}`);
  bar.setAttribute('height', height);
  bar.setAttribute('y', 58 - height);
  if (grid().dataset.run !== String(run)) return;
  refreshPanel();
  announce(`Run ${run}: ${word(state)}`);
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
  Object.assign(keyText, {
    '← → ↑ ↓': 'Move through the grid', Enter: 'Into the panel of the cell', Esc: 'Close the panel, back to the cell', '[ ]': 'The run before, the run after', l: 'Open the log', r: 'To the retry button',
    o: 'Open or close all groups', '1 2 3 4': 'Density: large, comfortable, compact, year',
  });
  scrollToNewest();
  asGrid();
  let column = -1;
  document.addEventListener('mouseover', event => {
    if (!table()) return;
    const next = event.target.closest('table.grid td, table.grid th.run')?.cellIndex ?? -1;
    if (next === column) return;
    for (const cell of table().querySelectorAll('.hov')) cell.classList.remove('hov');
    column = next;
    if (next > 0) for (const row of table().rows) row.cells[next]?.classList.add('hov');
  });
  document.addEventListener('click', event => {
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = event.target.closest('table.grid a:not(.tw), svg.years a[data-run], #panel a.close, #panel .strip a');
    if (!link) return;
    event.preventDefault();
    if (link.classList.contains('close')) {
      const cell = table() && ($('td.cur a', table()) ?? $('th.run.sel a', table()));
      const url = new URL(location.href);
      url.searchParams.delete('run');
      url.searchParams.delete('task');
      go(url.href);
      cell?.focus({ preventScroll: true });
    } else {
      // By Enter the reader goes on into the panel, and comes back by Esc.
      const pressed = event.detail === 0 && link.closest('table.grid');
      go(link.href.baseVal ?? link.href).then(() => { if (pressed) $('#panel').focus(); });
    }
  });
  addEventListener('popstate', () => showPanel(location.href).catch(() => location.reload()));
}

const stepYear = dx => {
  const focused = document.activeElement?.closest('svg.years a[data-run]');
  const current = focused ?? $('svg.years a.sel');
  const next = dx && current ? years()[years().indexOf(current) + dx] : null;
  if (!next) return false;
  roveYear(next);
  go(next.href.baseVal);
  next.focus({ preventScroll: true });
  return true;
};

const step = (dx, dy) => {
  if (!table()) return stepYear(dx);
  const held = document.activeElement, inside = table()?.contains(held);
  // In the panel, and wherever else, arrows scroll as on every page.
  if (!inside && held !== document.body) return false;
  const from = inside ? held.closest('td, th') : $('td.cur', table()) ?? $('th.run.sel', table());
  if (!from) return false;
  const rows = [...table().rows];
  let y = rows.indexOf(from.parentElement) + dy, x = from.cellIndex + dx;
  while (dy && x && rows[y]?.matches('.grp.open')) y += dy;
  while (dx && rows[y].cells[x] && !$('a', rows[y].cells[x])) x += dx;
  const next = rows[y]?.cells[x], link = next && $('a', next);
  if (!link) return inside;
  if (x) go(link.href); else if (inside) rove(link); else return false;
  if (inside) link.focus({ preventScroll: true });
  next.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  return true;
};

liveOn.reload = () => { refreshGrid(); liveOn.stale(); };
liveOn.cell = delta => (table() ? setCell(delta) : refreshGrid());
liveOn.run = delta => (table() ? setRun(delta) : refreshGrid());
liveOn.backfill = setBackfill;

keyOn.ArrowLeft = () => step(-1, 0);
keyOn.ArrowRight = () => step(1, 0);
keyOn.ArrowUp = () => step(0, -1);
keyOn.ArrowDown = () => step(0, 1);
keyOn['['] = () => step(-1, 0);
keyOn[']'] = () => step(1, 0);
keyOn.o = () => follow('#groups');
keyOn.r = () => {
  const retry = $('#panel #retry');
  retry?.focus();
  return Boolean(retry);
};
for (const [i, name] of ['large', 'comfortable', 'compact', 'year'].entries()) keyOn[i + 1] = () => grid() && follow(`.seg [data-density=${name}]`);
keyOn.l = () => follow('#panel a.pri');
keyOn.Escape = () => follow('#panel a.close');

